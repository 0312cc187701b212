"""How many are inside a venue, between which bounds, and how many places are spoken for. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gate.central.epoch import Epoch
from gate.central.marks import Mark, counted, is_open, stand_of


@dataclass(frozen=True, slots=True)
class Occupancy:
    """People inside."""

    inside: int
    """By what was counted. Below 0 where people came in unseen."""
    lower: int
    upper: int
    """The truth is in between, as far as every gate was heard. People that no sensor has seen are
    in no bound."""
    spoken_for: int
    """Places that are taken, or that a gate may still give away: never more than the limit, unless
    somebody came in without a grant or the limit was lowered."""


def occupancy(
    count: Mark,
    epochs: Sequence[Epoch],
    reach_of: Callable[[Epoch, int | None], int],
    *,
    stale: frozenset[str],
    doubtful: int,
    release: Mark | None,
) -> Occupancy:
    """The number inside since the mark `count`, with what may be wrong about it.

    `stale` are gates that are not heard of: they may have let in all they had a right to.
    `doubtful` people were counted and may not be people, or not others (tailgating, doubles).
    After a `release`, while nobody has counted again, anybody may have left unseen.
    `reach_of` is the highest in - out of an epoch, which is not to be taken to be below a floor.
    """
    came, went = counted(count, epochs)
    inside = count.value + came - went
    upper = spoken_for = count.value
    for epoch in epochs:
        stand = stand_of(count, epoch)
        before = stand.entered - stand.left
        at_most = reach_of(epoch, before if is_open(count, epoch) else None) - before
        spoken_for += at_most
        upper += at_most if epoch.gate in stale else epoch.net + epoch.pending - before
    lower = max(0, inside - doubtful)
    if release is not None:
        lower, upper = 0, max(upper, release.upper)
    return Occupancy(inside, min(lower, max(0, inside)), max(upper, inside, 0), spoken_for)
