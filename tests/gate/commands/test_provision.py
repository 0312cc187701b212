"""`gate provision` from the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from drivers.process import Finished
from gate.cli import app
from gate.commands.provision import starting
from tests.gate.provision.cards import PASSWORD, card
from tests.gate.provision.devices import jwks, new_device


def provision(*words: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["provision", *map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


def test_an_image_is_provisioned_and_nothing_runs_here(tmp_path: Path) -> None:
    device = new_device(tmp_path)
    device.places.small_file.write_bytes(card())
    (device.places.boot / "keys.json").write_bytes(jwks())
    code, said = provision("--root", tmp_path)
    assert (code, "gate.toml is taken over" in said) == (0, True)
    assert device.places.config.exists()
    assert PASSWORD not in said
    assert provision("--root", tmp_path) == (0, "gate.toml has not changed.\n")


def test_all_mistakes_are_told_and_nothing_is_changed(tmp_path: Path) -> None:
    device = new_device(tmp_path)
    device.places.small_file.write_bytes(card().replace(b"pin = 22", b"pin = 99"))
    code, said = provision("--root", tmp_path, "--check")
    assert code == 78
    assert "sensor_a.pin" in said
    assert "keys.json" in said
    assert not device.places.provision_log.exists()
    assert provision("--root", tmp_path)[0] == 78
    assert device.places.provision_log.exists()


@pytest.mark.parametrize("there", [True, False])
def test_a_laptop_looks_at_a_card_without_knowing_the_device(tmp_path: Path, there: bool) -> None:
    boot = tmp_path / "bootfs"
    boot.mkdir()
    stored = {"secrets": {"mqtt_password": "(stored on the device)", "keys": "keys.json"}}
    if there:
        (boot / "gate.toml").write_bytes(card(**stored))
        (boot / "keys.json").write_bytes(jwks())
    code, said = provision("--root", tmp_path / "none", "--boot", boot, "--check")
    assert (code, "good" in said) == ((0, True) if there else (78, False))
    assert [*boot.glob("*.log")] == []


@pytest.mark.parametrize(
    ("said", "so"), [("starting", True), ("running", False), ("degraded", False), ("", False)]
)
def test_the_machine_is_restarted_only_while_it_starts(said: str, so: bool) -> None:
    """Not by the package, whose installation starts the unit too."""
    assert starting(lambda *_command, **_: Finished(1, f"{said}\n", "")) is so
