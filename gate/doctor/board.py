"""The board: power, heat, clock, watchdog, journal. Of a Raspberry Pi alone."""

import re
from collections.abc import Iterator

from gate.doctor.device import Device
from gate.doctor.finding import Finding, Level, Trouble, good

POWER = Trouble(
    "POWER-LOW",
    Level.BROKEN,
    tested="the supply voltage",
    cause="The board has less than 4.63 V now. It slows down, cameras and cards fail, and the"
    " thermometer reads wrong.",
    mend="Take the official supply of this board and a short cable, and nothing else on its USB.",
    by_hand=True,
    more="A relay or motor wants a supply of its own.",
)
POWER_BEFORE = Trouble(
    "POWER-LOW-BEFORE",
    Level.WARNING,
    tested="the supply voltage",
    cause="The voltage is right now and was too low since the last start: often while a relay or a"
    " motor drew its current.",
    mend="Take the official supply of this board and a short cable, and nothing else on its USB.",
    by_hand=True,
    more="The mark stays until the board is started again.",
)
HOT = Trouble(
    "BOARD-HOT",
    Level.WARNING,
    tested="the temperature of the board",
    cause="The board is so hot that it slows down (from 80 °C). Codes are read later, and the"
    " thermometer beside it drifts.",
    mend="Give the housing openings below and above, shade, and the board a heat sink.",
    by_hand=True,
)
CLOCK = Trouble(
    "CLOCK-UNKEPT",
    Level.WARNING,
    tested="who keeps the clock",
    cause="No time service has corrected the clock of late. A gate that is not sure of the time"
    " refuses passes (`on_clock_fault` in [passes]).",
    mend="sudo systemctl restart systemd-timesyncd",
    more="Without internet: a time server of the site in /etc/systemd/timesyncd.conf, or an RTC"
    " with a battery, or `sudo date -s ... && gate trust-clock`.",
)
WATCHDOG = Trouble(
    "WATCHDOG-OFF",
    Level.WARNING,
    tested="the hardware watchdog",
    cause="Nothing starts the board again when the kernel hangs. systemd feeds the watchdog of the"
    " chip where RuntimeWatchdogSec= says so; it counts to 15 s at most, and a longer time makes"
    " reset loops, or does silently nothing.",
    mend="sudo apt install --reinstall aman-gate && sudo systemctl daemon-reexec",
    more="The package brings a drop-in with RuntimeWatchdogSec=14s.",
)
JOURNAL = Trouble(
    "JOURNAL-ON-CARD",
    Level.WARNING,
    tested="where the journal goes",
    cause="The journal is written to the card, which wears it out. The gate's own durable record is"
    " its database.",
    mend="sudo rm -r /var/log/journal && sudo systemctl restart systemd-journald",
    more="The package brings a drop-in with Storage=volatile.",
)

TROUBLES = (POWER, POWER_BEFORE, HOT, CLOCK, WATCHDOG, JOURNAL)

LOW_NOW, HOT_NOW = 1 << 0, 1 << 3
LOW_BEFORE = 1 << 16
"""Bits of the firmware's get_throttled: under-voltage, at the soft limit of heat; and 16 places
higher, whether it was so since the start. Bit 2, throttled, comes of either."""

HOT_C = 80.0
LONGEST_WATCHDOG_S = 15.0

_SPAN = {"min": 60.0, "s": 1.0, "ms": 0.001}


def power(device: Device) -> Iterator[Finding]:
    """Under-voltage, now and before."""
    if not device.model:
        return
    bits = _throttled(device)
    if bits is None:
        yield good(POWER.tested, "the firmware does not say")
    elif bits & LOW_NOW:
        yield POWER.found(f"too low now (throttled=0x{bits:x})")
    elif bits & LOW_BEFORE:
        yield POWER_BEFORE.found(f"was too low since the start (throttled=0x{bits:x})")
    else:
        yield good(POWER.tested, "right, since the start")


def heat(device: Device) -> Iterator[Finding]:
    """Of the chip."""
    said = device.text("sys/class/thermal/thermal_zone0/temp")
    if not device.model or said is None or not said.isdecimal():
        return
    celsius = int(said) / 1000
    if celsius >= HOT_C or (_throttled(device) or 0) & HOT_NOW:
        yield HOT.found(f"{celsius:.0f} °C")
    else:
        yield good(HOT.tested, f"{celsius:.0f} °C")


def clock(device: Device) -> Iterator[Finding]:
    """Whether somebody keeps it; a running lane knows more than the kernel."""
    if device.lane is not None:
        state = str(device.lane.get("clock"))
        if state == "ntp":
            yield good(CLOCK.tested, "a time service, says the running lane")
        else:
            yield CLOCK.found(f"nobody, says the running lane ({state})")
    elif device.model:
        kept = device.clock_kept()
        yield good(CLOCK.tested, "a time service") if kept else CLOCK.found("nobody")


def watchdog(device: Device) -> Iterator[Finding]:
    """Whether systemd feeds that of the chip."""
    if not device.model or not (shown := device.shown("", "RuntimeWatchdogUSec")):
        return
    said = shown.get("RuntimeWatchdogUSec", "")
    seconds = _seconds(said)
    if not (device.root / "dev/watchdog0").exists() and not device.inside:
        yield WATCHDOG.found("there is no /dev/watchdog0")
    elif not 0 < seconds <= LONGEST_WATCHDOG_S:
        yield WATCHDOG.found(f"RuntimeWatchdogSec={said or '0'}")
    else:
        yield good(WATCHDOG.tested, f"{seconds:g} s")


def journal(device: Device) -> Iterator[Finding]:
    """Whether it wears the card out."""
    if not device.model:
        return
    if any((device.root / "var/log/journal").glob("*/*.journal")) and not _volatile(device):
        yield JOURNAL.found("/var/log/journal is written")
    else:
        yield good(JOURNAL.tested, "into memory")


CHECKS = (power, heat, clock, watchdog, journal)


def _throttled(device: Device) -> int | None:
    """The firmware's word: by its tool, or where that may not be used, by the kernel's file."""
    answer = device.run("vcgencmd", "get_throttled", timeout_s=5.0)
    said = answer.out.strip().removeprefix("throttled=") if answer.ok else None
    said = said or device.text("sys/devices/platform/soc/soc:firmware/get_throttled")
    try:
        return None if said is None else int(said, 16)
    except ValueError:
        return None


def _volatile(device: Device) -> bool:
    answer = device.run("systemd-analyze", "cat-config", "systemd/journald.conf", timeout_s=5.0)
    said = re.findall(r"^Storage=(\w+)", answer.out, re.MULTILINE)
    return bool(said) and said[-1] in {"volatile", "none"}


def _seconds(span: str) -> float:
    """A time as systemd writes it ("1min 30s"); 0 for none."""
    found = re.findall(r"([\d.]+)(min|ms|s)", span)
    return sum(float(number) * _SPAN[unit] for number, unit in found)
