"""What is on the disk: room, the right to write, and the database with its chain of events."""

import os
from collections.abc import Iterator

from gate.audit import audit
from gate.doctor.device import Device
from gate.doctor.finding import Finding, Level, Trouble, good
from gate.schema import StoreError

FULL = Trouble(
    "DISK-FULL",
    Level.BROKEN,
    tested="room on the disk",
    cause="Less than 64 MB are left where the database is. When nothing is, no grant can be"
    " recorded, and nobody is let in.",
    mend="sudo apt clean && sudo journalctl --vacuum-size=16M",
    more="`sudo du -xh / | sort -h | tail` shows what takes the room.",
)
READONLY = Trouble(
    "DISK-READONLY",
    Level.BROKEN,
    tested="whether the database can be written",
    cause="The folder of the database cannot be written: the file system is mounted read-only"
    " (after an error of the card, or raspi-config's overlay), the folder is not there, or is"
    " somebody else's.",
    mend="sudo systemd-tmpfiles --create; sudo chown -R gate:gate {folder}",
    more="`dmesg | grep -i ext4` says whether the card is failing: then replace it, and see"
    " docs/install.md for taking the database over.",
)
DATABASE = Trouble(
    "DATABASE-WRONG",
    Level.BROKEN,
    tested="the database",
    cause="The database cannot be read: it is damaged, of a newer program, or none of a gate's.",
    mend="gate audit {file}",
    more="Keep a copy, then move the file away: the gate begins a new epoch (docs/audit.md), and"
    " the people inside have to be counted.",
)
ALTERED = Trouble(
    "DATABASE-ALTERED",
    Level.BROKEN,
    tested="the database",
    cause="The chain over the events does not fit: somebody has altered the log, or the card has.",
    mend="gate audit {file}",
    more="docs/audit.md says what to keep and what to do.",
)

TROUBLES = (FULL, READONLY, DATABASE, ALTERED)

LEAST_BYTES = 64 * 1024 * 1024


def disk(device: Device) -> Iterator[Finding]:
    """Room and rights."""
    if device.config is None:
        return
    folder = device.config.gate.data_dir
    try:
        room = device.statvfs(folder)
    except OSError as error:
        yield READONLY.found(f"{folder}: {error.strerror}", folder=folder)
        return
    free = room.f_bavail * room.f_frsize
    if room.f_flag & os.ST_RDONLY:
        yield READONLY.found(f"{folder} is mounted read-only", folder=folder)
    elif not os.access(folder, os.W_OK):
        yield READONLY.found(f"this user may not write {folder}", folder=folder)
    elif free < LEAST_BYTES:
        yield FULL.found(f"{free // 2**20} MB are left")
    else:
        yield good(FULL.tested, f"{free // 2**20} MB are left")


def database(device: Device) -> Iterator[Finding]:
    """The events, and the chain over them."""
    if device.config is None:
        return
    file = device.config.gate.data_dir / "gate.db"
    if not file.exists():
        yield good(DATABASE.tested, "none yet")
        return
    try:
        found = audit(file)
    except (StoreError, TypeError, AttributeError) as error:  # tables of another kind than ours
        yield DATABASE.found(str(error), file=file)
        return
    if found.broken is not None:
        yield ALTERED.found(found.broken.what, file=file)
    else:
        yield good(DATABASE.tested, f"events up to {found.last} fit each other")


CHECKS = (disk, database)
