"""Edges with their time-stamps, on both benches (tests/drivers/benches.py)."""

from queue import SimpleQueue

import pytest

from drivers.edges import Edges
from drivers.lines import InputLine, TurnstileError
from tests.drivers.benches import RELEASE, SENSOR_A, Bench

LINES = {
    "sensor_a": InputLine(SENSOR_A, active_high=True),
    "release": InputLine(RELEASE, active_high=True, pull="down"),
}
SOON_S = 5.0

Edge = tuple[str, bool, float]


def watching(bench: Bench, seen: SimpleQueue[Edge]) -> Edges:
    return Edges(LINES, open_factory=bench.open_factory, on_edge=lambda *edge: seen.put(edge))


def test_each_edge_is_told_with_its_line_its_level_and_when(bench: Bench) -> None:
    seen: SimpleQueue[Edge] = SimpleQueue()
    with watching(bench, seen) as edges:
        assert edges.levels() == {"sensor_a": True, "release": False}
        bench.drive(SENSOR_A, high=False)
        bench.drive(RELEASE, high=True)
        bench.drive(SENSOR_A, high=True)
        told = [seen.get(timeout=SOON_S) for _ in range(3)]

        assert [edge[:2] for edge in told] == [
            ("sensor_a", False),
            ("release", True),
            ("sensor_a", True),
        ]
        times = [edge[2] for edge in told]
        assert times == sorted(times)
        assert edges.levels() == {"sensor_a": True, "release": True}


def test_after_closing_nothing_is_told_and_the_lines_are_free(bench: Bench) -> None:
    seen: SimpleQueue[Edge] = SimpleQueue()
    edges = watching(bench, seen)
    edges.close()
    edges.close()

    bench.drive(SENSOR_A, high=False)

    with watching(bench, seen) as again:
        assert again.levels()["sensor_a"] is False
    assert seen.empty()


def test_a_line_that_cannot_be_had_is_named_and_the_others_are_free(bench: Bench) -> None:
    twice = {**LINES, "sensor_b": InputLine(SENSOR_A)}

    with pytest.raises(TurnstileError, match=r"sensor_b.* used twice"):
        Edges(twice, open_factory=bench.open_factory, on_edge=lambda *_: None)

    with watching(bench, SimpleQueue()) as edges:
        assert edges.levels().keys() == LINES.keys()
