"""What must be true after a chaos between gates and central, whatever happened. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class GateFacts:
    """Of one gate, what was found on each side when all was quiet."""

    name: str
    walked: Mapping[int, str]
    """What the walkers did, as far as they were told that it is on disk: number of the event, and
    `in` or `out` with their visit."""
    told_written: int
    """The highest number that the gate ever said to be on disk."""
    newest: int
    """The highest number that its database has given."""
    totals: tuple[int, int, int]
    """In, out and pending, in its database."""
    lives: tuple[tuple[int, int, int], ...]
    """At central, of each epoch: in, out and pending."""
    reached: int
    """Up to which event central says that it has all."""
    events: Mapping[int, str]
    """At central: number, and `in` or `out` with the visit; nothing where nobody passed."""
    by_visits: tuple[int, int]
    """In and out, as central has told gates that ask of visits."""


@dataclass(frozen=True)
class VenueFacts:
    """Of all of it."""

    gates: tuple[GateFacts, ...]
    bounds: tuple[int, int, int]
    """People inside at central, loaded anew: lowest, by what was counted, highest."""
    occ: tuple[int, int, int]
    """The same as the broker has it."""
    doubles: int
    """Nobody has used a pass twice."""
    troubles: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        troubles = ", ".join(f"{times} {name}" for name, times in sorted(self.troubles.items()))
        gates = "; ".join(
            f"{it.name}: {it.totals[0]} in, {it.totals[1]} out, {it.newest} events"
            for it in self.gates
        )
        return f"{gates}; {self.bounds[1]} inside; {troubles}"


def broken(facts: VenueFacts) -> Iterator[str]:
    """Every promise that was broken."""
    for gate in facts.gates:
        for sentence in (*_told(gate), *_counted(gate)):
            yield f"{gate.name}: {sentence}"
    inside = sum(gate.totals[0] - gate.totals[1] for gate in facts.gates)
    upper = inside + sum(gate.totals[2] for gate in facts.gates)
    if facts.bounds != (inside, inside, upper):
        yield f"inside at central {facts.bounds}, by the gates {(inside, inside, upper)}"
    if facts.occ != facts.bounds:
        yield f"the broker has {facts.occ} inside, central {facts.bounds}"
    if facts.doubles:
        yield f"{facts.doubles} doubles of passes that were used once"


def _told(gate: GateFacts) -> Iterator[str]:
    """Every event is there, and none that nobody has recorded."""
    lost = [seq for seq in range(1, gate.newest + 1) if seq not in gate.events]
    if lost:
        yield f"{len(lost)} events lost, the first {lost[0]}"
    invented = [seq for seq in gate.events if not 1 <= seq <= gate.newest]
    if invented:
        yield f"events that nobody has recorded: {invented[:3]}"
    if gate.reached != gate.newest:
        yield f"central has reached {gate.reached} of {gate.newest}"
    if gate.told_written > gate.newest:
        yield f"{gate.told_written} was said to be on disk, and {gate.newest} is the newest there"
    others = [seq for seq, who in gate.walked.items() if gate.events.get(seq, who) != who]
    if others:
        yield f"somebody else walked by event {others[0]} than central has"
    twice = [who for who, times in Counter(gate.events.values()).items() if who and times > 1]
    if twice:
        yield f"counted twice: {twice[0]}"


def _counted(gate: GateFacts) -> Iterator[str]:
    """All sums are the same."""
    if len(gate.lives) != 1:
        yield f"{len(gate.lives)} epochs of one database"
    told = tuple(sum(column) for column in zip(*gate.lives, strict=True))
    if told != gate.totals:
        yield f"on its disk {gate.totals}, at central {told}"
    ways = Counter(who.split(" ")[0] for who in gate.events.values())
    by_events = (ways["in"], ways["out"])
    if by_events != gate.totals[:2]:
        yield f"on its disk {gate.totals[:2]}, by events {by_events}"
    if gate.by_visits != gate.totals[:2]:
        yield f"on its disk {gate.totals[:2]}, by visits {gate.by_visits}"
