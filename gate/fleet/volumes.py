"""Which mounted volume is the boot partition of a card. Pure.

It is found by its label, which Raspberry Pi OS has given it since 2022.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LABEL = "bootfs"

LSBLK = ("lsblk", "--json", "--output", "PATH,LABEL,MOUNTPOINT")
"""Asks Linux for every volume that there is."""

MAC_VOLUMES = Path("/Volumes")
"""Where a Mac mounts it; the second of a name as `bootfs 1`."""

OF_THIS_MACHINE = Path("/boot")
"""Where a Raspberry Pi has its own; that is no card to be written."""


class VolumeError(Exception):
    """There is not one card; the text says what there is, and what to do."""


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume with the label of a boot partition."""

    device: str
    mounted_at: Path | None


def volumes_in(listed: str) -> list[Volume]:
    """Those that `LSBLK` has found. Raises ValueError where it is not what that prints."""
    found = json.loads(listed)
    return [*_volumes(found["blockdevices"])] if isinstance(found, dict) else []


def volumes_on_a_mac(folders: Sequence[Path]) -> list[Volume]:
    """Those among the folders of `MAC_VOLUMES`."""
    return [
        Volume(str(folder), folder)
        for folder in folders
        if folder.name == LABEL or folder.name.startswith(f"{LABEL} ")
    ]


def the_one(found: Sequence[Volume]) -> Path:
    """Where the only one is mounted. Raises VolumeError."""
    cards = [it for it in found if it.mounted_at is None or not _is_own(it.mounted_at)]
    mounted = [it.mounted_at for it in cards if it.mounted_at is not None]
    if len(mounted) == 1:
        return mounted[0]
    if mounted:
        names = " and ".join(map(str, mounted))
        raise VolumeError(
            f"there are {len(mounted)} cards: {names}. Take all but one out, or name it: --to"
            f" {mounted[0]}"
        )
    if cards:
        device = cards[0].device
        raise VolumeError(
            f"the card is there ({device}), but not mounted. Open it in the file manager, or:"
            f" udisksctl mount -b {device}"
        )
    own = " (this machine's own boot partition is not meant)" if found else ""
    raise VolumeError(
        f"no volume with the label {LABEL} is mounted{own}. Flash Raspberry Pi OS onto a card, put"
        " it in again so that the laptop mounts it; or say where it is: --to FOLDER"
    )


def _is_own(mounted_at: Path) -> bool:
    return mounted_at == OF_THIS_MACHINE or OF_THIS_MACHINE in mounted_at.parents


def _volumes(devices: Any) -> list[Volume]:
    found = []
    for device in devices:
        if device.get("label") == LABEL:
            at = device.get("mountpoint")
            found.append(Volume(str(device.get("path")), Path(at) if at else None))
        found += _volumes(device.get("children") or [])
    return found
