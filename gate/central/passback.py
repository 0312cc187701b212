"""One visit over all gates: what each has told of it, and whether it was used twice. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gate.model import Direction, Reason, Utc, VisitId
from gate.payloads import EvtItem, Places

PLACES_KINDS = frozenset({"granted", "passage", "lapsed", "withdrawn"})


@dataclass(frozen=True, slots=True)
class Double:
    """A party of which more were inside than it has people."""

    visit: VisitId
    at: Utc
    """When the first of them was one too many."""
    extra: int
    """How many too many, at the most."""
    gates: tuple[str, ...]
    """Where those came in who were inside then."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a visit, at a gate."""

    gate: str
    at: Utc
    seq: int
    kind: str
    direction: str | None
    reason: str | None


def places_after(known: Places, event: EvtItem) -> Places:
    """What a gate has told of a visit once it has told this, too."""
    came = event.kind == "passage" and event.direction is Direction.IN
    left = event.kind == "passage" and event.direction is Direction.OUT
    ended = came or event.kind in {"lapsed", "withdrawn"}
    return known.model_copy(
        update={
            "granted": max(0, known.granted + (event.kind == "granted") - ended),
            "entered": known.entered + came,
            "left": known.left + left,
            "at": event.at,
        }
    )


def may_be_double(party: int, places: Iterable[Places]) -> bool:
    """Whether it is worth looking at each step: more came in than left and are in the party."""
    by = tuple(places)
    return sum(it.entered for it in by) - sum(it.left for it in by) > party


def find_double(visit: VisitId, party: int, steps: Sequence[Step]) -> Double | None:
    """Goes through a visit in the order of time. None: at no moment too many were inside.

    A grant with the reason `unclosed` begins the visit anew: the gate has taken those before for
    gone. Who leaves without showing the pass is seen by nobody here.
    """
    inside: list[str] = []
    found: Double | None = None
    for step in sorted(steps, key=lambda it: (it.at, it.gate, it.seq)):
        if step.kind == "granted" and step.reason == Reason.UNCLOSED:
            inside = []
        elif step.kind == "passage" and step.direction == Direction.OUT:
            inside = inside[1:]
        elif step.kind == "passage":
            inside = [*inside, step.gate]
            extra = len(inside) - party
            if extra > 0 and found is None:
                found = Double(visit, step.at, extra, tuple(dict.fromkeys(inside)))
            elif found is not None and extra > 0:
                gates = tuple(dict.fromkeys((*found.gates, step.gate)))
                found = replace(found, extra=max(found.extra, extra), gates=gates)
    return found
