"""Altered databases: each alteration is found, and the first event that does not fit is named."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gate.audit import Published, audit
from gate.chain import link
from gate.eventlog import events_from, read_anchor
from gate.events import Count, EndGrant, RecordGrant, RecordRecount, RecordRefusal, RecordRelease
from gate.model import Direction, End, GrantId, Pass, Reason, RefusalCode, Utc, VisitId
from gate.opening import Loaded, open_store
from gate.reader import Reader
from gate.schema import DamagedError, StoreError
from gate.store import Store
from gate.visits import VisitRules
from tests.gate.test_store import bring_back

NOW = Utc(1_772_357_400.25)
PASS = Pass(VisitId("5b1f9c0e77aa0c11d2e3f405"), 4, NOW, Utc(NOW + 3600))
LAST = 12


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gate.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """A running gate with twelve events."""
    store, _ = opened(path)
    store.apply_all(
        [
            (RecordGrant(GrantId(1), Reason.OK, PASS), NOW),
            (Count(Direction.IN, Reason.OK, GrantId(1), PASS), NOW),
            (RecordGrant(GrantId(2), Reason.OK, PASS), NOW),
            (EndGrant(GrantId(2), End.LAPSED, PASS), NOW),
            (RecordRefusal(RefusalCode.NOT_A_PASS, "https://", PASS), NOW),
            (Count(Direction.IN, Reason.TAILGATE), NOW),
            (RecordRelease(active=True), NOW),
            (Count(Direction.OUT, Reason.RELEASE, None, PASS), NOW),
            (RecordRelease(active=False), NOW),
            (RecordRecount(), NOW),
            (RecordGrant(GrantId(3), Reason.OK, PASS), NOW),
            (Count(Direction.OUT, Reason.OK), NOW),
        ]
    )
    yield store
    store.close()


def opened(path: Path, now: Utc = NOW) -> tuple[Store, Loaded]:
    return open_store(path, venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _: now)


def alter(path: Path, *statements: str) -> None:
    """What somebody with the card in a reader does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def published(path: Path) -> Published:
    """What stands in the gate's ctr now."""
    with closing(Reader(path)) as reader:
        standing = reader.standing()
    return Published(standing.seq, standing.head)


def broken_at(path: Path, head: Published | None = None) -> int | None:
    found = audit(path, head).broken
    assert found is not None, "nobody noticed"
    assert found.next
    return found.seq


@pytest.mark.usefixtures("store")
def test_a_database_that_nobody_altered_fits_also_while_the_gate_writes(path: Path) -> None:
    found = audit(path, published(path))

    assert found.broken is None
    assert (found.gate, found.venue, found.first, found.last) == ("t01-a", "mall", 1, LAST)
    assert found.head == published(path).head
    assert (found.totals.entered, found.totals.left, found.totals.open) == (2, 2, 1)
    assert found.unsaid == ()


@pytest.mark.parametrize(
    "change",
    [
        *("t = t + 1", "kind = 'granted'", "direction = 'in'", "direction = NULL"),
        *("visit = 'aa'", "visit = NULL", "n = 5", "n = NULL", "reason = 'ok'", "detail = 'x'"),
        *("link = randomblob(32)", "link = NULL", "reason = CAST(x'ff' AS TEXT)"),
    ],
)
def test_each_column_of_an_event_that_is_altered_is_found(
    path: Path, store: Store, change: str
) -> None:
    store.close()
    alter(path, f"UPDATE events SET {change} WHERE seq = 8")  # noqa: S608 - constants

    assert broken_at(path) == 8


def test_a_number_that_is_altered_is_found(path: Path, store: Store) -> None:
    store.close()
    alter(path, "DELETE FROM events WHERE seq = 8", "UPDATE events SET seq = 8 WHERE seq = 9")

    assert broken_at(path) == 8


@pytest.mark.parametrize("seq", [1, 8, LAST])
def test_an_event_that_is_deleted_is_found(path: Path, store: Store, seq: int) -> None:
    store.close()
    alter(path, f"DELETE FROM events WHERE seq = {seq}")  # noqa: S608 - constants

    found = audit(path).broken

    assert found is not None
    assert found.seq == seq


