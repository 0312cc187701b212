"""What an examination may look at: files below a root, commands, lines, a bus, the broker.

Checks are small functions over this one value. `gate.commands.doctor` makes it of the machine; a
test makes it of a folder, scripted commands and chips that answer bytes.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gate.config import Config
from gate.model import Utc
from gate.places import Places
from gate.process import Runner
from gate.temperature.transfers import Failure
from gate.units import properties


class Chip(Protocol):
    """A GPIO chip (`drivers.gpiochip`)."""

    @property
    def number(self) -> int:
        """N of /dev/gpiochipN."""

    @property
    def label(self) -> str:
        """What its driver calls it."""

    @property
    def is_header(self) -> bool:
        """Whether the pins of the header are its lines."""


class Line(Protocol):
    """A line of a chip."""

    @property
    def used(self) -> bool:
        """By a process or by the kernel."""

    @property
    def consumer(self) -> str:
        """What its user calls itself."""


class Cells(Protocol):
    """What a part says of itself."""

    @property
    def cells(self) -> tuple[int, ...]:
        """The words of `gate.temperature.commissioning.CELLS`."""


class Thermometer(Protocol):
    """The thermometer, open (`drivers.mlx90614`)."""

    def object_c(self) -> float:
        """What it looks at."""

    def identity(self) -> Cells:
        """Which part it is."""

    def close(self) -> None:
        """Let the bus go."""


class Room(Protocol):
    """What of `os.statvfs_result` is used."""

    @property
    def f_bavail(self) -> int:
        """Free blocks."""

    @property
    def f_frsize(self) -> int:
        """Bytes of one."""

    @property
    def f_flag(self) -> int:
        """ST_RDONLY among others."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of speaking to the broker."""

    outcome: str
    """`taken`, or one of `gate.doctor.broker.TROUBLE_OF`."""
    why: str


@dataclass(frozen=True, slots=True)
class Device:
    """The machine, or what a test has made of one."""

    config_file: Path
    config: Config | None
    """None where the file is not good."""
    problems: tuple[str, ...]
    """What is wrong with it."""
    lane: Mapping[str, object] | None
    """What the running lane says of itself (`gate status`); None: none runs."""
    run: Runner
    python: Path
    """The interpreter that the gate runs on."""
    prefix: Path
    """Its environment: sys.prefix."""
    now: Utc
    clock_kept: Callable[[], bool]
    chips: Callable[[], Sequence[Chip]]
    """Raises OSError."""
    line: Callable[[int, int], Line]
    """Of a chip, a line. Raises OSError."""
    open_thermometer: Callable[[Config], Thermometer]
    """Raises one of `broken`."""
    broken: type[Exception]
    failures: Mapping[type[Exception], Failure]
    ask_broker: Callable[[Config], Tried]
    pause: Callable[[float], None]
    places: Places = field(default_factory=Places)
    statvfs: Callable[[Path], Room] = os.statvfs
    environ: Mapping[str, str] = field(default_factory=dict)
    inside: bool = False
    """As the service's user, in the sandbox of its unit."""

    @property
    def root(self) -> Path:
        """Where its file system begins."""
        return self.places.root

    def text(self, path: str) -> str | None:
        """A file of the system, without the NULs of a device tree; None where it cannot be read."""
        try:
            return (self.root / path).read_text("utf-8", "replace").strip("\0\n ")
        except OSError:
            return None

    @property
    def model(self) -> str:
        """Which Raspberry Pi it is; empty where it is none."""
        model = self.text("proc/device-tree/model") or ""
        return model if model.startswith("Raspberry Pi") else ""

    @property
    def release(self) -> str:
        """The name of the system's release, such as trixie; empty where it does not say."""
        for row in (self.text("etc/os-release") or "").splitlines():
            key, _, value = row.partition("=")
            if key == "VERSION_CODENAME":
                return value.strip('"')
        return ""

    def boot_lines(self) -> tuple[str, ...]:
        """The settings in config.txt, without remarks and sections."""
        rows = (self.text("boot/firmware/config.txt") or "").splitlines()
        return tuple(row for row in map(str.strip, rows) if row and row[0] not in "#[")

    def holders(self, *paths: str) -> tuple[str, ...]:
        """The processes that have one of these files open, as `name (pid)`: those that show it."""
        wanted = tuple(f"/{path}" for path in paths)
        return tuple(
            dict.fromkeys(
                f"{name} ({pid})"
                for pid, name, opened in self._processes()
                if opened.startswith(wanted)
            )
        )

    def shown(self, unit: str, *names: str) -> dict[str, str]:
        """Properties of a unit; empty where there is no systemd. "" asks for the manager's."""
        return properties(self.run, unit, *names, timeout_s=5.0)

    def _processes(self) -> Iterator[tuple[str, str, str]]:
        """Process id, name and an open file of each process but this one."""
        for folder in sorted((self.root / "proc").glob("[0-9]*")):
            if folder.name == str(os.getpid()):
                continue
            name = self.text(f"proc/{folder.name}/comm") or "?"
            for opened in sorted(set(_open_files(folder))):
                yield folder.name, name, opened


def opening_fault(path: Path) -> str | None:
    """Why a device may not be opened; None where it may.

    It is opened for a moment: what a unit's DevicePolicy= forbids, access(2) does not see.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        return error.strerror
    return None


def _open_files(process: Path) -> list[str]:
    try:
        return [str(link.readlink()) for link in (process / "fd").iterdir()]
    except OSError:  # it has ended, or it is somebody else's
        return []
