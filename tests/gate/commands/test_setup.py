"""`gate setup` whole: drawn frames, the real decoder, the real provisioner, in a folder."""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.frame import CameraAbsent
from drivers.process import Finished
from drivers.simulated.frames import Scene, SimulatedCamera
from gate import RELEASED
from gate.commands.setup import IN_SERVICE, USED, WAITS, set_up, take_handed_on
from gate.config.eye import Camera as Eye
from gate.eyes.scanner import Camera
from gate.issuing import new_key, public_jwks
from gate.model import Utc
from gate.places import Places
from gate.setup.code import Part, SetupCode, make_texts, put_together, read_part
from tests.gate.provision.cards import card

TECHNICIAN = new_key("tech-1")
KEYS = json.dumps(public_jwks(new_key("city-26")), separators=(",", ":"))
WIFI = "WIFI:T:WPA;S:Toko;P:rahasia123;;"


@dataclass
class Technician:
    """Holds up one text after the other, the next when something was said about the last."""

    texts: list[str]
    ends: Callable[[str], bool] = lambda _line: False
    """Whether this is enough, as somebody who stops the unit says."""
    scene: Scene = field(default_factory=lambda: Scene(width=960, height=720, seed=3))
    heard: list[str] = field(default_factory=list)

    def camera(self) -> SimulatedCamera:
        return SimulatedCamera(scene=self.scene, fps=30)

    def hear(self, line: str) -> None:
        self.heard.append(line)
        if not line.startswith(("- ", "No signed code")):
            self.scene.show(self.texts.pop(0) if self.texts else None)
        if self.ends(line):
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A device as the package leaves it, with the technician's public key."""
    places = Places(tmp_path)
    for folder in (places.settings, places.boot):
        folder.mkdir(parents=True)
    (tmp_path / "etc/group").write_text(f"gate:x:{os.getgid()}:\n")
    places.setup_keys.write_text(json.dumps(public_jwks(TECHNICIAN)))
    return places


def codes(file: bytes) -> list[str]:
    """Made after the release of this program; the clock of the machine does not matter then."""
    made = Utc(RELEASED.timestamp() + 400 * 86_400)
    code = SetupCode(nonce=bytes(16), issued_at=made, expires=Utc(made + 86_400), file=file)
    return make_texts(code, TECHNICIAN)


def waited(
    places: Places, technician: Technician, camera: Callable[[], Camera] | None = None
) -> tuple[bool, list[str]]:
    """Whether the device is configured in the end, and the commands that the system got."""
    commands = list[str]()

    def run(*command: str | Path, timeout_s: float = 30.0, env: object = None) -> Finished:
        assert timeout_s > 0
        assert env is None
        commands.append(" ".join(map(str, command)))
        return Finished(0, "", "")

    eye = Eye.model_validate({"source": "simulated", "width": 960, "height": 720, "fps": 30})
    configured = set_up(
        places, eye, open_camera=camera or technician.camera, run=run, say=technician.hear
    )
    return configured, commands


def test_codes_in_front_of_the_camera_configure_a_device_and_start_the_gate(
    places: Places,
) -> None:
    small = card(secrets={"keys": KEYS})

    technician = Technician(["https://example.org", WIFI, *codes(small)])
    configured, commands = waited(places, technician)

    heard = technician.heard
    assert configured
    assert heard[0] == WAITS
    assert heard[1] == "NOT TAKEN: a QR code, but no set-up code and no Wi-Fi code"
    assert "Wi-Fi 'Toko' stored; it is joined as soon as it is in reach" in heard
    assert heard[-1] == "configured by a set-up code of tech-1"
    assert b'id = "t01-a"' in places.config.read_bytes()
    assert places.mqtt_password.stat().st_mode & 0o777 == 0o600
    assert (places.settings / USED).exists()
    assert "systemctl --no-block start gate.service" in commands
    assert not any("rahasia123" in line for line in heard)
    assert b"rahasia123" not in places.provision_log.read_bytes()


def test_a_gate_in_service_takes_no_unsigned_code_and_is_stopped_by_its_unit(
    places: Places,
) -> None:
    places.config.write_text("# the gate's own")
    technician = Technician([WIFI], ends=lambda line: "signed codes only" in line)

    assert waited(places, technician) == (False, [])

    assert technician.heard[0] == IN_SERVICE
    assert places.config.read_text() == "# the gate's own"


def test_without_a_camera_it_says_so_and_waits(places: Places) -> None:
    def none() -> Camera:
        raise CameraAbsent("there is no camera 0")

    technician = Technician([], ends=lambda line: line.startswith("NO CAMERA"))

    assert waited(places, technician, none) == (False, [])
    assert "NO CAMERA: there is no camera 0" in technician.heard[1]


def test_keys_that_cannot_be_used_are_told_and_wifi_codes_are_taken(places: Places) -> None:
    places.setup_keys.write_text("{}")
    technician = Technician(
        [*codes(card(secrets={"keys": KEYS})), WIFI], ends=lambda line: "stored" in line
    )

    assert not waited(places, technician)[0]

    assert technician.heard[0].startswith("No signed code is taken: ")
    assert any("takes no signed codes" in line for line in technician.heard)


def handed_on(places: Places, file: Path) -> tuple[bool, list[str]]:
    said = list[str]()
    return take_handed_on(
        places, file, run=lambda *_, **__: Finished(0, "", ""), say=said.append
    ), said


def test_a_code_that_the_daemon_hands_on_is_verified_anew_and_taken_once(
    places: Places, tmp_path: Path
) -> None:
    (text,) = codes(card(secrets={"keys": KEYS}))
    part = read_part(text.encode())
    assert isinstance(part, Part)
    message = put_together([part])
    assert isinstance(message, bytes)
    file = tmp_path / "set-up-code"
    file.write_bytes(message)

    assert handed_on(places, file)[0]
    assert not file.exists()
    places.config.unlink()  # in service, the clock of this machine would be asked first
    file.write_bytes(message)

    taken, said = handed_on(places, file)
    assert (taken, said) == (False, ["NOT TAKEN: the set-up code was used before: make a new one"])


def test_whatever_else_the_daemon_puts_there_is_refused(places: Places, tmp_path: Path) -> None:
    file = tmp_path / "set-up-code"
    file.write_bytes(b"nonsense")
    assert not handed_on(places, file)[0]
    os.mkfifo(file)
    assert not handed_on(places, file)[0]
    (tmp_path / "secret").write_text("of another")
    file.symlink_to(tmp_path / "secret")
    taken, said = handed_on(places, file)
    assert not taken
    assert "Too many levels of symbolic links" in said[0]
    assert (tmp_path / "secret").exists()
    file.mkdir()
    assert not handed_on(places, file)[0]
    assert not file.exists()
    assert handed_on(places, tmp_path / "none")[1][0].endswith("No such file or directory")
