"""The words of the gate: values that everything else is written in.

Frozen data only: nothing here acts, reads a clock or knows a library. What happens *to* the
machine (events) and what it asks for (commands) is in `gate.events`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

Monotonic = NewType("Monotonic", float)
"""Seconds on a clock that never jumps; for durations and deadlines."""

Utc = NewType("Utc", float)
"""Seconds since 1970-01-01T00:00:00Z; for passes and records."""

LAST_MOMENT = 253_402_300_799
"""9999-12-31T23:59:59Z in unix seconds; calendars end there."""

VisitId = NewType("VisitId", str)
"""24 hex digits: the first 12 bytes of SHA-256(venue, cti). Nothing leads back to a person."""

GrantId = NewType("GrantId", int)
"""Number of a grant, unique within an epoch, rising."""

Ticket = NewType("Ticket", int)
"""Number of one request for a measurement; an answer with an older ticket is ignored."""


class Direction(StrEnum):
    """Which way a person walks; `IN` is into the venue."""

    IN = "in"
    OUT = "out"


class RefusalCode(StrEnum):
    """Why somebody may not enter now. Stable: they stand in the contract and in the records."""

    UNREADABLE = "unreadable"
    NOT_A_PASS = "not_a_pass"
    UNSUPPORTED_VERSION = "unsupported_version"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    WRONG_VENUE = "wrong_venue"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ALREADY_INSIDE = "already_inside"
    PARTY_COMPLETE = "party_complete"
    USED = "used"
    FULL = "full"
    CLOSED = "closed"
    TOO_WARM = "too_warm"
    WAIT_AND_RETURN = "wait_and_return"
    SEE_STAFF = "see_staff"
    OUT_OF_SERVICE = "out_of_service"
    CLOCK_UNSURE = "clock_unsure"


class Part(StrEnum):
    """A part that can be lost and come back."""

    CAMERA = "camera"
    THERMOMETER = "thermometer"
    SENSORS = "sensors"
    TURNSTILE = "turnstile"
    STORE = "store"
    BROKER = "broker"
    CLOCK = "clock"


class Mode(StrEnum):
    """What the operator wants of the lane. No mode takes the way out away."""

    NORMAL = "normal"
    FREE = "free"  # the entry is free; people are counted
    LOCKED = "locked"  # nobody enters
    COUNT_ONLY = "count_only"  # the relay rests; a lane without a barrier only counts
    OUT_OF_SERVICE = "out_of_service"


class Verdict(StrEnum):
    """How one measurement of one person ended."""

    ADMIT = "admit"
    RECHECK = "recheck"  # too close to the limit: once more, now
    REPEAT = "repeat"  # no usable reading: once more, closer
    WAIT = "wait"  # warm: come back after a rest
    REFUSE = "refuse"  # warm again after the rest
    ATTENDANT = "attendant"  # a person has to decide


class Reason(StrEnum):
    """Why a grant was given or under which circumstances a passage was counted."""

    OK = "ok"
    STAFF = "staff"  # the pass says that its holder works here
    UNCLOSED = "unclosed"  # admitted although the visit looks as if nobody had left
    ATTENDANT = "attendant"  # the attendant pressed the button
    OPERATOR = "operator"  # an operator ordered it from afar
    UNMEASURED = "unmeasured"  # thermometer away and the site says: open, with this on record
    UNTIMED = "untimed"  # clock lost and the site says: open, with this on record
    CUT_OFF = "cut_off"  # out of touch with the other gates, who may have admitted them too
    SOFT = "soft"  # soft screening: the verdict was another one than admit
    TAILGATE = "tailgate"
    FORCED = "forced"
    RELEASE = "release"  # while the emergency input was active
    FREE = "free"
    COUNT_ONLY = "count_only"


class Alarm(StrEnum):
    """What staff should look at."""

    TAILGATE = "tailgate"
    FORCED = "forced"
    HELD = "held"
    TURN_BACK = "turn_back"
    DOUBLE = "double"
    FAULT = "fault"
    BEHIND = "behind"  # the database was older than what the gate had published
    DRIFT = "drift"  # people seem warmer or cooler than after the commissioning: the thermometer
    NO_DRIFT = "no_drift"  # they no longer do
    CALIBRATION = "calibration"  # of the thermometer, counts no longer


class End(StrEnum):
    """How a grant ended, when nobody walked. (*Used* is a passage and ends it too.)"""

    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class Lamp(StrEnum):
    """The light at the lane: one of three, or dark."""

    OFF = "off"
    RED = "red"
    AMBER = "amber"
    GREEN = "green"


class Sound(StrEnum):
    """A moment's sound; the patterns differ so that they can be told apart without looking."""

    ACCEPTED = "accepted"
    WALK = "walk"
    REFUSED = "refused"
    WAIT = "wait"
    ALARM = "alarm"
    GOODBYE = "goodbye"
    ROOM_AGAIN = "room_again"


class Say(StrEnum):
    """What a visitor is told when it is no refusal; `gate.wording` has the sentences."""

    SHOW_PASS = "show_pass"
    ROOM_AGAIN = "room_again"
    MEASURE = "measure"
    MEASURE_AGAIN = "measure_again"
    ONE_MOMENT = "one_moment"
    WALK = "walk"
    ASK_ATTENDANT = "ask_attendant"
    EXIT_ONLY = "exit_only"
    GOODBYE = "goodbye"
    RELEASED = "released"
    FREE = "free"
    COUNT_ONLY = "count_only"


@dataclass(frozen=True, slots=True)
class Pass:
    """A verified pass: one visit of a party, at one venue, between two moments (UTC)."""

    visit: VisitId
    party: int
    """How many people, 1..20."""
    valid_from: Utc
    expires: Utc
    staff: bool = False
    assisted: bool = False
    """Needs more time or the wide lane."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An expected "no": a value, never an exception.

    `detail` is for the record and the technician; the visitor reads the sentence of `code`.
    """

    code: RefusalCode
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the visitor is told now: a sentence, and how far the party has come."""

    what: Say | RefusalCode
    person: int = 0
    """1-based; 0 where no party is meant."""
    of: int = 0
    celsius: float | None = None
    """The number that was decided on, where one was."""


@dataclass(frozen=True, slots=True)
class Posture:
    """What the lane shows. It has no word for the way out: that is free in every posture."""

    entry_free: bool
    lamp: Lamp
    prompt: Prompt
