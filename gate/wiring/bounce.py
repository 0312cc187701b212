"""What contacts do when somebody walks: how often they change, and how long they chatter. Pure.

Between two edges a contact has one level. Somebody who walks through a beam breaks it for a tenth
of a second and more; a level that lasts shorter than `CHATTER_S` is chatter of the contact, or
something that radiates into its wire. `[passage] debounce_s` has to be longer than the longest
chatter, and shorter than the shortest level that somebody made.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

CHATTER_S = 0.05
MARGIN = 1.5
"""A contact gets older: the debounce is to be so much longer than what is seen today."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A line changed; `at` in seconds, by the clock of the kernel's time-stamps."""

    role: str
    high: bool
    at: float


@dataclass(slots=True)
class Contact:
    """What one input did so far."""

    high: bool
    """Its level now."""
    active_high: bool
    edges: int = 0
    uses: int = 0
    """How often it became active, chatter left aside."""
    chatters: int = 0
    longest_chatter_s: float = 0.0
    shortest_level_s: float = math.inf
    """Of levels that are no chatter."""
    _since: float | None = field(default=None, repr=False)
    _steady: bool | None = field(default=None, repr=False)
    """The level that lasted, last."""

    @property
    def active(self) -> bool:
        """Whether it is active now."""
        return self.high == self.active_high

    def take(self, edge: Edge) -> None:
        """One more edge. The same level twice: the edge between was too quick for the kernel."""
        self.edges += 1
        if self._since is not None:
            self._ended(edge.at - self._since)
        else:
            self._steady = self.high
        self.high, self._since = edge.high, edge.at

    def finish(self) -> None:
        """Nothing more comes: what stands now counts."""
        self._settled()

    def _ended(self, lasted_s: float) -> None:
        if lasted_s < CHATTER_S:
            self.chatters += 1
            self.longest_chatter_s = max(self.longest_chatter_s, lasted_s)
        else:
            self._settled()
            self.shortest_level_s = min(self.shortest_level_s, lasted_s)

    def _settled(self) -> None:
        if self.active and self._steady is not None and self.high != self._steady:
            self.uses += 1
        self._steady = self.high


def debounce_for(contacts: Iterable[Contact]) -> float:
    """The debounce that all of them need, in seconds, in steps of 5 ms; 0.005 is the least."""
    longest_s = max((it.longest_chatter_s for it in contacts), default=0.0)
    return max(5, 5 * math.ceil(round(1000 * longest_s * MARGIN / 5, 6))) / 1000
