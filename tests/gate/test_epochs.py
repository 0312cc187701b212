"""A database that is behind what its gate had published: what the next opening makes of it."""

from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from drivers.simulated.disk import Change, SimulatedDisk
from gate.audit import audit
from gate.events import Count, RecordGrant, RecordMode, RecordRecount
from gate.kept import Kept
from gate.lists import Versions
from gate.model import (
    Direction,
    GrantId,
    Mode,
    Pass,
    Reason,
    Utc,
    VisitId,
)
from gate.occupancy import Totals
from gate.opening import Loaded, open_store
from gate.reader import Reader
from gate.schema import connect_to_write
from gate.store import Store
from gate.visits import VisitRules
from tests.power.lives import lay_out
from tests.power.platter import Platter

NOW = Utc(1_772_357_400.25)
PASS = Pass(VisitId("5b1f9c0e77aa0c11d2e3f405"), 4, NOW, Utc(NOW + 3600))
ENTERED, LEFT = Count(Direction.IN, Reason.ATTENDANT), Count(Direction.OUT, Reason.OK)
KEPT = "gate.db-behind-20260301T093000Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gate.db"


def opened(path: Path) -> tuple[Store, Loaded]:
    return open_store(path, venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _: NOW)


def restored(path: Path, *, marked: bool = True) -> Loaded:
    """A card as it comes back: 5 events of a start that told, 3 of starts that told nobody.

    Returns what was known when the last start of all began.
    """
    store, _ = opened(path)
    store.apply_all([(RecordMode(Mode.LOCKED), NOW), *[(ENTERED, NOW)] * 4], told=True)
    store.apply_all(
        [Kept("quota", 4, b"of the old epoch"), Kept("cfg", 9, b"of the venue")],
        sent=5,
        versions=Versions(7, 2),
    )
    store.close()
    store, _ = opened(path)
    store.apply_all([(RecordGrant(GrantId(1), Reason.OK, PASS), NOW)])
    store.apply_all([(Count(Direction.IN, Reason.OK, GrantId(1), PASS), NOW)])
    store.close()
    store, loaded = opened(path)
    store.apply_all([(LEFT, NOW)], behind=marked)
    store.close()
    return loaded


def told(path: Path) -> list[tuple[int, str, str | None, str | None]]:
    """The events: number, kind, direction, reason."""
    with closing(Reader(path)) as reader:
        return [
            (event.seq, event.kind, event.direction, event.reason)
            for event in reader.events_after(0, 50)
        ]


CARRIED = [
    (1, "granted", "in", "ok"),
    (2, "passage", "in", "ok"),
    (3, "passage", "out", "ok"),
    (4, "alarm", None, "behind"),
]


def test_a_new_epoch_has_what_nobody_was_told_and_says_what_happened(path: Path) -> None:
    before = restored(path)

    store, after = opened(path)
    store.close()

    assert after.anew is not None
    assert (after.anew.before, after.anew.carried) == (before.epoch, 3)
    assert after.epoch != before.epoch
    assert told(path) == CARRIED
    assert after.totals == Totals(entered=1, left=1, uncertain=True)
    assert (after.seq, after.boot, after.is_new) == (4, before.boot + 1, True)
    with closing(Reader(path)) as reader:
        standing = reader.standing()
        (alarm,) = reader.events_after(3, 1)
    assert (standing.acknowledged, standing.sent, standing.oldest) == (0, 0, 1)
    assert alarm.detail == f"epoch {before.epoch} up to 5, 3 carried over; kept as {KEPT}"
    assert audit(path).broken is None


def test_what_is_known_of_visits_lists_and_the_venue_stays_but_for_the_quota(path: Path) -> None:
    before = restored(path)

    store, after = opened(path)
    store.close()

    assert after.visits == before.visits != {}
    assert after.next_grant == before.next_grant == 2
    assert after.mode is Mode.LOCKED
    assert after.versions == Versions(7, 2)
    assert after.words == {"cfg": Kept("cfg", 9, b"of the venue")}
    assert after.quota_void == 0


