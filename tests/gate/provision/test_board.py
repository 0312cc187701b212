"""What does not depend on the small file: config.txt, held packages, a restart."""

from pathlib import Path

from gate.provision.held import to_hold
from tests.gate.provision.cards import card
from tests.gate.provision.devices import NOW, Commands, configured, jwks, new_device

STATUS = """\
Package: libcamera0.5
Status: install ok installed
Description: a text
 with Package: picamera2

Package: python3-picamera2
Status: hold ok installed

Package: linux-image-6.12.25+rpt-rpi-v8
Status: install ok installed

Package: rpicam-apps-lite
Status: deinstall ok config-files

Package: libc6
Status: install ok installed
"""


def test_packages_that_break_cameras_are_held() -> None:
    assert [*to_hold(STATUS)] == ["libcamera0.5", "linux-image-6.12.25+rpt-rpi-v8"]
    assert [*to_hold("")] == []


def test_they_are_held_by_one_command_and_once(tmp_path: Path) -> None:
    device = configured(tmp_path)
    status = tmp_path / "var/lib/dpkg/status"
    status.write_text(STATUS)
    assert "Held" in device.provision().done[0]
    assert device.commands.given == ["apt-mark hold libcamera0.5 linux-image-6.12.25+rpt-rpi-v8"]
    status.write_text(STATUS.replace("install ok installed", "hold ok installed"))
    assert not device.provision().changed


def test_a_hold_that_fails_is_told_and_keeps_nothing_back(tmp_path: Path) -> None:
    device = new_device(tmp_path, commands=Commands(failing=frozenset({"apt-mark"})))
    (tmp_path / "var/lib/dpkg/status").write_text(STATUS)
    outcome = device.provision(card(), keys_json=jwks())
    assert (outcome.configured, outcome.failed) == (True, ())
    assert "Not held yet (it would not): libcamera0.5" in device.log()


def test_config_txt_is_backed_up_once_and_has_the_gates_lines(tmp_path: Path) -> None:
    device = new_device(tmp_path)
    device.places.boot_config.write_bytes(b"camera_auto_detect=1\n# \xe9\n")
    assert device.provision().reboot, "I2C is wanted before anything is configured"
    device.provision(card(device={"camera": "imx219"}), keys_json=jwks())
    text = device.places.boot_config.read_bytes()
    assert b"dtparam=strict_gpiod" in text
    assert b"dtoverlay=imx219" in text
    backup = device.places.boot / "config.txt.before-gate"
    assert backup.read_bytes() == b"camera_auto_detect=1\n# \xe9\n"
    assert "A restart of the device is needed" in device.log()
    assert not device.provision().reboot


def test_the_machine_is_restarted_only_where_that_is_allowed_and_once(tmp_path: Path) -> None:
    device = configured(tmp_path)
    restart = "systemctl --no-block reboot"
    device.places.boot_config.write_bytes(b"")
    device.provision()
    assert restart not in device.commands.given
    for _ in range(3):
        device.places.boot_config.write_bytes(b"")  # somebody takes the lines out at each start
        assert device.provisioner.provision(NOW, may_restart=True).reboot
    assert device.commands.given.count(restart) == 1


def test_without_a_card_the_device_keeps_what_it_has(tmp_path: Path) -> None:
    device = configured(tmp_path)
    device.places.boot.rename(tmp_path / "elsewhere")
    outcome = device.provision()
    assert (outcome.configured, outcome.file, outcome.failed) == (True, False, ())
