"""A Raspberry Pi that is well, built of files, scripted commands, chips and bytes, to plant faults
in. The imports are those of a real child interpreter, over packages in a folder.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from drivers import gpiochip
from drivers.mlx90614 import Mlx90614, ThermometerError
from drivers.process import NOT_FOUND, Finished, run
from drivers.simulated.mlx90614 import SimulatedI2C, SimulatedMlx90614
from gate.commands.doctor.machine import read
from gate.config import Config
from gate.doctor.device import Device, Tried
from gate.failures import FAILURES
from gate.issuing import new_key, public_jwks
from gate.model import Utc
from gate.places import Places
from gate.provision.held import STATUS
from gate.provision.small_file import STORED, written
from gate.releases.layout import Made
from tests.drivers.gpiochips import Chips

NOW = Utc(1_772_357_400.0)

GATE = """
[gate]
id = "t01-a"
venue = "mall-t01"
district = "pusat"
data_dir = "{data}"

[passes]
keys = "keys.json"

[thermometer]
variant = "DCC"

[turnstile]
relay = {{ pin = 17, active = "high" }}
sensor_a = {{ pin = 22, active = "high", pull = "up" }}
release = {{ pin = 24, active = "high", pull = "up" }}

[mqtt]
host = "broker.example"
"""

BOOT = """# of the image
dtparam=i2c_arm=on
dtparam=strict_gpiod
camera_auto_detect=1
dtoverlay=vc4-kms-v3d
[cm4]
otg_mode=1
"""

SITE = {
    "numpy.py": "__version__ = '2.2.4'",
    "libcamera/__init__.py": "from libcamera._libcamera import CameraManager",
    "libcamera/_libcamera.py": "class CameraManager: ...",
    "pykms.py": "class Card: ...",
    "simplejpeg.py": "import numpy\ndef encode_jpeg(): ...",
    "picamera2/__init__.py": "import libcamera, numpy, pykms, simplejpeg\nclass Picamera2: ...",
    "lgpio.py": "def gpiochip_open(chip): ...",
    "pyzbar/__init__.py": "",
    "pyzbar/pyzbar.py": "def decode(image): ...",
    "zxingcpp.py": "def read_barcodes(image): ...",
}
"""What apt and pip have installed, as far as the gate goes by it."""

_IMPORTED: dict[object, Finished] = {}
"""What a child said of the same packages before: a process costs more than all other checks."""


class HastyChip(SimulatedMlx90614):
    """Answers only after a pause, as on a bus with edges that are too slow."""

    rested = True

    def read(self, command: int) -> bytes:
        rested, self.rested = self.rested, False
        if not rested:
            raise OSError(121, "Remote I/O error")
        return super().read(command)


@dataclass
class World:
    """One device; a test changes what it likes, then has it examined."""

    root: Path
    gate: str = GATE
    site: dict[str, str] = field(default_factory=lambda: dict(SITE))
    commands: dict[str, Finished] = field(default_factory=dict)
    """What is said to a command that begins so; the longest fits first."""
    unit: dict[str, str] = field(default_factory=dict)
    manager: dict[str, str] = field(default_factory=lambda: {"RuntimeWatchdogUSec": "14s"})
    other_units: dict[str, dict[str, str]] = field(
        default_factory=lambda: {"pigpiod.service": {"UnitFileState": "disabled"}}
    )
    lane: Mapping[str, object] | None = None
    broker: Tried = field(default_factory=lambda: Tried("taken", "connected"))
    room: Any = field(
        default_factory=lambda: SimpleNamespace(f_bavail=100_000, f_frsize=4096, f_flag=0)
    )
    kept: bool = True
    now: Utc = NOW
    inside: bool = False
    asked_of_line: Callable[[int], None] = lambda _pin: None

    def __post_init__(self) -> None:
        self.places = Places(self.root)
        self.chips = Chips(self.root / "dev").add(0, "pinctrl-bcm2711")
        self.chip = SimulatedMlx90614(clock=lambda: 0.0)
        self.commands |= {
            "vcgencmd get_throttled": Finished(0, "throttled=0x0\n", ""),
            "systemd-analyze cat-config": Finished(0, "[Journal]\nStorage=volatile\n", ""),
        }
        self.put("proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.5\0")
        self.put("proc/meminfo", "MemTotal: 3884136 kB\nCmaTotal:   524288 kB\n")
        self.put(STATUS, "Package: python3-picamera2\nStatus: hold ok installed\n")
        self.put("etc/os-release", "ID=debian\nVERSION_CODENAME=trixie\n")
        self.put("sys/class/thermal/thermal_zone0/temp", "51121\n")
        self.put("sys/class/video4linux/v4l-subdev0/name", "imx219 10-0010\n")
        self.put("boot/firmware/config.txt", BOOT)
        for device in ("video0", "media0", "dma_heap/linux,cma", "i2c-1", "watchdog0"):
            self.put(f"dev/{device}", "")
        self.put("etc/gate/keys.json", as_text(public_jwks(new_key("k1"))))
        self.places.data.mkdir(parents=True)
        self.release("1.0.0")

    def put(self, path: str, text: str) -> Path:
        """A file of this device."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def release(self, version: str) -> Path:
        """A complete one, in use."""
        folder = self.places.releases / version
        self.put(f"opt/gate/releases/{version}/bin/python", "")
        self.put(f"opt/gate/releases/{version}/pyvenv.cfg", "include-system-site-packages = true\n")
        (folder / "complete").write_bytes(Made(version, "", "3.13").as_json())
        self.places.current.unlink(missing_ok=True)
        self.places.current.symlink_to(f"releases/{version}")
        return folder

    def process(self, pid: int, name: str, opened: str) -> None:
        """Somebody has a file open."""
        self.put(f"proc/{pid}/comm", f"{name}\n")
        (self.root / f"proc/{pid}/fd").mkdir()
        (self.root / f"proc/{pid}/fd/3").symlink_to(opened)

    def small(self, **gate: str) -> Path:
        """The small file that this device was set up with, with these keys of [gate] changed."""
        place = {"id": "t01-a", "venue": "mall-t01", "district": "pusat"}
        file = self.put("boot/firmware/gate.toml", "")
        file.write_bytes(
            written(
                gate={**place, "data_dir": str(self.places.data), **gate},
                thermometer={"variant": "DCC"},
                turnstile={
                    "relay": {"pin": 17, "active": "high"},
                    "sensor_a": {"pin": 22, "active": "high", "pull": "up"},
                    "release": {"pin": 24, "active": "high", "pull": "up"},
                },
                mqtt={"host": "broker.example"},
                device={"name": "t01-a"},
                secrets={"keys": STORED},
            )
        )
        return file

    def runs(self, **said: object) -> None:
        """A lane runs, and says so."""
        well = {"faults": [], "clock": "ntp", "config": "in force", "lists": "in force"}
        self.lane = {**well, "mode": "normal", **said}
        self.unit = {
            "LoadState": "loaded",
            "UnitFileState": "enabled",
            "ActiveState": "active",
            "ExecMainStatus": "0",
            "NRestarts": "0",
        }

    @property
    def device(self) -> Device:
        """As the doctor sees it."""
        file = self.places.config
        if not file.exists() and self.gate:
            self.put("etc/gate/gate.toml", self.gate.format(data=self.places.data))
        config, problems = read(file)
        return Device(
            config_file=file,
            config=config,
            problems=problems,
            lane=self.lane,
            run=self.run,
            python=Path(sys.executable),
            prefix=self.places.current.resolve(),
            now=self.now,
            clock_kept=lambda: self.kept,
            chips=lambda: gpiochip.chips(self.chips.dev, ioctl=self.chips.ioctl),
            line=self._line,
            open_thermometer=self._thermometer,
            broken=ThermometerError,
            failures=FAILURES,
            ask_broker=lambda _: self.broker,
            pause=self._pause,
            places=self.places,
            statvfs=lambda _: self.room,
            environ={"PYTHONPATH": str(self.root / "site")},
            inside=self.inside,
        )

    def run(
        self,
        *command: str | Path,
        timeout_s: float = 30.0,
        env: Mapping[str, str] | None = None,
    ) -> Finished:
        """The scripted commands, and a real interpreter."""
        words = [str(word) for word in command]
        if words[0] == sys.executable:
            return self._imported(words, timeout_s, env)
        if words[:2] == ["systemctl", "show"]:
            shown = {"gate.service": self.unit, **self.other_units}.get(words[2], self.manager)
            return Finished(0, "".join(f"{name}={it}\n" for name, it in shown.items()), "")
        line = " ".join(words)
        for start in sorted(self.commands, key=len, reverse=True):
            if line.startswith(start):
                return self.commands[start]
        return Finished(NOT_FOUND, "", f"{words[0]}: not found")

    def _imported(
        self, words: list[str], timeout_s: float, env: Mapping[str, str] | None
    ) -> Finished:
        asked = (*words, *sorted(self.site.items()))
        if asked not in _IMPORTED:
            for name, text in self.site.items():
                self.put(f"site/{name}", text)
            _IMPORTED[asked] = run(*words, timeout_s=timeout_s, env=env)
        return _IMPORTED[asked]

    def _line(self, chip: int, pin: int) -> gpiochip.Line:
        self.asked_of_line(pin)
        return gpiochip.line(chip, pin, self.chips.dev, ioctl=self.chips.ioctl)

    def _thermometer(self, config: Config) -> Mlx90614:
        return Mlx90614(SimulatedI2C(self.chip), config.thermometer.address)

    def _pause(self, _seconds: float) -> None:
        if isinstance(self.chip, HastyChip):
            self.chip.rested = True


def as_text(value: object) -> str:
    """JSON."""

    return json.dumps(value)
