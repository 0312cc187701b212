"""`gate relay-safe` over simulated wires, with configurations good and bad."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from drivers.simulated.world import World
from gate.cli import app
from tests.gate.configs import Changes, text_of

RELAY, WIDE = 17, 27
SOON_S = 5.0
SIMULATED: Changes = {
    "turnstile": {"source": "simulated"},
    "simulation": {"wires": "wires.sock"},
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "wires.sock") as world:
        yield world


def relay_safe(folder: Path, text: str) -> Result:
    """What the command answers to a configuration with this text."""
    file = folder / "gate.toml"
    file.write_text(text, encoding="utf-8")
    return CliRunner().invoke(app, ["relay-safe", "--config", str(file)])


def driven(world: World, pin: int) -> list[bool | None]:
    """The levels of a line, after whoever drove it has gone."""
    assert world.wait_for(lambda: not world.attached(), SOON_S)
    return [change.level for change in world.history(pin)]


def with_turnstile(**keys: object) -> str:
    return text_of({**SIMULATED, "turnstile": {"source": "simulated", **keys}})


@pytest.mark.parametrize("active", ["high", "low"])
def test_both_relays_are_driven_to_their_inactive_level_and_nothing_else_is_touched(
    world: World, tmp_path: Path, active: str
) -> None:
    relay, wide = {"pin": RELAY, "active": active}, {"pin": WIDE, "active": active}

    done = relay_safe(tmp_path, with_turnstile(relay=relay, wide_relay=wide))

    assert (done.exit_code, done.output) == (0, "")
    inactive = active == "low"
    assert driven(world, RELAY) == driven(world, WIDE) == [inactive, None]
    assert all(world.history(pin) == () for pin in range(28) if pin not in {RELAY, WIDE})


@pytest.mark.parametrize(
    "wrong",
    ["[nonsense]\n", "[mqtt]\nport = 'none'\n", "[limit]\nstandalone_capacity = -1\n"],
)
def test_what_is_wrong_elsewhere_does_not_matter(world: World, tmp_path: Path, wrong: str) -> None:
    done = relay_safe(tmp_path, with_turnstile() + wrong)

    assert (done.exit_code, done.output) == (0, "")
    assert driven(world, RELAY) == [False, None]


def test_a_wide_gate_that_is_written_wrongly_is_told_and_the_turnstile_is_safe(
    world: World, tmp_path: Path
) -> None:
    done = relay_safe(tmp_path, with_turnstile(wide_relay={"pin": WIDE, "active": "up"}))

    assert done.exit_code == 1
    assert done.output.startswith("turnstile.wide_relay is wrong")
    assert driven(world, RELAY) == [False, None]


@pytest.mark.parametrize("relay", [{"pin": 99, "active": "high"}, {"pin": RELAY}, 17])
def test_a_relay_that_is_not_known_is_told_and_no_start_mends_it(
    world: World, tmp_path: Path, relay: object
) -> None:
    done = relay_safe(tmp_path, with_turnstile(relay=relay))

    assert done.exit_code == 78
    assert "turnstile: does not say which line the relay is on" in done.output
    assert driven(world, RELAY) == []


@pytest.mark.parametrize("text", ["", "camera = 5\n", "[camera]\nsource = 'eye'\n"])
def test_a_device_without_the_wires_is_told_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Also where the file leaves sections out, or has something else in their place."""
    absent: Any = None  # which makes an import of it fail
    monkeypatch.setitem(sys.modules, "lgpio", absent)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)

    done = relay_safe(tmp_path, text + text_of({}))

    assert done.exit_code == 1
    assert "apt install python3-lgpio" in done.output
