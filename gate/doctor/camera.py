"""The camera: whether the firmware and the kernel know one, and whether it can be had.

It is not opened: that takes seconds, and a running lane has it. `gate probe camera` looks through.
"""

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from gate.doctor.device import Device, opening_fault
from gate.doctor.finding import Finding, Level, Trouble, good

OFF = Trouble(
    "CAMERA-OFF",
    Level.BROKEN,
    tested="the camera in config.txt",
    cause="config.txt switches the search for a camera off and names none (or has start_x, of the"
    " camera stack that is gone since Debian 12).",
    mend="sudo sed -i -e '/^start_x/d' -e '/^camera_auto_detect/d' -e"
    " '$acamera_auto_detect=1' /boot/firmware/config.txt && sudo reboot",
    more="A camera that cannot be found by itself (a clone, a USB bridge) wants its own line, such"
    " as dtoverlay=imx219; `camera` in [device] of the small gate.toml writes it.",
)
CABLE = Trouble(
    "CAMERA-NONE",
    Level.BROKEN,
    tested="the camera",
    cause="The firmware looked for a camera and the kernel has no sensor: the flat cable is not"
    " fully in, is the wrong way round, or is the wrong one (a Raspberry Pi 5 and the Zero have the"
    " small connector), or the module is broken.",
    mend="Switch off, push the flat cable in at both ends (contacts towards the board), lock it,"
    " switch on.",
    by_hand=True,
    more="`rpicam-hello --list-cameras` shows the camera once it is there.",
)
BUSY = Trouble(
    "CAMERA-BUSY",
    Level.BROKEN,
    tested="whether the camera is free",
    cause="Another program has the camera open; only one can.",
    mend="sudo kill {pids}",
    more="A desktop's PipeWire takes cameras by itself: install Raspberry Pi OS Lite.",
)
DENIED = Trouble(
    "CAMERA-DENIED",
    Level.BROKEN,
    tested="the right to use the camera",
    cause="This user may not open the camera's devices (/dev/video*, /dev/media*) or the memory for"
    " its frames (/dev/dma_heap). Without the latter frames are black and nobody says why.",
    mend="sudo udevadm control --reload && sudo udevadm trigger",
    more="The rules come with the Debian package; a unit with DevicePolicy=closed has to allow"
    " char-dma_heap as well.",
)
MEMORY = Trouble(
    "CMA-SMALL",
    Level.BROKEN,
    tested="memory for the camera (CMA)",
    cause="The frames of the camera live in memory that the kernel sets aside at its start, and"
    " that is too small for them: `failed to allocate capture buffers`, ENOMEM.",
    mend="sudo sed -i -E 's/^(dtoverlay=vc4-f?kms-v3d).*/\\1,cma-256/'"
    " /boot/firmware/config.txt && sudo reboot",
    more="On a board with 512 MB: cma-128 will do at 1296 x 972, or a smaller `width` in [camera].",
)

TROUBLES = (OFF, CABLE, BUSY, DENIED, MEMORY)

SENSOR = re.compile(r"^(?:imx|ov|arducam|mira)\w*", re.IGNORECASE)
"""How the kernel calls the sensors of camera modules; lenses and receivers have other names."""

FRAMES = 6
"""Buffers of picamera2's video configuration."""

REST_KB = 16 * 1024
"""What the display and the statistics of the camera take beside them."""


def present(device: Device) -> Iterator[Finding]:
    """Whether there is one."""
    if not _wanted(device):
        return
    names = [
        name
        for folder in sorted((device.root / "sys/class/video4linux").glob("v4l-subdev*"))
        if (name := device.text(f"sys/class/video4linux/{folder.name}/name")) is not None
        and SENSOR.match(name)
    ]
    if names:
        yield good(CABLE.tested, ", ".join(names))
    elif (why := _off(device)) is not None:
        yield OFF.found(why)
    else:
        yield CABLE.found("config.txt asks for one, and the kernel has found no sensor")


def free(device: Device) -> Iterator[Finding]:
    """Whether it can be had."""
    if not _wanted(device):
        return
    if device.lane is not None:
        yield good(BUSY.tested, "the running lane has it")
    elif holders := device.holders("dev/media", "dev/video"):
        pids = tuple(re.findall(r"\((\d+)\)", " ".join(holders)))
        yield BUSY.found(f"open in {', '.join(holders)}", pids=pids)
    else:
        yield good(BUSY.tested, "nobody has it open")
    devices = [
        path
        for pattern in ("video*", "media*", "dma_heap/*")
        for path in sorted((device.root / "dev").glob(pattern))
    ]
    if closed := [f"{path.name} ({why})" for path in devices if (why := _kept_away(path))]:
        yield DENIED.found(f"may not open {', '.join(closed)}")


def memory(device: Device) -> Iterator[Finding]:
    """Whether its frames have room."""
    if not _wanted(device) or device.config is None:
        return
    rows = dict(row.split(":", 1) for row in (device.text("proc/meminfo") or "").splitlines())
    total_kb = int((rows.get("CmaTotal") or "0 kB").split()[0])
    eye = device.config.camera
    needed_kb = FRAMES * eye.width * eye.height * 3 // 2 // 1024 + REST_KB
    if total_kb < needed_kb:
        yield MEMORY.found(f"{total_kb // 1024} MB, and frames need {needed_kb // 1024} MB")
    else:
        yield good(MEMORY.tested, f"{total_kb // 1024} MB")


CHECKS = (present, free, memory)


def _wanted(device: Device) -> bool:
    return device.config is not None and device.config.camera.source == "picamera2"


def _kept_away(path: Path) -> str | None:
    """Another program that has a device is told as such, and is no matter of rights."""
    why = opening_fault(path)
    return None if why == os.strerror(errno.EBUSY) else why


def _off(device: Device) -> str | None:
    """Why the firmware did not even look."""
    rows = [row.replace(" ", "") for row in device.boot_lines()]
    if any(row.startswith("start_x=1") for row in rows):
        return "start_x=1 is of the old camera stack"
    named = any(SENSOR.match(row.removeprefix("dtoverlay=")) for row in rows)
    if not named and "camera_auto_detect=1" not in rows:
        return "config.txt neither looks for a camera (camera_auto_detect=1) nor names one"
    return None
