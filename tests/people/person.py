"""One person: a forehead, the part that looks at it, and the screening that judges its words."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from random import Random
from typing import Literal

from drivers.mlx90614_words import AMBIENT, OBJECT
from drivers.simulated.mlx90614 import SimulatedMlx90614, seen_c
from gate.config.variants import TRAITS, Variant
from gate.events import Measure
from gate.model import Monotonic, Ticket, Verdict
from gate.temperature.criteria import ScreeningSettings
from gate.temperature.samples import Sample
from gate.temperature.screening import Outcome, Screening, ask, screening_step
from gate.temperature.standing import Standing
from tests.people.approaches import Approach

Noise = Literal["filtered", "white", "slow"]
"""As the part's own filter leaves it; without memory; one that lasts for half a second."""

NOISES: tuple[Noise, ...] = ("filtered", "white", "slow")
SLOW_S = 0.5

READING_S = 0.002
"""What the bus and a waiting thread add to a settling time."""

PATIENCE_S = 20.0
"""As long as the machine waits for a forehead."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What no screening knows: each within what the uncertainty of a reading reckons with."""

    error_c: float
    """Of the part, after commissioning."""
    emissivity: float
    room_c: float
    """Also the part's own temperature, and what a forehead mirrors."""
    wall_c: float
    """What the part sees where the forehead leaves some of its view."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one person."""

    outcomes: tuple[Outcome, ...]
    """Of each attempt, in order; the last one is final. Empty: there was none in time."""
    first_s: float
    """From the forehead at its place to the first of them."""

    @property
    def first(self) -> Verdict | None:
        """Of the first reading."""
        return self.outcomes[0].verdict if self.outcomes else None

    @property
    def final(self) -> Verdict | None:
        """Once nothing more is asked."""
        return self.outcomes[-1].verdict if self.outcomes else None


def circumstances(random: Random, variant: Variant) -> Circumstances:
    """A site and a forehead at random."""
    error_c, room_c = TRAITS[variant].error_c, random.uniform(22.0, 30.0)
    return Circumstances(
        error_c=random.uniform(-error_c, error_c),
        emissivity=random.uniform(0.97, 0.99),
        room_c=room_c,
        wall_c=room_c + random.uniform(-1.0, 1.0),
    )


def criteria(variant: Variant) -> ScreeningSettings:
    """What a gate with this part goes by, where the site has changed nothing."""
    traits = TRAITS[variant]
    return ScreeningSettings(
        guard_c=traits.guard_c,
        settling_s=traits.settling_s,
        sigma_c=traits.sigma_c,
        window=traits.window,
    )


def judge(
    true_c: float,
    how: Circumstances,
    come: Callable[[Random], Approach],
    noise: Noise,
    s: ScreeningSettings,
    random: Random,
    *,
    rested: bool = False,
) -> Judged:
    """Let one person be measured until nothing more is asked, as the machine would ask."""
    place = _Place(true_c, how, come(random), noise, s, random)
    baseline = tuple(repeat(how.wall_c, round(s.baseline_s / s.settling_s)))
    state = Screening(Standing(baseline=baseline))
    outcomes: list[Outcome] = []
    first_s = 0.0
    for attempt in range(1, s.attempts + 1):
        state = ask(state, Measure(Ticket(attempt), attempt, rested))
        until, outcome = place.now + PATIENCE_S, None
        while outcome is None and place.now < until:
            state, outcome = screening_step(state, place.sample(), s)
        if outcome is None:
            break
        first_s = first_s if outcomes else place.now
        outcomes.append(outcome)
        if outcome.verdict not in {Verdict.RECHECK, Verdict.REPEAT}:
            break
    return Judged(tuple(outcomes), first_s)


class _Place:
    """The thermometer and who is before it; each sample is an interval later."""

    def __init__(
        self,
        true_c: float,
        how: Circumstances,
        approach: Approach,
        noise: Noise,
        s: ScreeningSettings,
        random: Random,
    ) -> None:
        self._interval_s = s.settling_s + READING_S
        self.now = approach.begins_s - self._interval_s * random.random()
        self._fill = approach.fill
        self._error_c = how.error_c
        self._wall = _shine(how.wall_c)
        self._forehead = _shine(seen_c(true_c, how.room_c, how.emissivity))
        self._chip = SimulatedMlx90614(
            clock=lambda: self.now,
            ambient_c=how.room_c,
            settling_s=s.settling_s,
            sigma_c=s.sigma_c,
            noise_lasts_s={"filtered": None, "white": 0.0, "slow": SLOW_S}[noise],
            seed=random.getrandbits(32),
        )
        self._look()
        self._ambient_c = _celsius(self._chip.read(AMBIENT))

    def sample(self) -> Sample:
        for _ in range(2):  # the filter follows what moves while nobody reads
            self.now += self._interval_s / 2
            self._look()
        return Sample(Monotonic(self.now), _celsius(self._chip.read(OBJECT)), self._ambient_c)

    def _look(self) -> None:
        fill = self._fill(self.now)
        shine = fill * self._forehead + (1 - fill) * self._wall
        self._chip.show(shine**0.25 - 273.15 + self._error_c, emissivity=1.0)


def _shine(celsius: float) -> float:
    return float((celsius + 273.15) ** 4)


def _celsius(reply: bytes) -> float:
    """The word of a reply, as the driver reads it; the wire between them is another test's."""
    return int.from_bytes(reply[:2], "little") * 0.02 - 273.15
