"""The release in use: its link, an update on its way, and packages that must not move."""

from collections.abc import Iterator
from pathlib import Path

from gate.doctor.device import Device
from gate.doctor.finding import Finding, Level, Trouble, good
from gate.releases.layout import Layout
from gate.releases.troubles import TROUBLES as OF_UPDATES
from gate.releases.troubles import examined

LINK = Trouble(
    "RELEASE-LINK",
    Level.BROKEN,
    tested="the release in use",
    cause="/opt/gate/current leads to no complete release: nothing can be started from it.",
    mend="sudo dpkg-reconfigure aman-gate",
    more="It makes the release of the package anew, offline, and leads the link there.",
)
TRIAL = Trouble(
    "UPDATE-TRIAL",
    Level.WARNING,
    tested="updates",
    cause="A new release is on trial: it has not shown yet that it works. Where it does not within"
    " minutes, the one before comes back by itself.",
    mend="systemctl status gate-update.service",
)
WAITING = Trouble(
    "UPDATE-WAITING",
    Level.WARNING,
    tested="updates",
    cause="An update lies on the boot partition and was not taken: the board was not started since,"
    " or it was refused.",
    mend="sudo gate update {file}",
    more="gate-update.log beside it says why one was refused.",
)
FREE = Trouble(
    "PACKAGES-FREE",
    Level.WARNING,
    tested="packages that must not move",
    cause="Packages of the camera's stack or the kernel are not held. An apt upgrade that takes one"
    " without the other has broken cameras before.",
    mend="sudo apt-mark hold {packages}",
    more="An update of the gate says when it wants newer ones.",
)

TROUBLES = (LINK, TRIAL, WAITING, *OF_UPDATES, FREE)

HELD = (
    "python3-picamera2",
    "python3-libcamera",
    "python3-lgpio",
    "linux-image-rpi-v8",
    "linux-image-rpi-2712",
    "raspi-firmware",
)
HELD_FAMILIES = ("libcamera0.", "libcamera-ipa")


def link(device: Device) -> Iterator[Finding]:
    """What /opt/gate/current leads to."""
    releases = Layout(device.root)
    if not releases.home.is_dir():
        return
    name = releases.in_use()
    if name is None:
        yield LINK.found("it leads to no complete release")
    elif not releases.python(name).exists():
        yield LINK.found(f"{name}: its Python ({releases.made(name)}) is gone")
    else:
        yield good(LINK.tested, name)


def updates(device: Device) -> Iterator[Finding]:
    """One on trial, or one that waits."""
    releases = Layout(device.root)
    if not releases.home.is_dir():
        return
    name, trusted = releases.in_use(), releases.trusted()
    waiting = sorted(device.places.boot.glob("*.gateup"))
    if name != trusted:
        yield TRIAL.found(f"{name} is on trial; {trusted} is the one that is trusted")
    elif waiting:
        file = Path("/boot/firmware", waiting[0].name)
        yield WAITING.found(f"{waiting[0].name} lies on the boot partition", file=file)
    else:
        yield good(TRIAL.tested, "none")


def last_update(device: Device) -> Iterator[Finding]:
    """How the last one ended."""
    releases = Layout(device.root)
    if releases.home.is_dir():
        yield examined(releases)


def held(device: Device) -> Iterator[Finding]:
    """Packages of camera and kernel."""
    if not device.model:
        return
    listed = device.run("dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package}\\n")
    if not listed.ok:
        return
    words = (row.split() for row in listed.out.splitlines())
    there = {row[1] for row in words if len(row) == 2 and row[0].endswith("i")}
    wanted = {it for it in there if it in HELD or it.startswith(HELD_FAMILIES)}
    free = sorted(wanted - {*device.run("apt-mark", "showhold").out.split()})
    if free:
        yield FREE.found(f"not held: {', '.join(free)}", packages=tuple(free))
    else:
        yield good(FREE.tested, f"{len(wanted)} are held")


CHECKS = (link, updates, last_update, held)
