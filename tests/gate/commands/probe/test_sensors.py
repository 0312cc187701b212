"""`gate probe sensors`: people who walk, contacts that bounce, and inputs that are stuck."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.lines import TurnstileError
from drivers.simulated.pins import SimulatedPins
from drivers.simulated.world import World
from gate.commands.probe.sensors import judged, watched
from gate.commands.probe.telling import Told
from gate.wiring.bounce import Contact, Edge
from gate.wiring.plan import Wire
from tests.gate.commands.probe.lanes import configured, probe, running, told
from tests.gate.configs import Changes

SENSOR_A = Wire("sensor_a", 22, active_high=True, pull="up")
RELEASE = Wire("release", 24, active_high=True, pull="up")
WIRES = {wire.role: wire for wire in (SENSOR_A, RELEASE)}
LANE: Changes = {
    "turnstile": {"source": "simulated"},
    "simulation": {"wires": "wires.sock"},
}


class Walkers(Told):
    """Who is told how it stands, and does the next thing; then Ctrl-C."""

    def __init__(self, *acts: Callable[[], None]) -> None:
        super().__init__(silent=True)
        self._acts = iter(acts)

    def now(self, _text: str, /) -> None:
        act = next(self._acts, None)
        if act is None:
            raise KeyboardInterrupt
        act()


def test_edges_are_counted_while_somebody_walks() -> None:
    wires = SimulatedPins()
    wires.drive(22, high=False)
    wires.drive(24, high=False)
    people = Walkers(lambda: wires.drive(22, high=True), lambda: wires.drive(22, high=False))

    contacts = watched(WIRES, lambda: wires.factory, 60, people)

    assert (contacts["sensor_a"].edges, contacts["sensor_a"].uses) == (2, 1)
    assert contacts["release"].edges == 0
    found = judged(WIRES, contacts, 0.02, bounces=True)
    assert [it.code for it in found] == ["", "PROBE-SENSORS-STILL", ""]


def bounced(longest_s: float) -> Contact:
    contact = Contact(high=False, active_high=True)
    for at, high in ((1.0, True), (1.0 + longest_s, False), (1.2, True), (1.5, False)):
        contact.take(Edge("sensor_a", high, at))
    contact.finish()
    return contact


@pytest.mark.parametrize(
    ("longest_s", "code"),
    [(0.012, ""), (0.015, "PROBE-SENSORS-DEBOUNCE"), (0.04, "PROBE-SENSORS-DEBOUNCE")],
)
def test_the_debounce_has_to_be_half_as_long_again_as_the_chatter(
    longest_s: float, code: str
) -> None:
    contacts = {"sensor_a": bounced(longest_s)}

    *_, last = judged(WIRES, contacts, 0.02, bounces=True)

    assert last.code == code


def test_the_debounce_that_is_proposed_is_enough() -> None:
    *_, last = judged(WIRES, {"sensor_a": bounced(0.03)}, 0.02, bounces=True)

    assert last.mend.endswith("debounce_s = 0.045")
    *_, then = judged(WIRES, {"sensor_a": bounced(0.03)}, 0.045, bounces=True)
    assert then.code == ""


def test_an_active_release_and_a_blocked_beam_are_broken() -> None:
    stuck = Contact(high=True, active_high=True)
    contacts = {"sensor_a": stuck, "release": stuck}

    found = judged(WIRES, contacts, 0.02, bounces=True)

    assert [it.code for it in found] == ["PROBE-SENSORS-ACTIVE", "PROBE-SENSORS-RELEASED"]
    assert {int(it.level) for it in found} == {2}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "wires.sock") as world:
        yield world


def test_inputs_that_nobody_touches_are_told_one_by_one(world: World, tmp_path: Path) -> None:
    world.drive({22: False, 24: True})

    result = probe("sensors", "--json", "--seconds", "0.1", "--config", configured(tmp_path, LANE))

    answer = told(result)
    assert answer["codes"] == {"PROBE-SENSORS-STILL", "PROBE-SENSORS-RELEASED"}
    assert answer["figures"]["release"]["active"] is True
    assert world.history(17) == ()


def test_a_running_lane_is_asked_for_its_levels(world: World, tmp_path: Path) -> None:
    file = configured(tmp_path, LANE)
    with running(file, pins=lambda: {"high": {"22": False, "24": False, "17": False}}):
        result = probe("sensors", "--json", "--seconds", "0.1", "--config", file)

    assert told(result)["codes"] == {"PROBE-SENSORS-STILL", "PROBE-LANE-RUNS"}
    assert not world.attached()


def test_wires_that_are_not_there_are_a_verdict(world: World, tmp_path: Path) -> None:
    world.break_part("turnstile", "unplugged")

    result = probe("sensors", "--json", "--config", configured(tmp_path, LANE))

    assert told(result)["codes"] == {"PROBE-SENSORS-LINES"}


def test_lines_are_let_go_when_one_cannot_be_had() -> None:
    wires = SimulatedPins()
    twice = {"sensor_a": SENSOR_A, "sensor_b": Wire("sensor_b", 22, active_high=True, pull="up")}

    with pytest.raises(TurnstileError, match="used twice"):
        watched(twice, lambda: wires.factory, 60, Walkers())

    assert watched(WIRES, lambda: wires.factory, 60, Walkers()).keys() == WIRES.keys()
