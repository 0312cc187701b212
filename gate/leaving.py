"""The way out: a pass that is shown there, and the passages that belong to it. Pure.

Nothing here can refuse anybody (rule 2 of `gate.machine`).
"""

from dataclasses import replace

from gate import events as ev
from gate.events import Chime
from gate.model import Direction, Monotonic, Pass, Prompt, Reason, Say, Sound
from gate.serving import Step
from gate.state import Gate, Leaving, Notice, Settings


def check_out(gate: Gate, pass_: Pass, places: int, now: Monotonic, s: Settings) -> Step:
    """The next passages out belong to the visit of this pass."""
    if gate.release:
        return gate, ()
    leaving = Leaving(pass_, places, Monotonic(now + s.leaving_within_s))
    notice = Notice(Prompt(Say.GOODBYE, of=places), Monotonic(now + s.notice_s))
    return replace(gate, leaving=leaving, notice=notice), (Chime(Sound.GOODBYE),)


def passed_out(gate: Gate) -> Step:
    """Somebody left: counted, and where a pass was shown, for its visit."""
    if gate.release:
        return gate, (ev.Count(Direction.OUT, Reason.RELEASE),)
    if gate.leaving is None:
        return gate, (ev.Count(Direction.OUT, Reason.OK),)
    leaving = gate.leaving
    rest = replace(leaving, places=leaving.places - 1) if leaving.places > 1 else None
    return replace(gate, leaving=rest), (ev.Count(Direction.OUT, Reason.OK, pass_=leaving.pass_),)
