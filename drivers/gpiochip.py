"""What the kernel says of its GPIO chips and lines, without claiming any (linux/gpio.h).

A chip is found by its label: the number of the header's differs between boards and kernels (on a
Raspberry Pi 5 it was 4 and became 0). A line says who uses it. Needs neither lgpio nor `gpioinfo`.
"""

import fcntl
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

GET_CHIPINFO = 0x8044_B401
"""_IOR(0xB4, 0x01, struct gpiochip_info)"""

GET_LINEINFO = 0xC100_B405
"""_IOWR(0xB4, 0x05, struct gpio_v2_line_info)"""

_CHIP = struct.Struct("32s32sI")
"""name, label, lines"""

_LINE = struct.Struct("32s32sIIQ176x")
"""name, consumer, offset, number of attributes, flags; attributes and padding"""

_USED = 1 << 0

HEADERS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
"""Labels of the chip that the 40-pin header is on: Raspberry Pi 5, 4, and those before."""

Ioctl = Callable[[int, int, bytearray], object]
"""As `fcntl.ioctl` with a buffer that the kernel fills in. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A GPIO chip of this machine."""

    number: int
    """N of /dev/gpiochipN."""
    name: str
    label: str
    lines: int

    @property
    def is_header(self) -> bool:
        """Whether the pins of the header are its lines."""
        return self.label in HEADERS


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chip, as the kernel has it now."""

    number: int
    name: str
    used: bool
    """By a process or by a driver of the kernel."""
    consumer: str
    """What its user calls itself; lgpio says "lg"."""


def chips(dev: Path = Path("/dev"), *, ioctl: Ioctl = fcntl.ioctl) -> tuple[Chip, ...]:
    """All chips, by number. Raises OSError (PermissionError) where one may not be asked."""
    found = (
        (int(path.name.removeprefix("gpiochip")), path)
        for path in dev.glob("gpiochip*")
        if path.name.removeprefix("gpiochip").isdecimal()
        and not path.is_symlink()  # an old number that is kept for old programs
    )
    return tuple(_chip(number, path, ioctl) for number, path in sorted(found))


def line(chip: int, number: int, dev: Path = Path("/dev"), *, ioctl: Ioctl = fcntl.ioctl) -> Line:
    """One line of a chip. Raises OSError."""
    about = bytearray(_LINE.pack(b"", b"", number, 0, 0))
    _ask(dev / f"gpiochip{chip}", GET_LINEINFO, about, ioctl)
    name, consumer, offset, _, flags = _LINE.unpack(about)
    return Line(
        number=offset,
        name=_text(name),
        used=bool(flags & _USED),
        consumer=_text(consumer),
    )


def header(chips: tuple[Chip, ...]) -> Chip | None:
    """The one with the pins of the header; None on a machine that is no Raspberry Pi."""
    return next((chip for chip in chips if chip.is_header), None)


def _chip(number: int, path: Path, ioctl: Ioctl) -> Chip:
    about = bytearray(_CHIP.size)
    _ask(path, GET_CHIPINFO, about, ioctl)
    name, label, lines = _CHIP.unpack(about)
    return Chip(number, _text(name), _text(label), lines)


def _ask(path: Path, question: int, about: bytearray, ioctl: Ioctl) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        ioctl(fd, question, about)
    finally:
        os.close(fd)


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace")
