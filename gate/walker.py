"""Who is in the lane, from the settled levels of two beams. Pure.

Beam A is on the street side, beam B on the venue's. They are so close together that a body breaks
both at once (5 to 15 cm), and so far apart that nobody is faster from one to the other than twice
the debounce time. Seen from a person who walks, the first beam is the *near* one, the other *far*.

 1. Levels are compared, edges are never toggled: a missed edge costs at most what happened in
    between.
 2. near, both, far, none: went through. It is told when the far beam clears.
 3. near, both, near, none: turned back; and so is near, none unless the far beam follows within
    `order_within_s`; whoever is back in the near beam by then is the same person. A touch of the
    near beam shorter than `min_passage_s` is nobody (a hand).
 4. Whoever has cleared the near beam is about to leave. When that beam breaks again while they are
    still in the far one, somebody follows: one passage when the far beam clears, and one more when
    the follower goes through. Both also count when the follower clears the near beam and the gap
    between the two was not seen at the far one, unless the second break was too short for a body.
 5. But when the far beam takes longer than `order_within_s` to clear, it was the same person who
    came back (rule 3 goes on from there).
 6. Where an edge is missing, what was seen decides: both beams broken from nowhere take their
    direction from the beam that clears first; none after both is a passage in the direction of
    the beam that broke first. Both from nowhere and at once none again is nobody.
 7. near, none, far, none is a passage too (a thin person, a missed edge); but if the near beam
    breaks again while the far one is broken, the first had turned back and another comes towards.

What two beams cannot tell, and a site that needs it has to build more of them:

- two people side by side, one carrying another, two without a gap: one passage;
- a trolley or a case behind a person, with a gap between: two;
- someone who steps back into the near beam and on again, without leaving the far one: two;
- someone who turns on their heel behind the near beam and is out of the far one again within
  `order_within_s`: a passage and a turn-back;
- a leader who stands in the far beam for longer than that with a follower at their heels, and
  leaves first: counted together as one person (rule 5);
- people from both sides who meet in the lane without a gap: one;
- a beam that reads clear for ever.
"""

from dataclasses import dataclass
from typing import assert_never

from gate.events import Passed, TurnedBack
from gate.model import Direction, Monotonic


