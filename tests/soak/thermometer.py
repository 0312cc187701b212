"""Visits at a thermometer that fails in every way, one after the other."""

import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.gate.temperature.faulty_chip import FAULTS
from tests.gate.temperature.test_no_fault_admits import Visit, go_through


@contextmanager
def faulty_visits() -> Iterator[Callable[[int], None]]:
    """What the sampler says of all that is not for the log of a soak."""
    log = logging.getLogger("gate.temperature.sampler")
    log.disabled = True
    yield visits_of
    log.disabled = False


def visits_of(seed: int) -> None:
    """Twenty visitors, and as many spells of something being wrong."""
    draw = random.Random(seed)  # noqa: S311 - people, not a secret
    visits = [
        Visit(
            away=draw.randint(6, 60),
            skin_c=draw.choice((draw.uniform(35.4, 36.6), draw.uniform(38.2, 40.5))),
            stays=draw.randint(10, 60),
            fault=draw.choice((None, *FAULTS)),
            begins=draw.randint(0, 60),
            lasts=draw.choice((1, 2, 4, 12, 45, 90)),
        )
        for _ in range(20)
    ]
    go_through(visits, seed)
