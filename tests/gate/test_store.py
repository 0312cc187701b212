"""The database: what a record leaves behind, and what an opening finds."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.audit import audit
from gate.elsewhere import LONGEST_VISIT_S, Account, EventsHeard, Happened, PageHeard
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
from gate.kept import Kept
from gate.lists import Versions
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
from gate.releases.tables import WAYS_BACK
from gate.rows import DETAIL_LIMIT, Kind
from gate.schema import VERSION, DiskError, StoreError, connect_to_read, connect_to_write
from gate.store import PURGE_ROWS, Store
from gate.temperature.population import Population
from gate.temperature.upkeep import Remembered
from gate.visits import Told, Visit, VisitRules, pass_of, visit_after

NOW = Utc(1_772_357_400.25)
HOUR = 3600.0
PASS = Pass(VisitId("5b1f9c0e77aa0c11d2e3f405"), 4, Utc(NOW - HOUR), Utc(NOW + HOUR))
OTHER = Pass(VisitId("aa" * 12), 2, Utc(NOW - HOUR), Utc(NOW + HOUR))

Open = Callable[[], tuple[Store, Loaded]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gate.db"


@pytest.fixture
def opened(path: Path) -> Iterator[Open]:
    """Opens the database, again and again if need be: what was open is closed first."""
    stores: list[Store] = []

    def open_again() -> tuple[Store, Loaded]:
        for store in stores:
            store.close()
        store, loaded = open_store(
            path, venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _newest: NOW
        )
        stores.append(store)
        return store, loaded

    yield open_again
    for store in stores:
        store.close()


def grant(number: int, pass_: Pass | None = PASS) -> RecordGrant:
    return RecordGrant(GrantId(number), Reason.OK, pass_)


def passage(number: int, pass_: Pass | None = PASS) -> Count:
    return Count(Direction.IN, Reason.OK, GrantId(number), pass_)


def events(path: Path) -> list[tuple[object, ...]]:
    """kind, direction, visit, n, reason, detail of every event in the order of their numbers."""
    with closing(connect_to_read(path)) as db:
        return db.execute(
            "SELECT kind, direction, visit, n, reason, detail FROM events ORDER BY seq"
        ).fetchall()


def how_ended(path: Path) -> list[tuple[int, str | None]]:
    with closing(connect_to_read(path)) as db:
        return db.execute("SELECT id, how FROM grants ORDER BY id").fetchall()


# --- one record ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "row"),
    [
        (grant(2), ("granted", "in", PASS.visit, 4, "ok", None)),
        (grant(2, None), ("granted", "in", None, None, "ok", None)),
        (passage(1), ("passage", "in", PASS.visit, 4, "ok", None)),
        (
            Count(Direction.OUT, Reason.RELEASE),
            ("passage", "out", None, None, "release", None),
        ),
        (EndGrant(GrantId(1), End.LAPSED, PASS), ("lapsed", "in", PASS.visit, 4, None, None)),
        (EndGrant(GrantId(1), End.WITHDRAWN, PASS), ("withdrawn", "in", PASS.visit, 4, None, None)),
        (
            RecordRefusal(RefusalCode.TOO_WARM, pass_=PASS),
            ("refused", None, PASS.visit, 4, "too_warm", None),
        ),
        (
            RecordRefusal(RefusalCode.TOO_WARM, pass_=PASS, celsius=38.4),
            ("refused", None, PASS.visit, 4, "too_warm", "38.4 C"),
        ),
        (
            RecordGrant(GrantId(2), Reason.SOFT, PASS, "why", celsius=37.0),
            ("granted", "in", PASS.visit, 4, "soft", "why: 37.0 C"),
        ),
        (
            RecordRefusal(RefusalCode.NOT_A_PASS, "https://"),
            ("refused", None, None, None, "not_a_pass", "https://"),
        ),
        (
            RaiseAlarm(Alarm.FAULT, Part.CAMERA, "no frame"),
            ("alarm", None, None, None, "fault", "camera: no frame"),
        ),
        (RaiseAlarm(Alarm.TAILGATE), ("alarm", None, None, None, "tailgate", None)),
        (RecordRecovery(Part.CAMERA), ("recovered", None, None, None, None, "camera")),
        (RecordRelease(active=True), ("release", None, None, None, "active", None)),
        (RecordRelease(active=False), ("release", None, None, None, "over", None)),
        (RecordMode(Mode.FREE), ("mode", None, None, None, "free", None)),
        (RecordRecount(), ("recount", None, None, None, None, None)),
    ],
)
def test_each_record_becomes_one_event_in_the_words_of_the_contract(
    opened: Open, path: Path, record: Record, row: tuple[object, ...]
) -> None:
    store, _ = opened()
    store.apply(grant(1), NOW)

    seq = store.apply(record, NOW)

    assert seq == 2
    assert events(path)[1:] == [row]


def test_a_grant_ends_used_lapsed_or_withdrawn(opened: Open, path: Path) -> None:
    store, _ = opened()
    for number in (1, 2, 3):
        store.apply(grant(number), NOW)

    store.apply(passage(1), NOW)
    store.apply(EndGrant(GrantId(2), End.LAPSED, PASS), NOW)
    store.apply(EndGrant(GrantId(3), End.WITHDRAWN, PASS), NOW)

    assert how_ended(path) == [(1, "used"), (2, "lapsed"), (3, "withdrawn")]


def test_a_grant_that_ends_twice_is_a_bug_and_leaves_nothing_behind(
    opened: Open, path: Path
) -> None:
    store, _ = opened()
    store.apply(grant(1), NOW)
    store.apply(passage(1), NOW)

    with pytest.raises(AssertionError, match="grant 1 ended"):
        store.apply(EndGrant(GrantId(1), End.LAPSED, PASS), NOW)

    assert len(events(path)) == 2


def test_a_long_detail_is_cut(opened: Open, path: Path) -> None:
    store, _ = opened()

    store.apply(RecordRefusal(RefusalCode.NOT_A_PASS, "x" * 5000), NOW)

    assert events(path)[0][5] == "x" * DETAIL_LIMIT


def test_a_batch_that_fails_in_the_middle_is_not_on_disk_at_all(opened: Open, path: Path) -> None:
    store, loaded = opened()

    with pytest.raises(AssertionError):
        store.apply_all([(grant(1), NOW), (passage(1), NOW), (passage(1), NOW)])

    assert events(path) == []
    assert opened()[1].totals == loaded.totals


@pytest.mark.parametrize("pragma", [("journal_mode", "wal"), ("synchronous", 2)])
def test_a_commit_survives_a_power_cut(path: Path, pragma: tuple[str, object]) -> None:
    """synchronous 2 is FULL; with NORMAL (1) commits were forgotten and their numbers re-used."""
    with closing(connect_to_write(path)) as db:
        assert db.execute(f"PRAGMA {pragma[0]}").fetchone() == (pragma[1],)


def test_the_log_is_neither_cut_at_1000_events_nor_rewritten(opened: Open, path: Path) -> None:
    store, _ = opened()
    store.apply(RecordMode(Mode.FREE), NOW)

    store.apply_all([(Count(Direction.OUT, Reason.OK), NOW)] * 1500)

    rows = events(path)
    assert len(rows) == 1501
    assert rows[0][0] == "mode"


# --- the totals and visits of the deciding thread ---------------------------------------------


@st.composite
def _lives(draw: st.DrawFn) -> list[Record]:
    """Records as a machine could give them: grants that end once, and all the rest."""
    records: list[Record] = []
    open_grants: list[tuple[GrantId, Pass | None]] = []
    for number in range(1, draw(st.integers(1, 25)) + 1):
        pass_ = draw(st.sampled_from([PASS, OTHER, None]))
        end = draw(st.sampled_from(["grant", "used", "lapsed", "out", "other"]))
        if end == "grant" or not open_grants:
            records.append(RecordGrant(GrantId(number), Reason.OK, pass_))
            open_grants.append((GrantId(number), pass_))
        elif end == "used":
            given_to, holder = open_grants.pop()
            records.append(Count(Direction.IN, Reason.OK, given_to, holder))
        elif end == "lapsed":
            given_to, holder = open_grants.pop()
            records.append(EndGrant(given_to, End.LAPSED, holder))
        elif end == "out":
            records.append(Count(Direction.OUT, Reason.OK, None, pass_))
        else:
            others: list[Record] = [
                RecordRelease(active=True),
                RecordRecount(),
                RecordRefusal(RefusalCode.WAIT_AND_RETURN, pass_=pass_),
                RecordRefusal(RefusalCode.TOO_WARM, pass_=pass_),
                RecordMode(Mode.LOCKED),
            ]
            records.append(draw(st.sampled_from(others)))
    for given_to, holder in open_grants:
        records.append(EndGrant(given_to, End.WITHDRAWN, holder))
    return records


@settings(max_examples=25, deadline=None)
@given(records=_lives(), cuts=st.lists(st.integers(1, 30), max_size=4))
def test_the_disk_and_the_deciding_thread_cannot_disagree(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], cuts: list[int]
) -> None:
    path = tmp_path_factory.mktemp("store") / "gate.db"
    rules = VisitRules()
    totals, visits = Totals(), dict[VisitId, Visit]()
    for record in records:
        totals = totals_after(totals, record)
        if (pass_ := pass_of(record)) is not None:
            after = visit_after(visits.get(pass_.visit), record, NOW, rules)
            if after is not None:
                visits[pass_.visit] = after

    store, _ = open_store(path, venue="mall", gate="t01-a", rules=rules, now=lambda _newest: NOW)
    edges = [0, *sorted(cuts), len(records)]
    for begin, end in pairwise(edges):
        store.apply_all([(record, NOW) for record in records[begin:end]])
    store.close()

    store, loaded = open_store(
        path, venue="mall", gate="t01-a", rules=rules, now=lambda _newest: NOW
    )
    store.close()
    assert loaded.totals == totals
    assert loaded.visits == visits
    assert loaded.seq == len(records)
    assert audit(path).broken is None, "the rows alone tell the same totals"


# --- opening ----------------------------------------------------------------------------------


def test_a_new_database_begins_at_nothing(opened: Open) -> None:
    _, loaded = opened()

    assert loaded.totals == Totals()
    assert loaded.visits == {}
    assert (loaded.boot, loaded.seq, loaded.next_grant, loaded.mode) == (1, 0, 1, None)
    assert len(loaded.epoch) == 8
    assert set(loaded.epoch) <= set("0123456789abcdef")


def test_two_databases_have_two_epochs(tmp_path: Path) -> None:
    epochs = set()
    for name in ("a.db", "b.db"):
        store, loaded = open_store(
            tmp_path / name, venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _newest: NOW
        )
        store.close()
        epochs.add(loaded.epoch)

    assert len(epochs) == 2


def test_what_was_known_is_known_again_after_a_restart(opened: Open) -> None:
    store, before = opened()
    store.apply(grant(1), NOW)
    store.apply(passage(1), NOW)
    store.apply(RecordMode(Mode.LOCKED), NOW)

    _, after = opened()

    assert after.epoch == before.epoch
    assert after.boot == 2
    assert after.totals == Totals(entered=1)
    assert after.visits == {
        PASS.visit: Visit(party=4, expires=PASS.expires, inside=1, entered_at=NOW)
    }
    assert (after.seq, after.next_grant, after.mode) == (3, 2, Mode.LOCKED)
    assert after.interrupted == 0


def test_grants_without_an_end_are_of_unknown_end_after_a_power_cut(
    opened: Open, path: Path
) -> None:
    store, _ = opened()
    store.apply_all([(grant(1), NOW), (passage(1), NOW), (grant(2), NOW), (grant(3, None), NOW)])

    _, loaded = opened()

    assert loaded.interrupted == 2
    assert loaded.totals == Totals(entered=1, open=0, unknown=2)
    assert loaded.totals.pending == 2
    assert how_ended(path) == [(1, "used"), (2, "unknown"), (3, "unknown")]
    assert events(path)[-1] == ("recovered", None, None, 2, None, "power")


def test_whoever_stood_before_the_lane_at_the_power_cut_may_still_enter(opened: Open) -> None:
    store, _ = opened()
    store.apply_all([(grant(1), NOW), (passage(1), NOW), (grant(2), NOW)])

    _, loaded = opened()

    assert loaded.visits[PASS.visit].granted == 0
    assert loaded.visits[PASS.visit].inside == 1


def test_a_power_cut_is_recorded_once(opened: Open, path: Path) -> None:
    store, _ = opened()
    store.apply(grant(1), NOW)
    opened()

    _, loaded = opened()

    assert loaded.interrupted == 0
    assert loaded.totals.unknown == 1
    assert [row[0] for row in events(path)] == ["granted", "recovered"]
    assert audit(path).broken is None


def test_numbers_are_never_used_twice_however_much_is_purged(opened: Open, path: Path) -> None:
    store, loaded = opened()
    store.apply_all([(grant(1), NOW), (passage(1), NOW)])
    store.acknowledge(loaded.epoch, 2)
    store.purge(Utc(NOW + 100 * HOUR), keep_visits_s=0, retain_s=0)
    assert events(path) == []

    store, loaded = opened()

    assert (loaded.seq, loaded.next_grant) == (2, 2)
    assert store.apply(grant(2), NOW) == 3


def test_a_database_of_a_newer_version_is_refused_and_left_alone(opened: Open, path: Path) -> None:
    opened()[0].close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
        db.commit()
    before = path.read_bytes()

    with pytest.raises(StoreError, match="install the newer program again"):
        opened()

    assert path.read_bytes() == before
    assert not list(path.parent.glob("*corrupt*"))


def test_a_database_of_another_program_is_refused_and_left_alone(opened: Open, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE songs (title TEXT)")
        db.commit()
    before = path.read_bytes()

    with pytest.raises(StoreError, match="not a gate's database"):
        opened()

    assert path.read_bytes() == before


def test_a_card_that_was_put_into_another_gate_is_refused(opened: Open, path: Path) -> None:
    opened()[0].close()

    with pytest.raises(StoreError, match="belongs to gate 't01-a'"):
        open_store(path, venue="mall", gate="t01-b", rules=VisitRules(), now=lambda _newest: NOW)


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "gate.db"

    with pytest.raises(DiskError, match="nowhere"):
        open_store(path, venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _newest: NOW)


def _overwrite(path: Path, at: int, junk: bytes) -> None:
    contents = bytearray(path.read_bytes())
    contents[at : at + len(junk)] = junk
    path.write_bytes(contents)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.write_bytes(b"\0" * 8192), id="zeroes"),
        pytest.param(lambda path: path.write_bytes(b"this is no database" * 100), id="text"),
        pytest.param(lambda path: _overwrite(path, 0, b"\0" * 16), id="head gone"),
        pytest.param(lambda path: _overwrite(path, 4096, b"\xff" * 4096), id="one page junk"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:6000]), id="cut short"),
    ],
)
def test_a_damaged_database_is_set_aside_and_a_new_epoch_begins(
    opened: Open, path: Path, damage: Callable[[Path], object]
) -> None:
    store, before = opened()
    store.apply_all([(Count(Direction.IN, Reason.OK), NOW)] * 50)
    store.close()
    damage(path)
    damaged = path.read_bytes()

    store, after = opened()

    assert after.set_aside == path.with_name("gate.db-corrupt-20260301T093000Z")
    assert after.set_aside.read_bytes() == damaged
    assert after.epoch != before.epoch
    assert after.totals == Totals(uncertain=True), "who is inside is not known any more"
    assert audit(path).broken is None
    assert store.apply(grant(1), NOW) == 2, "the first event tells of the damage"


def test_what_was_not_yet_in_the_main_file_goes_aside_with_it(opened: Open, path: Path) -> None:
    """An old write-ahead log beside a new database would be read into it."""
    opened()[0].close()
    path.write_bytes(b"junk" * 1024)
    wal = path.with_name("gate.db-wal")
    wal.write_bytes(b"old log")

    _, loaded = opened()

    assert loaded.set_aside is not None
    aside = loaded.set_aside.with_name(loaded.set_aside.name + "-wal")
    assert aside.read_bytes() == b"old log"


# --- the disk says no -------------------------------------------------------------------------


def test_a_full_disk_is_told_and_leaves_the_totals_as_they_were(opened: Open, path: Path) -> None:
    opened()[0].close()
    db = connect_to_write(path)
    with closing(Store(db, rules=VisitRules())) as store:
        store.apply(grant(1), NOW)
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages}")

        with pytest.raises(DiskError, match="full"):
            store.apply_all([(Count(Direction.IN, Reason.OK), NOW)] * 1000)
        db.execute("PRAGMA max_page_count = 100000")

        assert store.apply(Count(Direction.IN, Reason.OK), NOW) == 2
    assert opened()[1].totals.entered == 1


def test_a_locked_database_is_told(opened: Open, path: Path) -> None:
    store, _ = opened()
    with closing(sqlite3.connect(path, isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")

        with pytest.raises(DiskError, match="locked"):
            store.apply(grant(1), NOW)


def test_a_mistake_in_our_sql_is_not_taken_for_a_broken_disk(opened: Open, path: Path) -> None:
    store, _ = opened()
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE events")

    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        store.apply(RecordRecount(), NOW)


# --- acknowledged, purged ---------------------------------------------------------------------


def test_an_acknowledgement_counts_only_for_our_epoch_and_for_numbers_that_we_gave(
    opened: Open, path: Path
) -> None:
    store, loaded = opened()
    store.apply_all([(RecordRecount(), NOW)] * 3)

    assert not store.acknowledge("00000000", 2)
    assert not store.acknowledge(loaded.epoch, 4)
    assert store.acknowledge(loaded.epoch, 2)
    assert not store.acknowledge(loaded.epoch, 1)

    with closing(Reader(path)) as reader:
        assert reader.standing().acknowledged == 2


def test_only_acknowledged_or_old_events_are_purged(opened: Open, path: Path) -> None:
    store, loaded = opened()
    store.apply(RecordMode(Mode.FREE), NOW)
    store.apply(RecordRelease(active=True), Utc(NOW - 10 * HOUR))
    store.apply_all([(RecordRecount(), NOW), (RecordRelease(active=False), NOW)])

    store.acknowledge(loaded.epoch, 1)
    purged = store.purge(NOW, keep_visits_s=HOUR, retain_s=9 * HOUR)

    assert [row[0] for row in events(path)] == ["recount", "release"]
    assert (purged.events, purged.more) == (2, False)


@pytest.mark.parametrize("ahead_s", [-10 * HOUR, 10_000 * HOUR])
def test_a_purge_takes_nothing_out_of_the_middle_whatever_a_clock_said(
    opened: Open, path: Path, ahead_s: float
) -> None:
    """What stands before an old event is older still; nothing waits for a year that was wrong."""
    store, _ = opened()
    store.apply(RecordMode(Mode.FREE), Utc(NOW + ahead_s))
    store.apply(RecordRelease(active=True), Utc(NOW - 10 * HOUR))
    store.apply(RecordRecount(), Utc(NOW + ahead_s + 10 * HOUR))
    store.apply(RecordRelease(active=False), NOW)

    store.purge(NOW, keep_visits_s=HOUR, retain_s=9 * HOUR)

    with closing(connect_to_read(path)) as db:
        assert db.execute("SELECT seq FROM events ORDER BY seq").fetchall() == [(3,), (4,)]


def test_a_visit_is_purged_after_its_pass_has_expired_but_not_while_somebody_has_a_grant(
    opened: Open, path: Path
) -> None:
    store, _ = opened()
    store.apply_all([(grant(1), NOW), (passage(1), NOW), (grant(2, OTHER), NOW)])
    late = Utc(PASS.expires + HOUR + 1)

    assert store.purge(Utc(late - 2), keep_visits_s=HOUR, retain_s=99 * HOUR).visits == 0
    assert store.purge(late, keep_visits_s=HOUR, retain_s=99 * HOUR).visits == 1

    assert set(opened()[1].visits) == {OTHER.visit}
    with closing(connect_to_read(path)) as db:
        assert db.execute("SELECT visit FROM grants WHERE id = 1").fetchone() == (None,)


def test_grants_that_ended_long_ago_are_purged(opened: Open, path: Path) -> None:
    store, _ = opened()
    store.apply_all([(grant(1), NOW), (passage(1), NOW), (grant(2), NOW)])

    store.purge(Utc(NOW + 2 * HOUR), keep_visits_s=99 * HOUR, retain_s=HOUR)

    assert how_ended(path) == [(2, None)]


def test_a_purge_takes_a_bounded_number_of_rows(opened: Open) -> None:
    store, _ = opened()
    store.apply_all([(RecordRecount(), NOW)] * (PURGE_ROWS + 1))

    first = store.purge(Utc(NOW + HOUR), keep_visits_s=0, retain_s=0)
    second = store.purge(Utc(NOW + HOUR), keep_visits_s=0, retain_s=0)

    assert (first.events, first.more) == (PURGE_ROWS, True)
    assert (second.events, second.more) == (1, False)


def test_nothing_of_a_purged_visit_is_left_in_the_file(opened: Open, path: Path) -> None:
    store, loaded = opened()
    store.apply_all([(grant(1), NOW), (passage(1), NOW)])
    store.acknowledge(loaded.epoch, 2)
    with closing(connect_to_write(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert PASS.visit.encode() in path.read_bytes()

    store.purge(Utc(NOW + 99 * HOUR), keep_visits_s=HOUR, retain_s=HOUR)
    store.close()

    assert PASS.visit.encode() not in path.read_bytes()


# --- the newest event -------------------------------------------------------------------------


def test_an_opening_asks_for_the_time_with_the_moment_of_the_newest_event(path: Path) -> None:
    told: list[float] = []

    def now(newest: Utc) -> Utc:
        told.append(newest)
        return NOW

    def opened_again() -> Store:
        store, _ = open_store(path, venue="mall", gate="t01-a", rules=VisitRules(), now=now)
        return store

    opened_again().close()
    store = opened_again()
    store.apply(RecordRecount(), Utc(NOW + 3 * HOUR))  # by a clock that ran ahead
    store.apply(RecordRecount(), Utc(NOW + 1))
    store.close()
    opened_again().close()

    assert told == [0.0, NOW, NOW + 1]


def test_a_purge_does_not_take_the_moment_of_the_newest_event(path: Path) -> None:
    told: list[float] = []

    def now(newest: Utc) -> Utc:
        told.append(newest)
        return NOW

    for later in (HOUR, 2 * HOUR):
        store, _ = open_store(path, venue="mall", gate="t01-a", rules=VisitRules(), now=now)
        store.apply(RecordRecount(), Utc(NOW + later))
        for _ in range(2):
            store.purge(Utc(NOW + 99 * HOUR), keep_visits_s=0, retain_s=0)
        store.close()
        assert events(path) == []
    open_store(path, venue="mall", gate="t01-a", rules=VisitRules(), now=now)[0].close()

    assert told == [0.0, NOW + HOUR, NOW + 2 * HOUR]


UNDO = {
    2: ("ALTER TABLE state DROP COLUMN newest",),
    3: (
        "ALTER TABLE state DROP COLUMN keys_version",
        "ALTER TABLE state DROP COLUMN revoked_version",
    ),
    4: ("DROP TABLE words", "ALTER TABLE state DROP COLUMN quota_void"),
    5: ("DROP TABLE anchor", "ALTER TABLE events DROP COLUMN link"),
    6: tuple(
        f"ALTER TABLE state DROP COLUMN {name}" for name in ("told", "untold_after", "behind")
    ),
    7: (
        "DROP TABLE elsewhere",
        "ALTER TABLE visits DROP COLUMN ahead",
        "DROP INDEX visits_heard",
        "ALTER TABLE visits DROP COLUMN shown",
        "ALTER TABLE state DROP COLUMN heard",
    ),
    8: ("ALTER TABLE state DROP COLUMN must_have_seen",),
    **WAYS_BACK,  # what a release hands back to the one before
}
"""What takes back what each version of the database added."""


def bring_back(path: Path, version: int) -> None:
    """Make of the database at `path` what an earlier program had made of it."""
    with closing(connect_to_write(path)) as db:
        for added in range(VERSION, version, -1):
            for statement in UNDO[added]:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {version}")


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_database_of_an_earlier_version_is_brought_up_to_date(
    opened: Open, path: Path, version: int
) -> None:
    store, before = opened()
    store.apply(Count(Direction.OUT, Reason.OK), NOW)
    store.close()
    bring_back(path, version)

    store, after = opened()

    assert after.epoch == before.epoch
    assert after.totals == Totals(left=1)
    assert audit(path).broken is None
    assert store.purge(NOW, keep_visits_s=0, retain_s=0).events == 0


def test_what_is_known_of_the_thermometer_s_people_is_known_after_a_restart(opened: Open) -> None:
    learning = Population("key", since=NOW, people=30, reference_c=36.25)
    learned = replace(learning, people=50, learned=True, away_c=-0.3, drifted=True)
    store, loaded = opened()
    assert loaded.upkeep is None
    store.apply_all([Remembered(learning)])
    store.close()
    store, loaded = opened()
    assert loaded.upkeep == Remembered(learning)
    store.apply_all([Remembered(learned, told_expiry="2026-11-24")])
    store.close()

    _, loaded = opened()

    assert loaded.upkeep == Remembered(learned, told_expiry="2026-11-24")


def test_a_word_of_central_is_known_after_a_restart_and_another_replaces_it(
    opened: Open,
) -> None:
    store, loaded = opened()
    assert loaded.words == {}
    store.apply_all([Kept("quota", 1, b"one"), Kept("cfg", 1, b"one")])
    store.apply_all([Kept("quota", 2, b"two")])
    store.close()

    _, loaded = opened()

    assert loaded.words == {"quota": Kept("quota", 2, b"two"), "cfg": Kept("cfg", 1, b"one")}
    assert loaded.quota_void == 0


@pytest.mark.parametrize("record", [RecordRelease(active=True), RecordRecount()])
def test_a_release_or_a_recount_ends_the_quota_in_force_also_over_a_restart(
    opened: Open, record: Record
) -> None:
    store, _ = opened()
    store.apply_all([(record, NOW)])
    store.apply_all([Kept("quota", 7, b"seven")])
    store.apply_all([(RecordRelease(active=False), NOW), (record, NOW)])
    store.apply_all([Kept("quota", 8, b"eight")])
    store.close()

    _, loaded = opened()

    assert loaded.quota_void == 7


def test_the_versions_of_the_lists_are_known_after_a_restart_and_only_go_up(opened: Open) -> None:
    store, loaded = opened()
    assert loaded.versions == Versions(0, 0)
    store.apply_all([], versions=Versions(7, 2))
    store.apply_all([], versions=Versions(6, 3))
    store.close()

    _, loaded = opened()

    assert loaded.versions == Versions(7, 3)


# --- the publisher's view ---------------------------------------------------------------------


def test_the_reader_sees_totals_and_number_of_the_same_moment(opened: Open, path: Path) -> None:
    store, loaded = opened()
    store.apply_all([(grant(1), NOW), (passage(1), NOW)], sent=1)

    with closing(Reader(path)) as reader:
        standing = reader.standing()

    assert standing.epoch == loaded.epoch
    assert standing.totals == Totals(entered=1)
    assert (standing.seq, standing.oldest, standing.acknowledged, standing.sent) == (2, 1, 0, 1)


def test_the_reader_gives_events_in_order_and_with_their_columns(opened: Open, path: Path) -> None:
    store, _ = opened()
    store.apply_all([(grant(1), NOW), (passage(1), NOW), (RecordRecount(), NOW)])

    with closing(Reader(path)) as reader:
        first, second = reader.events_after(1, 50)
        limited = reader.events_after(0, 1)

    assert (first.seq, first.kind, first.direction, first.visit) == (2, "passage", "in", PASS.visit)
    assert (first.at, first.n, first.reason, first.detail) == (NOW, 4, "ok", None)
    assert (second.seq, second.kind, second.visit) == (3, "recount", None)
    assert [event.seq for event in limited] == [1]


def test_the_reader_cannot_write(opened: Open, path: Path) -> None:
    opened()

    with (
        closing(connect_to_read(path)) as db,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        db.execute("DELETE FROM events")


def test_where_central_acknowledges_an_event_waits_for_it_however_old_it_is(
    opened: Open, path: Path
) -> None:
    store, loaded = opened()
    store.apply_all([(RecordMode(Mode.FREE), NOW), (RecordRecount(), NOW)])
    store.acknowledge(loaded.epoch, 1)

    store.purge(Utc(NOW + 999 * HOUR), keep_visits_s=HOUR, retain_s=HOUR, by_age=False)

    assert [row[0] for row in events(path)] == ["recount"]


# --- what other gates told ------------------------------------------------------------------------


def told(*events: tuple[int, Kind], epoch: str = "7f3c2a91", gate: str = "t01-b") -> EventsHeard:
    happened = (Happened(seq, NOW, kind, PASS.visit, 4, Direction.IN) for seq, kind in events)
    return EventsHeard(gate, epoch, tuple(happened))


POWER_CUT = Happened(9, NOW, Kind.RECOVERED, None)
SUM = PageHeard(
    (Account(PASS.visit, 4, (Told("t01-b", "7f3c2a91", 5, NOW, granted=1, entered=3, left=1),)),),
    mark=12,
)


def test_what_others_told_is_known_after_a_restart_and_the_mark_with_it(opened: Open) -> None:
    store, loaded = opened()
    assert loaded.heard == 0
    first, last = told((1, Kind.GRANTED), (2, Kind.PASSAGE)), told((6, Kind.GRANTED))
    store.apply_all([first, (grant(1), NOW), SUM, last])

    _, loaded = opened()

    assert loaded.heard == 12
    assert loaded.visits[PASS.visit] == Visit(
        party=4,
        expires=PASS.expires,
        inside=2,
        left=1,
        entered_at=NOW,
        left_at=NOW,
        others=(Told("t01-b", "7f3c2a91", 6, NOW, granted=2, entered=3, left=1),),
    ), "and our own grant has no end, but theirs may still be used"


@pytest.mark.parametrize("heard", [told((1, Kind.PASSAGE)), SUM])
def test_what_is_told_twice_counts_once_also_over_a_restart(
    opened: Open, heard: EventsHeard | PageHeard
) -> None:
    store, _ = opened()
    store.apply_all([heard])
    before = opened()
    before[0].apply_all([heard, heard])

    assert opened()[1].visits == before[1].visits


def test_a_power_cut_elsewhere_ends_the_grants_of_that_gate_only(opened: Open) -> None:
    store, _ = opened()
    store.apply_all([told((1, Kind.GRANTED)), told((1, Kind.GRANTED), gate="t01-c")])
    store.apply_all([EventsHeard("t01-b", "7f3c2a91", (POWER_CUT,))])

    others = opened()[1].visits[PASS.visit].others

    assert {it.gate: it.granted for it in others} == {"t01-b": 0, "t01-c": 1}


def test_a_visit_that_only_others_told_of_goes_a_day_after_the_last_that_was_heard(
    opened: Open, path: Path
) -> None:
    store, _ = opened()
    store.apply_all([told((1, Kind.PASSAGE))])
    day = Utc(NOW + LONGEST_VISIT_S)
    assert store.purge(day, keep_visits_s=0, retain_s=0).visits == 0
    assert store.purge(Utc(day + 1), keep_visits_s=0, retain_s=0).visits == 1
    with closing(connect_to_read(path)) as db:
        assert db.execute("SELECT count(*) FROM elsewhere").fetchone() == (0,)


def test_a_quota_and_a_recount_of_one_transaction_count_in_their_order(opened: Open) -> None:
    store, _ = opened()
    store.apply_all([Kept("quota", 8, b"eight"), (RecordRecount(), NOW)])
    assert reopened(store, opened).quota_void == 8
    store, _ = opened()
    store.apply_all([(RecordRecount(), NOW), Kept("quota", 9, b"nine")])
    assert reopened(store, opened).quota_void == 8


def test_what_a_quota_must_have_seen_survives_a_restart(opened: Open) -> None:
    store, _ = opened()
    left = (Count(Direction.OUT, Reason.OK), NOW)
    store.apply_all([left, left, (RecordRelease(active=True), NOW), left])
    assert reopened(store, opened).must_have_seen == 2
    store, _ = opened()
    store.apply_all([(RecordRelease(active=False), NOW), (RecordRecount(), NOW), left])
    assert reopened(store, opened).must_have_seen == 3


def test_a_database_that_is_behind_keeps_what_is_to_be_carried_over(opened: Open) -> None:
    """What was acknowledged was another event of that number."""
    store, loaded = opened()
    store.apply_all([(Count(Direction.OUT, Reason.OK), NOW)] * 5)
    store.apply_all([], acknowledged=[(loaded.epoch, 3)], behind=True)

    assert store.purge(NOW, keep_visits_s=0, retain_s=0).events == 0


def reopened(store: Store, opened: Open) -> Loaded:
    store.close()
    store, loaded = opened()
    store.close()
    return loaded
