"""How many people come to a gate, and who waits there. Pure."""

from dataclasses import dataclass, replace
from math import exp

from gate.central.epoch import NEVER
from gate.model import RefusalCode, Utc, VisitId
from gate.payloads import EvtItem

MEMORY_S = 300.0
"""What happened so long ago counts for a third."""

WAITS_S = 45.0
"""A party that was refused for lack of room is taken to stand there for so long."""

HORIZON_S = 600.0
"""A gate should be able to go on alone for so long, while there is room enough."""

LEAST = 8
"""Places that a gate should hold at least, while there is room enough: the largest usual party,
and another one."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Of one gate."""

    a_second: float = 0.0
    """People who came, at `at`."""
    at: Utc = NEVER
    visit: VisitId | None = None
    """The party that is going in or waits."""
    places: int = 0
    """How many of it are still outside."""
    since: Utc = NEVER
    """Since when it waits."""


NOBODY = Demand()


def demand_after(demand: Demand, event: EvtItem, now: Utc) -> Demand:
    """Once `event` was heard of at `now`."""
    if event.kind == "granted":
        people = event.n or 1
        outside = demand.places if event.visit == demand.visit else people
        after = _came(demand, 1, now)
        return replace(after, visit=event.visit, places=max(0, outside - 1), since=NEVER)
    if event.kind == "refused" and event.reason == RefusalCode.FULL:
        again = demand.visit == event.visit and waiting(demand, now) > 0
        if again:
            return replace(demand, at=now, a_second=rate(demand, now))
        after = _came(demand, event.n or 1, now)
        return replace(after, visit=event.visit, places=event.n or 1, since=now)
    return demand


def rate(demand: Demand, now: Utc) -> float:
    """People a second who come, now."""
    return demand.a_second * exp(-max(0.0, now - demand.at) / MEMORY_S)


def waiting(demand: Demand, now: Utc) -> int:
    """Places that are waited for, now."""
    return demand.places if now - demand.at < WAITS_S else 0


def cap(demand: Demand, now: Utc) -> int:
    """How much a gate should hold at most."""
    return LEAST + int(rate(demand, now) * HORIZON_S)


def _came(demand: Demand, people: int, now: Utc) -> Demand:
    return replace(demand, a_second=rate(demand, now) + people / MEMORY_S, at=now)
