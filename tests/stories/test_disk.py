"""A disk that is slow, full, read-only, failing or damaged, under the real daemon."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from drivers.simulated.visitors import Seen
from gate.commands.simulate.stage import Stage

SIMULATED = Path(__file__).parents[2] / "config" / "simulated.toml"
PATIENCE_S = 20.0
WELL_C = 36.2
RELAY = 17


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(SIMULATED, tmp_path) as opened:
        yield opened


def told(stage: Stage, kind: str) -> list[str | None]:
    """The reason, or else the detail, of each event of this kind."""
    return [e.get("r") or e.get("x") for e in stage.tally.events() if e["k"] == kind]


def damage(database: Path) -> None:
    """Something has written over every page but the first, as a dying card does."""
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = db.execute("PRAGMA page_size").fetchone()
    with database.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(page)
        file.write(b"\xa5" * (size - page))


def test_while_the_disk_takes_nothing_nobody_enters_everybody_leaves_and_nothing_is_lost(
    stage: Stage,
) -> None:
    people = stage.visitors
    for fault in ("full", "failing"):
        assert people.present(stage.a_pass(), [WELL_C]) is Seen.GREEN
        stage.world.break_part("disk", fault)
        rises = stage.world.rises(RELAY)

        assert people.present(stage.a_pass(), [WELL_C]) is Seen.RED, fault
        people.walk_out()
        assert stage.wait_until(lambda: stage.is_lost("store"), PATIENCE_S), fault
        assert people.present(stage.a_pass()) is Seen.RED, fault
        assert stage.world.rises(RELAY) == rises, "freed without a grant on disk"

        stage.world.break_part("disk", None)
        assert stage.wait_until(lambda: stage.says("faults", []), PATIENCE_S), fault

    assert stage.settle(PATIENCE_S), stage.status()
    assert stage.on_disk() == (2, 2)
    assert told(stage, "alarm") == ["fault"] * 2
    assert told(stage, "recovered") == ["store"] * 2


def test_a_disk_that_takes_two_seconds_for_each_flush_keeps_nobody_from_leaving(
    stage: Stage,
) -> None:
    stage.world.break_part("disk", "slow")

    seen = stage.visitors.present(stage.a_pass(), [WELL_C])
    stage.visitors.walk_out()
    stage.world.break_part("disk", None)

    assert seen is Seen.RED, "a grant that comes after store_within_s is withdrawn"
    assert stage.settle(PATIENCE_S), stage.status()
    assert stage.on_disk() == (0, 1)
    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN


def test_a_damaged_database_is_set_aside_and_the_lane_waits_until_people_are_counted(
    stage: Stage,
) -> None:
    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN
    assert stage.settle(PATIENCE_S), stage.status()
    before = stage.status()
    stage.stop_daemon()
    damage(stage.database)

    stage.start_daemon()
    status = stage.status()
    assert before
    assert status
    assert status["epoch"] != before["epoch"]
    assert [file.name for file in stage.database.parent.glob("gate.db-corrupt-*")]
    assert stage.visitors.present(stage.a_pass()) is Seen.RED
    stage.recount()
    assert stage.wait_until(lambda: stage.says("uncertain", value=False), PATIENCE_S)
    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN

    assert stage.wait_until(lambda: stage.tally.passages("in") == 2, PATIENCE_S)
    (alarm,) = [event for event in stage.tally.events() if event["k"] == "alarm"]
    assert alarm["x"].startswith("store: damaged, kept as gate.db-corrupt-")


def test_a_database_that_is_damaged_under_the_daemon_ends_it_and_the_next_one_sets_it_aside(
    stage: Stage,
) -> None:
    damage(stage.database)

    stage.visitors.walk_out()
    code = stage.daemon_ends(PATIENCE_S)
    assert code == 1
    assert "Traceback" not in (stage.folder / "gate.log").read_text(encoding="utf-8")
    assert stage.world.level(RELAY) is None

    stage.start_daemon()
    assert stage.wait_until(
        lambda: [event["k"] for event in stage.tally.events()] == ["alarm"], PATIENCE_S
    )
