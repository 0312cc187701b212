"""The writer: what it says when, and that nothing is dropped while the disk is away."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue

import pytest

from drivers.simulated.disk import Fault, SimulatedDisk
from gate.elsewhere import PageHeard
from gate.events import Count, EndGrant, Record, RecordGrant, RecordMode, RecordRecount
from gate.model import Direction, End, GrantId, Mode, Monotonic, Reason, Utc
from gate.opening import Loaded, open_store
from gate.reader import Reader
from gate.schema import connect_to_read, connect_to_write
from gate.store import Store
from gate.tasks import HOLD_S
from gate.temperature.population import Population
from gate.temperature.upkeep import Remembered
from gate.visits import VisitRules
from gate.writer import Retention, Writer

NOW = Utc(1_772_357_400.0)
SOON_S = 5.0
"""Longer than anything here takes; only a failing test waits for it."""


class Told:
    """What the writer said, in order."""

    def __init__(self) -> None:
        self.said: SimpleQueue[object] = SimpleQueue()

    def next(self) -> object:
        return self.said.get(timeout=SOON_S)


class Wall:
    """The wall clock, unsure until it is set; says when it was read."""

    def __init__(self) -> None:
        self.at: Utc | None = None
        self.was_read = threading.Event()

    def read(self) -> Utc | None:
        self.was_read.set()
        return self.at


class Bench:
    """A writer on a database in a temporary directory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store, self.loaded = open_store(
            path, venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _newest: NOW
        )
        self.told = Told()
        self.wall = Wall()
        self.writer = self.make(self.store)

    def make(
        self,
        store: Store,
        clock: Callable[[], Monotonic] = lambda: Monotonic(time.monotonic()),
    ) -> Writer:
        said = self.told.said
        return Writer(
            store=store,
            retention=Retention(keep_visits_s=0, retain_s=60, purge_every_s=3600),
            clock=clock,
            purge_at=self.wall.read,
            on_stored=lambda grant: said.put(("stored", grant)),
            on_written=lambda seq: said.put(("written", seq)),
            on_lost=lambda reason: said.put(("lost", reason)),
            on_back=lambda: said.put("back"),
            on_crash=said.put,
            idle_s=0.01,
        )

    def reopened(self) -> Loaded:
        self.store.close()
        self.store, loaded = open_store(
            self.path, venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _newest: NOW
        )
        return loaded

    def heard(self) -> int:
        with closing(connect_to_read(self.path)) as db:
            return int(db.execute("SELECT heard FROM state").fetchone()[0])

    def kinds(self) -> list[str]:
        with closing(connect_to_read(self.path)) as db:
            return [kind for (kind,) in db.execute("SELECT kind FROM events ORDER BY seq")]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "gate.db")
    yield bench
    bench.writer.stop(0.0)
    bench.store.close()


def grant(number: int) -> RecordGrant:
    return RecordGrant(GrantId(number), Reason.OK, None)


LEFT = Count(Direction.OUT, Reason.OK)


def test_a_grant_is_said_to_be_stored_when_it_is_on_disk_and_not_before(bench: Bench) -> None:
    on_disk: SimpleQueue[int] = SimpleQueue()

    def look(grant: GrantId) -> None:
        with closing(connect_to_read(bench.path)) as db:
            (found,) = db.execute("SELECT count(*) FROM grants WHERE id = ?", (grant,)).fetchone()
        on_disk.put(found)

    bench.writer = Writer(
        store=bench.store,
        retention=Retention(),
        clock=lambda: Monotonic(time.monotonic()),
        purge_at=lambda: None,
        on_stored=look,
        on_written=lambda _: None,
        on_lost=bench.told.said.put,
        on_back=lambda: None,
        on_crash=bench.told.said.put,
    )
    bench.writer.start()

    bench.writer.submit(grant(1), NOW)

    assert on_disk.get(timeout=SOON_S) == 1


def test_records_that_wait_together_share_one_transaction(bench: Bench) -> None:
    for number in range(1, 11):
        bench.writer.submit(grant(number), NOW)

    bench.writer.start()

    said = [bench.told.next() for _ in range(11)]
    assert said == [*(("stored", number) for number in range(1, 11)), ("written", 10)]


def test_flush_returns_when_everything_handed_over_before_is_on_disk(bench: Bench) -> None:
    bench.writer.start()
    for _ in range(200):
        bench.writer.submit(LEFT, NOW)

    assert bench.writer.flush(SOON_S)

    assert len(bench.kinds()) == 200


def test_stop_writes_what_is_waiting(bench: Bench) -> None:
    bench.writer.start()
    for _ in range(200):
        bench.writer.submit(LEFT, NOW)

    assert bench.writer.stop()

    assert len(bench.kinds()) == 200


