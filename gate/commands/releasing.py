"""What the verbs about releases share: the device as it is, put together from its parts."""

import os
import platform
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from drivers.process import run
from gate.commands.failing import fail
from gate.config import Config, ConfigError, load
from gate.durable import Disk
from gate.keys import load_keys
from gate.places import Places
from gate.releases.layout import Layout
from gate.releases.phases import Device
from gate.releases.questions import Questions
from gate.releases.services import Services
from gate.status import answer_of

Root = Annotated[
    Path, typer.Option("--root", help="Of another file system than this machine's.", hidden=True)
]
HERE = Path("/")

ARCHES = {"aarch64": "arm64", "x86_64": "amd64", "armv7l": "armhf", "armv6l": "armhf"}
"""What dpkg calls the machine."""


def device(places: Places, tell: Callable[[str], None]) -> Device:
    """This device, for an update or a roll-back."""
    layout = Layout(places.root)
    lane = _lane(places)
    return Device(
        layout=layout,
        disk=Disk(),
        run=run,
        services=Services(run, lambda: _status(lane), time.monotonic, time.sleep),
        questions=Questions(layout, run, places.config, _database(lane, places)),
        keys=lambda: load_keys(places.update_keys),
        log=places.update_log,
        arch=_arch(),
        utc=time.time,
        tell=tell,
    )


def require_root(layout: Layout) -> None:
    """End where this user may not change releases."""
    at = layout.home if layout.home.exists() else layout.root
    if not os.access(at, os.W_OK):
        fail(f"{layout.home} belongs to root: say it again with sudo.")


def _lane(places: Places) -> Config | None:
    """The lane's configuration; None where there is none that is good."""
    try:
        return load(places.config)
    except (ConfigError, OSError):
        return None


def _database(lane: Config | None, places: Places) -> Path | None:
    """Where events may be, also where the configuration is broken at this moment."""
    if lane is not None:
        return lane.gate.data_dir / "gate.db"
    usual = places.data / "gate.db"
    return usual if usual.exists() else None


def _status(lane: Config | None) -> dict[str, object] | None:
    return None if lane is None else answer_of(lane.status_socket) or None


def _arch() -> str:
    """Of the programs, which may have fewer bits than the kernel."""
    machine = platform.machine()
    if machine == "aarch64" and struct.calcsize("P") == 4:
        return "armhf"
    return ARCHES.get(machine, machine)
