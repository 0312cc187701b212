"""A broker and the links to it, in simulated time: late, twice, out of order, cut."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush


@dataclass
class Timeline:
    """What happens, in the order of time."""

    now: float = 0.0
    _heap: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _number: int = 0

    def at(self, moment: float, act: Callable[[], None]) -> None:
        """Do this then."""
        self._number += 1
        heappush(self._heap, (max(moment, self.now), self._number, act))

    def after(self, pause_s: float, act: Callable[[], None]) -> None:
        """Do this so much later."""
        self.at(self.now + pause_s, act)

    def run(self, until: float, check: Callable[[], None]) -> None:
        """Everything up to this moment; `check` after each."""
        while self._heap and self._heap[0][0] <= until:
            self.now, _, act = heappop(self._heap)
            act()
            check()
        self.now = until


@dataclass
class Weather:
    """How bad the network is."""

    loss: float = 0.0
    """Of what gates say; what is kept by the broker comes, but late."""
    twice: float = 0.0
    slow: float = 0.0
    """So often a message takes seconds, and others overtake it."""

    def delays(self, draw: random.Random) -> list[float]:
        """When the copies of a message arrive; empty: never."""
        if draw.random() < self.loss:
            return []
        copies = 2 if draw.random() < self.twice else 1
        return [
            draw.uniform(1, 8) if draw.random() < self.slow else draw.uniform(0.02, 0.2)
            for _ in range(copies)
        ]
