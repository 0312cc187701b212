import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from gate.audit import audit
from gate.events import Count
from gate.model import Direction, Reason, Utc
from gate.opening import open_store
from gate.releases.tables import (
    WAYS_BACK,
    NoWayBackError,
    hand_back,
    main,
    rehearse,
    version_in,
)
from gate.schema import VERSION, connect_to_write
from gate.visits import VisitRules

NOW = Utc(1_772_357_400.0)
FIRST = 9
"""The version of the tables that the first release has."""


def opened_and_counted(path: Path, people: int) -> list[int]:
    """What the daemon of this release does; gives the numbers of all events."""
    store, _ = open_store(path, venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _: NOW)
    for _ in range(people):
        store.apply(Count(Direction.OUT, Reason.OK), NOW)
    store.close()
    with closing(sqlite3.connect(path)) as db:
        return [seq for (seq,) in db.execute("SELECT seq FROM events ORDER BY seq")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gate.db"


def test_each_version_of_the_tables_has_a_way_back() -> None:
    assert set(range(FIRST, VERSION + 1)) <= set(WAYS_BACK)


def test_what_the_newer_release_has_recorded_is_there_in_the_older(path: Path) -> None:
    opened_and_counted(path, 2)
    hand_back(path, VERSION - 1)
    assert version_in(path) == VERSION - 1
    recorded = opened_and_counted(path, 3)  # the newer release brings it up to date again
    hand_back(path, VERSION - 1)
    assert version_in(path) == VERSION - 1
    assert opened_and_counted(path, 1) == [*recorded, recorded[-1] + 1]
    assert audit(path).broken is None


def test_handing_back_what_is_old_already_changes_nothing(path: Path) -> None:
    opened_and_counted(path, 1)
    hand_back(path, VERSION)
    assert version_in(path) == VERSION


def test_a_rehearsal_leaves_the_database_and_nothing_beside_it(path: Path) -> None:
    opened_and_counted(path, 2)
    hand_back(path, VERSION - 1)
    before = path.read_bytes()
    path.with_name("gate.db-rehearsal").write_bytes(b"of an earlier cut")
    rehearse(path, VERSION - 1)
    assert path.read_bytes() == before
    assert not [it for it in path.parent.iterdir() if "rehearsal" in it.name]


@pytest.mark.parametrize(
    ("ways", "why"),
    [
        ({}, "has no way back"),
        ({VERSION: ("DROP TABLE upkeep", "UPDATE totals SET departed = 0")}, "totals differ"),
        ({VERSION: ("DROP TABLE upkeep", "DELETE FROM events WHERE seq = 1")}, "events or totals"),
        ({VERSION: ("DROP TABLE missing",)}, "no such table"),
    ],
)
def test_a_release_that_loses_something_does_not_pass_the_rehearsal(
    path: Path, ways: Mapping[int, Sequence[str]], why: str
) -> None:
    opened_and_counted(path, 2)
    hand_back(path, VERSION - 1)
    before = path.read_bytes()
    with pytest.raises(NoWayBackError, match=why):
        rehearse(path, VERSION - 1, ways)
    assert path.read_bytes() == before


def test_a_way_back_that_fails_changes_nothing(path: Path) -> None:
    recorded = opened_and_counted(path, 2)
    with pytest.raises(NoWayBackError, match="no such table"):
        hand_back(path, VERSION - 1, {VERSION: ("DROP TABLE upkeep", "DROP TABLE missing")})
    assert version_in(path) == VERSION
    assert opened_and_counted(path, 0) == recorded


def test_a_lane_that_writes_meanwhile_does_not_disturb_a_rehearsal(path: Path) -> None:
    opened_and_counted(path, 2)
    with closing(connect_to_write(path)) as lane:
        lane.execute("BEGIN IMMEDIATE")
        lane.execute("UPDATE totals SET departed = 7")
        rehearse(path, VERSION)
        lane.execute("COMMIT")


def test_what_is_no_database_is_told(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert version_in(path) is None
    path.write_bytes(b"no database" * 100)
    with pytest.raises(NoWayBackError, match="cannot be read"):
        version_in(path)
    assert main(["back", str(path), "--to", "8"]) == 1
    assert "gate.db" in capsys.readouterr().err


def test_another_release_asks_by_commands(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opened_and_counted(path, 1)
    assert main(["version"]) == 0
    assert capsys.readouterr().out == f"{VERSION}\n"
    assert main(["rehearse", str(path), "--to", str(VERSION - 1)]) == 0
    assert main(["back", str(path), "--to", str(VERSION - 1)]) == 0
    assert version_in(path) == VERSION - 1
