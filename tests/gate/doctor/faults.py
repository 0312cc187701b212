"""The faults that are planted: each is a world that was built with it."""

import contextlib
import json
import os
import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from types import SimpleNamespace

from drivers.process import Finished
from drivers.simulated.mlx90614 import EEPROM
from gate.doctor.device import Tried
from gate.events import Count
from gate.issuing import new_key, public_jwks
from gate.model import Direction, Reason, Utc
from gate.opening import open_store
from gate.temperature.commissioning import CELLS, Commissioned, write_record
from gate.visits import VisitRules
from tests.authority import Authority
from tests.gate.doctor.world import NOW, HastyChip, World, as_text

Fault = Callable[[World], None]

FAULTS: list[tuple[str, Fault]] = []
"""The code that names it, and what plants it."""

DAY_S = 86_400.0


def plant(code: str) -> Callable[[Fault], Fault]:
    """Enter a fault."""

    def entered(fault: Fault) -> Fault:
        FAULTS.append((code, fault))
        return fault

    return entered


# --- configuration and keys -----------------------------------------------------------------


@plant("CONFIG-MISSING")
def nobody_has_configured_it(world: World) -> None:
    world.gate = ""


@plant("CONFIG-WRONG")
def a_word_is_misspelt(world: World) -> None:
    world.gate = world.gate.replace("venue", "venu")


@plant("CONFIG-UNAPPLIED")
def the_small_file_says_another_venue(world: World) -> None:
    world.small(venue="mall-t02")


@plant("CONFIG-UNAPPLIED")
def the_small_file_has_a_mistake(world: World) -> None:
    world.small().write_text("[gate]\nid = t01-a\n", encoding="utf-8")


@plant("FLASH-LEFTOVERS")
def imager_has_left_a_script(world: World) -> None:
    world.put("boot/firmware/firstrun.sh", "#!/bin/sh\n")


@plant("FLASH-LEFTOVERS")
def cloud_init_was_asked_and_never_ran(world: World) -> None:
    world.put("boot/firmware/user-data", "#cloud-config\nhostname: gate\n")


@plant("KEYS-WRONG")
def the_keys_are_cut_off(world: World) -> None:
    world.put("etc/gate/keys.json", '{"keys": [')


@plant("KEYS-EXPIRED")
def the_last_key_has_ended(world: World) -> None:
    _keys_until(world, NOW - DAY_S)


@plant("KEYS-ENDING")
def the_last_key_ends_soon(world: World) -> None:
    _keys_until(world, NOW + DAY_S)


def _keys_until(world: World, ends: float) -> None:
    (key,) = public_jwks(new_key("k1"))["keys"]
    world.put("etc/gate/keys.json", as_text({"keys": [{**key, "exp": int(ends)}]}))


@plant("CERT-EXPIRED")
def the_certificate_was_good_last_year(world: World) -> None:
    _certified(world, days=90)
    world.now = Utc(world.now + 365 * DAY_S)


@plant("CERT-ENDING")
def the_certificate_ends_in_some_days(world: World) -> None:
    _certified(world, days=9)


@plant("CERT-WRONG")
def the_private_key_is_of_another_certificate(world: World) -> None:
    _certified(world, days=90)
    other = Authority(world.root).issue("other")[1]
    (world.root / "etc/gate/t01-a.key").write_bytes(other.read_bytes())


@plant("CERT-WRONG")
def the_certificate_is_none(world: World) -> None:
    _certified(world, days=90)
    world.put("etc/gate/t01-a.crt", "-----BEGIN CERTIFICATE-----")


def _certified(world: World, *, days: int) -> None:
    """Certificates that are good for so long, now."""
    Authority(world.root / "etc/gate", good=timedelta(days=days)).issue("t01-a")
    (world.root / "etc/gate/t01-a.key").chmod(0o600)
    world.now = Utc(time.time())
    world.gate += 'ca_file = "ca.crt"\ncert_file = "t01-a.crt"\nkey_file = "t01-a.key"\n'


@plant("SECRETS-OPEN")
def everybody_may_read_the_password(world: World) -> None:
    world.put("etc/gate/credentials/mqtt.password", "secret\n").chmod(0o644)


