"""A wall clock that somebody sets, under the real daemon: refused, on record, and over again."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from drivers.simulated.visitors import Seen
from gate.commands.simulate.stage import Stage

SIMULATED = Path(__file__).parent.parent.parent / "config" / "simulated.toml"
PATIENCE_S = 20.0
WELL_C = 36.2
HOUR = 3600.0


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(SIMULATED, tmp_path) as opened:
        yield opened


def until(seen: Callable[[], bool]) -> bool:
    end, pause = time.monotonic() + PATIENCE_S, Event()
    while not seen() and time.monotonic() < end:
        pause.wait(0.1)
    return seen()


def says(stage: Stage, *, faults: list[str], clock: str) -> bool:
    lane = stage.status()
    return lane is not None and (lane["faults"], lane["clock"]) == (faults, clock)


def latest_on_disk(stage: Stage) -> float:
    path = stage.config.gate.data_dir / "gate.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        (latest_ms,) = db.execute("SELECT max(t) FROM events").fetchone()
    return float(latest_ms) / 1000


def test_while_the_clock_is_set_ahead_staff_admit_and_when_it_is_right_again_passes_do(
    stage: Stage,
) -> None:
    people, attendant = stage.visitors, stage.config.turnstile.attendant
    assert attendant
    assert says(stage, faults=[], clock="ntp")
    stage.world.set_clock(ahead_s=3 * HOUR, synchronised=False)
    assert until(lambda: says(stage, faults=["clock"], clock="unsure"))

    assert people.present(stage.a_pass(), [WELL_C]) is Seen.RED
    stage.world.drive(people.wiring.active(attendant.pin))
    assert people.walk_in()
    stage.world.drive(people.wiring.inactive(attendant.pin))

    assert stage.settle(PATIENCE_S), stage.status()
    assert latest_on_disk(stage) <= time.time() + 1
    stage.world.set_clock(ahead_s=0.0, synchronised=False)
    assert until(lambda: says(stage, faults=[], clock="rtc"))
    assert people.present(stage.a_pass(), [WELL_C]) is Seen.GREEN

    assert stage.settle(PATIENCE_S), stage.status()
    told = [(event["k"], event.get("r")) for event in stage.tally.events()]
    assert told == [
        ("alarm", "fault"),
        ("refused", "clock_unsure"),
        ("granted", "attendant"),
        ("passage", "attendant"),
        ("recovered", None),
        ("granted", "ok"),
        ("passage", "ok"),
    ]
    assert stage.tally.events()[0]["x"] == ("clock: set ahead by 3 h, and nobody vouches for it")


def test_a_lane_that_starts_without_the_time_gets_it_from_the_time_service(stage: Stage) -> None:
    stage.stop_daemon()
    stage.world.set_clock(ahead_s=-40 * 365 * 24 * HOUR, synchronised=False)
    stage.start_daemon()
    assert until(lambda: says(stage, faults=["clock"], clock="unsure"))
    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.RED

    stage.world.set_clock(ahead_s=0.0, synchronised=True)
    assert until(lambda: says(stage, faults=[], clock="ntp"))

    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN
