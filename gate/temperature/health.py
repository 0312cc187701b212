"""The thermometer's health: does it work, and may what it says be judged? Pure.

The rules:

 1. A *transfer* is one question to the part. It fails as *bus* (no answer), *checksum* (a damaged
    one) or *flag* (the part itself calls its result wrong); the three are counted apart. A word
    from before the first result is *not ready*, and no failure: the part has just got its power.
 2. More than 20 % of the last 50 transfers failed: fault *bus*. More than 2 %: a warning.
 3. Three flags running: fault *sensor*, and also where rule 2 finds mostly flags.
 4. No good sample for a second: fault *stale*. The bus is opened anew.
 5. The same object temperature 30 times running: fault *stuck*, since noise alone makes it change.
    From the third on it is not judged: nobody is measured by a word that stands still.
 6. An ambient temperature outside -10 to 60 C, or one that moves by more than 1 C/s: fault
    *ambient*. What the part says of an object it reckons from its own temperature.
 7. Who opens the part tells of two more: *absent* and *identity*.
 8. A fault keeps its name until it ends, unless the part turns out to be absent or another one. It
    ends when what made it is over (rule 2: at most 10 %; rule 6: three readings running, two
    degrees inside) and five samples running were good: twice as many each time that it comes
    again within a minute, at most forty.
 9. *warming*: for 30 minutes after it got its power, or until ambient has stayed within 0.1 C for
    each minute of five, it is not to be trusted. It gets its power with the Pi, so the time
    counts from the boot; and anew where it is absent at the start or for ten seconds, is not
    ready, or is another part than before. One that got its power while it was open may be another
    one: with its first sample the bus is opened anew, so that it is asked. A bus that fails says
    nothing of its power.
10. A sample is fit to be judged where there is no fault, no warming, and nothing stands still.
"""

import math
from dataclasses import dataclass, replace
from typing import assert_never

from gate.model import Monotonic
from gate.temperature.ambient import (
    INSIDE_C,
    SANE_RUNNING,
    Ambient,
    ambient_after,
    is_steady,
    restless,
)
from gate.temperature.learnt import (
    AmbientRead,
    Failed,
    Fault,
    Learnt,
    NotOpened,
    ObjectRead,
    Opened,
    Trouble,
)
from gate.temperature.transfers import Failure, Transfers, failed, succeeded

BUS_ABOVE, BUS_ENDS_AT = 10, 5
"""Failed ones of the last 50: 20 % and 10 %."""

FLAGS_RUNNING = 3
STALE_AFTER_S = 1.0
STUCK_AFTER = 30
STANDS_STILL_AFTER = 3

GOOD_RUNNING, MOST_GOOD_RUNNING = 5, 40
AGAIN_WITHIN_S = 60.0

UNPOWERED_AFTER_S = 10.0
"""Who is away for so long may have been without power."""

BOOT = Monotonic(0.0)
NONE = Transfers()


@dataclass(frozen=True, slots=True)
class Health:
    """All that is remembered."""

    since: Monotonic
    """The last good sample, or the opening."""
    transfers: Transfers = NONE
    cells: tuple[int, ...] | None = None
    """Of the part that was opened last."""
    opened_at: Monotonic = BOOT
    object_c: float | None = None
    same_running: int = 0
    good_running: int = 0
    ambient: Ambient | None = None
    trouble: Trouble | None = None
    """A fault; never *warming*, which `trouble_now` adds."""
    well_since: Monotonic | None = None
    """When the last fault ended."""
    good_needed: int = GOOD_RUNNING
    powered_at: Monotonic = BOOT
    """The boot, until something else is known."""
    was_absent: bool = False
    warm: bool = False


def health_step(health: Health, learnt: Learnt, now: Monotonic, warm_up_s: float) -> Health:
    """What is known after `learnt` at `now`."""
    match learnt:
        case Opened(cells):
            health = _opened(health, cells, now)
        case NotOpened(fault, why):
            absent = health.was_absent or fault is Fault.ABSENT
            return _fall_ill(replace(health, was_absent=absent), Trouble(fault, why), now)
        case Failed(failure, why):
            health = _failed(health, failure, why, now)
        case ObjectRead(celsius):
            health = _sampled(health, celsius, now)
        case AmbientRead(celsius):
            health = _ambient(health, celsius, now)
        case _:
            assert_never(learnt)
    return _judge(_warmed(health, now, warm_up_s), now)


def opened_again(before: Health, now: Monotonic) -> Health:
    """What still holds of a part that was closed and is opened again: which one it was, and since
    when it has had its power (rule 9)."""
    return Health(
        since=now,
        cells=before.cells,
        powered_at=before.powered_at,
        was_absent=before.was_absent,
        warm=before.warm,
    )


def trouble_now(health: Health, now: Monotonic, warm_up_s: float) -> Trouble | None:
    """Why nobody can be measured now (rule 10); None where they can be."""
    if health.trouble is not None or health.warm or now - health.powered_at >= warm_up_s:
        return health.trouble
    minutes = math.ceil((health.powered_at + warm_up_s - now) / 60)
    return Trouble(Fault.WARMING, f"warming up, about {minutes} min left")


