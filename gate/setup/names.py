"""What a device is called: by whoever built it, and by whoever set it up."""

from collections.abc import Iterator
from pathlib import Path

SERIAL = "proc/device-tree/serial-number"
"""16 hex digits on a Raspberry Pi, and a zero byte; `cat` shows it, and so does the board's box."""
HOST_NAME = "etc/hostname"


def names_of(root: Path) -> frozenset[str]:
    """Serial number and host name of the device below `root`, as far as it has them."""
    return frozenset(_names(root))


def _names(root: Path) -> Iterator[str]:
    for place in (SERIAL, HOST_NAME):
        try:
            name = (root / place).read_text("ascii", "replace").strip("\0 \n")
        except OSError:
            continue
        if name:
            yield name
