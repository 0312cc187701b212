"""What a command means to the lane, and what became of it. Pure.

The deciding thread takes the event, lets the machine step, and looks at what came of it: the answer
is what happened, not what was asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gate import events as ev
from gate.events import Command, Event
from gate.orders import Code, Order, Verb
from gate.serving import lane_is_open
from gate.state import Gate, Idle


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command."""

    code: str
    """`done`, or a `gate.orders.Code`, or the code of a refusal."""
    detail: str = ""

    @property
    def ok(self) -> bool:
        """It was done."""
        return self.code == Code.DONE


DONE = Outcome(Code.DONE)


@dataclass(frozen=True, slots=True)
class OrderHeard:
    """A fact for the deciding thread: a command that the lane itself has to obey."""

    order: Order
    answer: Callable[[Outcome], None]


def event_of(order: Order, gate: Gate) -> Event | Outcome:
    """What happens to the machine; or the outcome, where nothing does."""
    match order.verb:
        case Verb.OPEN_ONCE:
            if lane_is_open(gate):
                return Outcome(Code.LANE_IS_OPEN)
            if not isinstance(gate.dialog, Idle):
                return Outcome(Code.BUSY, "somebody is being served")
            return ev.OneOrdered()
        case Verb.MODE:
            assert order.mode is not None, "an order for a mode names it"  # noqa: S101 - a bug otherwise
            return ev.ModeChanged(order.mode)
        case Verb.RECOUNT:
            if gate.release:
                return Outcome(Code.RELEASED, "people still walk freely")
            return ev.Recounted()
        case Verb.RELOAD | Verb.SELFTEST:
            raise AssertionError("no business of the lane")


def outcome_of(order: Order, after: Gate, commands: Sequence[Command]) -> Outcome:
    """What the machine made of it."""
    for command in commands:
        if isinstance(command, ev.RecordRefusal):
            return Outcome(command.code.value, command.detail)
    if order.verb is Verb.MODE and after.keyed is not None:
        return Outcome(Code.DONE, f"a turned key wins until it is turned back: {after.keyed}")
    return DONE
