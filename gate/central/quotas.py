"""The quotas that were given and may still be gone by; on disk before anybody hears of them."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

from gate.central.capacity import MARGIN_S, Given, has_ended, outstanding, reach
from gate.central.epoch import NEVER, Epoch
from gate.central.marks import Key
from gate.model import Utc

KEPT = 20
"""Quotas that have ended unconfirmed: a gate that was away may still show one of the last."""


class Quotas:
    """Of one venue; belongs to the deciding thread, within its transactions."""

    def __init__(
        self, db: sqlite3.Connection, *, opened_at: Utc, valid_s: float, gates: Iterable[str]
    ) -> None:
        """`opened_at`: versions go on above it, in seconds, so that none of an older disk, or of
        one that this is an old copy of, is given twice. `valid_s`: how long a quota is good for.
        """
        self._db = db
        self._first = int(opened_at)
        self._valid_s = valid_s
        self._given: dict[Key, tuple[Given, ...]] = {}
        self._reach: dict[Key, tuple[tuple[object, ...], int]] = {}
        """What `reach` was, and all that it was made from."""
        self.version = 0
        """Another one whenever a quota is given or forgotten."""
        for gate in gates:
            rows = db.execute(
                "SELECT epoch, version, ceiling, seen, reserve, until, ours, void FROM quotas"
                " WHERE gate = ? ORDER BY version",
                (gate,),
            )
            for epoch, *row in rows:
                key = (gate, epoch)
                self._given[key] = (
                    *self._given.get(key, ()),
                    Given(*row[:5], *map(bool, row[5:])),
                )

    def given(self, epoch: Epoch) -> tuple[Given, ...]:
        """Those that were given to it, oldest first; a confirmed one ends those before."""
        return self._given.get((epoch.gate, epoch.epoch), ())

    def newest(self, epoch: Epoch) -> Given | None:
        """The last one that is ours."""
        return next((it for it in reversed(self.given(epoch)) if it.is_ours), None)

    def is_foreign(self, epoch: Epoch) -> bool:
        """Whether it goes by a quota that was not given from this disk."""
        return epoch.qv > 0 and not any(
            it.version == epoch.qv and it.is_ours for it in self.given(epoch)
        )

    def reach(self, epoch: Epoch, floor: int | None = None) -> int:
        """The highest in - out it may come to (`gate.central.capacity`)."""
        key = epoch.gate, epoch.epoch
        made_from = epoch, self._given.get(key), floor
        before = self._reach.get(key)
        if before is None or before[0] != made_from:
            before = made_from, reach(epoch, self.given(epoch), floor=floor)
            self._reach[key] = before
        return before[1]

    def confirmed(self, epoch: Epoch, *, given_by: Utc, limit: int) -> None:
        """Forget what a newer quota has ended.

        A quota of another disk was given by then, and lets in `limit` more people at the most: no
        central gives away more places than there are.
        """
        live = tuple(it for it in self.given(epoch) if it.version >= epoch.qv)
        self._forget(epoch, [it for it in self.given(epoch) if it not in live])
        self._given[epoch.gate, epoch.epoch] = live
        if epoch.qv and not any(it.version == epoch.qv for it in live):
            ceiling = epoch.entered + epoch.pending + limit
            until = Utc(given_by + self._valid_s)
            self._keep(epoch, Given(epoch.qv, ceiling, epoch.left, 0, until, is_ours=False))
        self.version += 1

    def ended_at_the_gate(self, epoch: Epoch) -> None:
        """A release or a recount: the gate wants another one."""
        key = epoch.gate, epoch.epoch
        self._db.execute("UPDATE quotas SET void = 1 WHERE gate = ? AND epoch = ?", key)
        self._given[key] = tuple(replace(it, is_void=True) for it in self.given(epoch))

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
            or newest.is_void
            or not outstanding((newest,), epoch)
            or newest.until - now < self._valid_s / 2
        )

    def give(self, epoch: Epoch, top: int, *, reserve: int, now: Utc) -> Given:
        """A new quota, on disk with this transaction."""
        newest = self.newest(epoch)
        version = max(self._first, epoch.qv, newest.version if newest else 0) + 1
        given = Given(version, top + epoch.left, epoch.left, reserve, Utc(now + self._valid_s))
        ended = [it for it in self.given(epoch) if has_ended(it, epoch) and it.version != epoch.qv]
        self._forget(epoch, ended[:-KEPT])
        self._keep(epoch, given)
        self.version += 1
        return given

    def _keep(self, epoch: Epoch, given: Given) -> None:
        self._db.execute(
            "INSERT INTO quotas VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                epoch.gate,
                epoch.epoch,
                given.version,
                given.ceiling,
                given.seen,
                given.reserve,
                given.until,
                given.is_ours,
                given.is_void,
            ),
        )
        all_of_it = (*self.given(epoch), given)
        self._given[epoch.gate, epoch.epoch] = tuple(sorted(all_of_it, key=lambda it: it.version))

    def _forget(self, epoch: Epoch, gone: Sequence[Given]) -> None:
        self._db.executemany(
            "DELETE FROM quotas WHERE gate = ? AND epoch = ? AND version = ?",
            [(epoch.gate, epoch.epoch, it.version) for it in gone],
        )
        self._given[epoch.gate, epoch.epoch] = tuple(
            it for it in self.given(epoch) if it not in gone
        )

    def _written_off(self, epoch: Epoch, given: Given) -> Given:
        self._db.execute(
            "UPDATE quotas SET until = ? WHERE gate = ? AND epoch = ? AND version = ?",
            (NEVER, epoch.gate, epoch.epoch, given.version),
        )
        return replace(given, until=NEVER)
