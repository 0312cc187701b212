"""A venue as the manager sees it, made from what is known of it."""

from gate.central.capacity import right
from gate.central.distribution import is_paused
from gate.central.lane import LaneState, is_stale
from gate.central.marks import Mark, Since, counted
from gate.central.occupancy import Occupancy
from gate.central.venue import Venue
from gate.central.view import Condition, GateView, Muster, VenueView
from gate.model import Utc


def picture(venue: Venue, now: Utc) -> VenueView:
    """The venue now."""
    known = venue.occupancy(now)
    marks, plan, limit = venue.people.marks, venue.plan, venue.settings.limit
    entered, left = counted(marks[Since.DAY], venue.people.epochs)
    release = marks.get(Since.RELEASE)
    return VenueView(
        id=plan.id,
        name=plan.name,
        district=plan.district,
        condition=_condition(venue, known),
        inside=max(0, known.inside),
        lower=known.lower,
        upper=known.upper,
        limit=limit,
        licensed=plan.licensed,
        free=max(0, limit - max(0, known.inside)),
        reserve=plan.reserve,
        entered=entered,
        left=left,
        day_began=marks[Since.DAY].at,
        gates=tuple(_gate(venue, lane, marks[Since.DAY], now) for lane in venue.lanes.values()),
        alarms=venue.journal.alarms(),
        curve=venue.journal.curve(marks[Since.DAY].at),
        muster=None if release is None else _muster(venue, release),
    )


def _condition(venue: Venue, known: Occupancy) -> Condition:
    release = venue.people.marks.get(Since.RELEASE)
    if release is not None and release.over_at is None:
        return Condition.RELEASED
    if is_paused(venue):
        return Condition.UNCERTAIN
    if known.inside > venue.settings.limit:
        return Condition.OVER
    full = venue.settings.limit - known.inside <= venue.plan.reserve
    return Condition.FULL if full else Condition.OPEN


def _gate(venue: Venue, lane: LaneState, day: Mark, now: Utc) -> GateView:
    lives = [it for it in venue.people.epochs if it.gate == lane.id]
    entered, left = counted(day, lives)
    newest = venue.people.newest.get(lane.id)
    return GateView(
        id=lane.id,
        scan=lane.scan,
        state=lane.state,
        mode=lane.mode,
        entered=entered,
        left=left,
        pending=sum(it.pending for it in lives),
        right=0 if newest is None else right(newest, venue.quotas.given(newest)),
        backlog=lane.backlog,
        missing=0 if newest is None else newest.missing,
        faults=lane.faults,
        uncertain=newest is not None and newest.uncertain,
        stale=is_stale(lane, now),
        heard_at=lane.heard_at,
        software=lane.software,
        clock="" if newest is None else newest.clock,
    )


def _muster(venue: Venue, release: Mark) -> Muster:
    entered, left = counted(release, venue.people.epochs)
    return Muster(
        released_at=release.at,
        over_at=release.over_at,
        inside_then=release.value,
        upper_then=release.upper,
        left_since=left,
        entered_since=entered,
    )
