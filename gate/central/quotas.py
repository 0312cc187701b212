"""The quotas that were given and may still be gone by; on disk before anybody hears of them."""

import sqlite3
from collections.abc import Iterable
from dataclasses import replace

from gate.central.capacity import MARGIN_S, Given, outstanding, reach
from gate.central.epoch import NEVER, Epoch
from gate.central.marks import Key
from gate.model import Utc


class Quotas:
    """Of one venue; belongs to the deciding thread, within its transactions."""

    def __init__(
        self, db: sqlite3.Connection, *, created_at: Utc, valid_s: float, gates: Iterable[str]
    ) -> None:
        """`created_at`: when this disk was new; versions begin above it, in seconds, so that none
        of an older disk is given twice. `valid_s`: how long a quota is good for.
        """
        self._db = db
        self._first = int(created_at)
        self._valid_s = valid_s
        self._given: dict[Key, tuple[Given, ...]] = {}
        self._renew: set[Key] = set()
        self._reach: dict[Key, tuple[tuple[object, ...], int]] = {}
        """What `reach` was, and all that it was made from."""
        self.version = 0
        """Another one whenever a quota is given or forgotten."""
        for gate in gates:
            rows = db.execute(
                "SELECT epoch, version, ceiling, seen, reserve, until FROM quotas WHERE gate = ?"
                " ORDER BY version",
                (gate,),
            )
            for epoch, *row in rows:
                key = (gate, epoch)
                self._given[key] = (*self._given.get(key, ()), Given(*row))

    def given(self, epoch: Epoch) -> tuple[Given, ...]:
        """Those that were given to it, oldest first; a confirmed one ends those before."""
        return self._given.get((epoch.gate, epoch.epoch), ())

    def newest(self, epoch: Epoch) -> Given | None:
        """The last one."""
        return self.given(epoch)[-1] if self.given(epoch) else None

    def is_foreign(self, epoch: Epoch) -> bool:
        """Whether it goes by a quota that is not on this disk, so nobody knows how far."""
        return epoch.qv > 0 and not any(it.version == epoch.qv for it in self.given(epoch))

    def reach(self, epoch: Epoch, limit: int, floor: int | None = None) -> int:
        """The highest in - out it may come to (`gate.central.capacity`).

        By a foreign quota, `limit` people more.
        """
        key = epoch.gate, epoch.epoch
        made_from = epoch, self._given.get(key), limit, floor
        before = self._reach.get(key)
        if before is None or before[0] != made_from:
            known = reach(epoch, self.given(epoch), floor=floor)
            before = made_from, known + (limit if self.is_foreign(epoch) else 0)
            self._reach[key] = before
        return before[1]

    def confirmed(self, epoch: Epoch) -> None:
        """Forget what a newer quota has ended."""
        live = tuple(it for it in self.given(epoch) if it.version >= epoch.qv)
        for it in self.given(epoch):
            if it not in live:
                self._db.execute(
                    "DELETE FROM quotas WHERE gate = ? AND epoch = ? AND version = ?",
                    (epoch.gate, epoch.epoch, it.version),
                )
        self._given[epoch.gate, epoch.epoch] = live
        self.version += 1

    def ended_at_the_gate(self, epoch: Epoch) -> None:
        """A release or a recount: the gate wants another one."""
        self._renew.add((epoch.gate, epoch.epoch))

    def write_off(self, epochs: Iterable[Epoch], now: Utc, *, newest: Iterable[Epoch]) -> None:
        """People were counted: who came in by quotas that have ended, or in an older life of a
        gate, is in that number.
        """
        current = set(newest)
        for epoch in epochs:
            self._given[epoch.gate, epoch.epoch] = tuple(
                it
                if epoch in current and it.until + MARGIN_S > now
                else self._written_off(epoch, it)
                for it in self.given(epoch)
            )
        self.version += 1

    def wants_another(self, epoch: Epoch, now: Utc) -> bool:
        """Whether it needs a new one even if that says the same."""
        newest = self.newest(epoch)
        return (
            newest is None
            or (epoch.gate, epoch.epoch) in self._renew
            or not outstanding((newest,), epoch)
            or newest.until - now < self._valid_s / 2
        )

    def give(self, epoch: Epoch, top: int, *, reserve: int, now: Utc) -> Given:
        """A new quota, on disk with this transaction."""
        newest = self.newest(epoch)
        version = max(self._first, epoch.qv, newest.version if newest else 0) + 1
        given = Given(version, top + epoch.left, epoch.left, reserve, Utc(now + self._valid_s))
        self._db.execute(
            "INSERT INTO quotas VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                epoch.gate,
                epoch.epoch,
                given.version,
                given.ceiling,
                given.seen,
                given.reserve,
                given.until,
            ),
        )
        key = (epoch.gate, epoch.epoch)
        self._given[key] = (*self.given(epoch), given)
        self.version += 1
        self._renew.discard(key)
        return given

    def _written_off(self, epoch: Epoch, given: Given) -> Given:
        self._db.execute(
            "UPDATE quotas SET until = ? WHERE gate = ? AND epoch = ? AND version = ?",
            (NEVER, epoch.gate, epoch.epoch, given.version),
        )
        return replace(given, until=NEVER)
