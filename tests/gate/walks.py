"""The walks that the promises are checked on: each a part of the lane's life, walked whole."""

from dataclasses import replace
from functools import cache

from gate import events as ev
from gate.model import Direction, Mode, Part, Reason, RefusalCode
from gate.state import Gate
from tests.gate.walk import (
    CHECK_OUT,
    FAMILY,
    MISHAPS,
    RESERVE,
    SHORT,
    SINGLE,
    VISITORS,
    WORKER,
    Walk,
    a_pass,
    faults,
    modes,
    rooms,
)

COUPLE = a_pass("couple", 2)
SLOW = a_pass("slow", 1, assisted=True)
OPEN = Gate(room=3, reserve=RESERVE)
AMPLE = Gate(room=9, reserve=RESERVE)
FEW = (
    ev.PassAccepted(COUPLE, 2),
    ev.PassAccepted(SINGLE, 1),
    ev.Passed(Direction.IN),
    ev.AttendantPressed(),
    ev.OneOrdered(),
)

ONE = (ev.PassAccepted(SINGLE, 1), ev.Passed(Direction.IN), ev.AttendantPressed())
TWO = (ev.PassAccepted(COUPLE, 2), ev.Passed(Direction.IN))
KEY = (ev.KeyTurned(active=True), ev.KeyTurned(active=False))
END = (ev.Draining(), ev.Stopping())
FIRE = (ev.ReleaseChanged(active=True), ev.ReleaseChanged(active=False), ev.Recounted())

LEFT = tuple(ev.PlacesLeft(places, RefusalCode.PARTY_COMPLETE) for places in (0, 1))
UNKNOWN = ev.PassRefused(RefusalCode.UNKNOWN_KEY)

WALKS = {
    # workers are in "right" and "full"
    "morning": lambda: Walk(SHORT, (VISITORS[1], *VISITORS[3:], *MISHAPS), AMPLE, most_grants=2),
    "full": lambda: Walk(
        SHORT,
        (
            *(*ONE, *FIRE, *modes(Mode.NORMAL, Mode.FREE)),
            *(ev.PassAccepted(WORKER, 1, Reason.STAFF), UNKNOWN),
            *rooms(-1, RESERVE, 2),
        ),
        Gate(room=0, reserve=RESERVE, full=True),
        most_grants=1,
    ),
    "family": lambda: Walk(
        SHORT, (ev.PassAccepted(FAMILY, 3), ev.Passed(Direction.IN), *FIRE), AMPLE
    ),
    "others of the party come elsewhere": lambda: Walk(
        SHORT,
        (ev.PassAccepted(FAMILY, 3), ev.Passed(Direction.IN), *LEFT),
        AMPLE,
        most_grants=2,
    ),
    "right": lambda: Walk(
        SHORT,
        # with a fire: "ordered from afar" and "full"
        (*TWO, ev.PassAccepted(WORKER, 1), *rooms(None, 0, 1, 3)),
        OPEN,
        most_grants=2,
    ),
    "part of a party": lambda: Walk(
        replace(SHORT, allow_part=True),
        (ev.PassAccepted(FAMILY, 3), ev.Passed(Direction.IN), *rooms(0, 2, 3)),
        OPEN,
    ),
    "broken parts": lambda: Walk(
        SHORT,
        (*ONE, *faults(Part.THERMOMETER, Part.SENSORS, Part.STORE)),
        OPEN,
        most_grants=1,
    ),
    "more broken parts": lambda: Walk(
        SHORT, (*TWO, *faults(Part.TURNSTILE, Part.CAMERA, Part.BROKER)), OPEN, most_grants=2
    ),
    "closed without a thermometer": lambda: Walk(
        replace(SHORT, on_thermometer_fault="closed"),
        FEW + faults(Part.THERMOMETER),
        OPEN,
        most_grants=1,
    ),
    "open without a thermometer": lambda: Walk(
        replace(SHORT, on_thermometer_fault="open_with_log"),
        FEW + faults(Part.THERMOMETER),
        OPEN,
        most_grants=1,
    ),
    "ordered from afar": lambda: Walk(
        SHORT,
        (*TWO, ev.OneOrdered(), *FIRE, *rooms(None, 0, 3), *modes(*Mode), *faults(Part.STORE)),
        OPEN,
        most_grants=2,
    ),
    "wide gate": lambda: Walk(
        SHORT,
        (ev.PassAccepted(SLOW, 1), *ONE[:2], *FIRE[:2], *modes(Mode.FREE, Mode.NORMAL)),
        OPEN,
        most_grants=2,
    ),
    "closed without the time": lambda: Walk(
        replace(SHORT, on_clock_fault="closed"),
        (*FEW, ev.PassAccepted(WORKER, 1), *faults(Part.CLOCK)),
        OPEN,
        most_grants=1,
    ),
    "soft": lambda: Walk(replace(SHORT, screening="soft"), TWO + rooms(0, 3), OPEN),
    "unscreened": lambda: Walk(replace(SHORT, screening="off"), TWO + rooms(0, 3), OPEN),
    "modes": lambda: Walk(
        SHORT, ONE + MISHAPS + modes(*Mode) + faults(Part.SENSORS), OPEN, most_grants=1
    ),
    "key": lambda: Walk(
        replace(SHORT, key_mode=Mode.FREE),
        ONE + KEY + FIRE + modes(Mode.NORMAL, Mode.LOCKED),
        OPEN,
        most_grants=1,
    ),
    "end": lambda: Walk(SHORT, (*TWO, *ONE[2:], *END, *FIRE[:2], *rooms(0, 3)), OPEN),
    "way out": lambda: Walk(
        replace(SHORT, scan=Direction.OUT),
        (*CHECK_OUT, UNKNOWN, *FIRE, *modes(*Mode), *VISITORS[3:]),
        OPEN,
        most_grants=1,
    ),
}


@cache
def walked(name: str) -> Walk:
    """The walk of that name, walked once."""
    return WALKS[name]().run()
