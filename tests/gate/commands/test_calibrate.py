"""`gate calibrate` over the simulated chip: a part that is wrong, and what becomes of it."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from subprocess import PIPE

import pytest
from typer.testing import CliRunner, Result

from drivers.mlx90614 import Mlx90614, ThermometerError
from drivers.simulated.mlx90614 import SimulatedI2C, SimulatedMlx90614
from drivers.simulated.world import World
from gate.cli import app
from gate.commands.black_body import Bench
from gate.commands.calibrate import commissioned
from gate.temperature.calibration import CalibrationError, Line, line_through
from gate.temperature.commissioning import FILE, Commissioned, expiry, read_record, write_record
from tests.gate.configs import Changes, config_of, text_of

CELLS = (0xFFFF, 0xB7D4, 0xBE5A, 0x0000, 0x4D4C, 0x5839, 0x3036, 0x3134)
OLD = Commissioned(on=date(2026, 1, 2), expires=date(2026, 7, 2), variant="DAA", cells=CELLS)
SIMULATED: Changes = {
    "gate": {"data_dir": "."},
    "thermometer": {"source": "simulated", "variant": "DAA"},
    "turnstile": {"source": "simulated"},
    "simulation": {"wires": "wires.sock"},
}


class Rig:
    """A chip, a clock that waiting moves, and somebody who puts bodies in front."""

    def __init__(self, *, gain: float = 1.0, offset_c: float = 0.0, seed: int = 1) -> None:
        self.now = 0.0
        self.chip = SimulatedMlx90614(clock=lambda: self.now, seed=seed)
        self.chip.gain, self.chip.offset_c = gain, offset_c
        self.at: dict[float, float] = {}
        """What is in front from a moment on."""
        self.thermometer = Mlx90614(SimulatedI2C(self.chip))
        self.bench = Bench(
            thermometer=self.thermometer,
            broken=ThermometerError,
            sigma_c=0.18,
            every_s=0.14,
            within_s=60.0,
            monotonic=lambda: self.now,
            wait=self.wait,
            tell=lambda *_: None,
        )

    def wait(self, seconds: float) -> None:
        self.now += seconds
        for moment in [moment for moment in self.at if moment <= self.now]:
            self.chip.show(self.at.pop(moment), emissivity=1.0)

    def calibrated(self, cool_c: float = 35.0, warm_c: float = 40.0) -> Line:
        readings = []
        for body_c, other_c in ((cool_c, warm_c), (warm_c, cool_c)):
            self.chip.show(body_c, emissivity=1.0)
            readings.append(self.bench.reading(body_c, other_c, patient=False))
        return line_through(readings)


@pytest.mark.parametrize(
    ("gain", "offset_c"), [(1.0, 0.0), (0.99, 0.9), (1.012, -0.2), (1.0, -0.7), (0.985, 0.1)]
)
def test_a_wrong_part_is_less_than_a_tenth_of_a_degree_off_after_calibration(
    gain: float, offset_c: float
) -> None:
    rig = Rig(gain=gain, offset_c=offset_c)
    line = rig.calibrated()

    for body_c in (34.5, 36.5, 37.3, 38.0, 40.5):
        rig.chip.show(body_c, emissivity=1.0)
        read_c = rig.bench.reading(body_c, patient=False).read_c
        assert abs(line.true_c(read_c) - body_c) < 0.1


def test_who_is_patient_waits_for_the_body_to_come() -> None:
    rig = Rig()
    rig.at = {5.0: 40.0, 30.0: 35.0}

    assert rig.bench.reading(35.0, 40.0, patient=True).read_c == pytest.approx(35.0, abs=0.08)
    assert rig.now > 30.0


def test_who_stands_there_hears_at_once_that_the_bodies_are_swapped() -> None:
    rig = Rig()
    rig.chip.show(40.0, emissivity=1.0)

    with pytest.raises(CalibrationError, match="are they swapped"):
        rig.bench.reading(35.0, 40.0, patient=False)
    assert rig.now < 30.0


def test_a_body_that_does_not_come_to_rest_is_no_reading() -> None:
    rig = Rig()
    rig.at = {float(moment): 34.0 + moment / 30 for moment in range(61)}

    with pytest.raises(CalibrationError, match="still rises"):
        rig.bench.reading(35.0, 40.0, patient=True)


def test_a_thermometer_that_does_not_answer_is_no_reading() -> None:
    rig = Rig()
    rig.chip.show(35.0, emissivity=1.0)
    rig.chip.fault = "checksum"

    with pytest.raises(CalibrationError, match="does not answer"):
        rig.bench.reading(35.0, 40.0, patient=False)


# --- the verb, over simulated wires -----------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "wires.sock") as world:
        yield world


def calibrate(folder: Path, *words: str, answers: str = "", changes: Changes = SIMULATED) -> Result:
    file = folder / "gate.toml"
    file.write_text(text_of(changes), encoding="utf-8")
    runner = CliRunner()
    return runner.invoke(app, ["calibrate", "--config", str(file), *words], input=answers)


def test_a_technician_with_two_bodies_makes_a_record_and_the_next_check_goes_by_it(
    world: World, tmp_path: Path
) -> None:
    world.misread(gain=0.99, offset_c=0.1)
    file = tmp_path / "gate.toml"
    file.write_text(text_of(SIMULATED), encoding="utf-8")
    command = [sys.executable, "-m", "gate", "calibrate", "--config", str(file)]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True, bufsize=1) as gate:

        def answer_and_read_on(answer: str, until: str) -> str:
            assert gate.stdin
            assert gate.stdout
            gate.stdin.write(answer)
            return next(line for line in gate.stdout if until in line)

        world.black_body(35.0)
        assert "reads 34.7" in answer_and_read_on("\n", "35 C: reads")
        world.black_body(40.0)
        assert "residual" in answer_and_read_on("\n", "gain")
        answer_and_read_on("y\n", "next start of the lane")
    assert gate.returncode == 0
    record = read_record(tmp_path)
    assert record is not None
    assert (record.cells, record.variant) == (CELLS, "DAA")
    assert record.expires == expiry(record.on)
    assert record.black_bodies_c == (35.0, 40.0)
    assert record.true_c(0.99 * 37.3 + 0.1) == pytest.approx(37.3, abs=0.1)

    world.misread(gain=0.99, offset_c=0.6)
    checked = calibrate(tmp_path, "--check", "40", "--yes")
    assert checked.exit_code == 1
    assert "Calibrate anew" in checked.output


@pytest.mark.parametrize(
    ("gain", "offset_c", "why"),
    [(0.96, 1.5, "the gain is 1.0"), (1.0, 1.4, "skin is corrected by -1.4")],
)
def test_what_no_sound_part_has_is_refused_with_what_to_look_at(
    tmp_path: Path, gain: float, offset_c: float, why: str
) -> None:
    line = Rig(gain=gain, offset_c=offset_c).calibrated()

    with pytest.raises(CalibrationError, match="look at the supply") as caught:
        commissioned(config_of(tmp_path, {}), OLD.on, CELLS, line)
    assert why in str(caught.value)


def test_a_wanted_change_of_the_part_is_accepted_without_black_bodies(
    world: World, tmp_path: Path
) -> None:
    world.skin(None)
    write_record(tmp_path, OLD)

    assert "the same part" in calibrate(tmp_path, "--accept", answers="n\n").output
    assert read_record(tmp_path) == OLD
    done = calibrate(tmp_path, "--accept", answers="y\n")

    assert done.exit_code == 0, done.output
    record = read_record(tmp_path)
    assert record is not None
    assert not record.calibrated
    assert record.on > OLD.on


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--cool", "35", "--warm", "37"), "at least 3 C apart"),
        (("--cool", "40", "--warm", "35"), "the cooler one first"),
        (("--check", "37"), "There is no record"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_read(
    world: World, tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    world.skin(None)

    done = calibrate(tmp_path, *words)

    assert done.exit_code == 1
    assert why in done.output


def test_while_the_lane_runs_the_thermometer_is_its_own(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as lane:
        lane.bind(str(tmp_path / "gate.sock"))
        lane.listen()

        def answer() -> None:
            client, _ = lane.accept()
            with client:
                client.recv(64)
                client.sendall(json.dumps({"gate": "t01-a"}).encode() + b"\n")

        threading.Thread(target=answer, daemon=True).start()
        changes = {**SIMULATED, "status": {"socket": "gate.sock"}}

        done = calibrate(tmp_path, "--accept", changes=changes)

    assert done.exit_code == 1
    assert "systemctl stop gate" in done.output


def test_the_record_is_shown_and_a_damaged_one_with_the_way_out(tmp_path: Path) -> None:
    assert "Not commissioned" in calibrate(tmp_path, "--show").output

    write_record(tmp_path, OLD)
    shown = calibrate(tmp_path, "--show")
    assert shown.exit_code == 0
    assert "FFFF B7D4" in shown.output
    assert "until 2026-07-02" in shown.output

    (tmp_path / FILE).write_text("record = 1\ngain =")
    damaged = calibrate(tmp_path, "--show")
    assert damaged.exit_code == 1
    assert "gate calibrate --accept" in damaged.output


def test_a_bus_without_a_thermometer_is_told(tmp_path: Path) -> None:
    done = calibrate(tmp_path, "--accept", changes={"gate": {"data_dir": "."}})

    assert done.exit_code == 1
    assert "Nothing was recorded: I2C bus 1" in done.output


def test_a_lane_without_a_thermometer_is_told(tmp_path: Path) -> None:
    changes: Changes = {"thermometer": {"source": "none"}, "screening": {"mode": "off"}}

    done = calibrate(tmp_path, changes=changes)

    assert (done.exit_code, "has no thermometer" in done.output) == (1, True)
