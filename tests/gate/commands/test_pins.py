"""`gate pins` and `gate wiring`: over simulated wires, beside a running lane, and on a Pi."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from drivers.simulated.world import World
from gate.cli import app
from gate.config import load
from gate.model import Monotonic
from gate.status import StatusServer
from tests.gate.configs import Changes, text_of

SIMULATED: Changes = {
    "gate": {"data_dir": "."},
    "turnstile": {"source": "simulated", "attendant": {"pin": 25, "active": "low"}},
    "simulation": {"wires": "wires.sock"},
}
GPIO: Changes = {"gate": {"data_dir": "."}}


def said(*words: str | Path) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def configured(folder: Path, changes: Changes) -> Path:
    file = folder / "gate.toml"
    file.write_text(text_of(changes), encoding="utf-8")
    return file


def pins_of(result: Result) -> dict[int, dict[str, Any]]:
    """What --json tells of each line, by BCM number."""
    return {it["bcm"]: it for it in json.loads(result.stdout)["pins"] if it["bcm"] is not None}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "wires.sock") as world:
        yield world


def test_without_a_lane_the_inputs_are_read_and_no_output_is_touched(
    world: World, tmp_path: Path
) -> None:
    world.drive({22: True, 24: False, 25: True})

    result = said("pins", "--json", "--config", configured(tmp_path, SIMULATED))

    pins = pins_of(result)
    assert result.exit_code == 0
    assert (pins[22]["high"], pins[24]["high"], pins[25]["high"]) == (True, False, True)
    assert (pins[17]["role"], pins[17]["high"]) == ("relay", None)
    assert world.history(17) == ()


def test_a_running_lane_is_asked_and_keeps_its_lines(world: World, tmp_path: Path) -> None:
    file = configured(tmp_path, SIMULATED)
    with StatusServer(
        path=load(file).status_socket,
        questions={"pins": lambda: {"high": {"17": True, "22": False}}},
        on_crash=lambda error: pytest.fail(str(error)),
        clock=lambda: Monotonic(0.0),
    ) as server:
        server.start()
        result = said("pins", "--config", file)

    relay = next(line for line in result.stdout.splitlines() if "GPIO17" in line)
    assert relay.split()[:3] == ["Entry", "relay", "HI*"]
    assert "as the running lane says" in result.stdout
    assert not world.attached()


def test_on_a_pi_pinctrl_is_asked_whether_a_lane_runs_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "pinctrl"
    tool.write_text("#!/bin/sh\necho '17: a0 -- pd | lo // GPIO17 = PCM_FS'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    result = said("pins", "--config", configured(tmp_path, GPIO))

    assert result.exit_code == 2
    assert "read by pinctrl" in result.stdout
    assert "BROKEN WIRING-FUNCTION: Entry relay on GPIO17 (pin 11)" in result.stdout


def test_where_no_line_can_be_had_the_wiring_is_shown_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(__import__("sys").modules, "lgpio", None)
    monkeypatch.delitem(__import__("sys").modules, "gpiozero.pins.lgpio", raising=False)

    result = said("pins", "--config", configured(tmp_path, GPIO))

    assert "Entry relay" in result.stdout
    assert "not to be had: lgpio is missing" in result.stdout


def test_the_drawing_is_written_and_what_to_look_at_is_told(tmp_path: Path) -> None:
    changes: Changes = {"turnstile": {"relay": {"pin": 4, "active": "high"}}}
    file = configured(tmp_path, changes)

    result = said("wiring", "--config", file, tmp_path / "lane.svg")

    assert result.exit_code == 0
    assert "WIRING-BOOT-PULL" in result.stderr
    assert ElementTree.parse(tmp_path / "lane.svg").getroot().tag.endswith("svg")  # noqa: S314


def test_the_wiring_is_told_in_words_too(tmp_path: Path) -> None:
    result = said("wiring", "--text", "--config", configured(tmp_path, GPIO))

    assert "Release, fire panel: GPIO24, pin 18, NC" in result.stdout
    assert "cut wire reads: released" in result.stdout


def test_a_drawing_needs_no_keys_and_no_certificates(tmp_path: Path) -> None:
    elsewhere = {"passes": {"keys": "elsewhere.json"}, "mqtt": {"ca_file": "ca.pem"}}
    config = configured(tmp_path, {**SIMULATED, **elsewhere})
    assert said("wiring", "--config", config, "--text").exit_code == 0
    assert said("pins", "--config", config).exit_code == 0
    wrong = configured(tmp_path, {**elsewhere, "turnstile": {"relay": {"pin": 99}}})
    refused = said("wiring", "--config", wrong, "--text")
    assert refused.exit_code == 78
    assert "turnstile.relay" in refused.output
    assert "elsewhere.json" not in refused.output


def test_a_drawing_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    result = said("wiring", "--config", configured(tmp_path, GPIO), tmp_path / "no" / "lane.svg")

    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
