"""Who comes, when, where, with how many; and what they do. The same for every coordinator."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Party:
    """People on one pass."""

    number: int
    arrives: float
    gate: int
    """Where they come in."""
    size: int
    stays_s: float
    leaves_by: int
    patience_s: float
    """How long they wait at a lane that is full, showing the pass again and again."""
    walks: tuple[float, ...]
    """Seconds from the grant of each person to the passage; negative: lapses instead."""


@dataclass(frozen=True)
class Crowd:
    """What is known of the people of a venue."""

    hours: float = 3.0
    parties_a_minute: float = 0.75
    stay_min: float = 40.0
    doors: tuple[float, ...] = (6, 3, 1, 0)
    """How many take each gate to come in; 0: a way out."""
    exits: tuple[float, ...] = (1, 2, 3, 6)
    patience_s: float = 60.0


def parties(crowd: Crowd, seed: int) -> list[Party]:
    """An afternoon; the busiest time is in its middle."""
    draw = random.Random(seed)  # noqa: S311 - people, not secrets
    found: list[Party] = []
    at = 0.0
    while True:
        busy = 0.4 + 1.2 * (1 - abs(2 * at / (crowd.hours * 3600) - 1))
        at += draw.expovariate(crowd.parties_a_minute * busy / 60)
        if at > crowd.hours * 3600:
            return found
        size = draw.choices((1, 2, 3, 4, 5), (30, 35, 15, 15, 5))[0]
        found.append(
            Party(
                number=len(found),
                arrives=at,
                gate=draw.choices(range(len(crowd.doors)), crowd.doors)[0],
                size=size,
                stays_s=draw.expovariate(1 / (crowd.stay_min * 60)) + 60,
                leaves_by=draw.choices(range(len(crowd.exits)), crowd.exits)[0],
                patience_s=draw.uniform(0, 2 * crowd.patience_s),
                walks=tuple(
                    -1.0 if draw.random() < 0.03 else draw.uniform(1.5, 4.0) for _ in range(size)
                ),
            )
        )
