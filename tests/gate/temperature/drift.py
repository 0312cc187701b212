"""Days of visitors whose foreheads say how the thermometer drifts: seeded, without hardware.

What people are like is the part of this that is a model: 36.2 C with a deviation of 0.30, two
tenths cooler when the doors open, some from the sun, some under a cap, one in a hundred with a
fever; a measurement scatters by 0.09 and is rounded to a tenth. Each is measured as the gate does.
"""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gate.model import Utc, Verdict
from gate.temperature.population import DRIFTED_SUM_C, Change, Population, population_step

HOUR_S, DAY_S = 3600.0, 86_400.0
OPENS_S, CLOSES_S = 10 * HOUR_S, 22 * HOUR_S
LIMIT_C, GUARD_C, FLOOR_C = 37.3, 0.4, 34.5

Drift = Callable[[float], float]
"""How far off the thermometer is, by the second since the first midnight."""


def right(_at: float) -> float:
    """A thermometer that does not drift."""
    return 0.0


def ramp(begins: float, hours: float, half_degree: float = 0.5) -> Drift:
    """From right to `half_degree` off within `hours`, and on to twice that."""

    def drift(at: float) -> float:
        share = min(2.0, max(0.0, (at - begins) / (hours * HOUR_S)))
        return half_degree * share

    return drift


@dataclass(frozen=True, slots=True)
class Site:
    """A lane and who comes."""

    visitors: int
    """A day, on average."""
    site_offset_c: float = 0.0
    """Close to the limit, many are turned away when the thermometer reads high."""

    def day(
        self, number: int, drift: Drift, chance: random.Random
    ) -> Iterator[tuple[float, float]]:
        """When each visitor of a day is measured, and the number."""
        spread = math.sqrt(self.visitors)
        come = max(0, round(chance.gauss(self.visitors, spread)))
        for at in sorted(_when(chance) for _ in range(come)):
            moment = number * DAY_S + at
            skin_c = chance.gauss(36.2, 0.30) + _morning(at) + _oddity(chance)
            number_c = skin_c + self.site_offset_c + chance.gauss(0.0, 0.09) + drift(moment)
            yield moment, round(number_c, 1)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of some days."""

    changes: tuple[tuple[float, Change], ...]
    """When each was told."""
    nearest: float
    """How near an alarm the people came, as a share of one."""
    last: Population


def live(site: Site, days: int, drift: Drift, seed: int) -> Told:
    """Some days at a site, from its commissioning on."""
    chance = random.Random(seed)  # noqa: S311 - visitors, not secrets
    people, changes, nearest = Population("as commissioned"), [], 0.0
    for number in range(days):
        for at, celsius in site.day(number, drift, chance):
            people, change = population_step(people, celsius, verdict_on(celsius), Utc(at))
            nearest = max(nearest, max(people.above_c, people.below_c) / DRIFTED_SUM_C)
            if change is not None:
                changes.append((at, change))
    return Told(tuple(changes), nearest, people)


def error_at_alarm(site: Site, hours: float, *, up: bool, seed: int) -> float:
    """How far off the thermometer is when the alarm comes; 1.0 where it does not come before that.

    It begins to drift at noon of the day after the reference was learned.
    """
    learning = 2 + math.ceil(60 / site.visitors)
    begins = learning * DAY_S + 12 * HOUR_S
    drift = ramp(begins, hours, 0.5 if up else -0.5)
    told = live(site, learning + 1 + math.ceil(2 * hours / 24), drift, seed)
    first = next((at for at, change in told.changes if change == "drifted"), math.inf)
    return abs(drift(first)) if first < math.inf else 1.0


def verdict_on(celsius: float) -> Verdict:
    """What the gate says to a first number."""
    if celsius < FLOOR_C:
        return Verdict.ATTENDANT
    if celsius < LIMIT_C - GUARD_C:
        return Verdict.ADMIT
    return Verdict.ATTENDANT if celsius < LIMIT_C + GUARD_C else Verdict.WAIT


def _when(chance: random.Random) -> float:
    crowd = chance.random()
    if crowd < 0.5:
        at = chance.uniform(OPENS_S, CLOSES_S)
    elif crowd < 0.7:
        at = chance.gauss(12.5 * HOUR_S, HOUR_S)
    else:
        at = chance.gauss(18.5 * HOUR_S, 1.5 * HOUR_S)
    return min(max(at, OPENS_S), CLOSES_S)


def _morning(at: float) -> float:
    """Cooler when the doors open, a little warmer in the afternoon."""
    afternoon = math.exp(-(((at - 15 * HOUR_S) / (1.5 * HOUR_S)) ** 2))
    return -0.2 * math.exp(-(at - OPENS_S) / HOUR_S) + 0.08 * afternoon


def _oddity(chance: random.Random) -> float:
    """The sun, a cap or the cold, a fever."""
    who = chance.random()
    if who < 0.04:
        return chance.uniform(0.3, 1.0)
    if who < 0.09:
        return -chance.uniform(0.3, 1.5)
    return chance.uniform(1.0, 2.5) if who < 0.10 else 0.0
