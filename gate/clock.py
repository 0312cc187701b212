"""The clocks, typed; and how far the wall clock can be believed."""

import time
from pathlib import Path
from typing import Literal

from gate.model import Monotonic, Utc

SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd makes this file when it has set the clock (systemd-timesyncd.service(8))."""

ClockState = Literal["ntp", "rtc", "unsure"]


def monotonic() -> Monotonic:
    """Seconds that never jump."""
    return Monotonic(time.monotonic())


def utc() -> Utc:
    """Seconds since 1970, as the machine believes."""
    return Utc(time.time())


def clock_state(now: Utc, newest: Utc, *, synchronised: bool) -> ClockState:
    """`ntp`: set by the network. `unsure`: behind the newest record on disk, so wrong.

    `rtc`: nobody vouches for it, but nothing contradicts it either.
    """
    if now < newest:
        return "unsure"
    return "ntp" if synchronised else "rtc"