def test_the_database_as_it_was_is_kept_beside_it(path: Path) -> None:
    before = restored(path)

    store, after = opened(path)
    store.close()

    assert after.anew is not None
    assert after.anew.kept == path.with_name(KEPT)
    found = audit(path.with_name(KEPT))
    assert (found.epoch, found.last, found.broken) == (before.epoch, 8, None)
    assert sorted(file.name for file in path.parent.iterdir()) == ["gate.db", KEPT]


def test_where_it_cannot_be_kept_the_new_epoch_begins_all_the_same(path: Path) -> None:
    restored(path)
    path.with_name("gate.db-behind.part").mkdir()

    store, after = opened(path)
    store.close()

    assert after.anew is not None
    assert after.anew.kept is None
    assert told(path) == CARRIED


def test_it_is_done_once(path: Path) -> None:
    restored(path)
    opened(path)[0].close()

    store, loaded = opened(path)
    store.close()

    assert loaded.anew is None
    assert told(path) == CARRIED


def test_a_database_that_nobody_marked_goes_on(path: Path) -> None:
    before = restored(path, marked=False)

    store, after = opened(path)
    store.close()

    assert (after.epoch, after.seq, after.anew, after.is_new) == (before.epoch, 8, None, False)


def test_grants_that_a_power_cut_left_without_an_end_are_pending_in_the_new_epoch(
    path: Path,
) -> None:
    restored(path, marked=False)
    store, _ = opened(path)
    store.apply_all([(RecordGrant(GrantId(2), Reason.OK, None), NOW)], behind=True)
    store.close()

    store, loaded = opened(path)
    store.close()

    assert loaded.totals == Totals(entered=1, left=1, unknown=1, uncertain=True)
    assert told(path)[-1] == (6, "recovered", None, None)
    assert audit(path).broken is None


def test_a_count_after_a_recount_that_was_carried_over_is_still_uncertain(path: Path) -> None:
    restored(path, marked=False)
    store, _ = opened(path)
    store.apply_all([(RecordRecount(), NOW)], behind=True)
    store.close()

    store, loaded = opened(path)
    store.close()

    assert loaded.totals.uncertain
    assert audit(path).broken is None


def test_a_start_that_told_something_is_the_last_that_is_not_carried_over(path: Path) -> None:
    restored(path, marked=False)
    store, _ = opened(path)
    store.apply_all([(ENTERED, NOW)], told=True)
    store.close()
    store, _ = opened(path)
    store.apply_all([(LEFT, NOW)], behind=True)
    store.close()

    store, loaded = opened(path)
    store.close()

    assert loaded.totals == Totals(left=1, uncertain=True)


def test_who_walks_after_the_mark_is_carried_over_whatever_the_broker_takes(path: Path) -> None:
    restored(path)
    store = Store(connect_to_write(path), rules=VisitRules())
    store.apply_all([(ENTERED, NOW)], told=True)
    store.apply_all([(ENTERED, NOW)], behind=True)
    store.close()

    store, loaded = opened(path)
    store.close()

    assert loaded.totals == Totals(entered=3, left=1, uncertain=True)


def test_a_power_cut_at_any_moment_leaves_the_old_epoch_or_the_new_one(tmp_path: Path) -> None:
    """And the opening after it makes the same of it; no file is half there under its name."""
    draw, seen = Random(7), Counter[str]()  # noqa: S311 - a power cut, not a secret
    first = tmp_path / "first"
    first.mkdir()
    before = restored(first / "gate.db")
    files = {file.name: file.read_bytes() for file in first.iterdir()}
    changes: list[Change] = []
    with SimulatedDisk(first, recorder=changes.append):
        opened(first / "gate.db")[0].close()
    epochs = Counter[bool]()
    for cut in range(len(changes) + 1):
        platter = Platter.holding(files)
        for change in changes[:cut]:
            platter.note(change)
        place = tmp_path / str(cut)
        lay_out(platter.after_a_cut(draw, seen), place)

        store, loaded = opened(place / "gate.db")
        store.close()

        epochs[loaded.anew is None] += 1
        assert loaded.epoch != before.epoch
        assert loaded.totals == Totals(entered=1, left=1, uncertain=True)
        assert told(place / "gate.db") == CARRIED
        assert audit(place / "gate.db").broken is None
        for kept in place.glob("*-behind-*"):
            assert audit(kept).last == 8
    assert min(epochs[True], epochs[False]) > 1, "cut before and after the commit"
