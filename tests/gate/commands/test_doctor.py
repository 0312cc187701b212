"""`gate doctor`, as it is called from a shell."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from drivers.simulated.broker import Broker
from gate.commands.doctor import doctor
from gate.commands.doctor.machine import ask_broker, machine
from gate.doctor.examination import AREAS, examine
from gate.doctor.finding import Level
from gate.issuing import new_key, public_jwks

SIMULATED = Path(__file__).parents[3] / "config" / "simulated.toml"


def gate_doctor(*arguments: str | Path) -> Result:
    app = typer.Typer()
    app.command("doctor")(doctor)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def lane(tmp_path: Path) -> Path:
    """A simulated lane with everything but a broker."""
    (tmp_path / "keys.json").write_text(json.dumps(public_jwks(new_key("k1"))))
    file = tmp_path / "gate.toml"
    text = SIMULATED.read_text(encoding="utf-8").replace("../build/simulated", ".")
    file.write_text(text.replace("port", "#port"), encoding="utf-8")
    return file


def at_port(file: Path, port: int) -> Path:
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace('host = "127.0.0.1"', f'host = "127.0.0.1"\nport = {port}'), encoding="utf-8"
    )
    return file


def test_a_finding_is_told_with_its_code_its_mending_and_where_to_read_on(
    lane: Path, tmp_path: Path
) -> None:
    told = gate_doctor("--config", at_port(lane, Broker(tmp_path).port))  # it is not started

    assert told.exit_code == 2
    assert "BROKEN   BROKER-REFUSED  the broker: 127.0.0.1" in told.stdout
    assert f"mend  gate check --show --config {lane}" in told.stdout
    assert "see   docs/troubleshooting.md#broker-refused" in told.stdout
    assert "1 broken, 0 to look at" in told.stdout


def test_a_lane_that_is_well_gives_exit_code_0(lane: Path, broker: Broker) -> None:
    told = gate_doctor("--config", at_port(lane, broker.port))

    assert told.exit_code == 0, told.stdout
    assert "All is well" in told.stdout
    assert "BROKEN" not in told.stdout
    assert "WARNING" not in told.stdout


def test_json_is_one_line_with_the_same_exit_code(tmp_path: Path) -> None:
    told = gate_doctor("--json", "--config", tmp_path / "none.toml")

    said = json.loads(told.stdout)
    assert (told.exit_code, said["level"], said["schema"]) == (2, "broken", "aman.doctor/1")
    assert "CONFIG-MISSING" in [it["code"] for it in said["findings"]]


def test_a_real_broker_that_refuses_is_told_by_its_code(lane: Path, tmp_path: Path) -> None:
    (broker_area,) = [area for area in AREAS if area.name == "broker"]
    with Broker(tmp_path, settings=["allow_anonymous false"]) as broker:
        device = machine(at_port(lane, broker.port))
        assert device.config is not None
        assert ask_broker(device.config).outcome == "password"

        (found,) = examine(device, [broker_area])

    assert (found.code, found.level) == ("BROKER-PASSWORD", Level.BROKEN)


def test_a_password_file_that_is_gone_is_told(lane: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("once\n", encoding="utf-8")
    text = lane.read_text(encoding="utf-8")
    lane.write_text(
        text.replace("[mqtt]\n", '[mqtt]\nuser = "t01-a"\npassword_file = "secret"\n'),
        encoding="utf-8",
    )
    device = machine(lane)
    assert device.config is not None
    (tmp_path / "secret").unlink()

    assert ask_broker(device.config).outcome == "files"
