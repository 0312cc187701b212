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

Any user may ask (adjtimex(2) with modes = 0), but `ProtectClock=yes` of a unit forbids asking with
setting. So a timer runs this module outside of the daemon's sandbox (systemd/gate-clock.timer),
and the daemon reads the answer from a file. An answer is good for a moment and for the clock that
was asked about: one that has been set since (its zero is another) has nobody's word until the
timer, which systemd starts at once when the clock is set, has asked again. The property
NTPSynchronized of timedated is the same question to the kernel, but over D-Bus, which the thread
that decides must not wait for; a file in memory needs no thread, library or connection to mend.
"""

import ctypes
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

log = logging.getLogger(__name__)

MAX_ERROR_LIMIT_US = 16_000_000
"""NTP_PHASE_LIMIT of the kernel: nobody knows how far the clock is off."""


ANSWER = Path("/run/gate-clock/answer")
"""Where the timer's answer is."""

FRESH_S = 150.0
"""The timer asks every minute, and may be late."""

SAME_ZERO_S = 0.5
"""Two clocks are not read at the same moment. Whoever sets a clock by less changes nothing."""


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


@dataclass(frozen=True, slots=True)
class Answer:
    """What the kernel said, and of which clock."""

    asked: float
    """When, on the monotonic clock."""
    zero: float
    """The wall clock when the monotonic one stood at 0: another one means that it was set."""
    kept: bool
    """Whether a time service kept it."""

    def holds(self, now: "Answer") -> bool:
        """Whether it can still be said `now`, of the clock as it is."""
        return 0 <= now.asked - self.asked <= FRESH_S and self.of_same_clock(now)

    def of_same_clock(self, other: "Answer") -> bool:
        """Whether nobody has set the clock between the two."""
        return abs(other.zero - self.zero) <= SAME_ZERO_S


class KernelClock:
    """The machine's clocks. Where the kernel may not be asked, the answer is in the file."""

    def __init__(self, adjtimex: Callable[[Timex], int] = adjtimex, answer: Path = ANSWER) -> None:
        self._adjtimex = adjtimex
        self._answer = answer
        self._told = False

    def monotonic(self) -> float:
        """Seconds that never jump (CLOCK_MONOTONIC)."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970, right or wrong."""
        return time.time()

    def synchronised(self) -> bool:
        """Whether a time service keeps it; no, where nobody can be asked."""
        kept = self._asked()
        if kept is not None:
            return kept
        forbidden = f"adjtimex: {os.strerror(ctypes.get_errno())}"
        now = self._now(kept=False)
        try:
            answer = read(self._answer)
        except (OSError, ValueError) as error:
            self._tell(f"{forbidden}; {self._answer}: {error}")
            return False
        if now.asked - answer.asked > FRESH_S:
            self._tell(f"{forbidden}; {self._answer} is old: gate-clock.timer")
            return False
        self._told = False
        return answer.kept and answer.holds(now)

    def ask(self) -> Answer:
        """What the kernel says now; a clock that is set meanwhile is kept by nobody."""
        before = self._now(kept=False)
        after = self._now(kept=self._asked() is True)
        return after if after.of_same_clock(before) else before

    def _asked(self) -> bool | None:
        """Whether the kernel says that a time service keeps it; None where it may not be asked."""
        timex = Timex(modes=0)
        if self._adjtimex(timex) < 0:
            return None
        return int(timex.maxerror) < MAX_ERROR_LIMIT_US

    def _now(self, *, kept: bool) -> Answer:
        now = self.monotonic()
        return Answer(now, self.wall() - now, kept)

    def _tell(self, why: str) -> None:
        if not self._told:
            self._told = True
            log.warning("nobody says who keeps the clock (%s)", why)


def read(path: Path) -> Answer:
    """The answer in the file. Raises OSError, or ValueError where there is none in it."""
    try:
        said = json.loads(path.read_bytes())
        return Answer(float(said["asked"]), float(said["zero"]), said["kept"] is True)
    except (TypeError, LookupError) as error:
        raise ValueError(f"no answer ({error})") from error


def write(answer: Answer, path: Path) -> None:
    """Put the answer where the daemon reads it, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(json.dumps(asdict(answer)), encoding="ascii")
    new.replace(path)


if __name__ == "__main__":
    write(KernelClock().ask(), Path(sys.argv[1]))
