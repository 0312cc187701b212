"""The release in use: its link, an update on its way, and packages that must not move."""

from collections.abc import Iterator
from pathlib import Path

from gate.doctor.device import Device
from gate.doctor.finding import Finding, Level, Trouble, good
from gate.provision.held import STATUS, to_hold
from gate.releases.layout import Layout
from gate.releases.partition import lying_there
from gate.releases.state import is_under_way
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
    cause="An update is under way, or a new release is on trial until it has shown that it works."
    " Where it does not within minutes, the one before comes back by itself.",
    mend="systemctl status gate-update.service",
)
WAITING = Trouble(
    "UPDATE-WAITING",
    Level.WARNING,
    tested="updates",
    cause="An update lies on the boot partition and was not looked at: the board was not started"
    " since.",
    mend="sudo gate update {file}",
    more="Or start the board again. gate-update.log beside it says what became of it.",
)
FREE = Trouble(
    "PACKAGES-FREE",
    Level.WARNING,
    tested="packages that must not move",
    cause="Packages of the camera's stack or the kernel are not held. An apt upgrade that takes one"
    " without the other has broken cameras before.",
    mend="sudo apt-mark hold {packages}",
    more="What is held is upgraded on purpose, on one device first (docs/provisioning.md).",
)

TROUBLES = (LINK, TRIAL, WAITING, *OF_UPDATES, FREE)


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
    """One under way, or one that waits."""
    releases = Layout(device.root)
    if not releases.home.is_dir():
        return
    name, trusted = releases.in_use(), releases.trusted()
    waiting = lying_there(device.places.boot, releases)
    if is_under_way(releases) or name != trusted:
        yield TRIAL.found(f"{name} is in use, {trusted} is the one that is trusted")
    elif waiting is not None:
        file = Path("/boot/firmware", waiting[0].name)
        yield WAITING.found(f"{file.name} lies on the boot partition", file=file)
    else:
        yield good(TRIAL.tested, "none under way")


def last_update(device: Device) -> Iterator[Finding]:
    """How the last one ended."""
    releases = Layout(device.root)
    if releases.home.is_dir():
        yield examined(releases)


def held(device: Device) -> Iterator[Finding]:
    """Packages of camera and kernel, as the provisioner holds them."""
    if not device.model or (installed := device.text(STATUS)) is None:
        return
    if free := sorted(to_hold(installed)):
        yield FREE.found(f"not held: {', '.join(free)}", packages=tuple(free))
    else:
        yield good(FREE.tested, "all that are here are held")


CHECKS = (link, updates, last_update, held)
