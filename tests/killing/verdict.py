"""What is promised of a lane that is killed, held against what happened. Pure.

1. The bound. Whenever the lane dies, and at the end: people in on disk <= people who walked in <=
   people in on disk + pending. What the subscriber heard keeps to it at the end, by the totals and
   by the sum of the events.
2. Pending is no excuse: it is exactly the number of grants that were open when the lane died.
3. Each life counts, in either direction, everybody who went through while it was ready and lived
   on for `COUNTED_WITHIN_S`, and nobody who did not clear the beams in its time. (Who leaves while
   the lane is dead cannot be seen: the way out needs no grant, so nothing bounds them.)
4. One epoch; every number from 1 to the newest is heard, with one content, which is that on disk.
5. The relay is on only while a grant that is on disk was open, and after the death of
   the daemon nobody drives it.
6. Nobody is locked out; the daemon dies of nothing but the kills.
"""

from collections.abc import Iterator
from itertools import pairwise

from tests.killing.facts import Disk, Facts, Life

COUNTED_WITHIN_S = 2.0
"""From the end of a passage until it is on disk, on a machine with other things to do."""

ROUNDING_S = 0.01
"""The disk has milliseconds."""

SOON_S = 0.05
"""Until the world has noticed that a process is gone."""


def bound_problems(facts: Facts) -> Iterator[str]:
    """Promises 1 and 2."""
    for life in facts.lives:
        disk = life.disk
        if disk is None:
            continue
        killed = life.dead if life.killed is None else life.killed
        began, ended = _walked_in(facts, began_by=killed), _walked_in(facts, ended_by=life.dead)
        yield from _outside_bound(
            f"on disk after {life.moment}", disk.entered, disk.pending, began, ended
        )
    walked, end = _walked_in(facts), facts.end
    entered, pending = facts.ctr["in"], facts.ctr["pending"]
    yield from _outside_bound("by ctr", entered, pending, walked, walked)
    summed = _passages(facts, "in")
    yield from _outside_bound("by events", summed, pending, walked, walked)
    if (facts.ctr["in"], facts.ctr["out"], pending) != (end.entered, end.left, end.pending):
        yield f"ctr says {facts.ctr}, the disk {end.entered} in, {end.left} out, {end.pending}"
    cut = len(_cut_short(facts))
    if end.open or end.unknown != cut:
        yield (
            f"{cut} grants were open when the lane died, and at the end there are {end.unknown}"
            f" of unknown end and {end.open} open"
        )


def count_problems(facts: Facts) -> Iterator[str]:
    """Promise 3."""
    before = {"in": 0, "out": 0}
    for life in facts.lives:
        if life.disk is None:
            continue
        counted = {"in": life.disk.entered, "out": life.disk.left}
        for direction, total in counted.items():
            walks = [walk for walk in facts.walks if walk.direction == direction]
            possible = sum(life.launched <= walk.ended <= life.dead for walk in walks)
            certain = sum(
                life.ready is not None
                and life.ready <= walk.began
                and walk.ended <= _last_counted(life)
                for walk in walks
            )
            delta = total - before[direction]
            if not certain <= delta <= possible:
                yield (
                    f"the life that ended {life.moment} counted {delta} {direction}: {certain} at"
                    f" least and {possible} at most went through in its time"
                )
        before = counted


def number_problems(facts: Facts) -> Iterator[str]:
    """Promise 4."""
    yield from facts.contradictions
    epochs = {disk.epoch for disk in _disks(facts)} | {epoch for _, epoch, _ in facts.heard}
    if len(epochs) != 1:
        yield f"more than one epoch: {sorted(epochs)}"
    heard = {seq: event for (_, _, seq), event in facts.heard.items()}
    missing = set(range(1, facts.end.newest + 1)) - set(heard)
    if missing or len(heard) != facts.end.newest:
        yield f"of {facts.end.newest} events {len(heard)} were heard; not {sorted(missing)}"
    for before, after in pairwise(_disks(facts)):
        if after.newest < before.newest:
            yield f"the newest number on disk fell from {before.newest} to {after.newest}"
    for disk in _disks(facts):
        for seq, event in disk.events.items():
            if heard.get(seq, event) != event:
                yield f"number {seq} is {event} on disk and was heard as {heard[seq]}"
    without_end = sum(
        event["n"] for event in heard.values() if event["k"] == "recovered" and "n" in event
    )
    cut = len(_cut_short(facts))
    if without_end != cut:
        yield f"{cut} grants were open when the lane died, and the events tell of {without_end}"


