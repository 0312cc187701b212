"""GPIO chips as the kernel answers for them: files in a folder for /dev, and their ioctls.

The layout is that of linux/gpio.h, written down once more here, so that driver and test do not
share a mistake.
"""

import ctypes
from dataclasses import dataclass, field
from pathlib import Path


class ChipInfo(ctypes.Structure):
    """struct gpiochip_info"""

    _fields_ = [
        ("name", ctypes.c_char * 32),
        ("label", ctypes.c_char * 32),
        ("lines", ctypes.c_uint32),
    ]


class LineAttribute(ctypes.Structure):
    """struct gpio_v2_line_attribute"""

    _fields_ = [
        ("id", ctypes.c_uint32),
        ("padding", ctypes.c_uint32),
        ("value", ctypes.c_uint64),
    ]


class LineInfo(ctypes.Structure):
    """struct gpio_v2_line_info"""

    _fields_ = [
        ("name", ctypes.c_char * 32),
        ("consumer", ctypes.c_char * 32),
        ("offset", ctypes.c_uint32),
        ("num_attrs", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("attrs", LineAttribute * 10),
        ("padding", ctypes.c_uint32 * 4),
    ]


def _number(direction: int, number: int, kind: type[ctypes.Structure]) -> int:
    """asm-generic/ioctl.h: _IOC(direction, 0xB4, number, sizeof(kind))"""
    return direction << 30 | ctypes.sizeof(kind) << 16 | 0xB4 << 8 | number


CHIP_INFO = _number(2, 0x01, ChipInfo)
LINE_INFO = _number(3, 0x05, LineInfo)


@dataclass
class Chips:
    """The chips below a folder, and who uses which line."""

    dev: Path
    labels: dict[int, str] = field(default_factory=dict)
    users: dict[tuple[int, int], str] = field(default_factory=dict)

    def add(self, number: int, label: str) -> "Chips":
        self.dev.mkdir(parents=True, exist_ok=True)
        (self.dev / f"gpiochip{number}").touch()
        self.labels[number] = label
        return self

    def claim(self, chip: int, line: int, consumer: str) -> None:
        """A second claim would be refused with EBUSY."""
        assert (chip, line) not in self.users
        self.users[chip, line] = consumer

    def ioctl(self, fd: int, question: int, about: bytearray) -> int:
        path = Path(f"/proc/self/fd/{fd}").readlink()
        number = int(path.name.removeprefix("gpiochip"))
        if question == CHIP_INFO:
            chip = ChipInfo.from_buffer(about)
            chip.name, chip.label, chip.lines = path.name.encode(), self.labels[number].encode(), 54
        elif question == LINE_INFO:
            line = LineInfo.from_buffer(about)
            consumer = self.users.get((number, line.offset))
            line.name = f"GPIO{line.offset}".encode()
            if consumer is not None:
                line.consumer, line.flags = consumer.encode(), 0b1001
        else:
            raise OSError(25, "Inappropriate ioctl for device")
        return 0