def lets_go(health: Health, now: Monotonic) -> bool:
    """Whether the bus should be closed and opened anew (rules 4 and 9)."""
    return _stale(health, now) or health.opened_at < health.powered_at <= health.since


def fit(health: Health, now: Monotonic, warm_up_s: float) -> bool:
    """Whether the newest sample may be judged (rule 10)."""
    moves = health.same_running < STANDS_STILL_AFTER
    return moves and trouble_now(health, now, warm_up_s) is None


# --- rules 1, 4, 5, 6: what a transfer brought ----------------------------------------------


def _opened(health: Health, cells: tuple[int, ...], now: Monotonic) -> Health:
    first, another = health.cells is None, health.cells not in {None, cells}
    unpowered = health.was_absent and (first or now - health.since >= UNPOWERED_AFTER_S)
    anew = replace(health.transfers, recent=())
    opened = replace(
        health,
        since=now,
        opened_at=now,
        transfers=anew,
        cells=cells,
        good_running=0,
        was_absent=False,
    )
    return _powered(opened, now) if unpowered or another else opened


def _failed(health: Health, failure: Failure, why: str, now: Monotonic) -> Health:
    health = replace(health, transfers=failed(health.transfers, failure, why), good_running=0)
    return _powered(health, now) if failure is Failure.NOT_READY else health


def _sampled(health: Health, celsius: float, now: Monotonic) -> Health:
    same = health.same_running + 1 if celsius == health.object_c else 1
    return replace(
        health,
        since=now,
        transfers=succeeded(health.transfers),
        object_c=celsius,
        same_running=same,
        good_running=0 if same >= STANDS_STILL_AFTER else health.good_running + 1,
    )


def _ambient(health: Health, celsius: float, now: Monotonic) -> Health:
    is_over = health.trouble is None or health.trouble.fault is not Fault.AMBIENT
    ambient = ambient_after(health.ambient, celsius, now, inside_c=0.0 if is_over else INSIDE_C)
    return replace(
        health,
        transfers=succeeded(health.transfers),
        ambient=ambient,
        good_running=0 if ambient.why else health.good_running,
    )


# --- rule 9: power --------------------------------------------------------------------------


def _powered(health: Health, now: Monotonic) -> Health:
    """It has just got its power, or may have got it only now."""
    ambient = health.ambient and restless(health.ambient, now)
    return replace(health, powered_at=now, warm=False, ambient=ambient)


def _warmed(health: Health, now: Monotonic, warm_up_s: float) -> Health:
    steady = health.ambient is not None and is_steady(health.ambient)
    warm = health.warm or steady or now - health.powered_at >= warm_up_s
    return replace(health, warm=warm)


# --- rules 2 to 8: is it a fault? -----------------------------------------------------------


def _judge(health: Health, now: Monotonic) -> Health:
    found = _wrong(health, now)
    if health.trouble is None:
        return health if found is None else _fall_ill(health, found, now)
    if found is not None:
        # The text follows what is found; the name, only where there was no part to name one of.
        known = health.trouble.fault not in {found.fault, Fault.ABSENT, Fault.IDENTITY}
        return health if known else replace(health, trouble=found)
    return replace(health, trouble=None, well_since=now) if _recovered(health) else health


def _wrong(health: Health, now: Monotonic) -> Trouble | None:
    transfers = health.transfers
    if transfers.recent[-FLAGS_RUNNING:] == (Failure.FLAG,) * FLAGS_RUNNING:
        return Trouble(Fault.SENSOR, transfers.last_failure)
    if _stale(health, now):
        flagged = transfers.recent[-1:] == (Failure.FLAG,)  # of a slow part there are fewer
        why = f"no good reading for {STALE_AFTER_S:g} s"
        why += f": {transfers.last_failure}" if transfers.last_failure else ""
        return Trouble(Fault.SENSOR if flagged else Fault.STALE, why)
    if transfers.failed > BUS_ABOVE:
        flagged = transfers.recent.count(Failure.FLAG) > transfers.failed / 2
        return Trouble(Fault.SENSOR if flagged else Fault.BUS, transfers.of_late)
    if health.same_running >= STUCK_AFTER:
        return Trouble(Fault.STUCK, f"at {health.object_c:.2f} C, {STUCK_AFTER} times running")
    if health.ambient is not None and health.ambient.why:
        return Trouble(Fault.AMBIENT, health.ambient.why)
    return None


def _stale(health: Health, now: Monotonic) -> bool:
    return now - health.since >= STALE_AFTER_S


def _recovered(health: Health) -> bool:
    ambient = health.ambient
    return (
        health.good_running >= health.good_needed
        and health.transfers.failed <= BUS_ENDS_AT
        and (ambient is None or ambient.sane_running >= SANE_RUNNING)
    )


def _fall_ill(health: Health, trouble: Trouble, now: Monotonic) -> Health:
    """Rule 8: who falls ill again soon is believed more slowly."""
    if health.trouble is not None:
        return replace(health, trouble=trouble, good_running=0)
    soon = health.well_since is not None and now - health.well_since < AGAIN_WITHIN_S
    needed = min(2 * health.good_needed, MOST_GOOD_RUNNING) if soon else GOOD_RUNNING
    return replace(health, trouble=trouble, good_needed=needed, good_running=0)
