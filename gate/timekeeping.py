"""What time it is, and whether that can be relied on. Pure.

The rules:

 1. OWN TIME. The gate's time is the monotonic clock, counted from a zero. Between two looks at the
    wall clock nothing moves it, and by itself it never goes back.
 2. VOUCHED (`ntp`). While somebody vouches for the wall clock (the kernel says that a time service
    keeps it, or a person said so just now), it is right: each look takes the zero from it,
    forwards and backwards.
 3. WATCHED (`rtc`). While nobody does, the wall clock is only compared. As long as it is within
    TOLERANCE_S of the gate's time, that time goes on as it was.
 4. SET (`unsure`). If it is not, somebody or something has set it, and nobody says that they were
    right. The gate's time goes on by itself; it is sure again once the wall clock agrees with it
    again, or is vouched for.
 5. EARLY (`unsure`). The gate begins with a floor: the newest record on disk, or the release of
    this program, whichever is later. A wall clock before it is wrong, so the gate's time begins at
    the floor and no record is older than the one before it. The first wall clock that has reached
    the gate's time is believed.
 6. A record is no argument against a vouched clock: one that ran ahead has written records of the
    future, and they must not refuse passes for ever. The release is one: a time service that says
    a moment before it is not believed.

What is awkward. A wall clock that is wrong from the start, but not before the floor, is believed
until somebody vouches for another time. And at a site without a time service nobody but a person
can say that a clock was set right and not wrong (`gate trust-clock`).
"""

from dataclasses import dataclass, replace
from typing import Literal

from gate.events import PartBack, PartLost
from gate.model import Monotonic, Part, Utc

ClockState = Literal["ntp", "rtc", "unsure"]

TOLERANCE_S = 2.0
"""How far the wall clock may be from the gate's time when nobody vouches for it.

It covers a leap second and the moment between reading two clocks. It need not cover slewing: Linux
slews CLOCK_MONOTONIC alike (clock_gettime(2)), so that only a clock that is set gets away from it.
"""

_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


@dataclass(frozen=True, slots=True)
class Reading:
    """What the machine's clocks say at one moment."""

    wall: Utc
    monotonic: Monotonic
    vouched: bool
    """Somebody says that `wall` is right."""


@dataclass(frozen=True, slots=True)
class Belief:
    """What the gate makes of its clocks."""

    zero: Utc
    """The gate's time when the monotonic clock stood at 0."""
    state: ClockState
    founded: bool
    """It rests on a wall clock; otherwise only on the floor (rule 5)."""
    doubt: str = ""
    """Why it is `unsure`."""

    @property
    def sure(self) -> bool:
        """Whether passes can be judged by it."""
        return self.state != "unsure"

    def at(self, now: Monotonic) -> Utc:
        """The gate's time at `now`."""
        return Utc(self.zero + now)


def first_belief(reading: Reading, *, newest: Utc, released: Utc) -> Belief:
    """What to believe at the start, with the time of the newest record; 0 where there is none."""
    floor = max(newest, released)
    unfounded = Belief(Utc(floor - reading.monotonic), "unsure", founded=False)
    return believe(unfounded, reading, released=released)


def believe(belief: Belief, reading: Reading, *, released: Utc) -> Belief:
    """What to believe after another look at the clocks."""
    zero = Utc(reading.wall - reading.monotonic)
    ahead_s = zero - belief.zero
    if reading.wall < released:
        doubt = f"{span(released - reading.wall)} before the release of this program"
        return replace(belief, state="unsure", doubt=doubt)
    if reading.vouched:
        return Belief(zero, "ntp", founded=True)
    if abs(ahead_s) <= TOLERANCE_S:
        return Belief(belief.zero, "rtc", founded=True)
    if not belief.founded and ahead_s > 0:
        return Belief(zero, "rtc", founded=True)
    return replace(belief, state="unsure", doubt=_doubt(belief, ahead_s))


def news(told: Belief | None, belief: Belief) -> tuple[PartLost | PartBack, ...]:
    """What is to be told about the clock, after `told`; None: nothing has been told yet."""
    was_sure = told is None or told.sure
    if was_sure and not belief.sure:
        return (PartLost(Part.CLOCK, belief.doubt),)
    if belief.sure and not was_sure:
        return (PartBack(Part.CLOCK),)
    return ()


def span(seconds: float) -> str:
    """A length of time for people: `3 h 2 min`, `45 s`."""
    left, parts = round(abs(seconds)), []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def _doubt(belief: Belief, ahead_s: float) -> str:
    if not belief.founded:
        return f"{span(ahead_s)} behind the newest record, and nobody vouches for it"
    return f"set {'ahead' if ahead_s > 0 else 'back'} by {span(ahead_s)}, and nobody vouches for it"
