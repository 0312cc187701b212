"""The line that `systemctl status` shows."""

from dataclasses import replace

import pytest

from gate.model import Direction, Mode, Part
from gate.occupancy import Totals
from gate.report import in_a_line
from gate.state import Gate, Settings

OPEN = Gate(room=459)
TOTALS = Totals(entered=100, left=59)


def line(gate: Gate, *overdue: str, backlog: int | None = 0, scan: Direction = Direction.IN) -> str:
    return in_a_line(gate, Settings(scan=scan), TOTALS, backlog, overdue)


def lost(*parts: Part) -> Gate:
    return replace(OPEN, faults=frozenset(parts))


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        (OPEN, "open, 41 inside, 0 waiting to be sent"),
        (replace(OPEN, room=0), "full, 41 inside, 0 waiting to be sent"),
        (replace(OPEN, room=None), "CLOSED, 41 inside, 0 waiting to be sent"),
        (replace(OPEN, ordered=Mode.FREE), "free, 41 inside, 0 waiting to be sent"),
        (replace(OPEN, ordered=Mode.LOCKED), "LOCKED, 41 inside, 0 waiting to be sent"),
        (replace(OPEN, ordered=Mode.COUNT_ONLY), "counting only, 41 inside, 0 waiting to be sent"),
        (
            replace(OPEN, ordered=Mode.OUT_OF_SERVICE),
            "OUT OF SERVICE, 41 inside, 0 waiting to be sent",
        ),
        (
            replace(OPEN, uncertain=True),
            "CLOSED, 41 inside, count uncertain, 0 waiting to be sent",
        ),
        (
            replace(lost(Part.STORE), release=True, uncertain=True),
            "RELEASED (without store), 41 inside, count uncertain, 0 waiting to be sent",
        ),
        (
            lost(Part.STORE, Part.BROKER),
            "OUT OF SERVICE (without broker, store), 41 inside, 0 waiting to be sent",
        ),
        (lost(Part.CAMERA), "OUT OF SERVICE (without camera), 41 inside, 0 waiting to be sent"),
        (lost(Part.BROKER), "open (without broker), 41 inside, 0 waiting to be sent"),
    ],
)
def test_it_says_whether_the_lane_serves_what_is_lost_and_the_numbers(
    gate: Gate, expected: str
) -> None:
    assert line(gate) == expected


def test_who_hangs_comes_first() -> None:
    assert line(OPEN, "writer", "mqtt", backlog=7) == (
        "HANGS: writer, mqtt; open, 41 inside, 7 waiting to be sent"
    )


def test_a_lane_that_reports_nowhere_has_nothing_waiting() -> None:
    assert line(OPEN, backlog=None) == "open, 41 inside"


@pytest.mark.parametrize("mode", [Mode.NORMAL, Mode.LOCKED, Mode.OUT_OF_SERVICE])
def test_a_lane_of_the_way_out_is_open_whatever_is_lost(mode: Mode) -> None:
    gate = replace(lost(Part.CAMERA, Part.STORE), ordered=mode)
    assert line(gate, scan=Direction.OUT).startswith("open (without camera, store), ")
