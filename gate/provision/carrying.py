"""Carrying steps out so that the power may fail at any moment.

All steps are on the disk as one file before the first is taken. Without that file the device is as
it was; with it, whoever comes next takes all of them again, whatever became of the card meanwhile.
So a device is either the old or the new one, and a secret leaves the card only after it is stored.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from gate.durable import Disk
from gate.places import Places
from gate.process import Runner
from gate.provision.steps import Folder, Gone, Link, Put, Run, Step, Steps, digest


def journal(places: Places) -> Path:
    """Where steps are kept until they are taken, 0600."""
    return places.settings / "provisioning.json"


def carry_out(steps: Steps, places: Places, disk: Disk, run: Runner) -> list[str]:
    """Take them all, now or after the next start. Returns which commands failed. Raises OSError.

    All of them have the running system know of what is on the disk: the next start does, too.
    """
    disk.make_folder(places.settings)
    disk.write(journal(places), steps.kept(), 0o600, owner(places, "root"))
    return _take(steps, places, disk, run)


def finish(places: Places, disk: Disk, run: Runner) -> tuple[Steps | None, list[str]]:
    """Take the steps that a power cut left over, if it did. Raises OSError."""
    try:
        kept = journal(places).read_bytes()
    except FileNotFoundError:
        return None, []
    try:
        steps = Steps.model_validate_json(kept)
    except ValidationError:  # of another release: nothing has left the card before it was stored
        disk.remove(journal(places))
        return Steps(steps=(), done=("What another release had begun is given up",)), []
    return steps, _take(steps, places, disk, run)


def _take(steps: Steps, places: Places, disk: Disk, run: Runner) -> list[str]:
    failed = [why for step in steps.steps for why in _step(step, places, disk, run)]
    disk.remove(journal(places))
    return failed


def _step(step: Step, places: Places, disk: Disk, run: Runner) -> Iterator[str]:
    match step:
        case Run(command=command):
            if not (finished := run(*command)).ok and step.tell:
                yield f"{' '.join(command)} ({finished.why})"
        case Folder(path=path, mode=mode):
            disk.make_folder(places.root / path, mode, owner(places, "root"))
        case Link(path=path, target=target):
            disk.link(places.root / path, Path(target))
        case Put() if step.card:
            if _is(places.boot / step.path, step.was):
                disk.write(places.boot / step.path, step.data)
        case Put(path=path):
            disk.make_folder((places.root / path).parent)
            disk.write(places.root / path, step.data, step.mode, owner(places, step.group))
        case Gone(path=path, card=card, was=was):
            gone = (places.boot if card else places.root) / path
            if gone.exists() and _is(gone, was):
                disk.remove(gone)


def _is(path: Path, was: str | None) -> bool:
    if was is None:
        return True
    try:
        return digest(path.read_bytes()) == was
    except FileNotFoundError:
        return False


def owner(places: Places, group: str) -> tuple[int, int] | None:
    """Root and a group of the device, whose numbers are its own; None where one is not root."""
    if os.geteuid() != 0:
        return None
    return (0, group_number(places, group))


def group_number(places: Places, group: str) -> int:
    """The number of a group. Raises OSError where the device has none of that name."""
    if group == "root":
        return 0
    for line in (places.root / "etc/group").read_text(encoding="utf-8").splitlines():
        name, _, rest = line.partition(":")
        if name == group:
            return int(rest.split(":")[1])
    raise FileNotFoundError(f"there is no group {group}: is the package aman-gate installed?")
