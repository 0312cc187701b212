"""`gate probe relay` over simulated wires: what moves, who is asked, and what is left behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.simulated.world import World
from tests.gate.commands.probe.lanes import configured, probe, running, told
from tests.gate.configs import Changes

SOON_S = 5.0


def lane(active: str = "high") -> Changes:
    relay = {"pin": 17, "active": active}
    wide = {"pin": 27, "active": active}
    return {
        "turnstile": {"source": "simulated", "relay": relay, "wide_relay": wide},
        "simulation": {"wires": "wires.sock"},
    }


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "wires.sock") as world:
        yield world


def driven(world: World, pin: int) -> list[bool | None]:
    assert world.wait_for(lambda: not world.attached(), SOON_S)
    return [change.level for change in world.history(pin)]


@pytest.mark.parametrize("active", ["high", "low"])
def test_one_pulse_and_the_relay_is_safe_again(world: World, tmp_path: Path, active: str) -> None:
    file = configured(tmp_path, lane(active))

    result = probe("relay", "--seconds", "0.05", "--config", file, said="y\ny\ny\ny\n")

    on = active == "high"
    assert result.exit_code == 0, result.output
    assert "GPIO17, pin 11" in result.output
    assert f"{active} for 0.05 s" in result.output
    assert driven(world, 17) == [not on, on, not on, None]
    assert driven(world, 27) == []


def test_nothing_moves_before_somebody_has_said_yes(world: World, tmp_path: Path) -> None:
    result = probe("relay", "--config", configured(tmp_path, lane()), said="\n")

    assert result.exit_code == 1
    assert "Nothing was moved" in result.stderr
    assert driven(world, 17) == []


def test_while_a_lane_runs_nothing_moves(world: World, tmp_path: Path) -> None:
    file = configured(tmp_path, lane())
    with running(file, status=lambda: {"gate": "t01-a"}):
        result = probe("relay", "--yes", "--json", "--config", file)

    assert told(result)["codes"] == {"PROBE-LANE-RUNS"}
    assert driven(world, 17) == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("y\nn\n", "PROBE-RELAY-SILENT"),
        ("y\ny\nn\n", "PROBE-RELAY-SHUT"),
        ("y\ny\ny\nn\n", "PROBE-RELAY-INVERTED"),
    ],
)
def test_what_somebody_saw_is_the_verdict(
    world: World, tmp_path: Path, said: str, code: str
) -> None:
    file = configured(tmp_path, lane())

    result = probe("relay", "--seconds", "0.05", "--config", file, said=said)

    assert result.exit_code == 2
    assert code in result.output
    assert driven(world, 17)[-2:] == [False, None]


def test_the_wide_gate_has_a_relay_of_its_own(world: World, tmp_path: Path) -> None:
    file = configured(tmp_path, lane())

    result = probe("relay", "--wide", "--yes", "--json", "--seconds", "0.05", "--config", file)

    answer = told(result)
    assert answer["codes"] == {"PROBE-RELAY-UNSEEN"}
    assert answer["figures"]["bcm"] == 27
    assert driven(world, 27) == [False, True, False, None]
    assert driven(world, 17) == []


def test_wires_that_are_not_there_are_a_verdict(world: World, tmp_path: Path) -> None:
    world.break_part("turnstile", "unplugged")

    result = probe("relay", "--yes", "--json", "--config", configured(tmp_path, lane()))

    assert told(result)["codes"] == {"PROBE-RELAY-LINE"}
