"""The kernel's clocks, and what the kernel knows of who keeps the wall clock.

Time services (systemd-timesyncd, chrony, ntpd) tell the kernel with each correction how far the
clock may be off; the kernel lets that *maximum error* grow by 500 ppm. Whoever sets the clock by
other means (a hand, the RTC at boot, timesyncd's stamp of the last shutdown) puts it back to the
limit of 16 s, which a clock that nobody corrects reaches after nine hours (kernel/time/ntp.c:
ntp_clear, second_overflow). So *below the limit* means: kept by a time service, now.

The flag STA_UNSYNC and the result TIME_ERROR say less: a service that leaves the RTC alone (chrony
without rtcsync, timesyncd with an RTC in local time) keeps the flag set. `timedatectl` asks for
the maximum error for that reason (systemd, src/timedate/timedated.c, ntp_synced). And the file
/run/systemd/timesync/synchronized only says that timesyncd has set the clock once since the boot.

Any user may ask (adjtimex(2) with modes = 0). In a unit of systemd `ProtectClock=yes` forbids it;
a unit without CAP_SYS_TIME whose filter lets `clock_adjtime` and `adjtimex` pass can ask and
cannot set.
"""

import ctypes
import logging
import os
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

MAX_ERROR_LIMIT_US = 16_000_000
"""NTP_PHASE_LIMIT of the kernel: nobody knows how far the clock is off."""


class Timex(ctypes.Structure):
    """The beginning of `struct timex` (linux/timex.h), and room for what follows in it."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_byte * 256),
    ]


def adjtimex(timex: Timex) -> int:
    """adjtimex(2); below 0 it failed, and `ctypes.get_errno()` says why."""
    result: int = _libc.adjtimex(ctypes.byref(timex))
    return result


_libc = ctypes.CDLL(None, use_errno=True)


class KernelClock:
    """The machine's clocks."""

    def __init__(self, adjtimex: Callable[[Timex], int] = adjtimex) -> None:
        self._adjtimex = adjtimex
        self._told = False

    def monotonic(self) -> float:
        """Seconds that never jump (CLOCK_MONOTONIC)."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970, right or wrong."""
        return time.time()

    def synchronised(self) -> bool:
        """Whether a time service keeps it; no, where the kernel may not be asked."""
        timex = Timex(modes=0)
        if self._adjtimex(timex) < 0:
            self._tell(os.strerror(ctypes.get_errno()))
            return False
        return int(timex.maxerror) < MAX_ERROR_LIMIT_US

    def _tell(self, why: str) -> None:
        if not self._told:
            self._told = True
            log.warning("the kernel does not say who keeps the clock (adjtimex: %s)", why)