def test_an_event_that_is_inserted_is_found(path: Path, store: Store) -> None:
    store.close()
    alter(
        path,
        "INSERT INTO events (t, kind, direction, link) SELECT t, kind, direction, link FROM events"
        " WHERE seq = 12",
        "UPDATE totals SET departed = departed + 1",
    )

    assert broken_at(path) == LAST + 1


def test_an_event_that_is_inserted_where_all_have_gone_is_found(path: Path, store: Store) -> None:
    store.purge(Utc(NOW + 1), keep_visits_s=9999, retain_s=0)
    store.close()
    alter(path, "INSERT INTO events (seq, t, kind, link) VALUES (5, 1, 'passage', x'00')")

    assert broken_at(path) == 5


def test_two_events_that_change_places_are_found(path: Path, store: Store) -> None:
    store.close()
    alter(
        path,
        "UPDATE events SET seq = 99 WHERE seq = 4",
        "UPDATE events SET seq = 4 WHERE seq = 6",
        "UPDATE events SET seq = 6 WHERE seq = 99",
        "UPDATE sqlite_sequence SET seq = 12 WHERE name = 'events'",
    )

    assert broken_at(path) == 4


def cut_after(path: Path, seq: int) -> None:
    """Somebody who knows the tables cuts the end off, and mends what would tell."""
    alter(
        path,
        f"DELETE FROM events WHERE seq > {seq}",  # noqa: S608 - constants
        f"UPDATE sqlite_sequence SET seq = {seq} WHERE name = 'events'",  # noqa: S608
        "UPDATE totals SET departed = 1",
    )


def test_an_end_that_is_cut_off_shows_only_with_a_head_that_was_published(
    path: Path, store: Store
) -> None:
    before = published(path)
    store.close()
    cut_after(path, LAST - 1)

    assert audit(path).broken is None
    assert broken_at(path, before) == LAST


def test_an_older_copy_shows_only_with_a_head_that_was_published(path: Path, store: Store) -> None:
    copy = path.with_name("copy.db")
    with closing(sqlite3.connect(path)) as db:
        db.execute("VACUUM INTO ?", (str(copy),))
    older = published(path)
    store.apply_all([(Count(Direction.OUT, Reason.OK), NOW)] * 3)
    newer = published(path)

    assert audit(copy).broken is None
    assert audit(copy, older).broken is None
    assert broken_at(copy, newer) == LAST + 3


def test_a_chain_that_is_worked_out_anew_shows_only_with_a_head_that_was_published(
    path: Path, store: Store
) -> None:
    before = published(path)
    store.close()
    alter(path, "UPDATE events SET visit = NULL WHERE seq = 8")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        at = read_anchor(db).link
        for event, _ in list(events_from(db, 0)):
            at = link(at, event)
            db.execute("UPDATE events SET link = ? WHERE seq = ?", (at, event[0]))

    assert audit(path).broken is None
    assert broken_at(path, before) == LAST


@pytest.mark.parametrize("column", ["entered", "departed", "open", "unknown"])
def test_totals_that_are_altered_are_found(path: Path, store: Store, column: str) -> None:
    store.close()
    alter(path, f"UPDATE totals SET {column} = {column} + 1")  # noqa: S608 - constants

    found = audit(path).broken

    assert found is not None
    assert found.seq is None
    assert found.stored != found.expected


def test_a_count_that_is_made_certain_is_found(path: Path, store: Store) -> None:
    store.apply(RecordRelease(active=True), NOW)
    store.close()
    alter(path, "UPDATE totals SET uncertain = 0")

    assert broken_at(path) is None