# --- service and release --------------------------------------------------------------------


@plant("SERVICE-STOPPED")
def it_ended_for_a_bad_configuration_that_is_mended(world: World) -> None:
    world.runs()
    world.lane = None
    world.unit |= {"ActiveState": "failed", "ExecMainStatus": "78"}


@plant("SERVICE-DISABLED")
def it_runs_and_will_not_after_the_next_start(world: World) -> None:
    world.runs()
    world.unit["UnitFileState"] = "disabled"


@plant("LANE-SILENT")
def it_runs_and_does_not_answer(world: World) -> None:
    world.runs()
    world.lane = None


@plant("SERVICE-RESTARTS")
def it_falls_again_and_again(world: World) -> None:
    world.runs()
    world.unit["NRestarts"] = "17"


@plant("LANE-FAULT")
def the_running_lane_has_lost_its_camera(world: World) -> None:
    world.runs(faults=["camera"])


@plant("LANE-UNSURE")
def the_running_lane_wants_a_recount(world: World) -> None:
    world.runs(uncertain=True)


@plant("RELEASE-LINK")
def the_link_leads_nowhere(world: World) -> None:
    world.put("opt/gate/releases/2.0.0/bin/python", "")
    world.put("opt/gate/releases/2.0.0/pyvenv.cfg", "include-system-site-packages = true\n")
    world.places.current.unlink()
    world.places.current.symlink_to("releases/2.0.0")


@plant("UPDATE-TRIAL")
def an_update_is_on_trial(world: World) -> None:
    (world.root / "opt/gate/proven").symlink_to("releases/1.0.0")
    world.release("2.0.0")


@plant("UPDATE-WAITING")
def an_update_lies_on_the_partition(world: World) -> None:
    world.put("boot/firmware/gate-2.0.0.gateup", "")


@plant("UPDATE-FAILED")
def the_last_update_did_not_work(world: World) -> None:
    world.put("opt/gate/last-update.json", _ended("returned"))


@plant("UPDATE-STUCK")
def the_last_update_needs_a_person(world: World) -> None:
    world.put("opt/gate/last-update.json", _ended("stuck"))


def _ended(result: str) -> str:
    outcome = {"kind": "update", "result": result, "at": 0.0, "version": "2.0.0"}
    return json.dumps({**outcome, "in_use": "1.0.0", "why": "no frames from the camera"})


@plant("PACKAGES-FREE")
def somebody_has_let_the_packages_go(world: World) -> None:
    world.commands["apt-mark showhold"] = Finished(0, "", "")


# --- software -------------------------------------------------------------------------------


@plant("PYTHON-SYSTEM")
def it_was_installed_into_the_systems_python(world: World) -> None:
    """Forced past `error: externally-managed-environment`."""
    world.put("opt/gate/releases/1.0.0/pyvenv.cfg", "")
    (world.places.releases / "1.0.0/pyvenv.cfg").unlink()


@plant("VENV-CLOSED")
def the_environment_was_made_without_the_systems_packages(world: World) -> None:
    cfg = "home = /usr/bin\ninclude-system-site-packages = false\n"
    world.put("opt/gate/releases/1.0.0/pyvenv.cfg", cfg)


@plant("LIBCAMERA-MISSING")
def libcamera_is_not_installed(world: World) -> None:
    del world.site["libcamera/__init__.py"], world.site["libcamera/_libcamera.py"]


@plant("LIBCAMERA-MISSING")
def picamera2_is_not_installed(world: World) -> None:
    del world.site["picamera2/__init__.py"]


@plant("PYKMS-MISSING")
def picamera2_came_from_pypi_without_pykms(world: World) -> None:
    del world.site["pykms.py"]


@plant("NUMPY-ABI")
def a_numpy_of_pip_hides_the_systems(world: World) -> None:
    world.site["simplejpeg.py"] = (
        "raise ValueError('numpy.dtype size changed, may indicate binary incompatibility."
        " Expected 96 from C header, got 88 from PyObject')"
    )


