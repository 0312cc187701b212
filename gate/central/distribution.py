"""After each batch: which gate may let in how many, from now on (`gate.central.capacity`)."""

from gate.central.capacity import Door, new_tops, right, shares
from gate.central.demand import cap, rate, waiting
from gate.central.epoch import Epoch
from gate.central.lane import is_usable
from gate.central.link import Word
from gate.central.marks import Since
from gate.central.venue import Venue
from gate.model import Mode, Utc
from gate.payloads import Quota

SOMEBODY = 1 / 600
"""People a second who are taken to come to every gate, so that none is left with nothing."""

NOBODY_NEEDS_A_GRANT = {Mode.LOCKED, Mode.OUT_OF_SERVICE, Mode.FREE, Mode.COUNT_ONLY}
"""Or gets one."""

ROOM_AGAIN = 0.02
"""Of the limit must be free before it is said that there is room again."""


def is_paused(venue: Venue) -> bool:
    """Nobody knows how many are inside, so nobody is let in."""
    return Since.RELEASE in venue.people.marks or bool(venue.settings.uncertain)


def distribute(venue: Venue, now: Utc) -> None:
    """Give the quotas that there are to give; they are in the venue's words."""
    newest = venue.people.newest
    known = venue.occupancy(now)
    limit, paused = venue.settings.limit, is_paused(venue)
    doors = _doors(venue, newest, now)
    free = limit - known.spoken_for
    room = 0 if paused else free + sum(door.right for door in doors)
    tops = dict(new_tops(free, doors, shares(room, doors), recall=paused))
    for door in doors:
        epoch = newest[door.gate]
        given = venue.quotas.newest(epoch)
        renewed = venue.quotas.wants_another(epoch, now) or (
            given is not None and given.reserve != door.reserve
        )
        if door.gate not in tops and renewed:
            tops[door.gate] = door.counted + (0 if paused else door.right)
        if door.gate in tops:
            venue.quotas.give(epoch, tops[door.gate], reserve=door.reserve, now=now)
            venue.words.append(quota_word(venue, epoch))
    _tell_room(venue, limit - known.inside - venue.plan.reserve, now)


def quota_word(venue: Venue, epoch: Epoch) -> Word:
    """The newest quota of a gate, to be said."""
    given = venue.quotas.newest(epoch)
    assert given is not None, "a gate without a quota"  # noqa: S101 - a mistake of the caller
    quota = Quota(
        epoch=epoch.epoch,
        version=given.version,
        ceiling=given.ceiling,
        seen=given.seen,
        reserve=given.reserve,
        until=given.until,
    )
    return Word(venue.topics[epoch.gate].quota, quota.encode())


def _doors(venue: Venue, newest: dict[str, Epoch], now: Utc) -> list[Door]:
    usable = [it for it in venue.lanes.values() if is_usable(it, now) and it.id in newest]
    doors = []
    for number, lane in enumerate(usable):
        epoch = newest[lane.id]
        given = venue.quotas.given(epoch)
        takes = lane.mode not in NOBODY_NEEDS_A_GRANT and not epoch.uncertain
        reserve = (venue.plan.reserve + number) // len(usable)  # the sum is the venue's
        doors.append(
            Door(
                gate=lane.id,
                right=right(epoch, given),
                counted=epoch.net + epoch.pending,
                reach=venue.quotas.reach(epoch),
                cap=cap(lane.demand, now) + reserve if takes else 0,
                weight=rate(lane.demand, now) + SOMEBODY,
                reserve=reserve if takes else 0,
                waiting=waiting(lane.demand, now) if takes else 0,
                waiting_since=lane.demand.since,
            )
        )
    return doors


def _tell_room(venue: Venue, free: int, now: Utc) -> None:
    """On record, for the manager: full, and room again; not at each one that leaves."""
    if free <= 0 and not venue.was_full:
        venue.was_full = True
        venue.journal.alarm("full", now)
    elif venue.was_full and free > venue.settings.limit * ROOM_AGAIN:
        venue.was_full = False
        venue.journal.alarm("space", now, detail=f"{free} free")
