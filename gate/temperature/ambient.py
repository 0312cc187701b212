"""The thermometer's own temperature: can it be, and has it come to rest? Pure.

What the part says of an object it reckons from its own temperature. Where that cannot be, or
changes fast, the object's is wrong, too; and a part that is still warming is not in balance with
what surrounds it.
"""

from dataclasses import dataclass, replace

from gate.model import Monotonic

COLDEST_C, HOTTEST_C = -10.0, 60.0
FASTEST_C_S = 1.0
INSIDE_C = 2.0
"""How far inside those bounds it has to be, once it was not."""
SANE_RUNNING = 3
"""So many readings, to be believed again."""

STEADY_WITHIN_C = 0.1
STEADY_EACH_S = 60.0
STEADY_FOR_S = 300.0


@dataclass(frozen=True, slots=True)
class Ambient:
    """The last reading, and since when the readings have been steady."""

    at: Monotonic
    celsius: float
    why: str
    """What is wrong with it; empty: nothing."""
    sane_running: int
    """Readings since one that was wrong."""
    mark_at: Monotonic
    mark_c: float
    """At most a minute old: who goes further from it than the bound is restless."""
    steady_since: Monotonic


def ambient_after(
    before: Ambient | None, celsius: float, now: Monotonic, *, inside_c: float
) -> Ambient:
    """What is known after a reading; `inside_c` makes the bounds narrower."""
    why = _wrong(before, celsius, now, inside_c)
    if before is None:
        return Ambient(now, celsius, why, 0 if why else SANE_RUNNING, now, celsius, now)
    after = replace(
        before, at=now, celsius=celsius, why=why, sane_running=0 if why else before.sane_running + 1
    )
    unseen = now - before.at > STEADY_EACH_S
    if unseen or abs(celsius - before.mark_c) > STEADY_WITHIN_C:
        return restless(after, now)
    if now - before.mark_at >= STEADY_EACH_S:
        return replace(after, mark_at=now, mark_c=celsius)
    return after


def restless(ambient: Ambient, now: Monotonic) -> Ambient:
    """It has to be steady from now on."""
    return replace(ambient, mark_at=now, mark_c=ambient.celsius, steady_since=now)


def is_steady(ambient: Ambient) -> bool:
    """Within 0.1 C in each minute of the last five."""
    return ambient.at - ambient.steady_since >= STEADY_FOR_S


def _wrong(before: Ambient | None, celsius: float, now: Monotonic, inside_c: float) -> str:
    if not COLDEST_C + inside_c <= celsius <= HOTTEST_C - inside_c:
        span = f"{COLDEST_C:g} to {HOTTEST_C:g}"
        return f"the sensor itself is at {celsius:.2f} C, and may be at {span}"
    if before is not None:
        passed_s = max(now - before.at, 1.0)
        if abs(celsius - before.celsius) > FASTEST_C_S * passed_s:
            change = f"from {before.celsius:.2f} to {celsius:.2f} C in {passed_s:.1f} s"
            return f"the sensor itself went {change}"
    return ""
