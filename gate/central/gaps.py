"""Events that a gate may not have any more: how often it began behind them. Pure."""

from dataclasses import dataclass, replace

from gate.central.epoch import NEVER, Epoch
from gate.model import Utc

REPEATED = 3
"""A gate that begins so often behind a gap does not have what is missing."""

APART_S = 8.0
"""A gate that hears no acknowledgement begins again after 10 s; what comes sooner is the broker's
repetition."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap of one gate."""

    epoch: str
    reached: int
    """The last event before it."""
    first: int
    """The lowest event with which the gate began behind it."""
    times: int = 0
    """How often it did."""
    last: Utc = NEVER

    @property
    def is_lost(self) -> bool:
        """Whether the gate has nothing of it."""
        return self.times >= REPEATED


def gap_after(known: Gap | None, epoch: Epoch, first: int, now: Utc) -> Gap:
    """Once a gate of which all up to `reached` is here has begun at `first`, behind that."""
    gap = known
    if gap is None or (gap.epoch, gap.reached) != (epoch.epoch, epoch.reached) or first < gap.first:
        gap = Gap(epoch.epoch, epoch.reached, first)
    if first == gap.first and abs(now - gap.last) >= APART_S:
        gap = replace(gap, times=gap.times + 1, last=now)
    return gap