@pytest.mark.parametrize("kept", range(LAST + 1))
def test_whatever_was_purged_the_rest_is_verified_and_so_are_the_totals(
    path: Path, store: Store, kept: int
) -> None:
    before = published(path)
    with closing(Reader(path)) as reader:
        epoch = reader.standing().epoch
    store.acknowledge(epoch, LAST - kept)
    store.purge(Utc(NOW + 1), keep_visits_s=9999, retain_s=9999, by_age=False)

    found = audit(path, before)

    assert found.broken is None
    assert (found.first, found.last, found.head) == (LAST - kept + 1, LAST, before.head)
    assert bool(found.unsaid) == (kept < LAST)
    store.close()
    alter(path, "UPDATE totals SET entered = entered + 1")
    assert broken_at(path) is None


def test_a_head_of_an_event_that_has_gone_is_said_to_be_too_old(path: Path, store: Store) -> None:
    store.purge(Utc(NOW + 1), keep_visits_s=9999, retain_s=0)

    found = audit(path, Published(3, bytes(32)))

    assert found.broken is None
    assert any("bring a newer head" in line for line in found.unsaid)
    assert broken_at(path, Published(LAST, bytes(32))) == LAST


def test_grants_of_unknown_end_and_a_restart_fit(path: Path, store: Store) -> None:
    store.close()
    store, loaded = opened(path)
    store.apply(Count(Direction.IN, Reason.OK), NOW)

    assert loaded.totals.unknown == 1
    assert audit(path).broken is None
    store.apply(RecordRecount(), NOW)
    store.close()
    assert audit(path).broken is None


def test_a_database_from_before_the_chain_gets_its_links_whatever_is_missing_in_it(
    path: Path, store: Store
) -> None:
    """An earlier program may have purged out of the middle, and from the beginning."""
    store.close()
    bring_back(path, 3)
    alter(path, "DELETE FROM events WHERE seq IN (1, 2, 4, 7)")
    store, loaded = opened(path)
    store.apply(Count(Direction.IN, Reason.OK), NOW)
    store.close()

    found = audit(path)

    assert found.broken is None
    assert found.totals.entered == loaded.totals.entered + 1
    assert any("from before the chain" in line for line in found.unsaid)
    alter(path, "UPDATE events SET n = 9 WHERE seq = 3")
    assert broken_at(path) == 3


# --- files ------------------------------------------------------------------------------------


def test_an_audit_leaves_no_trace(path: Path, store: Store) -> None:
    store.close()
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}

    audit(path)

    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


@pytest.mark.usefixtures("store")
def test_nor_beside_a_copy_with_its_log(path: Path) -> None:
    copy = path.with_name("copy")
    copy.mkdir()
    for name in ("gate.db", "gate.db-wal"):
        shutil.copy(path.with_name(name), copy / name)
    before = {file.name: file.read_bytes() for file in copy.iterdir()}

    found = audit(copy / "gate.db")

    assert (found.last, found.broken) == (LAST, None)
    assert {file.name: file.read_bytes() for file in copy.iterdir()} == before


@pytest.mark.parametrize("content", [b"", b"junk" * 4096])
def test_what_is_no_database_of_a_gate_is_said(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(StoreError):
        audit(path)


def test_a_file_that_is_not_there_is_said_and_not_made(path: Path) -> None:
    with pytest.raises(StoreError, match="no such file"):
        audit(path)

    assert not path.exists()


def test_a_damaged_file_is_said(path: Path, store: Store) -> None:
    store.close()
    contents = bytearray(path.read_bytes())
    contents[4096:] = b"\xff" * (len(contents) - 4096)
    path.write_bytes(contents)

    with pytest.raises(DamagedError):
        audit(path)


@pytest.mark.parametrize("table", ["meta", "anchor", "totals", "state"])
def test_a_database_without_one_of_its_rows_or_tables_is_said(
    path: Path, store: Store, table: str
) -> None:
    store.close()
    alter(path, f"DELETE FROM {table}")  # noqa: S608 - constants
    with pytest.raises(StoreError, match="one row"):
        audit(path)
    alter(path, f"DROP TABLE {table}")
    with pytest.raises(StoreError, match="no such table"):
        audit(path)


def test_a_database_from_before_the_chain_is_left_to_the_gate(path: Path, store: Store) -> None:
    store.close()
    bring_back(path, 3)

    with pytest.raises(StoreError, match="older program"):
        audit(path)
