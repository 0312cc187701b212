"""`gate probe thermometer` over the simulated chip, good and bad."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.mlx90614 import Mlx90614
from drivers.simulated.mlx90614 import SimulatedI2C, SimulatedMlx90614
from drivers.simulated.world import World
from gate.commands.probe.telling import Told
from gate.commands.probe.thermometer import Heard, judged, listen
from gate.config.variants import TRAITS
from gate.temperature.identity import Record
from gate.temperature.transfers import Failure
from tests.gate.commands.probe.lanes import configured, probe, running, told
from tests.gate.commands.test_calibrate import OLD
from tests.gate.configs import Changes, config_of

LANE: Changes = {
    "thermometer": {"source": "simulated"},
    "simulation": {"wires": "wires.sock"},
}


def heard_of(chip_variant: str, *, fault: Any = None, seconds: float = 10) -> Heard:
    """What the probe hears of a simulated part, whose clock goes on while the probe waits."""
    now, traits, heard = 100.0, TRAITS[chip_variant], Heard()
    chip = SimulatedMlx90614(
        clock=lambda: now, seed=1, settling_s=traits.settling_s, sigma_c=traits.sigma_c
    )
    chip.fault = fault

    def wait(seconds: float) -> None:
        nonlocal now
        now += seconds

    part = Mlx90614(SimulatedI2C(chip))
    listen(part, heard, seconds, traits.settling_s, Told(silent=True), lambda: now, wait)
    return heard


def codes(heard: Heard, *, variant: str = "DCC", record: Record = None) -> set[str]:
    lane = config_of(Path("/nowhere"), {"thermometer": {"variant": variant}})
    return {it.code for it in judged(heard, lane, record) if it.code}


@pytest.mark.parametrize("variant", ["DAA", "DCC", "DCI"])
def test_a_good_part_of_the_right_variant_is_good(variant: str) -> None:
    heard = heard_of(variant)

    assert codes(heard, variant=variant) == set()
    assert heard.failed.total() == 0
    assert len(heard.object_c) >= 15


def test_another_variant_than_the_files_is_seen_by_its_noise() -> None:
    assert codes(heard_of("DAA"), variant="DCC") == {"PROBE-THERMOMETER-VARIANT"}


def test_another_part_than_the_commissioned_one_is_told() -> None:
    assert codes(
        heard_of("DAA"), variant="DAA", record=replace(OLD, cells=(*OLD.cells[:-1], 1))
    ) == {"PROBE-THERMOMETER-IDENTITY"}


def test_transfers_that_fail_are_counted_by_kind() -> None:
    heard = Heard(cells=(0xFFFF,) * 8, ambient_c=[25.0], object_c=[36.0], made=100)
    heard.failed.update({Failure.BUS: 2, Failure.CHECKSUM: 1})

    assert "PROBE-THERMOMETER-BUS" in codes(heard)
    assert "3 failed of 100 (2 bus, 1 checksum)" in heard.in_words
    heard.failed.clear()
    heard.failed.update({Failure.BUS: 2})
    assert "PROBE-THERMOMETER-BUS" not in codes(heard)  # 2 % are tolerated, as by the lane


def test_a_part_that_is_hotter_than_any_lane_is_broken() -> None:
    heard = Heard(cells=(0xFFFF,) * 8, ambient_c=[81.0], object_c=[36.0], made=10)
    assert "PROBE-THERMOMETER-READING" in codes(heard)


def test_nothing_that_answers_is_broken(tmp_path: Path) -> None:
    with World(tmp_path / "wires.sock") as world:
        world.break_part("thermometer", "nack")
        result = probe("thermometer", "--json", "--config", configured(tmp_path, LANE))

    assert told(result)["codes"] == {"PROBE-THERMOMETER-ABSENT"}


def test_the_simulated_part_is_read_from_a_shell(tmp_path: Path) -> None:
    result = probe("thermometer", "--seconds", "0", "--config", configured(tmp_path, LANE))

    assert result.exit_code == 0, result.output
    assert "0 failed of 3" in result.output
    assert "object" in result.output


def test_a_running_lane_says_what_it_knows(tmp_path: Path) -> None:
    failures = {"bus": 3, "checksum": 0, "flag": 0, "not_ready": 0}
    of = {"trouble": None, "warnings": ["noisy"], "values": "-", "transfers": 900}
    said: dict[str, object] = {
        "thermometer": {**of, "failures": failures},
        "thermometer_c": 31.2,
        "faults": [],
    }
    file = configured(tmp_path, LANE)
    with running(file, status=lambda: said):
        result = probe("thermometer", "--json", "--config", file)

    answer = told(result)
    assert answer["codes"] == {"PROBE-THERMOMETER-BUS", "PROBE-LANE-RUNS"}
    assert answer["figures"]["transfers"] == 900


def test_a_lane_without_a_thermometer_is_told(tmp_path: Path) -> None:
    changes: Changes = {"thermometer": {"source": "none"}, "screening": {"mode": "off"}}

    result = probe("thermometer", "--config", configured(tmp_path, changes))

    assert result.exit_code == 1
    assert "no thermometer" in result.stderr
