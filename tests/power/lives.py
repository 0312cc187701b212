"""Random lives of a database that power cuts interrupt: what is written, and what must be there.

A chapter of a life is a list of marks in the order of what happened: each change of the disk, each
person who walked, each look of the publisher, and each transaction that was told to be on disk
(`Told`), with all that the database held then. After a cut it must hold what was told last, or
that and the one transaction that was under way; nothing else, in any table.

The people are real: who has a grant walks before the passage is on disk, and may walk while the
power goes. Passages without a grant cannot be bounded, and are not.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from drivers.simulated.disk import Change, SimulatedDisk
from gate.audit import audit
from gate.events import (
    Count,
    EndGrant,
    RaiseAlarm,
    Record,
    RecordGrant,
    RecordMode,
    RecordRecount,
    RecordRecovery,
    RecordRefusal,
    RecordRelease,
)
from gate.model import (
    Alarm,
    Direction,
    End,
    GrantId,
    Mode,
    Part,
    Pass,
    Reason,
    RefusalCode,
    Utc,
    VisitId,
)
from gate.occupancy import Totals, totals_after
from gate.opening import Loaded, open_store
from gate.reader import Reader
from gate.schema import connect_to_read
from gate.store import Store
from gate.tables import totals_of
from gate.visits import VisitRules
from tests.power.platter import Platter

NAME = "gate.db"
START = Utc(1_772_357_400.0)
PASSES = tuple(
    Pass(VisitId(f"{number:024x}"), 1 + number % 5, START, Utc(START + 15.0 * number))
    for number in range(1, 13)
)
PUBLISHER_LOOKS = 0.03
"""How often, of all changes of the disk."""

Contents = dict[str, list[tuple[Any, ...]]]
"""Table -> its rows; empty where there is no database."""


@dataclass(frozen=True, slots=True)
class Told:
    """A transaction is on disk: the database holds this, and the world may know it."""

    contents: Contents
    beside: int = 0
    """What to add to those who walked with a grant to know who came in: plus who had none, minus
    who walked uncounted before the last recount."""

    @property
    def totals(self) -> Totals:
        return totals_of(self.contents["totals"][0][1:])

    @property
    def epoch(self) -> str:
        return str(self.contents["meta"][0][1])

    @property
    def boots(self) -> int:
        return int(self.contents["state"][0][1])

    @property
    def seq(self) -> int:
        return sum(seq for name, seq in self.contents["sqlite_sequence"] if name == "events")

    @property
    def open_grants(self) -> set[int]:
        return {row[0] for row in self.contents.get("grants", ()) if row[3] is None}

    @property
    def events(self) -> dict[tuple[str, int], tuple[Any, ...]]:
        return {(self.epoch, row[0]): row for row in self.contents["events"]}


@dataclass(frozen=True, slots=True)
class Walked:
    """The person with this grant went through."""

    grant: int


@dataclass(frozen=True, slots=True)
class Published:
    """The publisher saw this as the newest event."""

    epoch: str
    seq: int


Mark = Change | Told | Walked | Published

NOTHING = Told({})


class LostError(Exception):
    """What was told to be on disk is not there, or not as it was."""


class Chapter:
    """From one opening of the database to its end: what is written, and the marks of it."""

    def __init__(
        self, path: Path, draw: Random, known: Told, *, walked: AbstractSet[int], now: Utc
    ) -> None:
        """`known` is what the database holds; `walked` are the grants whose people have."""
        self.marks: list[Mark] = []
        self.told = known
        self.now = now
        self._path = path
        self._draw = draw
        self._walked = set(walked)
        self._holders: dict[GrantId, Pass | None] = {}
        self._next_grant = GrantId(1)

    def open(self) -> tuple[Store, Loaded]:
        """As the daemon does."""
        store, loaded = open_store(
            self._path, venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _: self.now
        )
        self._next_grant = loaded.next_grant
        self._tell(self.told.beside)
        return store, loaded

    def watch(self, change: Change) -> None:
        """Note a change of the disk; now and then the publisher has looked just before."""
        if self._draw.random() < PUBLISHER_LOOKS:
            with closing(Reader(self._path)) as reader:
                standing = reader.standing()
            self.marks.append(Published(standing.epoch, standing.seq))
        self.marks.append(change)

    def transact(self, store: Store) -> None:
        """One transaction of the writer."""
        self.now = Utc(self.now + 1)
        match self._draw.choices(("records", "recount", "purge"), weights=(20, 1, 2))[0]:
            case "records":
                size = self._draw.choice((1, 1, 2, 6))
                holders = dict(self._holders)  # nobody walks before the grant is on disk
                self._apply(store, [self._record(holders) for _ in range(size)])
            case "recount":
                self._apply(store, [RecordRecount()])
            case _:
                store.purge(self.now, keep_visits_s=0, retain_s=20, by_age=False)
                self._tell(self.told.beside)

    def _record(self, holders: dict[GrantId, Pass | None]) -> Record:
        """Some record that a machine could give; a grant among `holders` ends once."""
        draw, pass_ = self._draw, self._draw.choice((*PASSES, None))
        what = draw.choices(("grant", "end", "out", "beside", "other"), weights=(5, 5, 2, 1, 2))[0]
        if what == "end" and holders:
            grant = draw.choice(list(holders))
            holder = holders.pop(grant)
            del self._holders[grant]
            if draw.random() < 0.4:
                return EndGrant(grant, draw.choice(list(End)), holder)
            self._walked.add(grant)
            self.marks.append(Walked(grant))
            return Count(Direction.IN, Reason.OK, grant, holder)
        if what in {"grant", "end"}:
            grant, self._next_grant = self._next_grant, GrantId(self._next_grant + 1)
            self._holders[grant] = pass_
            return RecordGrant(grant, Reason.OK, pass_)
        if what == "out":
            return Count(Direction.OUT, Reason.OK, None, pass_)
        if what == "beside":
            return Count(Direction.IN, Reason.FORCED)
        return draw.choice(
            (
                RecordRefusal(RefusalCode.WAIT_AND_RETURN, pass_=pass_),
                RecordRefusal(RefusalCode.TOO_WARM, pass_=pass_),
                RaiseAlarm(Alarm.FAULT, Part.CAMERA, "x" * draw.randrange(200)),
                RecordRecovery(Part.CAMERA),
                RecordMode(draw.choice(list(Mode))),
                RecordRelease(active=draw.random() < 0.5),
            )
        )

    def _apply(self, store: Store, records: list[Record]) -> None:
        totals, beside = self.told.totals, self.told.beside
        for record in records:
            totals = totals_after(totals, record)
            match record:
                case Count(direction=Direction.IN, grant=None):
                    beside += 1
                case RecordRecount():
                    beside = totals.entered - len(self._walked)
        mark = (self.told.epoch, self._draw.randrange(self.told.seq + 1))
        seq = store.apply_all(
            [(record, self.now) for record in records], acknowledged=[mark], sent=self.told.seq
        )
        self._tell(beside)
        assert self.told.totals == totals, "the totals are not the sum of the records"
        assert self.told.seq == seq, "the number that was returned is not the newest"

    def _tell(self, beside: int) -> None:
        with closing(connect_to_read(self._path)) as db:
            self.told = Told(contents_of(db), beside)
        self.marks.append(self.told)


class Life:
    """One gate's database through several power cuts; the seed decides everything."""

    def __init__(self, folder: Path, seed: int, *, synchronous: str = "FULL") -> None:
        self.seen: Counter[str] = Counter()
        """What the cuts did to sectors and names, and what was found afterwards."""
        self._folder = folder
        self._draw = Random(seed)  # noqa: S311 - a life, not a secret
        self._synchronous = synchronous
        self._files: dict[str, bytes] = {}
        self._found = NOTHING
        self._now = START
        self._walked: set[int] = set()
        self._ever: dict[tuple[str, int], tuple[Any, ...]] = {}

    def live(self, transactions: int) -> list[Mark]:
        """One chapter; checks what the database was opened with, and each number given."""
        place = self._place("life")
        lay_out(self._files, place)
        chapter = Chapter(
            place / NAME, self._draw, self._found, walked=self._walked, now=Utc(self._now + 1)
        )
        with SimulatedDisk(place, recorder=chapter.marks.append) as disk:
            store, loaded = chapter.open()
            with closing(store):
                self._check_opening(loaded, chapter.told)
                store._db.execute(f"PRAGMA synchronous = {self._synchronous}")
                store._db.execute(f"PRAGMA wal_autocheckpoint = {self._draw.choice((1000, 30, 8))}")
                disk.recorder = chapter.watch
                for _ in range(transactions):
                    chapter.transact(store)
                    self._check_numbers(chapter.told)
                disk.recorder = chapter.marks.append if self._draw.random() < 0.5 else None
        assert audit(place / NAME).broken is None, "an event does not fit the one before"
        self._now = chapter.now
        return chapter.marks

    def cut(self, marks: Sequence[Mark]) -> None:
        """The power goes somewhere in that chapter. Raises LostError."""
        at = self._draw.randrange(len(marks) + 1)
        happened = marks[:at]
        files = after_a_cut(self._files, happened, self._draw, self.seen)
        found = found_on(files, self._place("look"), marks, at, self._found, self.seen)
        for mark in happened:
            if isinstance(mark, Published) and mark.seq > found.seq:
                raise LostError(f"event {mark.seq} was published, {found.seq} is the newest")
            if isinstance(mark, Told):
                self._ever |= mark.events
        self._files, self._found = files, found
        self._walked |= {mark.grant for mark in happened if isinstance(mark, Walked)}
        self._walked |= {grant for grant in found.open_grants if self._draw.random() < 0.3}

    def _check_opening(self, loaded: Loaded, told: Told) -> None:
        before = self._found
        assert loaded.set_aside is None, "a power cut was taken for damage"
        assert told.totals == loaded.totals
        assert not told.open_grants, "a grant has no end"
        assert not any(visit.granted for visit in loaded.visits.values())
        if before is NOTHING:
            assert (loaded.boot, loaded.seq, loaded.totals) == (1, 0, Totals())
            return
        pending = before.totals.open
        assert (loaded.epoch, loaded.boot) == (before.epoch, before.boots + 1)
        assert loaded.interrupted == pending == len(before.open_grants)
        assert loaded.seq == before.seq + (pending > 0)
        expected = replace(before.totals, open=0, unknown=before.totals.unknown + pending)
        assert loaded.totals == expected, "the totals are not what was told"
        kept = {row[0] for row in told.contents["grants"]}
        assert kept == {row[0] for row in before.contents["grants"]}, "a grant was forgotten"
        entered = len(self._walked) + before.beside
        assert loaded.totals.entered <= entered <= loaded.totals.entered + loaded.totals.pending, (
            "the published bound does not hold who came in"
        )
        self._check_numbers(told)

    def _check_numbers(self, told: Told) -> None:
        for number, row in told.events.items():
            assert self._ever.get(number, row) == row, "a number was used twice"

    def _place(self, name: str) -> Path:
        return self._folder / f"{len(list(self._folder.iterdir()))}-{name}"


