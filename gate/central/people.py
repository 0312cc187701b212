"""The people whom the gates of a venue have counted, in memory and on disk."""

import sqlite3
from collections.abc import Iterable
from dataclasses import replace

from gate.central.epoch import Epoch
from gate.central.marks import Key, Mark, Since, Stand, with_event
from gate.model import Utc
from gate.payloads import EvtItem

GRANT_S = 150.0
"""No grant is open for longer."""

LIVES = 200
"""Of one gate; each takes a restored or damaged card. More is nonsense, and each costs time."""


class People:
    """Of one venue; belongs to the deciding thread, within its transactions."""

    def __init__(self, db: sqlite3.Connection, venue: str, gates: Iterable[str]) -> None:
        """`gates` are those that count for the venue."""
        self._db = db
        self._venue = venue
        self._gates = frozenset(gates)
        self._epochs = {(it.gate, it.epoch): it for it in self._load_epochs()}
        self.marks: dict[Since, Mark] = {it.since: it for it in self._load_marks()}
        self._newest: dict[str, Epoch] | None = None
        self.version = 0
        """Another one whenever anything of an epoch is."""
        self._changed: set[Key] = set()
        self._moved: set[tuple[Since, Key]] = set()

    @property
    def epochs(self) -> tuple[Epoch, ...]:
        """Every life of every gate that counts."""
        return tuple(self._epochs.values())

    @property
    def newest(self) -> dict[str, Epoch]:
        """The life that each gate is in: the one of which it told last, whatever its clock says."""
        if self._newest is None:
            in_order = sorted(self._epochs.values(), key=lambda it: (it.heard_at, it.number))
            self._newest = {it.gate: it for it in in_order}
        return self._newest

    def knows(self, gate: str, epoch: str) -> bool:
        """Whether this life was heard of before."""
        return (gate, epoch) in self._epochs

    def has_room_for(self, gate: str, epoch: str) -> bool:
        """Whether this life is known, or one more may be."""
        return self.knows(gate, epoch) or sum(it == gate for it, _ in self._epochs) < LIVES

    def epoch(self, gate: str, epoch: str) -> Epoch:
        """What is known of one life; a new one is on disk from now on."""
        known = self._epochs.get((gate, epoch))
        if known is not None:
            return known
        cursor = self._db.execute(
            "INSERT INTO epochs"
            " VALUES (NULL, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0.0, 0, 0, 0.0, '', 0.0)",
            (self._venue, gate, epoch),
        )
        made = Epoch(gate, epoch, number=cursor.lastrowid or 0)
        self._set(made)
        return made

    def update(self, after: Epoch) -> None:
        """More is known of a life."""
        key = (after.gate, after.epoch)
        if after != self._epochs[key]:
            self._set(after)
            self._changed.add(key)

    def note(self, after: Epoch, event: EvtItem) -> None:
        """An event of a life, as it is after it."""
        self.update(after)
        key = (after.gate, after.epoch)
        for since, mark in self.marks.items():
            moved = with_event(mark, after, event)
            if moved is not mark:
                self.marks[since] = moved
                self._moved.add((since, key))

    def set_mark(self, mark: Mark) -> None:
        """From here on people are counted anew, for this purpose."""
        self.drop_mark(mark.since)
        self.marks[mark.since] = mark
        self._db.execute(
            "INSERT INTO marks VALUES (?, ?, ?, ?, ?, ?)",
            (self._venue, mark.since, mark.at, mark.value, mark.upper, mark.over_at),
        )
        self._moved |= {(mark.since, key) for key in mark.stands}

    def drop_mark(self, since: Since) -> None:
        """There is no such mark any more."""
        self.marks.pop(since, None)
        self._moved = {moved for moved in self._moved if moved[0] != since}
        for table in ("marks", "stands"):
            self._db.execute(
                f"DELETE FROM {table} WHERE venue = ? AND since = ?",  # noqa: S608 - our tables
                (self._venue, since),
            )

    def end_release(self, at: Utc | None) -> None:
        """The release of this mark is over, or is not."""
        mark = replace(self.marks[Since.RELEASE], over_at=at)
        self.marks[Since.RELEASE] = mark
        self._db.execute(
            "UPDATE marks SET over_at = ? WHERE venue = ? AND since = ?",
            (at, self._venue, Since.RELEASE),
        )

    def end_grants(self, now: Utc) -> None:
        """People were counted: a grant of an older life, or of a gate that was not heard of for
        longer than any grant is open, has ended, used or not.
        """
        newest = self.newest
        for it in self.epochs:
            if it.pending and (it is not newest[it.gate] or it.heard_at < now - GRANT_S):
                self.update(replace(it, pending=0))

    def correct(self, change: int) -> None:
        """So many more are inside."""
        mark = self.marks[Since.COUNT]
        self.marks[Since.COUNT] = replace(mark, value=mark.value + change)
        self._db.execute(
            "UPDATE marks SET value = value + ? WHERE venue = ? AND since = ?",
            (change, self._venue, Since.COUNT),
        )

    def flush(self) -> None:
        """Write what has changed; in the same transaction as the events that did it."""
        self._db.executemany(
            "UPDATE epochs SET told_in = ?, told_out = ?, seen_in = ?, seen_out = ?, pending = ?,"
            " seq = ?, reached = ?, reached_at = ?, qv = ?, uncertain = ?, told_at = ?, clock = ?,"
            " heard_at = ? WHERE number = ?",
            [_row(self._epochs[key]) for key in self._changed],
        )
        for since, key in self._moved:
            stand = self.marks[since].stands[key]
            self._db.execute(
                "INSERT OR REPLACE INTO stands VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (self._venue, since, *key, stand.entered, stand.left, stand.seq, stand.is_late),
            )
        self._changed.clear()
        self._moved.clear()

    def _set(self, epoch: Epoch) -> None:
        self._epochs[epoch.gate, epoch.epoch] = epoch
        self._newest = None
        self.version += 1

    def _load_epochs(self) -> Iterable[Epoch]:
        rows = self._db.execute(
            "SELECT gate, epoch, number, told_in, told_out, seen_in, seen_out, pending, seq,"
            " reached, reached_at, qv, uncertain, told_at, clock, heard_at FROM epochs"
            " WHERE venue = ? ORDER BY number",
            (self._venue,),
        )
        for row in rows:
            if row[0] in self._gates:
                values = (*row[:12], bool(row[12]), *row[13:])
                yield Epoch(*values)

    def _load_marks(self) -> Iterable[Mark]:
        rows = self._db.execute(
            "SELECT since, at, value, upper, over_at FROM marks WHERE venue = ?", (self._venue,)
        ).fetchall()
        for since, at, value, upper, over_at in rows:
            stands = self._db.execute(
                "SELECT gate, epoch, entered, departed, seq, late FROM stands"
                " WHERE venue = ? AND since = ?",
                (self._venue, since),
            )
            held = {
                (gate, epoch): Stand(entered, left, seq, bool(late))
                for gate, epoch, entered, left, seq, late in stands
            }
            yield Mark(Since(since), Utc(at), value, upper, held, over_at)


def _row(it: Epoch) -> tuple[object, ...]:
    return (
        it.told_in,
        it.told_out,
        it.seen_in,
        it.seen_out,
        it.pending,
        it.seq,
        it.reached,
        it.reached_at,
        it.qv,
        it.uncertain,
        it.told_at,
        it.clock,
        it.heard_at,
        it.number,
    )
