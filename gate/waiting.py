"""Those who wait at a full lane: they are told when there is room again. Pure.

This is rule 13 of `gate.machine`. Whoever has read that the lane is full stands aside and looks
elsewhere; one place that comes free is a moment for them, with a sound of its own. That the lane
takes passes again it shows by itself (`gate.posture`).
"""

from dataclasses import replace

from gate.events import Chime
from gate.model import Direction, Monotonic, Prompt, RefusalCode, Say, Sound
from gate.serving import Step, lane_is_open, refusing
from gate.state import Gate, Idle, Notice, Settings


def tell_of_room(gate: Gate, now: Monotonic, s: Settings) -> Step:
    """Remember that the lane is full; once it is no more, say so, but not over and over.

    A right that comes and goes (central moves it between gates) is told once in a while; when
    somebody has got the place, the next one is news.
    """
    if s.scan is Direction.OUT:
        return gate, ()
    if lane_is_open(gate):  # nobody waits for a place
        return _remember(gate, full=False), ()
    if not isinstance(gate.dialog, Idle) or any(not grant.shut for grant in gate.grants):
        return gate, ()
    refused = refusing(gate, s)
    if refused is not None:
        return _remember(gate, full=refused is RefusalCode.FULL), ()
    if not gate.full or gate.told_until is not None:
        return gate, ()
    notice = Notice(Prompt(Say.ROOM_AGAIN), Monotonic(now + s.notice_s))
    told_until = Monotonic(now + s.told_again_after_s)
    return replace(gate, full=False, notice=notice, told_until=told_until), (
        Chime(Sound.ROOM_AGAIN),
    )


def _remember(gate: Gate, *, full: bool) -> Gate:
    return gate if gate.full is full else replace(gate, full=full)
