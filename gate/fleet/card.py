"""A device's folder onto the boot partition of its card."""

import os
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gate.durable import Disk
from gate.fleet.making import CERTIFICATE, KEY, SIGNED
from gate.fleet.register import SECRET
from gate.provision.small_file import NAME

REQUEST = "gate.csr"
OF_A_GATE = (CERTIFICATE, KEY, SIGNED, REQUEST)
"""What only one gate can use: another one's would be taken for its own."""

SPARE_BYTES = 2**20
"""Left free for what the device writes there: a log, a request."""

MAX_BYTES = 2**16


class CardError(Exception):
    """The card is left as it is; the text says why, and the way out."""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands on the card now."""

    files: tuple[str, ...]
    taken_out: tuple[str, ...]
    """What was another gate's."""


def free_on(card: Path) -> int:
    """Bytes that are free there. Raises OSError."""
    return shutil.disk_usage(card).free


def write(
    source: Path,
    card: Path,
    gate: str,
    *,
    disk: Disk,
    replace: bool = False,
    free_on: Callable[[Path], int] = free_on,
) -> Written:
    """Copy the files of a device onto its card, and read them again.

    The small file comes last, so that a device never finds it without the files that it names.
    Nothing else on the card is touched; with `replace` what was another gate's makes room. Raises
    CardError, and OSError where the card cannot be written.
    """
    _is_a_boot_partition(card)
    other = _gate_on(card)
    if other not in {None, gate} and not replace:
        raise CardError(
            f"{card} has a {NAME} of {other or 'a gate that cannot be read'}. Is it the right card?"
            " If that one is to go: --replace"
        )
    files = {path.name: path.read_bytes() for path in sorted(source.iterdir()) if _goes(path)}
    if NAME not in files:
        raise CardError(f"{source} has no {NAME}: gate fleet make")
    _has_room(card, free_on(card), sum(map(len, files.values())))
    taken_out = []
    if other not in {None, gate}:
        taken_out = [name for name in OF_A_GATE if name not in files and (card / name).exists()]
        for name in (NAME, *taken_out):
            disk.remove(card / name)
    for name in sorted(files, key=lambda name: name == NAME):
        disk.write(card / name, files[name], SECRET)  # FAT knows no mode; another folder does
    for name, data in files.items():
        if _read_from_the_card(card / name) != data:
            raise CardError(
                f"{card / name} reads otherwise than it was written: the card is worn out, or was"
                " taken out too early. Take another one."
            )
    return Written(tuple(files), tuple(taken_out))


def _goes(path: Path) -> bool:
    """Not what a power cut (`gate.durable`) or a file manager has left there: a device would take
    no secret in it off the card."""
    return path.is_file() and path.suffix != ".new" and not path.name.startswith(".")


def _is_a_boot_partition(card: Path) -> None:
    kernels = [*card.glob("kernel*.img"), *card.glob("vmlinuz*"), card / "cmdline.txt"]
    if not (card / "config.txt").is_file() or not any(it.is_file() for it in kernels):
        raise CardError(
            f"{card} is no boot partition of a Raspberry Pi: it has no config.txt, or neither a"
            " kernel nor cmdline.txt. Flash Raspberry Pi OS onto the card first."
        )


def _gate_on(card: Path) -> str | None:
    """Whose small file is there; "" for one that cannot be read."""
    try:
        with (card / NAME).open("rb") as file:
            found = tomllib.loads(file.read(MAX_BYTES).decode("utf-8-sig"))
        gate = found["gate"]["id"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return gate if isinstance(gate, str) else ""


def _has_room(card: Path, free: int, wanted: int) -> None:
    if free < wanted + SPARE_BYTES:
        raise CardError(
            f"{card} has {free // 1024} KiB free, and {(wanted + SPARE_BYTES) // 1024} KiB are"
            " needed. Take off what is not needed there (old .gateup files, logs)."
        )


def _read_from_the_card(path: Path) -> bytes:
    """What is really there, and not what the system still remembers of writing it."""
    with path.open("rb") as file:
        if hasattr(os, "posix_fadvise"):  # a Mac has none
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return file.read()