def after_a_cut(
    files: Mapping[str, bytes], marks: Sequence[Mark], draw: Random, seen: Counter[str]
) -> dict[str, bytes]:
    """The files as they may be when the power goes after `marks`, having been `files` before."""
    platter = Platter.holding(files)
    for mark in marks:
        if isinstance(mark, Change):
            platter.note(mark)
    return platter.after_a_cut(draw, seen)


def found_on(
    files: Mapping[str, bytes],
    place: Path,
    marks: Sequence[Mark],
    at: int,
    known: Told,
    seen: Counter[str],
) -> Told:
    """What the files hold: what was told last before `at`, or the transaction under way then.

    `known` is what they held before `marks`. Raises LostError where it is neither.
    """
    told = next((mark for mark in reversed(marks[:at]) if isinstance(mark, Told)), known)
    under_way = next((mark for mark in marks[at:] if isinstance(mark, Told)), told)
    lay_out(files, place)
    with closing(sqlite3.connect(place / NAME)) as db:
        try:
            (verdict,) = db.execute("PRAGMA quick_check").fetchone()
            contents = contents_of(db)
        except sqlite3.DatabaseError as error:
            raise LostError(f"the database is damaged: {error}") from error
    if verdict != "ok":
        raise LostError(f"the database is damaged: {verdict}")
    if contents == told.contents:
        seen["found as told"] += 1
        return told
    if contents == under_way.contents:
        seen["found with what was under way"] += 1
        return under_way
    newest = replace(told, contents=contents).seq if contents else 0
    raise LostError(f"event {told.seq if told.contents else 0} was told, {newest} is the newest")


def contents_of(db: sqlite3.Connection) -> Contents:
    """Everything in a database."""
    names = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    return {
        name: db.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()  # noqa: S608 - its tables
        for (name,) in names
    }


def lay_out(files: Mapping[str, bytes], place: Path) -> None:
    """Write the files into a new directory."""
    place.mkdir()
    for name, contents in files.items():
        (place / name).write_bytes(contents)
