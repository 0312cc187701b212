"""One visit over all gates: what each has told of it, and whether it was used twice. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
    came: tuple[tuple[str, Utc], ...]
    """By which gates those came in who were inside then, and the last who came by each."""

    @property
    def gates(self) -> tuple[str, ...]:
        """In the order in which somebody came first."""
        return tuple(gate for gate, _ in self.came)


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
    """Whether it is worth looking at each step: more came in than are in the party.

    Also where as many have left since: who was cut off tells of it late.
    """
    return sum(it.entered for it in places) > party


def find_double(visit: VisitId, party: int, steps: Sequence[Step]) -> Double | None:
    """Goes through a visit in the order of time. None: at no moment too many were inside.

    A grant with the reason `unclosed` to a party that is all inside begins the visit anew: the gate
    has taken those for gone. Who leaves without showing the pass is seen by nobody here.
    """
    inside: list[Step] = []
    found: Double | None = None
    for step in sorted(steps, key=lambda it: (it.at, it.gate, it.seq)):
        if step.kind == "granted":
            if step.reason == Reason.UNCLOSED and len(inside) >= party:
                inside = []
        elif step.direction == Direction.OUT:
            inside = inside[1:]
        else:
            inside = [*inside, step]
            extra = len(inside) - party
            if extra > (0 if found is None else found.extra):
                at = step.at if found is None else found.at
                came = {**dict(() if found is None else found.came), **_came(inside)}
                found = Double(visit, at, extra, tuple(came.items()))
    return found


def _came(inside: Iterable[Step]) -> dict[str, Utc]:
    return {step.gate: step.at for step in inside}
