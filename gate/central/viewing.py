"""The picture for the manager, made while somebody looks, of venues in which something happened."""

from collections.abc import Sequence

from gate.central.picture import picture
from gate.central.site import Site
from gate.central.venue import Venue
from gate.central.view import VenueView, View
from gate.model import Monotonic, Utc

LOOKS_S = 10.0
"""Who asked so long ago looks no more."""

AT_MOST_EVERY_S = 0.5


class Viewing:
    """Belongs to the deciding thread, but for `view`."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._pictures: dict[str, VenueView] = {}
        self._changed: set[str] = set()
        self._view = View(at=Utc(0), online=False, trouble="", venues=())
        self._made_at = Monotonic(-LOOKS_S)
        self._asked_at = Monotonic(0.0)

    def view(self, now: Monotonic) -> View:
        """The newest picture. From any thread."""
        self._asked_at = now
        return self._view

    def changed(self, venues: Sequence[Venue]) -> None:
        """Something happened in these, or it is time to look at all."""
        self._changed |= {venue.plan.id for venue in venues}

    def refresh(
        self, utc: Utc, now: Monotonic, *, online: bool, trouble: str, readable: bool = True
    ) -> None:
        """Make it anew, where anything is new and somebody looks.

        Not `readable`: what is in memory is not on disk, and only the trouble is told.
        """
        is_first = not self._pictures
        if not is_first and now - self._asked_at > LOOKS_S:
            return
        if now - self._made_at < AT_MOST_EVERY_S:
            return
        self._made_at = now
        fresh = {
            name: picture(venue, utc)
            for name, venue in self._site.by_id.items()
            if readable and (name in self._changed or is_first)
        }
        if readable:
            self._changed.clear()
        news = {name: it for name, it in fresh.items() if self._pictures.get(name) != it}
        known = (self._view.online, self._view.trouble)
        if news or known != (online, trouble):
            self._pictures |= news
            venues = tuple(
                self._pictures[name] for name in self._site.by_id if name in self._pictures
            )
            self._view = View(at=utc, online=online, trouble=trouble, venues=venues)
