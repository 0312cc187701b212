"""What the manager is shown: every venue at one moment. Frozen values, made by the loop. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from gate.model import Utc


class Condition(StrEnum):
    """How a venue is, the most urgent first."""

    RELEASED = "released"  # the fire panel is active at a gate: everybody walks freely
    UNCERTAIN = "uncertain"  # it was, and nobody has counted since: nobody is let in
    OVER = "over"  # more inside than the limit, so nobody is let in
    FULL = "full"  # one out, one in
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class GateView:
    """One lane."""

    id: str
    scan: str
    """`entry` or `exit`; empty: it has not said yet."""
    state: str
    """`online`, `offline`, `lost`; empty: never heard of."""
    mode: str
    entered: int
    """People since the business day began."""
    left: int
    pending: int
    """Grants that are open or of unknown end."""
    right: int
    """How many more it may let in, as far as central knows."""
    backlog: int | None
    """Events that it says central does not have yet."""
    missing: int
    """Events that central knows of and does not have."""
    faults: tuple[str, ...]
    uncertain: bool
    stale: bool
    """Not heard of for too long: what it has counted since is not in the number inside."""
    heard_at: Utc | None
    software: str
    clock: str


@dataclass(frozen=True, slots=True)
class AlarmView:
    """Something that somebody should look at."""

    id: int
    """Rises; the newest is the highest."""
    at: Utc
    gate: str
    """Empty: of the venue as a whole."""
    kind: str
    """The gates' own (`tailgate`, `forced`, `held`, `fault`, ...), or central's: `double`,
    `no_double` (one is explained), `gap`, `release`, `release_over`, `space` (there is room again),
    `limit`, `recount`, `correction`, `day` (a business day has begun), `unlisted` (a gate that no
    venue lists)."""
    detail: str


@dataclass(frozen=True, slots=True)
class Muster:
    """After a fire release: who may still be inside."""

    released_at: Utc
    over_at: Utc | None
    """None: still released."""
    inside_then: int
    upper_then: int
    left_since: int
    entered_since: int

    @property
    def estimate(self) -> int:
        """People who may still be inside, by what was seen; never below 0."""
        return max(0, self.inside_then + self.entered_since - self.left_since)


@dataclass(frozen=True, slots=True)
class VenueView:
    """One venue."""

    id: str
    name: str
    district: str
    condition: Condition
    inside: int
    lower: int
    upper: int
    limit: int
    """What the manager has set."""
    licensed: int
    """The highest limit that may be set."""
    free: int
    reserve: int
    """Places kept for staff."""
    entered: int
    """People since the business day began."""
    left: int
    day_began: Utc
    gates: tuple[GateView, ...]
    alarms: tuple[AlarmView, ...]
    """The newest first, some dozens at most."""
    curve: tuple[tuple[Utc, int], ...]
    """The number inside over the business day, a point for each minute that has one."""
    muster: Muster | None
    """Set from a release until the recount."""

    @property
    def stale(self) -> tuple[str, ...]:
        """The gates that have not been heard of for too long."""
        return tuple(gate.id for gate in self.gates if gate.stale)


@dataclass(frozen=True, slots=True)
class View:
    """Everything, at one moment."""

    at: Utc
    online: bool
    """Whether the broker is there; without it the numbers stand still."""
    trouble: str
    """Why not, or what is wrong with the disk; empty: nothing."""
    venues: tuple[VenueView, ...]