@plant("BINDINGS-BROKEN")
def an_upgrade_took_the_library_and_not_its_binding(world: World) -> None:
    world.site["libcamera/_libcamera.py"] = (
        "raise ImportError('libcamera.so.0.5: cannot open shared object file: No such file or"
        " directory')"
    )


@plant("BINDINGS-BROKEN")
def the_binding_is_of_another_python(world: World) -> None:
    """The Python of the new release looks for a file with its own number in its name."""
    del world.site["libcamera/_libcamera.py"]


@plant("BINDINGS-BROKEN")
def a_binding_ends_the_interpreter(world: World) -> None:
    world.site["libcamera/_libcamera.py"] = "import os\nos._exit(139)"


@plant("LGPIO-MISSING")
def lgpio_is_not_installed(world: World) -> None:
    del world.site["lgpio.py"]


@plant("LGPIO-STUB")
def pip_took_the_empty_lgpio(world: World) -> None:
    world.site["lgpio.py"] = ""


@plant("FOLDER-READONLY")
def lgpio_cannot_make_its_pipe(world: World) -> None:
    world.site["lgpio.py"] = "open('/proc/nowhere/.lgd-nfy0')"


@plant("ZBAR-MISSING")
def the_library_of_zbar_is_not_installed(world: World) -> None:
    world.site["pyzbar/pyzbar.py"] = "raise ImportError('Unable to find zbar shared library')"


@plant("ZXING-MISSING")
def zxing_does_not_load(world: World) -> None:
    world.site["zxingcpp.py"] = "raise ImportError('wrong ELF class: ELFCLASS64')"


