"""All venues of one central, over one disk."""

from collections.abc import Sequence

from gate.central.store import Store
from gate.central.venue import Plan, Venue
from gate.model import Utc

PLACES = tuple[str, str]
"""District and id of a venue."""


class Site:
    """Belongs to the deciding thread."""

    def __init__(self, store: Store, plans: Sequence[Plan], *, quota_s: float, now: Utc) -> None:
        """`quota_s`: how long a quota is good for. Raises sqlite3.Error."""
        self.store = store
        self._plans = tuple(plans)
        self._quota_s = quota_s
        self.venues: dict[PLACES, Venue] = {}
        self.by_id: dict[str, Venue] = {}
        self.load(now)

    def load(self, now: Utc) -> None:
        """Begin from what is on disk; what gates said of themselves is kept. Raises sqlite3.Error.

        What was in memory and is not on disk has not happened.
        """
        loaded: dict[PLACES, Venue] = {}
        with self.store.transaction() as db:
            for plan in self._plans:
                key = (plan.district, plan.id)
                venue = Venue(
                    plan, db, created_at=self.store.created_at, quota_s=self._quota_s, now=now
                )
                if key in self.venues:
                    venue.lanes = self.venues[key].lanes
                loaded[key] = venue
        self.venues = loaded
        self.by_id = {venue.plan.id: venue for venue in loaded.values()}
