"""An exhaustive walk of the machine's reachable states, under a stated abstraction.

The abstraction, each with the reason why nothing is lost by it:

- deadlines are relative to now, and time jumps from deadline to deadline: the machine compares
  times, and between two deadlines nothing changes;
- grants are renumbered by age and so are tickets: the machine compares them for equality only;
- the notice and the prompt of a grant are left out: they decide nothing (a promise of its own
  checks that);
- parties have at most three people, and at most three grants are open;
- totals are outside the state; the room they leave is set by the environment to any of a few
  values, at any moment, which is more than can happen.

An answer (of the disk, the thermometer) is offered for what is outstanding and, in every state,
for something that is not.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from gate import events as ev
from gate import machine
from gate.events import Command, Event
from gate.model import (
    Direction,
    GrantId,
    Mode,
    Monotonic,
    Part,
    Pass,
    Prompt,
    Reason,
    RefusalCode,
    Say,
    Ticket,
    Utc,
    Verdict,
    VisitId,
)
from gate.state import Gate, Idle, Screening, Settings, Storing

SHORT = Settings(
    person_within_s=2,
    staff_within_s=2,
    store_within_s=2,
    open_for_s=2,
    assisted_open_for_s=2,
    grace_s=1,
    tailgate_s=1,
    leaving_within_s=2,
    notice_s=1,
    told_again_after_s=1,
    attempts=2,
)


def a_pass(name: str, party: int, *, staff: bool = False, assisted: bool = False) -> Pass:
    return Pass(VisitId(name), party, Utc(0), Utc(1e9), staff=staff, assisted=assisted)


UNSAID = Prompt(Say.WALK)

FAMILY = a_pass("family", 3)
SINGLE = a_pass("single", 1)
WORKER = a_pass("worker", 1, staff=True)

VISITORS: tuple[Event, ...] = (
    ev.PassAccepted(FAMILY, 3),
    ev.PassAccepted(SINGLE, 1),
    ev.PassAccepted(WORKER, 1, Reason.STAFF),
    ev.PassRefused(RefusalCode.EXPIRED),
    ev.Passed(Direction.IN),
    ev.Passed(Direction.OUT),
    ev.AttendantPressed(),
)
MISHAPS: tuple[Event, ...] = (
    ev.TurnedBack(Direction.IN),
    ev.LaneHeld(),
    ev.ReleaseChanged(active=True),
    ev.ReleaseChanged(active=False),
    ev.Recounted(),
    ev.Stopping(),
)
CHECK_OUT: tuple[Event, ...] = (ev.CheckOutShown(FAMILY, 2),)


RESERVE = 1
"""Places that only staff get, whatever room there is."""


def rooms(*places: int | None) -> tuple[Event, ...]:
    return tuple(ev.RoomChanged(number, RESERVE) for number in places)


def modes(*wanted: Mode) -> tuple[Event, ...]:
    return tuple(ev.ModeChanged(mode) for mode in wanted)


def faults(*parts: Part) -> tuple[Event, ...]:
    return tuple(ev.PartLost(part) for part in parts) + tuple(ev.PartBack(part) for part in parts)


@dataclass(frozen=True, slots=True)
class Edge:
    """One step: where from, what happened, where to, and what was asked for."""

    before: Gate
    event: Event
    now: Monotonic
    after: Gate
    commands: tuple[Command, ...]


@dataclass(slots=True)
class Walk:
    """All states that the alphabet reaches from `start`, and all edges between them."""

    settings: Settings
    alphabet: Sequence[Event]
    start: Gate
    most_grants: int = 3
    states: dict[Gate, Edge | None] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    kept: dict[tuple[Gate, Monotonic], Gate] = field(default_factory=dict)
    """What each edge leads to, and when, as the walk keeps it: eight edges lead to the same."""

    @property
    def afters(self) -> set[Gate]:
        """What edges lead to, each once."""
        return {after for after, _ in self.kept}

    def run(self) -> "Walk":
        first = canonical(self.start, Monotonic(0))
        self.states[first] = None
        frontier = deque([first])
        while frontier:
            gate = frontier.popleft()
            for edge in self._edges(gate):
                self.edges.append(edge)
                after = self._kept(edge)
                if after not in self.states and len(after.grants) <= self.most_grants:
                    self.states[after] = edge
                    frontier.append(after)
        return self

    def _kept(self, edge: Edge) -> Gate:
        key = edge.after, edge.now
        if key not in self.kept:
            self.kept[key] = canonical(*key)
        return self.kept[key]

    def _edges(self, gate: Gate) -> Iterator[Edge]:
        now = Monotonic(0)
        for event in (*self.alphabet, *answers(gate)):
            yield self._edge(gate, event, now)
        due = machine.deadline(gate)
        if due is not None:
            yield self._edge(gate, ev.TimePassed(), due)

    def _edge(self, gate: Gate, event: Event, now: Monotonic) -> Edge:
        after, commands = machine.step(gate, event, now, self.settings)
        return Edge(gate, event, now, after, commands)


def answers(gate: Gate) -> Iterator[Event]:
    """Answers to what is outstanding, and to what is not."""
    match gate.dialog:
        case Screening(ticket=ticket):
            for verdict in Verdict:
                yield ev.Measured(ticket, verdict, None)
        case Storing(grant=grant):
            yield ev.GrantStored(grant)
        case _:
            pass
    yield ev.Measured(Ticket(-99), Verdict.ADMIT, None)
    yield ev.GrantStored(GrantId(-99))


def canonical(gate: Gate, now: Monotonic) -> Gate:
    """The state as the walk keeps it: everything relative, the notice left out."""

    def since(moment: Monotonic) -> Monotonic:
        return Monotonic(moment - now)

    grants = tuple(
        replace(
            grant,
            id=GrantId(rank - len(gate.grants) - 1),
            prompt=UNSAID,
            free_until=Monotonic(0) if grant.shut else since(grant.free_until),
            ends_at=since(grant.ends_at),
        )
        for rank, grant in enumerate(gate.grants)
    )
    dialog = gate.dialog
    if not isinstance(dialog, Idle):
        dialog = replace(dialog, until=since(dialog.until))
    if isinstance(dialog, Storing):
        dialog = replace(dialog, grant=GrantId(-1))
    if isinstance(dialog, Screening):
        dialog = replace(dialog, ticket=Ticket(-1))
    leaving = gate.leaving and replace(gate.leaving, until=since(gate.leaving.until))
    return replace(
        gate,
        grants=grants,
        dialog=dialog,
        leaving=leaving,
        notice=None,
        tail_until=None if gate.tail_until is None else since(gate.tail_until),
        told_until=None if gate.told_until is None else since(gate.told_until),
        next_grant=GrantId(0),
        next_ticket=Ticket(0),
    )
