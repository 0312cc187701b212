"""The state of the machine: what one lane knows while it serves visitors. Frozen data only.

Totals are not part of it (`gate.occupancy` has them); of the limit it holds just what that and the
totals leave (`gate.allowance`). Faults, release, mode and uncertainty are fields
beside the dialog, not phases of it.
"""

from dataclasses import dataclass
from typing import Literal

from gate.model import (
    Direction,
    GrantId,
    Mode,
    Monotonic,
    Part,
    Pass,
    Prompt,
    Reason,
    Ticket,
)

FIRST_GRANT = GrantId(1)
FIRST_TICKET = Ticket(1)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the site decided; durations in seconds."""

    scan: Direction = Direction.IN
    """Which way the camera looks: `IN` is an entry lane."""
    screening: Literal["hard", "soft", "off"] = "hard"
    on_thermometer_fault: Literal["attendant", "closed", "open_with_log"] = "attendant"
    on_clock_fault: Literal["attendant", "closed", "open_with_log"] = "attendant"
    attempts: int = 3
    """How often one person is measured before the attendant decides."""
    person_within_s: float = 20.0
    """How long the lane waits for the next forehead of a party."""
    staff_within_s: float = 60.0
    store_within_s: float = 2.0
    """How long a visitor waits for a slow disk before the grant is withdrawn."""
    open_for_s: float = 8.0
    assisted_open_for_s: float = 20.0
    grace_s: float = 1.5
    """After the entry has shut: who was on the way through still uses the grant."""
    tailgate_s: float = 2.0
    key_mode: Mode = Mode.LOCKED
    """The mode while the key switch is turned."""
    leaving_within_s: float = 20.0
    notice_s: float = 4.0
    told_again_after_s: float = 10.0
    """Who waits for room is not told more often, while nobody takes it."""
    allow_part: bool = False
    """A part of a party may enter when the whole does not fit."""
    record_values: bool = False
    """The number decided on goes on record with the outcome; else it is shown and forgotten."""


@dataclass(frozen=True, slots=True)
class Party:
    """The people of one showing of a pass who still want in."""

    pass_: Pass | None
    """None: one person whom the attendant admits without a pass."""
    wanted: int
    reason: Reason
    rested: bool = False
    granted: int = 0
    """How many of `wanted` have their grant."""

    @property
    def of(self) -> int:
        """The size of the whole party."""
        return 1 if self.pass_ is None else self.pass_.party

    @property
    def person(self) -> int:
        """Who is next, 1-based within the whole party."""
        return self.of - self.wanted + self.granted + 1


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody is being served."""


@dataclass(frozen=True, slots=True)
class Screening:
    """The thermometer has been asked for the next person of the party."""

    party: Party
    ticket: Ticket
    attempt: int
    until: Monotonic


@dataclass(frozen=True, slots=True)
class AskingStaff:
    """The attendant decides about the next person of the party."""

    party: Party
    until: Monotonic
    why: str = ""
    """For the record of the attendant's decision."""


@dataclass(frozen=True, slots=True)
class Storing:
    """A grant is on its way to the disk."""

    party: Party
    grant: GrantId
    reason: Reason
    celsius: float | None
    until: Monotonic


Dialog = Idle | Screening | AskingStaff | Storing


@dataclass(frozen=True, slots=True)
class Grant:
    """A stored grant that nobody has used yet."""

    id: GrantId
    pass_: Pass | None
    reason: Reason
    prompt: Prompt
    free_until: Monotonic
    ends_at: Monotonic
    shut: bool = False
    """Its time to free the entry is over; only the grace is left."""

    @property
    def assisted(self) -> bool:
        """Its holder needs more time, or the wide gate."""
        return self.pass_ is not None and self.pass_.assisted


@dataclass(frozen=True, slots=True)
class Leaving:
    """The next `places` passages out belong to this pass."""

    pass_: Pass
    places: int
    until: Monotonic


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to read for a moment, usually a refusal."""

    prompt: Prompt
    until: Monotonic


@dataclass(frozen=True, slots=True)
class Gate:
    """All that the machine knows."""

    ordered: Mode = Mode.NORMAL
    """The mode that the operator set."""
    keyed: Mode | None = None
    """The mode of the key switch while it is turned."""
    closing: bool = False
    """The daemon is about to end."""
    release: bool = False
    uncertain: bool = False
    faults: frozenset[Part] = frozenset()
    room: int | None = None
    """How many more may enter before open grants are taken off; None: no right to admit."""
    reserve: int = 0
    """Places of those that visitors do not get, kept for staff."""
    no_right: str = ""
    """Why there is no right to admit."""
    dialog: Dialog = Idle()
    grants: tuple[Grant, ...] = ()
    """Oldest first; any passage in uses the oldest."""
    leaving: Leaving | None = None
    notice: Notice | None = None
    full: bool = False
    """The lane has said that it is full, and not yet that there is room again."""
    told_until: Monotonic | None = None
    """Until then nobody is told again that there is room."""
    tail_until: Monotonic | None = None
    """Until then somebody without a grant is a tailgater, later an intruder."""
    next_grant: GrantId = FIRST_GRANT
    next_ticket: Ticket = FIRST_TICKET

    @property
    def mode(self) -> Mode:
        """The mode in force: a turned key wins over what was ordered."""
        return self.ordered if self.keyed is None else self.keyed

    @property
    def right(self) -> int:
        """How many more this lane may grant now."""
        if self.room is None or self.uncertain:
            return 0
        return self.room - len(self.grants) - isinstance(self.dialog, Storing)