@dataclass(frozen=True, slots=True)
class Nobody:
    """The lane is empty."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """Both beams broke at once: somebody, from either side (rule 6)."""


@dataclass(frozen=True, slots=True)
class Near:
    """In the near beam only."""

    direction: Direction
    entered: Monotonic
    came_back: bool = False
    """Was in the far beam before."""


@dataclass(frozen=True, slots=True)
class Between:
    """Cleared the near beam without breaking the far one: gone, or about to break it."""

    direction: Direction
    entered: Monotonic
    cleared: Monotonic


@dataclass(frozen=True, slots=True)
class Both:
    """In both beams."""

    direction: Direction
    entered: Monotonic


@dataclass(frozen=True, slots=True)
class Far:
    """In the far beam only."""

    direction: Direction
    cleared: Monotonic
    """When the near beam cleared."""
    apart: bool = False
    """The two beams were never broken together (rule 7)."""


@dataclass(frozen=True, slots=True)
class Followed:
    """One in the far beam, and the near one is broken again (rules 4 and 5)."""

    direction: Direction
    cleared: Monotonic
    """When the leader cleared the near beam."""
    entered: Monotonic
    """When it broke again."""


Walker = Nobody | Unsure | Near | Between | Both | Far | Followed

Step = tuple[Walker, tuple[Passed | TurnedBack, ...]]


@dataclass(frozen=True, slots=True)
class Gait:
    """How people walk, in seconds."""

    order_within_s: float = 1.0
    """Nobody who walks takes longer from one beam to the other."""
    min_passage_s: float = 0.12
    """A body breaks a beam for at least so long."""


def walk(walker: Walker, *, a: bool, b: bool, now: Monotonic, gait: Gait) -> Step:
    """The walker, and what happened, when the beams are so from `now` on; True is broken."""
    match walker:
        case Nobody():
            return _from_nobody(a, b, now)
        case Unsure():
            return _from_unsure(a, b, now)
        case Near() | Between() | Both() | Far() | Followed():
            near, far = (a, b) if walker.direction is Direction.IN else (b, a)
            return _onwards(walker, near, far, now, gait)
        case _:
            assert_never(walker)


def give_up_at(walker: Walker, gait: Gait) -> Monotonic | None:
    """When `give_up` is due, if it is at all."""
    match walker:
        case Between(cleared=cleared):
            return Monotonic(cleared + gait.order_within_s)
        case _:
            return None


def give_up(walker: Walker, *, now: Monotonic, gait: Gait) -> Step:
    """Rule 3: whoever touched the near beam and did not come to the far one has turned back."""
    match walker:
        case Between(direction, entered, cleared) if cleared + gait.order_within_s <= now:
            body = cleared - entered >= gait.min_passage_s
            return Nobody(), (TurnedBack(direction),) if body else ()
        case _:
            return walker, ()


def _from_nobody(a: bool, b: bool, now: Monotonic) -> Step:
    match a, b:
        case True, True:
            return Unsure(), ()
        case True, False:
            return Near(Direction.IN, now), ()
        case False, True:
            return Near(Direction.OUT, now), ()
        case _:
            return Nobody(), ()


def _from_unsure(a: bool, b: bool, now: Monotonic) -> Step:
    """Rule 6: the beam that clears first is the near one."""
    match a, b:
        case True, True:
            return Unsure(), ()
        case True, False:
            return Far(Direction.OUT, now), ()
        case False, True:
            return Far(Direction.IN, now), ()
        case _:
            return Nobody(), ()


def _onwards(
    walker: Near | Between | Both | Far | Followed,
    near: bool,
    far: bool,
    now: Monotonic,
    gait: Gait,
) -> Step:
    """One row for each state and each pair of levels."""
    way = walker.direction
    passed = (Passed(way),)
    match walker, near, far:
        case Near(), True, False:
            return walker, ()
        case Near(entered=entered), True, True:
            return Both(way, entered), ()
        case Near(), False, True:
            return Far(way, now), ()
        case Near(came_back=True), False, False:
            return Nobody(), (TurnedBack(way),)
        case Near(entered=entered), False, False:
            return Between(way, entered, now), ()

        case Between(), False, False:
            return walker, ()
        case Between(entered=entered), True, False:
            return Near(way, entered), ()
        case Between(), False, True:
            return Far(way, now, apart=True), ()
        case Between(entered=entered), True, True:
            return Both(way, entered), ()

        case Both(), True, True:
            return walker, ()
        case Both(entered=entered), True, False:
            return Near(way, entered, came_back=True), ()
        case Both(), False, True:
            return Far(way, now), ()
        case Both(), False, False:
            return Nobody(), passed

        case Far(), False, True:
            return walker, ()
        case Far(), False, False:
            return Nobody(), passed
        case Far(apart=True), True, True:
            return Both(_opposite(way), now), (TurnedBack(way),)
        case Far(cleared=cleared), True, True:
            return Followed(way, cleared, now), ()
        case Far(), True, False:
            return Near(way, now), passed

        case Followed(), True, True:
            return walker, ()
        case Followed(cleared=cleared, entered=entered), True, False:
            if now - cleared <= gait.order_within_s:
                return Near(way, entered), passed
            return Near(way, entered, came_back=True), ()
        case Followed(cleared=cleared, entered=entered), False, True:
            if now - entered >= gait.min_passage_s:
                return Far(way, now), passed
            return Far(way, cleared), ()
        case Followed(entered=entered), False, False:
            body = now - entered >= gait.min_passage_s
            return Nobody(), passed + ((TurnedBack(way),) if body else ())
    raise AssertionError(f"no row for {walker} with near {near} and far {far}")


def _opposite(direction: Direction) -> Direction:
    return Direction.OUT if direction is Direction.IN else Direction.IN