def relay_problems(facts: Facts) -> Iterator[str]:
    """Promise 5."""
    on = facts.relay_active_high
    allowed = [*_open_times(facts)]
    for turned in facts.relay:
        if turned.level is on and not any(
            begins - ROUNDING_S <= turned.at <= ends + ROUNDING_S for begins, ends in allowed
        ):
            yield f"the relay rose at {turned.at:.3f} with no grant on disk"
    if facts.relay[-1].level is on:
        yield "the relay is on at the end"
    for life in facts.lives[:-1]:
        if _level_at(facts, life.dead + SOON_S) is not None:
            yield f"somebody drives the relay after the death {life.moment}"


def lane_problems(facts: Facts) -> Iterator[str]:
    """Promise 6."""
    if facts.locked_out:
        yield f"{facts.locked_out} people could not enter after the last kill"
    if not facts.settled:
        yield "events were still on their way at the end"
    if facts.tracebacks:
        yield f"{facts.tracebacks} tracebacks in the log"
    if facts.status != "online":
        yield f"the lane is alive, and its status says {facts.status}"
    for life in facts.lives[:-1]:
        if life.code != -9:
            yield f"the life that was to end {life.moment} had ended by itself: exit {life.code}"
        if life.ready is not None and life.disk is None:
            yield f"no database after a life that was ready ({life.moment})"


def problems(facts: Facts) -> list[str]:
    """Every promise that was broken."""
    kinds = (bound_problems, count_problems, number_problems, relay_problems, lane_problems)
    return [problem for kind in kinds for problem in kind(facts)]


def _outside_bound(
    what: str, entered: int, pending: int, at_least: int, at_most: int
) -> Iterator[str]:
    """Whether `at_least` to `at_most` people, who walked in by then, leave the bound."""
    if entered > at_most:
        yield f"{what}: {entered} in, and only {at_most} walked in"
    if entered + pending < at_least:
        yield f"{what}: {entered} in and {pending} pending, and {at_least} walked in"


def _walked_in(facts: Facts, *, began_by: float = 1e12, ended_by: float = 1e12) -> int:
    return sum(
        walk.direction == "in" and walk.began <= began_by and walk.ended <= ended_by
        for walk in facts.walks
    )


def _last_counted(life: Life) -> float:
    return life.dead if life.killed is None else life.killed - COUNTED_WITHIN_S


def _passages(facts: Facts, direction: str) -> int:
    return sum(
        event["k"] == "passage" and event["d"] == direction for event in facts.heard.values()
    )


def _disks(facts: Facts) -> list[Disk]:
    return [life.disk for life in facts.lives if life.disk]


def _cut_short(facts: Facts) -> set[int]:
    """The grants that were open when the lane died."""
    return {number for life in facts.lives[:-1] if life.disk for number in life.disk.without_end}


def _level_at(facts: Facts, at: float) -> bool | None:
    """What the relay's line was then; None where nobody drove it."""
    return next((turned.level for turned in reversed(facts.relay) if turned.at <= at), None)


def _open_times(facts: Facts) -> Iterator[tuple[float, float]]:
    """When a grant was open, each within the life that gave it."""
    next_launched = [life.launched for life in facts.lives[1:]] + [float("inf")]
    for given, ended in facts.end.grants.values():
        died = next(launched for launched in next_launched if launched > given)
        yield given, died if ended is None else min(ended, died)
