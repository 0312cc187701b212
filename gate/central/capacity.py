"""How many may still come in, and which gate may let in how many. Pure.

A gate with a quota lets people in while `in + open + pending - out <= ceiling - seen`. So a quota
is a *top*: the highest `in - out` to which its grants lead. What central has to hold is

    value + sum over all epochs of (reach - what the mark subtracts) <= limit

where the *reach* of an epoch is the highest of

1. what it has counted, with its pending grants: in - out + pending;
2. the top of each quota that the gate may still go by: the one that it has confirmed, and every one
   given after that. Given is given: whether it has arrived nobody knows.

So a raise is charged when it is given, and a lower quota frees nothing before the gate has shown
its version in `ctr` (which counts every grant given before). A quota has ended when the gate itself
has told, with a sure clock, from later than its end and a margin; a gate that is not heard of keeps
what it has. docs/capacity.md has the proof.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gate.central.epoch import NEVER, Epoch
from gate.model import Utc

MARGIN_S = 60.0
"""How far a gate's clock may be set back after it has told."""

ENOUGH = 0.75
"""While there is room for all, a gate with this part of its cap is left alone: not a quota for each
visitor."""


@dataclass(frozen=True, slots=True)
class Given:
    """A quota as it was given to one epoch of a gate."""

    version: int
    ceiling: int
    seen: int
    reserve: int
    until: Utc
    """`NEVER`: written off, since people were counted after its end."""
    is_ours: bool = True
    """Else it is of another disk; then this is the most that it can be."""
    is_void: bool = False
    """The gate does not go by it any more: a release, or a recount there."""

    @property
    def top(self) -> int:
        """The highest `in - out` to which grants under it lead."""
        return self.ceiling - self.seen


def outstanding(given: Sequence[Given], epoch: Epoch) -> tuple[Given, ...]:
    """Those that the gate may still go by, oldest first."""
    return tuple(it for it in given if it.version >= epoch.qv and not has_ended(it, epoch))


def has_ended(given: Given, epoch: Epoch) -> bool:
    """Whether the gate itself has told from after its end, or people were counted after it."""
    if given.until == NEVER:
        return True
    return epoch.clock not in {"", "unsure"} and epoch.told_at >= given.until + MARGIN_S


def reach(epoch: Epoch, given: Sequence[Given], *, floor: int | None = None) -> int:
    """The highest `in - out` that this epoch may have come to, or may come to.

    `floor`: what it may not be taken to be below (people who left before a mark that they are not
    known to have left before).
    """
    net = epoch.net if floor is None else max(epoch.net, floor)
    return max([net + epoch.pending, *(it.top for it in outstanding(given, epoch))])


def right(epoch: Epoch, given: Sequence[Given]) -> int:
    """How many more the gate may let in by the last quota given, as far as is known here."""
    newest = [it for it in outstanding(given, epoch) if it.is_ours][-1:]
    return max(0, newest[0].top - epoch.net - epoch.pending) if newest else 0


@dataclass(frozen=True, slots=True)
class Door:
    """A gate that could let people in, as the distribution sees it."""

    gate: str
    right: int
    """By the last quota given."""
    counted: int
    """in - out + pending."""
    reach: int
    cap: int
    """More than this it is not to hold."""
    weight: float
    """Its part of the people who come; more than 0."""
    reserve: int = 0
    """Places that visitors do not get."""
    waiting: int = 0
    """Places that a party wants that is half in, or was refused for lack of room a moment ago."""
    waiting_since: Utc = NEVER


def shares(room: int, doors: Sequence[Door]) -> Mapping[str, int]:
    """How many each door should be able to let in, of `room` places in all.

    First the reserve of each; then those who wait, in the order in which they came, as far as
    there is room for the whole party; then by weight, with the largest remainder, and nobody more
    than its cap.
    """
    wanted = dict.fromkeys((door.gate for door in doors), 0)
    left = max(0, room)
    for door in doors:
        wanted[door.gate] = min(door.reserve, left)
        left -= wanted[door.gate]
    for door in sorted(doors, key=lambda it: it.waiting_since):
        if 0 < door.waiting <= left:
            wanted[door.gate] += door.waiting
            left -= door.waiting
    while left > 0:
        below = [door for door in doors if wanted[door.gate] < door.cap]
        if not below:
            break
        left -= _pour(left, below, wanted)
    return wanted


def _pour(left: int, doors: Sequence[Door], wanted: dict[str, int]) -> int:
    """One round by weight; returns how many were given, at least one."""
    weight = sum(door.weight for door in doors)
    parts = {door.gate: int(left * door.weight / weight) for door in doors}
    by_remainder = sorted(
        doors, key=lambda it: (parts[it.gate] - left * it.weight / weight, it.gate)
    )
    for door in by_remainder[: left - sum(parts.values())]:
        parts[door.gate] += 1
    given = 0
    for door in doors:
        part = min(parts[door.gate], door.cap - wanted[door.gate])
        wanted[door.gate] += part
        given += part
    return given


def new_tops(
    free: int, doors: Iterable[Door], wanted: Mapping[str, int], *, recall: bool = False
) -> Mapping[str, int]:
    """The tops of the quotas that are to be given now; `free` places belong to nobody yet.

    Who has too little gets more, as far as it is free, those who wait first. Only when that is not
    enough are others asked to give back: a lower quota helps when it is confirmed, and not before.
    `recall`: everybody is asked, whatever is free.
    """
    tops: dict[str, int] = {}
    doors = sorted(doors, key=lambda it: (it.waiting == 0, it.waiting_since, -it.weight, it.gate))
    for door in doors:
        enough = wanted[door.gate] == door.cap and door.right >= ENOUGH * door.cap
        if wanted[door.gate] <= door.right or (enough and not door.waiting):
            continue
        top = door.counted + wanted[door.gate]
        cost = max(0, top - door.reach)
        lacking = cost - min(cost, max(0, free))
        free -= cost
        if top - lacking > door.counted + door.right:
            tops[door.gate] = top - lacking
    if free < 0 or recall:
        for door in doors:
            if door.right > wanted[door.gate]:
                tops[door.gate] = door.counted + wanted[door.gate]
    return tops