def test_a_writer_that_never_started_can_be_stopped(bench: Bench) -> None:
    assert bench.writer.stop()
    bench.writer.submit(LEFT, NOW)
    assert not bench.writer.stop()


def test_while_the_disk_is_away_nothing_is_dropped_and_the_order_stays(bench: Bench) -> None:
    """The messages that others keep in memory are lost; ours wait and are written in order."""
    records: list[Record] = [grant(1), EndGrant(GrantId(1), End.LAPSED, None), RecordRecount()]
    bench.writer.start()
    with closing(sqlite3.connect(bench.path, isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        bench.writer.submit(records[0], NOW)
        lost = bench.told.next()
        for record in records[1:]:
            bench.writer.submit(record, NOW)
        assert not bench.writer.flush(0.5)  # long enough for a second attempt to fail

    said = [bench.told.next() for _ in range(4)]
    assert lost == ("lost", "database is locked")
    assert said == ["back", ("stored", 1), ("written", 1), ("written", 3)]
    assert bench.kinds() == ["granted", "lapsed", "recount"]


def test_a_full_disk_is_lost_once_and_back_once_and_counts_everybody(bench: Bench) -> None:
    db = connect_to_write(bench.path)
    with closing(Store(db, rules=VisitRules())) as store:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages}")
        bench.writer = bench.make(store)
        for _ in range(1000):
            bench.writer.submit(LEFT, NOW)

        bench.writer.start()
        said = []
        while (word := bench.told.next()) != ("lost", "database or disk is full"):
            said.append(word)
        assert not bench.writer.flush(0.25)
        db.execute("PRAGMA max_page_count = 100000")
        assert bench.writer.flush(SOON_S)
        bench.writer.stop()

    while (word := bench.told.next()) != ("written", 1000):
        said.append(word)
    assert said.count("back") == 1
    assert bench.reopened().totals.left == 1000


def test_stop_does_not_wait_for_ever_for_a_disk_that_is_away(bench: Bench) -> None:
    bench.writer.start()
    with closing(sqlite3.connect(bench.path, isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        bench.writer.submit(LEFT, NOW)
        bench.told.next()

        assert not bench.writer.stop(0.1)


def test_a_bug_reaches_the_control_loop(bench: Bench) -> None:
    bench.writer.start()

    bench.writer.submit(EndGrant(GrantId(7), End.LAPSED, None), NOW)

    bug = bench.told.next()
    assert isinstance(bug, AssertionError)
    assert "grant 7" in str(bug)


def test_a_bug_in_what_it_tells_reaches_the_control_loop(bench: Bench) -> None:
    def broken(_: int) -> None:
        raise KeyError("broken")

    bench.writer = Writer(
        store=bench.store,
        retention=Retention(),
        clock=lambda: Monotonic(time.monotonic()),
        purge_at=lambda: None,
        on_stored=broken,
        on_written=broken,
        on_lost=bench.told.said.put,
        on_back=lambda: None,
        on_crash=bench.told.said.put,
    )
    bench.writer.start()

    bench.writer.submit(LEFT, NOW)

    assert isinstance(bench.told.next(), KeyError)


def test_an_acknowledgement_goes_to_disk_and_a_wrong_one_does_not(bench: Bench) -> None:
    bench.writer.start()
    for _ in range(3):
        bench.writer.submit(LEFT, NOW)
    assert bench.writer.flush(SOON_S)

    bench.writer.acknowledge(bench.loaded.epoch, 2)
    bench.writer.acknowledge(bench.loaded.epoch, 4)
    bench.writer.acknowledge("00000000", 3)
    assert bench.writer.flush(SOON_S)

    with closing(Reader(bench.path)) as reader:
        assert reader.standing().acknowledged == 2


def test_how_far_the_broker_has_the_events_goes_to_disk_with_the_next_record(bench: Bench) -> None:
    bench.writer.start()
    bench.writer.submit(LEFT, NOW)
    assert bench.writer.flush(SOON_S)

    bench.writer.note_sent(1)
    bench.writer.submit(LEFT, NOW)
    assert bench.writer.flush(SOON_S)

    with closing(Reader(bench.path)) as reader:
        assert reader.standing().sent == 1


def test_that_the_broker_took_something_goes_to_disk_with_the_next_record_or_at_the_end(
    bench: Bench,
) -> None:
    def told() -> int:
        with closing(connect_to_read(bench.path)) as db:
            (told,) = db.execute("SELECT told FROM state").fetchone()
        return int(told)

    bench.writer.start()
    bench.writer.submit(LEFT, NOW)
    assert bench.writer.flush(SOON_S)
    assert told() == 0

    bench.writer.note_told()
    assert bench.writer.stop()
    assert told() == 1

    bench.reopened()
    assert told() == 0
    bench.writer = bench.make(bench.store)
    bench.writer.start()
    bench.writer.note_told()
    bench.writer.submit(LEFT, NOW)
    assert bench.writer.flush(SOON_S)
    assert told() == 1


def test_a_database_is_marked_before_that_is_said(bench: Bench) -> None:
    def look() -> None:
        with closing(connect_to_read(bench.path)) as db:
            bench.told.said.put(db.execute("SELECT behind FROM state").fetchone())

    bench.writer.mark_behind(then=look)
    bench.writer.start()

    assert bench.told.next() == (0,)
    anew = bench.reopened().anew
    assert anew is not None


def test_nothing_is_purged_by_a_clock_that_is_unsure(bench: Bench) -> None:
    """A gate that woke up in 2099 would otherwise throw away what central never got."""
    bench.writer.submit(RecordMode(Mode.FREE), NOW)
    bench.writer.start()
    assert bench.writer.flush(SOON_S)
    bench.wall.was_read.clear()
    assert bench.wall.was_read.wait(SOON_S)
    assert bench.writer.flush(SOON_S)
    assert bench.kinds() == ["mode"]

    bench.wall.at = Utc(NOW + 3600)
    bench.wall.was_read.clear()
    assert bench.wall.was_read.wait(SOON_S)
    assert bench.writer.flush(SOON_S)
    assert bench.kinds() == []


def test_an_idle_writer_shows_that_it_is_alive(bench: Bench) -> None:
    began = bench.writer.alive_at
    bench.writer.start()

    assert bench.wall.was_read.wait(SOON_S)

    assert bench.writer.alive_at > began


@pytest.mark.parametrize("fault", ["full", "read_only", "failing"])
def test_a_flush_finds_a_broken_disk_although_nothing_waits(tmp_path: Path, fault: Fault) -> None:
    with SimulatedDisk(tmp_path) as disk:
        bench = Bench(tmp_path / "gate.db")
        bench.writer.start()
        assert bench.writer.flush(SOON_S)

        disk.fault = fault
        assert not bench.writer.flush(0.1)
        disk.fault = None
        assert bench.writer.flush(SOON_S)

        assert bench.writer.stop()
        bench.store.close()
    assert bench.reopened().visits == {}
    bench.store.close()


def test_a_word_of_central_goes_to_disk_after_the_records_before_it_and_that_is_told(
    bench: Bench,
) -> None:
    """What `ctr` says of the quota must hold for every grant that was given before it."""
    bench.writer.submit(grant(1), NOW)
    bench.writer.keep("quota", 3, b"as it came")
    bench.writer.start()
    assert bench.writer.flush(SOON_S)
    bench.writer.keep("quota", 4, b"and then")
    assert bench.writer.flush(SOON_S)

    assert bench.told.said.get(timeout=SOON_S) == ("stored", GrantId(1))
    assert bench.told.said.get(timeout=SOON_S) == ("written", 1)
    assert bench.told.said.get(timeout=SOON_S) == ("written", 1)
    assert bench.reopened().words["quota"].version == 4


def test_what_others_told_waits_for_a_record_and_costs_no_flush_of_its_own(bench: Bench) -> None:
    now = [0.0]
    bench.writer = bench.make(bench.store, clock=lambda: Monotonic(now[0]))
    bench.writer.start()
    bench.writer.hear(PageHeard((), mark=7))
    bench.writer.submit(LEFT, NOW)
    assert bench.told.next() == ("written", 1)
    assert bench.heard() == 7

    bench.writer.hear(PageHeard((), mark=8))
    bench.wall.was_read.clear()
    assert bench.wall.was_read.wait(SOON_S), "it has gone round"
    assert bench.heard() == 7
    now[0] += HOLD_S
    for _ in range(100):
        if bench.heard() == 8:
            break
        bench.wall.was_read.clear()
        assert bench.wall.was_read.wait(SOON_S)
    assert bench.heard() == 8


def test_what_others_told_is_on_disk_when_the_writer_has_stopped(bench: Bench) -> None:
    bench.writer.start()
    bench.writer.hear(PageHeard((), mark=7))
    assert bench.writer.stop()
    assert bench.heard() == 7


def test_what_is_known_of_the_people_is_on_disk_when_the_writer_has_stopped(bench: Bench) -> None:
    first = Remembered(Population("key", since=NOW, people=10, reference_c=36.2))
    last = Remembered(Population("key", since=NOW, people=20, reference_c=36.25))
    bench.writer.start()
    bench.writer.remember(first)
    bench.writer.remember(last)

    assert bench.writer.stop()

    assert bench.reopened().upkeep == last
