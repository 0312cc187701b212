"""All venues of one central, over one disk."""

import sqlite3
from collections import deque
from collections.abc import Iterable, Sequence

from gate.central.schema import DatabaseError
from gate.central.store import Store
from gate.central.venue import Plan, Venue
from gate.model import Utc

LOOK_EVERY_S = 5
"""In which nothing happens, a venue is looked at once in so many seconds."""

AT_LEAST = 20
"""Venues that are looked at each second."""

PLACES = tuple[str, str]
"""District and id of a venue."""


class Site:
    """Belongs to the deciding thread."""

    def __init__(self, store: Store, plans: Sequence[Plan], *, quota_s: float, now: Utc) -> None:
        """`quota_s`: how long a quota is good for. Raises DatabaseError."""
        self.store = store
        self._plans = tuple(plans)
        self._quota_s = quota_s
        self.venues: dict[PLACES, Venue] = {}
        self.by_id: dict[str, Venue] = {}
        self._in_turn: deque[Venue] = deque()
        self._touched: list[Venue] = []
        self._touched_before: list[Venue] = []
        try:
            self.load(now)
        except sqlite3.Error as error:
            raise DatabaseError(str(error)) from error

    def touched(self, venues: Iterable[Venue]) -> None:
        """Something happened in these: what follows of it may be due in the next two seconds."""
        self._touched.extend(venues)

    def due(self) -> list[Venue]:
        """Those to be looked at in this second; all of them where there are few.

        Where something happened, and of the others some in turn: what time alone brings there (a
        gate that is stale, a quota to be renewed, a day that ends) can wait for some seconds, and
        a second has to do for thousands of venues.
        """
        found = {id(venue): venue for venue in (*self._touched, *self._touched_before)}
        self._touched, self._touched_before = [], self._touched
        for _ in range(min(len(self._in_turn), max(AT_LEAST, len(self._in_turn) // LOOK_EVERY_S))):
            venue = self._in_turn[0]
            self._in_turn.rotate(-1)
            found[id(venue)] = venue
        return list(found.values())

    def load(self, now: Utc) -> None:
        """Begin from what is on disk; what gates said of themselves is kept. Raises sqlite3.Error.

        What was in memory and is not on disk has not happened.
        """
        loaded: dict[PLACES, Venue] = {}
        with self.store.transaction() as db:
            for plan in self._plans:
                key = (plan.district, plan.id)
                venue = Venue(
                    plan, db, opened_at=self.store.opened_at, quota_s=self._quota_s, now=now
                )
                if key in self.venues:
                    venue.lanes = self.venues[key].lanes
                loaded[key] = venue
        self.venues = loaded
        self._in_turn = deque(loaded.values())
        self._touched, self._touched_before = [], [*loaded.values()]  # a day may have ended
        self.by_id = {venue.plan.id: venue for venue in loaded.values()}
