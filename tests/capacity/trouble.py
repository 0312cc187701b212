"""An afternoon in which everything goes wrong that the network and the power can do."""

import random
from dataclasses import dataclass
from functools import partial

from tests.capacity.afternoon import NOON, Afternoon, Score, perfect
from tests.capacity.network import Weather
from tests.capacity.people import Crowd

CROWD = Crowd(hours=1.3, parties_a_minute=1.8, stay_min=22.0)
BAD = Weather(loss=0.03, twice=0.05, slow=0.05)
HOUR_S = 3600.0


@dataclass(frozen=True)
class Result:
    """What came of one seed."""

    score: Score
    perfect: Score
    grants_beyond: int

    @property
    def line(self) -> str:
        """In words."""
        return (
            f"{self.score.parties} parties, {self.score.refused_share:.1f} % refused (perfect"
            f" coordinator {self.perfect.refused_share:.1f} %), at most {self.score.highest} inside"
        )


def troubled(seed: int, *, quota_s: float | None = None, reserve: int = 0) -> Result:
    """Bad weather, an hour of partition, shorter ones, two power cuts, central killed three times.

    A quota is good for less than the partition in every second seed.
    """
    draw = random.Random(seed * 7 + 1)  # noqa: S311 - troubles, not secrets
    good_for_s = quota_s or (1200.0 if seed % 2 else 7200.0)
    afternoon = Afternoon(seed, crowd=CROWD, weather=BAD, quota_s=good_for_s, reserve=reserve)
    end = CROWD.hours * HOUR_S
    longest = draw.randrange(3)
    begins = draw.uniform(600, end - HOUR_S - 300)
    afternoon.time.at(NOON + begins, partial(afternoon.cut, longest, HOUR_S))
    others = [number for number in range(4) if number != longest]
    for _ in range(4):
        number, at = draw.choice(others), draw.uniform(300, end - 900)
        seconds = draw.choice((5.0, 60.0, 600.0))
        afternoon.time.at(NOON + at, partial(afternoon.cut, number, seconds))
    for _ in range(2):
        number, at = draw.choice(others), draw.uniform(300, end - 900)
        afternoon.time.at(NOON + at, partial(afternoon.cut_power, number, draw.uniform(5, 90)))
    for third in range(3):
        at = end * (third + draw.uniform(0.1, 0.8)) / 3
        afternoon.time.at(NOON + at, partial(afternoon.stop_central, draw.uniform(1, 120)))
    return _played(afternoon, seed)


def calm(seed: int) -> Result:
    """Everything works; there is only the time that words take."""
    return _played(Afternoon(seed, crowd=CROWD, weather=Weather()), seed)


def _played(afternoon: Afternoon, seed: int) -> Result:
    score = afternoon.play()
    beyond = sum(gate.beyond for gate in afternoon.gates)
    return Result(score, perfect(CROWD, seed), beyond)
