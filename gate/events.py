"""What happens to the machine (events, past tense) and what it asks for (commands, imperative).

Frozen facts joined in unions, so that a `match` over them is closed by `assert_never`. The commands
that end in a database row are joined once more as `Record`.
"""

from dataclasses import dataclass

from gate.model import (
    Alarm,
    Direction,
    End,
    GrantId,
    Mode,
    Part,
    Pass,
    Reason,
    RefusalCode,
    Sound,
    Ticket,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class PassAccepted:
    """A pass with a good signature was shown at an entry camera and its visit allows `places`."""

    pass_: Pass
    places: int  # of the party that still want in, 1..party
    reason: Reason = Reason.OK
    """What goes on record with the grants: `OK`, `STAFF` or `UNCLOSED`."""
    rested: bool = False
    """The party was sent to rest for being warm, and the time has passed."""


@dataclass(frozen=True, slots=True)
class PassRefused:
    """A code was shown that admits nobody; `pass_` where the pass itself was genuine."""

    code: RefusalCode
    detail: str = ""
    pass_: Pass | None = None


@dataclass(frozen=True, slots=True)
class CheckOutShown:
    """A pass was shown on the way out; the next `places` passages out belong to its visit."""

    pass_: Pass
    places: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The thermometer's answer to the request with this ticket."""

    ticket: Ticket
    verdict: Verdict
    celsius: float | None
    """Body-equivalent degrees Celsius, one decimal, as decided on; None without a reading."""


@dataclass(frozen=True, slots=True)
class GrantStored:
    """The grant is on disk: from now on it may free the lane."""

    grant: GrantId


@dataclass(frozen=True, slots=True)
class Passed:
    """A person went through."""

    direction: Direction


@dataclass(frozen=True, slots=True)
class TurnedBack:
    """Somebody entered the lane in this direction and left it where they came from."""

    direction: Direction


@dataclass(frozen=True, slots=True)
class LaneHeld:
    """Somebody or something stands in the lane for longer than a passage takes."""


@dataclass(frozen=True, slots=True)
class AttendantPressed:
    """The attendant's button: admit one."""


@dataclass(frozen=True, slots=True)
class OneOrdered:
    """An operator ordered from afar: admit one."""


@dataclass(frozen=True, slots=True)
class ReleaseChanged:
    """The emergency input changed; `active` frees the lane whatever else is true."""

    active: bool


@dataclass(frozen=True, slots=True)
class ModeChanged:
    """The operator set a mode."""

    mode: Mode


@dataclass(frozen=True, slots=True)
class KeyTurned:
    """The key switch of the lane was turned; while it is active its mode holds."""

    active: bool


@dataclass(frozen=True, slots=True)
class RoomChanged:
    """How many more may enter before grants are taken off; None without a right, and `why`."""

    places: int | None
    reserve: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class PlacesLeft:
    """Of the party that is served so many more may come in, after what happened elsewhere."""

    places: int
    code: RefusalCode  # why not all


@dataclass(frozen=True, slots=True)
class Recounted:
    """Somebody counted the people inside: the count is sure again."""


@dataclass(frozen=True, slots=True)
class PartLost:
    """A part stopped working; said once."""

    part: Part
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PartBack:
    """A lost part works again; said once."""

    part: Part


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing happened, but a deadline is due."""


@dataclass(frozen=True, slots=True)
class Draining:
    """The daemon is about to end: nobody new is served, whoever has a grant may still use it."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """The daemon ends: what is open is withdrawn."""


Shown = PassAccepted | PassRefused | CheckOutShown
Walked = Passed | TurnedBack | LaneHeld
Ordered = AttendantPressed | OneOrdered | ReleaseChanged | ModeChanged | KeyTurned | Recounted
Learned = RoomChanged | PlacesLeft | PartLost | PartBack
Event = (
    Shown | Measured | GrantStored | Walked | Ordered | Learned | TimePassed | Draining | Stopping
)


@dataclass(frozen=True, slots=True)
class Measure:
    """Take one person's temperature; the answer is `Measured` with the same ticket."""

    ticket: Ticket
    attempt: int
    """1 for a new person; from 2 on the same person once more."""
    rested: bool
    """Warm again after the rest means *refuse*, not *wait*."""


@dataclass(frozen=True, slots=True)
class StopMeasuring:
    """Nobody needs the outstanding measurement any more."""


@dataclass(frozen=True, slots=True)
class LookAgain:
    """The code just shown was not dealt with (the lane was busy): report it again."""


@dataclass(frozen=True, slots=True)
class Chime:
    """Make a sound, once."""

    sound: Sound


@dataclass(frozen=True, slots=True)
class RecordGrant:
    """Put on disk that one person may enter; answered by `GrantStored`."""

    grant: GrantId
    reason: Reason
    pass_: Pass | None
    """None where the attendant admitted somebody without a pass."""
    detail: str = ""
    """Why the attendant was asked, where the attendant decided."""
    celsius: float | None = None
    """The number decided on, only where the site wants it on record."""


@dataclass(frozen=True, slots=True)
class EndGrant:
    """A grant ended and nobody walked: its place is free again."""

    grant: GrantId
    how: End
    pass_: Pass | None


@dataclass(frozen=True, slots=True)
class Count:
    """One person went through; the only thing that changes a total."""

    direction: Direction
    reason: Reason
    grant: GrantId | None = None
    pass_: Pass | None = None


@dataclass(frozen=True, slots=True)
class RecordRefusal:
    """Somebody was told no."""

    code: RefusalCode
    detail: str = ""
    pass_: Pass | None = None
    celsius: float | None = None
    """The number decided on, only where the site wants it on record."""


@dataclass(frozen=True, slots=True)
class RaiseAlarm:
    """Staff should look."""

    alarm: Alarm
    part: Part | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RecordRecovery:
    """A lost part is back."""

    part: Part


@dataclass(frozen=True, slots=True)
class RecordRelease:
    """The emergency input changed; from `active` on the count is uncertain."""

    active: bool


@dataclass(frozen=True, slots=True)
class RecordMode:
    """The operating mode changed."""

    mode: Mode
    by_key: bool = False
    """By the key switch: the operator's own mode stays what it was."""


@dataclass(frozen=True, slots=True)
class RecordRecount:
    """The count is sure again."""


@dataclass(frozen=True, slots=True)
class RecordCommand:
    """A command came from afar, and this became of it."""

    code: str
    """`done`, or why not (`gate.orders.Code`, or a refusal's code)."""
    detail: str
    """What was ordered, and by whose key."""
    found: str | None = None
    """What a selftest found, whether it was well or not."""


Record = (
    RecordGrant
    | EndGrant
    | Count
    | RecordRefusal
    | RaiseAlarm
    | RecordRecovery
    | RecordRelease
    | RecordMode
    | RecordRecount
    | RecordCommand
)
"""Commands that become one event row each (`gate.store`)."""

Command = Measure | StopMeasuring | LookAgain | Chime | Record
