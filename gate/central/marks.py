"""From when on people are counted: a business day, a recount, a release. Pure.

Gates only ever count up. A mark says what each of them had counted at one moment; what is counted
from then on is the difference. A gate that was cut off then tells late what happened before: an
event from before the moment moves what is subtracted, so that it does not count twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from gate.central.epoch import Epoch
from gate.model import Direction, Utc
from gate.payloads import EvtItem

FRESH_S = 120.0
"""A gate that was heard of within this before a mark has told all that it had counted; `ctr` comes
every minute."""

Key = tuple[str, str]
"""Gate and epoch."""


class Since(StrEnum):
    """What a mark is for; a venue has at most one of each."""

    COUNT = "count"  # so many were inside: a closing, or somebody counted
    DAY = "day"  # the business day began
    RELEASE = "release"  # the fire panel freed the lanes


@dataclass(frozen=True, slots=True)
class Stand:
    """What one epoch of a gate had counted."""

    entered: int = 0
    left: int = 0
    seq: int = 0
    """Events up to here are in it."""
    is_late: bool = False
    """The gate was not heard of then; what it had counted by then was told later, or is to be."""


UNKNOWN = Stand(is_late=True)


@dataclass(frozen=True, slots=True)
class Mark:
    """One moment, and what had been counted by then."""

    since: Since
    at: Utc
    value: int
    """People inside at the moment."""
    upper: int
    """The most that there may have been."""
    stands: Mapping[Key, Stand]
    over_at: Utc | None = None
    """Of a release: when it was over."""


def mark(
    since: Since, at: Utc, epochs: Iterable[Epoch], *, value: int, upper: int | None = None
) -> Mark:
    """A mark of what is known now."""
    stands = {
        (it.gate, it.epoch): Stand(
            it.entered, it.left, max(it.seq, it.reached), is_late=it.heard_at < at - FRESH_S
        )
        for it in epochs
    }
    return Mark(since, at, value, value if upper is None else upper, stands)


def stand_of(marked: Mark, epoch: Epoch) -> Stand:
    """What to subtract of an epoch; of one that nobody knew then, nothing yet."""
    return marked.stands.get((epoch.gate, epoch.epoch), UNKNOWN)


def is_open(marked: Mark, epoch: Epoch) -> bool:
    """Whether events from before the mark may still come, and move what is subtracted."""
    return stand_of(marked, epoch).is_late and epoch.complete_until <= marked.at


def counted(marked: Mark, epochs: Iterable[Epoch]) -> tuple[int, int]:
    """People who came in and who went out since the mark."""
    entered = left = 0
    for epoch in epochs:
        stand = stand_of(marked, epoch)
        entered += epoch.entered - stand.entered
        left += epoch.left - stand.left
    return entered, left


def with_event(marked: Mark, epoch: Epoch, event: EvtItem) -> Mark:
    """Once `event` of this epoch is here: a late passage from before is subtracted, too.

    Only of a gate that was not heard of at the mark: the clock of one that was need not be right.
    Nor need it be later: after an event from after the mark none is from before.
    """
    stand = stand_of(marked, epoch)
    is_new = event.kind == "passage" and event.seq > stand.seq
    if not (stand.is_late and is_new and max(event.at, epoch.reached_at) <= marked.at):
        return marked
    after = replace(
        stand,
        entered=stand.entered + (event.direction is Direction.IN),
        left=stand.left + (event.direction is Direction.OUT),
    )
    return replace(marked, stands={**marked.stands, (epoch.gate, epoch.epoch): after})
