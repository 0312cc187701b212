"""Who went through the lane, and which way, from the levels of its sensors. Pure.

Here are debouncing, waiting and the health of the beams; `gate.walker` has the rules by which two
beams become passages, and says what two beams cannot tell.

1. A level counts once it has been stable for `debounce_s`, whether or not another edge comes.
2. A lane with one sensor counts each time it breaks, in its one direction.
3. A lane in which a beam is broken and nobody has passed for `held_after_s` is held: told once,
   and again only after somebody has passed or the lane was empty.
4. A beam that is broken for `stuck_after_s` makes the sensors lost: told once, and back once no
   beam is stuck any more. Order and direction are followed meanwhile as well as they can be.

Whether a passage was granted is not known here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gate.events import LaneHeld, PartBack, PartLost, Passed, TurnedBack
from gate.model import Direction, Monotonic, Part
from gate.walker import Gait, Nobody, Walker, give_up, give_up_at, walk

LaneEvent = Passed | TurnedBack | LaneHeld | PartLost | PartBack


@dataclass(frozen=True, slots=True)
class PassageSettings:
    """Times of the lane, in seconds."""

    debounce_s: float = 0.02
    """A level has to be stable for so long."""
    order_within_s: float = 1.0
    """Nobody who walks takes longer from one beam to the other (`gate.walker`, rules 3 and 5)."""
    min_passage_s: float = 0.12
    """A body breaks a beam for at least so long (`gate.walker`, rules 3 and 4)."""
    held_after_s: float = 8.0
    """Someone who is in the lane for so long holds it."""
    stuck_after_s: float = 60.0
    """A beam that is broken for so long is dirty, out of line or unplugged."""
    one_way: Direction | None = None
    """The direction of a lane with one sensor (A); None where there are two."""

    @property
    def gait(self) -> Gait:
        """What the rules of two beams need."""
        return Gait(order_within_s=self.order_within_s, min_passage_s=self.min_passage_s)


@dataclass(frozen=True, slots=True)
class Levels:
    """The beams as read at one moment; True is broken. `b` is None in a lane with one sensor."""

    a: bool
    b: bool | None = None


@dataclass(frozen=True, slots=True)
class Beam:
    """One beam: what it settled to, and what was read last; the times mean nothing at first."""

    broken: bool = False
    since: Monotonic = field(default=Monotonic(0.0))
    raw: bool = False
    raw_since: Monotonic = field(default=Monotonic(0.0))
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """What is known of the lane; `Lane()` is an empty one."""

    a: Beam = field(default=Beam())
    b: Beam = field(default=Beam())
    walker: Walker = field(default=Nobody())
    busy_since: Monotonic | None = None
    """A beam is broken; since then, or since the last one passed."""
    held: bool = False
    """Told, for this occupation."""
    lost: bool = False
    """The sensors are reported lost."""


def passage_step(
    lane: Lane, levels: Levels | None, now: Monotonic, settings: PassageSettings
) -> tuple[Lane, tuple[LaneEvent, ...]]:
    """What the lane is after a look at `now` (None: only time has passed), and what happened.

    Deadlines up to `now` are dealt with first, each at its own time: a late caller sees the same
    events as a punctual one, only later. Looks have to come in the order in which they were taken,
    each with the time at which it was taken.
    """
    lane, events = _caught_up(lane, now, settings)
    if levels is None:
        return lane, events
    if levels.b is None and settings.one_way is None:
        raise ValueError("a lane with one sensor needs its direction: PassageSettings.one_way")
    b = bool(levels.b) and settings.one_way is None
    lane = replace(lane, a=_read(lane.a, levels.a, now), b=_read(lane.b, b, now))
    lane, more = _caught_up(lane, now, settings)
    return lane, events + more


def passage_deadline(lane: Lane, settings: PassageSettings) -> Monotonic | None:
    """When to call `passage_step` without a look, should none come before."""
    return min(_deadlines(lane, settings), default=None)


def _deadlines(lane: Lane, settings: PassageSettings) -> Iterator[Monotonic]:
    for beam in (lane.a, lane.b):
        if beam.raw != beam.broken:
            yield Monotonic(beam.raw_since + settings.debounce_s)
        if beam.broken and not beam.stuck:
            yield Monotonic(beam.since + settings.stuck_after_s)
    if (due := give_up_at(lane.walker, settings.gait)) is not None:
        yield due
    if lane.busy_since is not None and not lane.held:
        yield Monotonic(lane.busy_since + settings.held_after_s)


def _caught_up(
    lane: Lane, now: Monotonic, settings: PassageSettings
) -> tuple[Lane, tuple[LaneEvent, ...]]:
    events: tuple[LaneEvent, ...] = ()
    while (due := passage_deadline(lane, settings)) is not None and due <= now:
        lane, more = _at_deadline(lane, due, settings)
        events += more
    return lane, events


def _at_deadline(
    lane: Lane, now: Monotonic, settings: PassageSettings
) -> tuple[Lane, tuple[LaneEvent, ...]]:
    """Everything that is due at `now`: given up, settled, held, stuck."""
    events: tuple[LaneEvent, ...]
    walker, events = give_up(lane.walker, now=now, gait=settings.gait)
    a, b = _settled(lane.a, now, settings), _settled(lane.b, now, settings)
    if settings.one_way is not None:
        if a.broken and not lane.a.broken:
            events += (Passed(settings.one_way),)
    elif (a.broken, b.broken) != (lane.a.broken, lane.b.broken):
        walker, walked = walk(walker, a=a.broken, b=b.broken, now=now, gait=settings.gait)
        events += walked
    passed = any(isinstance(event, Passed) for event in events)
    lane = replace(lane, a=a, b=b, walker=walker)
    lane, held = _watch_holding(lane, now, settings, passed=passed)
    lane, health = _watch_beams(lane, now, settings)
    return lane, events + held + health


def _read(beam: Beam, level: bool, now: Monotonic) -> Beam:
    return beam if level == beam.raw else replace(beam, raw=level, raw_since=now)


def _settled(beam: Beam, now: Monotonic, settings: PassageSettings) -> Beam:
    if beam.raw == beam.broken or beam.raw_since + settings.debounce_s > now:
        return beam
    return Beam(broken=beam.raw, since=now, raw=beam.raw, raw_since=beam.raw_since)


def _watch_holding(
    lane: Lane, now: Monotonic, settings: PassageSettings, *, passed: bool
) -> tuple[Lane, tuple[LaneEvent, ...]]:
    if not (lane.a.broken or lane.b.broken):
        return replace(lane, busy_since=None, held=False), ()
    if lane.busy_since is None or passed:
        return replace(lane, busy_since=now, held=False), ()
    if lane.held or lane.busy_since + settings.held_after_s > now:
        return lane, ()
    return replace(lane, held=True), (LaneHeld(),)


def _watch_beams(
    lane: Lane, now: Monotonic, settings: PassageSettings
) -> tuple[Lane, tuple[LaneEvent, ...]]:
    def judged(beam: Beam) -> Beam:
        return replace(beam, stuck=beam.broken and beam.since + settings.stuck_after_s <= now)

    lane = replace(lane, a=judged(lane.a), b=judged(lane.b))
    names = [name for name, beam in (("A", lane.a), ("B", lane.b)) if beam.stuck]
    if names and not lane.lost:
        detail = f"{' and '.join(names)} broken for {settings.stuck_after_s:g} s"
        return replace(lane, lost=True), (PartLost(Part.SENSORS, detail),)
    if lane.lost and not names:
        return replace(lane, lost=False), (PartBack(Part.SENSORS),)
    return lane, ()
