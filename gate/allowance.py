"""How many more this gate may let in: central's quota, or a fixed share of its own. Pure.

    right = ceiling + out - seen - in - open - unknown

1. A quota is adopted when its version is higher than any before; the promise to central is that no
   grant goes beyond the right, whatever else happens.
2. Who leaves gives a place at once; who comes in without a grant takes one away.
3. A release, and a recount, end the quota: `out` of a release gives nobody a right, and central
   reckons anew from what was counted. The next quota is good again that has seen all who had left
   by then; one that was on its way has not.
4. Past `until` a quota gives no right: central may have given the places to another gate. A gate
   that cannot tell what time it is has none either.
5. Without a quota there is no right, unless the site gives this gate a fixed share. Then no quota
   is looked at: two who give rights would give the same places twice.
"""

from dataclasses import dataclass, replace

from gate.events import Record, RecordRecount, RecordRelease
from gate.model import Utc
from gate.occupancy import Totals


@dataclass(frozen=True, slots=True)
class Quota:
    """What central gave this gate (contract: `quota`)."""

    version: int
    ceiling: int
    seen: int
    """The gate's `out` that is in the ceiling already."""
    reserve: int
    """Places that visitors do not get."""
    until: Utc


@dataclass(frozen=True, slots=True)
class Share:
    """A fixed part of the venue, at a site without central (`[limit]`)."""

    capacity: int
    reserve: int = 0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the right is reckoned from."""

    share: Share | None = None
    quota: Quota | None = None
    void: int = 0
    """Quotas up to this version have ended (rule 3)."""
    must_have_seen: int = 0
    """The gate's `out` at the last release or recount."""


@dataclass(frozen=True, slots=True)
class Room:
    """What the allowance leaves, before open grants are taken off."""

    places: int | None
    """None: no right to admit anybody. Can be negative (people who came without a grant)."""
    reserve: int = 0
    why: str = ""
    """Why there is no right; for the record and the technician."""


def adopted(allowance: Allowance, quota: Quota) -> Allowance | None:
    """The allowance with this quota; None where it is not to be adopted (rules 1 and 5)."""
    known = allowance.quota.version if allowance.quota else 0
    if allowance.share is not None or quota.version <= max(known, allowance.void):
        return None
    if quota.seen < allowance.must_have_seen:
        return None
    return replace(allowance, quota=quota)


def allowance_after(allowance: Allowance, record: Record, totals: Totals) -> Allowance:
    """The allowance once `record` has happened, with the totals of that moment (rule 3)."""
    if not ends_quota(record):
        return allowance
    known = allowance.quota.version if allowance.quota else 0
    return replace(allowance, void=max(allowance.void, known), must_have_seen=totals.left)


def ends_quota(record: Record) -> bool:
    """Rule 3."""
    return isinstance(record, RecordRecount) or (
        isinstance(record, RecordRelease) and record.active
    )


def room(allowance: Allowance, totals: Totals, now: Utc, *, timed: bool) -> Room:
    """What is left at `now`; `timed`: the gate can tell what time it is."""
    taken = totals.entered + totals.unknown
    if allowance.share is not None:
        share = allowance.share
        return Room(share.capacity + totals.left - taken, share.reserve)
    quota = allowance.quota
    if quota is None:
        return Room(None, why="no quota from central yet")
    if quota.version <= allowance.void:
        return Room(None, why="no quota since the release or the recount")
    if not timed:
        return Room(None, why="the time is not known, so neither is the end of the quota")
    if now >= quota.until:
        return Room(None, why="the quota has ended, and no other came")
    return Room(quota.ceiling + totals.left - quota.seen - taken, quota.reserve)
