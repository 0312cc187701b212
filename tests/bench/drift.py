"""How early a thermometer that drifts is told by the people who come, and how quiet it is else."""

from collections import deque
from collections.abc import Iterator
from random import Random
from statistics import median

from gate.model import Utc
from gate.temperature.population import DRIFTED_SUM_C, Population, population_step
from tests.bench.tables import table
from tests.gate.temperature.drift import Site, error_at_alarm, right, verdict_on

DAYS, SITES = 40, 5
LANES = (20, 100, 500, 1000)
RAMPS = (
    (1000, 1),
    (1000, 2),
    (1000, 4),
    (500, 2),
    (500, 4),
    (200, 8),
    (100, 8),
    (200, 72),
    (50, 120),
    (20, 240),
)
SEEDS = 10


def drift() -> None:
    """Undisturbed days, and drifts of several speeds at lanes with many people and few."""
    rows = []
    for visitors in LANES:
        alarms, nearest, *furthest = zip(
            *(_quiet(visitors, seed) for seed in range(SITES)), strict=True
        )
        most = [f"{max(nearest):.0%}", *(f"{max(each):.2f}" for each in furthest)]
        rows.append((visitors, SITES * DAYS, sum(alarms), *most))
    table(
        "Undisturbed days: how near to an alarm, and how far off other figures go, C",
        ("visitors a day", "days", "told", "of an alarm", "running", "median of 50", "of 20"),
        *rows,
    )
    rows = []
    for visitors, hours in RAMPS:
        errors = {
            up: [error_at_alarm(Site(visitors), hours, up=up, seed=seed) for seed in range(SEEDS)]
            for up in (True, False)
        }
        early = [f"{sum(error < 0.5 for error in errors[up])}/{SEEDS}" for up in (True, False)]
        rows.append(
            (
                visitors,
                hours,
                f"{median(errors[True] + errors[False]):.2f}",
                f"{max(errors[True] + errors[False]):.2f}",
                *early,
            )
        )
    table(
        "Drift: how far off the thermometer is when it is told, C",
        ("visitors a day", "hours to 0.5 C", "median", "worst", "in time, up", "in time, down"),
        *rows,
    )


def _quiet(visitors: int, seed: int) -> tuple[int, float, float, float, float]:
    """False alarms, the nearest to one, and the furthest of running mean, median of 50, of 20."""
    people, told, mean_c, nearest = Population("key"), 0, 0.0, 0.0
    last: deque[float] = deque(maxlen=50)
    of_50 = of_20 = 0.0
    for at, celsius in _numbers(Site(visitors), seed):
        people, change = population_step(people, celsius, verdict_on(celsius), Utc(at))
        told += change == "drifted"
        nearest = max(nearest, max(people.above_c, people.below_c) / DRIFTED_SUM_C)
        last.append(celsius)
        if people.learned and people.reference_c is not None and len(last) == 50:
            mean_c = max(mean_c, abs(people.away_c))
            of_50 = max(of_50, abs(median(last) - people.reference_c))
            of_20 = max(of_20, abs(median(list(last)[-20:]) - people.reference_c))
    return told, nearest, mean_c, of_50, of_20


def _numbers(site: Site, seed: int) -> Iterator[tuple[float, float]]:
    chance = Random(seed)  # noqa: S311 - visitors, not secrets
    for number in range(DAYS):
        yield from site.day(number, right, chance)
