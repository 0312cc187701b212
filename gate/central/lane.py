"""How a gate is, beside what it counts: what it last said of itself, and when. Pure."""

from dataclasses import dataclass, replace

from gate.central.demand import NOBODY, Demand
from gate.model import Utc
from gate.payloads import Meta, Status

STALE_S = 150.0
"""`ctr` comes every minute: two of them were missed."""


@dataclass(frozen=True, slots=True)
class LaneState:
    """One gate."""

    id: str
    scan: str = ""
    state: str = ""
    mode: str = ""
    backlog: int | None = None
    faults: tuple[str, ...] = ()
    software: str = ""
    heard_at: Utc | None = None
    """By central's clock; of a word that the broker had kept, by the gate's."""
    released: bool = False
    """The fire panel is active there."""
    demand: Demand = NOBODY


def heard(lane: LaneState, at: Utc) -> LaneState:
    """Once it has said anything."""
    return replace(lane, heard_at=at if lane.heard_at is None else Utc(max(at, lane.heard_at)))


def with_status(lane: LaneState, status: Status) -> LaneState:
    """Once it, or its last will, has told how it is. The will knows neither mode nor backlog."""
    return replace(
        lane,
        state=status.state,
        mode=lane.mode if status.mode is None else status.mode,
        backlog=lane.backlog if status.backlog is None else status.backlog,
        faults=lane.faults if status.faults is None else status.faults,
    )


def with_meta(lane: LaneState, meta: Meta) -> LaneState:
    """Once it has told what it is."""
    scan = meta.lane.scan if meta.lane is not None else lane.scan
    return replace(lane, scan=scan, software=meta.software)


def is_stale(lane: LaneState, now: Utc) -> bool:
    """Whether it may count people and nobody hears of it. Stopped in order, it does not count."""
    if lane.heard_at is None or lane.state == "offline":
        return False
    return lane.state == "lost" or now - lane.heard_at > STALE_S


def is_heard(lane: LaneState, now: Utc) -> bool:
    """Whether what it says is how it is now."""
    return lane.state != "offline" and not is_stale(lane, now)


def is_usable(lane: LaneState, now: Utc) -> bool:
    """Whether it lets people in, and hears of a quota at once."""
    return lane.scan == "entry" and lane.state == "online" and not is_stale(lane, now)
