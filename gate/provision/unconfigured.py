"""NOT CONFIGURED: a device that does not know which gate it is says so, with the way out.

On the lamp: nobody knows yet how a lane is wired, and a pin that is a lamp at one site is the relay
at another. The one light that is known is the board's own, so that blinks; the kernel does it (its
trigger "timer"), and no process has to. On screen and console: above the login prompt, by the one
folder for that which is read where there is an /etc/issue (agetty(8)), and by who called this.
"""

from collections.abc import Sequence
from pathlib import Path

from gate.durable import Disk
from gate.places import Places

ISSUE = "etc/issue.d/aman-gate.issue"

LEDS = ("ACT", "led0")
"""Of a Raspberry Pi, by its kernel's age."""

ON_MS, OFF_MS = 100, 900
"""Short flashes, one a second: the card's own light flickers, and is dark in between."""

USUAL = "mmc0"
"""What the light shows else: use of the card."""


def show(places: Places, disk: Disk, lines: Sequence[str]) -> None:
    """Say it on lamp, screen and console. Where a device has none of one, the others do."""
    issue = places.root / ISSUE
    text = "\n".join(["", "*** NOT CONFIGURED ***", *map(_plain, lines), "", ""])
    if not issue.exists() or issue.read_text(encoding="utf-8", errors="replace") != text:
        disk.make_folder(issue.parent)
        disk.write(issue, text.encode())
    for led in _leds(places):
        if _set(led / "trigger", "timer"):
            _set(led / "delay_on", str(ON_MS))
            _set(led / "delay_off", str(OFF_MS))


def hide(places: Places, disk: Disk) -> None:
    """The device is configured: it says so no more."""
    if not (places.root / ISSUE).exists():
        return
    for led in _leds(places):
        _set(led / "trigger", USUAL)
    disk.remove(places.root / ISSUE)


def _plain(line: str) -> str:
    """As agetty prints it: a backslash would begin a word of its own."""
    return line.replace("\\", "/")


def _leds(places: Places) -> list[Path]:
    folder = places.root / "sys/class/leds"
    return [folder / name for name in LEDS if (folder / name / "trigger").exists()]


def _set(attribute: Path, value: str) -> bool:
    """Write to an attribute of the kernel; a light that cannot be had is not worth an error."""
    try:
        attribute.write_text(value)
    except OSError:
        return False
    return True
