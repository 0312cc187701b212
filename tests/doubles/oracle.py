"""Who knows everything: which people were one too many on their pass, and whether that is excused.

Two gates may double what neither can know of the other: within the time that a word takes, and
while one of them, or central, is cut off (noticed or not) and until they have heard each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from gate.events import Count, EndGrant, Record, RecordGrant
from gate.model import Direction, VisitId

Why = Literal["in the window", "in a cut", "inexcusable"]

WINDOW_S = 0.15
"""The longest way of a word from one gate's disk to the other gate."""

SETTLED_S = 1.0
"""After a link is there again, until everybody has heard all."""


@dataclass
class Cut:
    """Somebody could not be heard, and did not hear."""

    who: str
    begins: float
    ends: float


@dataclass
class Double:
    """By the oracle."""

    at: float
    """When the first was one too many."""
    extra: int
    last_in: dict[str, float]
    """Where those came in who were inside then, and the last by each gate."""


@dataclass
class Truth:
    """One visit."""

    party: int
    open: int = 0
    inside: list[tuple[str, float]] = field(default_factory=list)
    told: list[tuple[str, float]] = field(default_factory=list)
    """Where and when something happened that others should know of."""
    double: Double | None = None


@dataclass
class TooMany:
    """A grant for which there was no place."""

    visit: VisitId
    gate: str
    at: float
    why: Why


@dataclass
class Oracle:
    """Sees every record of every gate at the moment it is made."""

    cuts: list[Cut] = field(default_factory=list)
    visits: dict[VisitId, Truth] = field(default_factory=dict)
    grants: list[TooMany] = field(default_factory=list)

    def see(self, gate: str, record: Record, now: float) -> None:
        """It has happened."""
        match record:
            case RecordGrant(pass_=pass_) | EndGrant(pass_=pass_) | Count(pass_=pass_) if pass_:
                truth = self.visits.setdefault(pass_.visit, Truth(pass_.party))
                self._note(gate, pass_.visit, truth, record, now)
                truth.told.append((gate, now))
            case _:
                pass

    @property
    def doubles(self) -> dict[VisitId, Double]:
        """Visits of which more were inside than they have people."""
        found = ((visit, truth.double) for visit, truth in self.visits.items())
        return {visit: double for visit, double in found if double is not None}

    def _note(self, gate: str, visit: VisitId, truth: Truth, record: Record, now: float) -> None:
        match record:
            case RecordGrant():
                if len(truth.inside) + truth.open >= truth.party:
                    self.grants.append(TooMany(visit, gate, now, self._why(gate, truth, now)))
                truth.open += 1
            case EndGrant():
                truth.open -= 1
            case Count(direction=Direction.OUT):
                truth.inside = truth.inside[1:]
            case Count():
                truth.open -= 1
                truth.inside.append((gate, now))
                extra = len(truth.inside) - truth.party
                if extra > 0:
                    truth.double = _with_one_more(truth, extra, now)

    def _why(self, gate: str, truth: Truth, now: float) -> Why:
        """What `gate` may not have known when it granted."""
        elsewhere = [(other, at) for other, at in truth.told if other != gate]
        if any(now - at <= WINDOW_S for _, at in elsewhere):
            return "in the window"
        cut = any(
            cut.begins <= now and cut.ends + SETTLED_S >= at
            for other, at in elsewhere
            for cut in self._cuts_of(gate, other)
        )
        return "in a cut" if cut else "inexcusable"

    def _cuts_of(self, *gates: str) -> Iterator[Cut]:
        return (cut for cut in self.cuts if cut.who in {*gates, "central"})


def _with_one_more(truth: Truth, extra: int, now: float) -> Double:
    known = truth.double or Double(now, 0, {})
    if extra <= known.extra:
        return known
    return Double(known.at, extra, {**known.last_in, **dict(truth.inside)})