@plant("PINS-LIBRARY")
def a_program_goes_past_the_kernel(world: World) -> None:
    world.put("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
    world.put("usr/lib/python3/dist-packages/RPi/GPIO/__init__.py", "")


@plant("PINS-LIBRARY")
def pigpiod_runs(world: World) -> None:
    world.process(611, "pigpiod", "/dev/mem")


# --- wires ----------------------------------------------------------------------------------


@plant("GPIO-NONE")
def this_board_has_no_header(world: World) -> None:
    world.chips.labels[0] = "gpio-mockup-A"


@plant("GPIO-CHIP")
def the_number_is_that_of_an_older_kernel(world: World) -> None:
    """A Raspberry Pi 5: what was 4 is 0 now."""
    world.put("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
    world.chips.labels[0] = "pinctrl-rp1"
    world.chips.add(10, "gpio-brcmstb@107d508500")
    world.gate = world.gate.replace("[turnstile]", "[turnstile]\nchip = 10")


@plant("GPIO-DENIED")
def the_chip_may_not_be_opened(world: World) -> None:
    (world.root / "dev/gpiochip0").unlink()
    _without_driver(world, "dev/gpiochip0")


@plant("GPIO-BUSY")
def an_overlay_has_the_relays_line(world: World) -> None:
    world.chips.claim(0, 17, "onewire@11")


@plant("GPIO-STRICT")
def the_kernel_goes_on_driving(world: World) -> None:
    world.put("boot/firmware/config.txt", "camera_auto_detect=1\ndtparam=i2c_arm=on\n")


@plant("WIRING-RELEASE-CUT")
def a_cut_wire_of_the_release_looks_like_peace(world: World) -> None:
    world.gate = world.gate.replace(
        'release = {{ pin = 24, active = "high"', 'release = {{ pin = 24, active = "low"'
    )


@plant("WIRING-CUT-UNSEEN")
def a_cut_wire_of_the_sensor_looks_like_an_empty_lane(world: World) -> None:
    world.gate = world.gate.replace(
        'sensor_a = {{ pin = 22, active = "high"', 'sensor_a = {{ pin = 22, active = "low"'
    )


@plant("WIRING-BOOT-PULL")
def the_relay_fires_at_boot(world: World) -> None:
    world.gate = world.gate.replace('pin = 17, active = "high"', 'pin = 17, active = "low"')


@plant("WIRING-CONSOLE")
def the_relay_is_on_the_serial_port(world: World) -> None:
    world.gate = world.gate.replace("pin = 17", "pin = 14")


@plant("WIRING-I2C-LINE")
def a_sensor_is_on_the_bus(world: World) -> None:
    world.gate = world.gate.replace("pin = 22", "pin = 2").replace(
        'variant = "DCC"', 'source = "none"\n[screening]\nmode = "off"'
    )


# --- camera ---------------------------------------------------------------------------------


@plant("CAMERA-OFF")
def the_firmware_does_not_look_for_a_camera(world: World) -> None:
    _no_sensor(world)
    boot = "camera_auto_detect=0\ndtparam=strict_gpiod\n"
    world.put("boot/firmware/config.txt", boot)


@plant("CAMERA-OFF")
def the_old_camera_stack_is_switched_on(world: World) -> None:
    _no_sensor(world)
    boot = "start_x=1\ncamera_auto_detect=1\ndtparam=strict_gpiod\n"
    world.put("boot/firmware/config.txt", boot)


@plant("CAMERA-NONE")
def the_flat_cable_is_loose(world: World) -> None:
    _no_sensor(world)


def _no_sensor(world: World) -> None:
    """What is left is the receiver of the chip."""
    world.put("sys/class/video4linux/v4l-subdev0/name", "unicam\n")


@plant("CAMERA-BUSY")
def another_program_has_the_camera(world: World) -> None:
    world.process(812, "pipewire", "/dev/media0")


@plant("CAMERA-DENIED")
def the_frames_memory_may_not_be_opened(world: World) -> None:
    (world.root / "dev/dma_heap/linux,cma").unlink()
    _without_driver(world, "dev/dma_heap/linux,cma")


@plant("CMA-SMALL")
def there_is_no_room_for_frames(world: World) -> None:
    world.put("proc/meminfo", "MemTotal: 436000 kB\nCmaTotal:   16384 kB\n")


# --- thermometer ----------------------------------------------------------------------------


@plant("I2C-OFF")
def the_bus_is_switched_off(world: World) -> None:
    (world.root / "dev/i2c-1").unlink()


@plant("I2C-DENIED")
def the_bus_may_not_be_opened(world: World) -> None:
    (world.root / "dev/i2c-1").unlink()
    _without_driver(world, "dev/i2c-1")


@plant("THERMOMETER-SILENT")
def nothing_answers_on_the_bus(world: World) -> None:
    """errno 121, EREMOTEIO."""
    world.chip.fault = "nack"


@plant("THERMOMETER-HASTY")
def transfers_behind_each_other_fail(world: World) -> None:
    world.chip = HastyChip(clock=lambda: 0.0)


@plant("THERMOMETER-DAMAGED")
def replies_arrive_damaged(world: World) -> None:
    world.chip.fault = "checksum"


@plant("THERMOMETER-OTHER")
def somebody_has_changed_the_sensor(world: World) -> None:
    _commissioned(world, cells={0x3C: 0x1111})


@plant("THERMOMETER-ODD")
def it_was_commissioned_as_another_variant(world: World) -> None:
    _commissioned(world, variant="DAA")


@plant("CALIBRATION-ENDED")
def nobody_has_calibrated_it_since(world: World) -> None:
    _commissioned(world)
    world.now = Utc(NOW + 400 * DAY_S)


def _commissioned(
    world: World, *, variant: str = "DCC", cells: dict[int, int] | None = None
) -> None:
    words = {**EEPROM, **(cells or {})}
    record = Commissioned(
        on=date(2026, 2, 1),
        expires=date(2026, 8, 1),
        variant=variant,
        cells=tuple(words[cell] for cell in CELLS),
    )
    write_record(world.places.data, record)


# --- broker ---------------------------------------------------------------------------------


def _answered(outcome: str) -> Fault:
    def fault(world: World) -> None:
        world.broker = Tried(outcome, "says who refuses")

    return fault


plant("BROKER-NAME")(_answered("no_name"))
plant("BROKER-UNREACHABLE")(_answered("unreachable"))
plant("BROKER-REFUSED")(_answered("refused"))
plant("BROKER-TLS")(_answered("tls"))
plant("BROKER-PASSWORD")(_answered("password"))
plant("BROKER-FORBIDDEN")(_answered("forbidden"))
plant("BROKER-FILES")(_answered("files"))
plant("BROKER-OTHER")(_answered("other"))
"""What a real one answers to what: tests/drivers/test_mqtt_probe.py."""


@plant("BROKER-REFUSED")
def the_running_lane_has_lost_its_broker(world: World) -> None:
    world.runs(faults=["broker"])
    world.broker = Tried("refused", "nothing listens")


# --- disk -----------------------------------------------------------------------------------


@plant("DISK-FULL")
def somebody_keeps_pictures(world: World) -> None:
    world.room.f_bavail = 12


@plant("DISK-READONLY")
def the_card_is_mounted_read_only(world: World) -> None:
    world.room = SimpleNamespace(f_bavail=100_000, f_frsize=4096, f_flag=os.ST_RDONLY)


@plant("DATABASE-WRONG")
def the_database_is_none(world: World) -> None:
    (world.places.data / "gate.db").write_bytes(b"not a database" * 100)


@plant("DATABASE-ALTERED")
def somebody_has_altered_the_log(world: World) -> None:
    file = world.places.data / "gate.db"
    store, _ = open_store(
        file, venue="mall-t01", gate="t01-a", rules=VisitRules(), now=lambda _: NOW
    )
    with closing(store):
        store.apply_all(
            [(Count(Direction.IN, Reason.OK), NOW), (Count(Direction.IN, Reason.OK), NOW)]
        )
    with closing(sqlite3.connect(file)) as db:
        db.execute("UPDATE events SET t = t + 1")
        db.commit()


# --- board ----------------------------------------------------------------------------------


@plant("POWER-LOW")
def the_voltage_is_too_low_now(world: World) -> None:
    world.commands["vcgencmd get_throttled"] = Finished(0, "throttled=0x50005\n", "")


@plant("POWER-LOW-BEFORE")
def the_voltage_was_too_low(world: World) -> None:
    world.commands["vcgencmd get_throttled"] = Finished(0, "throttled=0x50000\n", "")


@plant("POWER-LOW-BEFORE")
def the_firmwares_tool_may_not_be_used(world: World) -> None:
    """In the sandbox the kernel's file says the same."""
    world.commands["vcgencmd get_throttled"] = Finished(255, "", "VCHI initialization failed")
    world.put("sys/devices/platform/soc/soc:firmware/get_throttled", "10000\n")


@plant("BOARD-HOT")
def it_stands_in_the_sun(world: World) -> None:
    world.put("sys/class/thermal/thermal_zone0/temp", "84199\n")


@plant("CLOCK-UNKEPT")
def nobody_keeps_the_clock(world: World) -> None:
    world.kept = False


@plant("CLOCK-UNKEPT")
def the_running_lane_is_unsure_of_the_time(world: World) -> None:
    world.runs(clock="unsure", faults=["clock"])


@plant("WATCHDOG-OFF")
def nothing_feeds_the_watchdog(world: World) -> None:
    world.manager["RuntimeWatchdogUSec"] = "0"


@plant("WATCHDOG-OFF")
def the_watchdogs_time_is_longer_than_the_chip_counts(world: World) -> None:
    world.manager["RuntimeWatchdogUSec"] = "1min"


@plant("JOURNAL-ON-CARD")
def the_journal_is_written_to_the_card(world: World) -> None:
    world.put("var/log/journal/abc/system.journal", "")
    world.commands["systemd-analyze cat-config"] = Finished(0, "[Journal]\n#Storage=auto\n", "")


# --------------------------------------------------------------------------------------------


@plant("NOT-EXAMINED")
def a_file_goes_away_meanwhile(world: World) -> None:
    def gone(_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "/dev/gpiochip0")

    world.asked_of_line = gone


def _without_driver(world: World, path: str) -> None:
    """A node that is there and cannot be opened, not by root either: a socket."""
    file = world.root / path
    with socket.socket(socket.AF_UNIX) as node, contextlib.chdir(file.parent):
        node.bind(file.name)  # the name of a socket is short
