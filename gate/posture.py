"""What the lane shows: lock, lamp and prompt, computed from the state. Pure.

Nothing remembers to lock, to switch a lamp off or to clear a screen: the control loop shows the
posture whenever it differs from what is shown.
"""

from gate.machine import entry_free
from gate.model import Direction, Lamp, Mode, Posture, Prompt, RefusalCode, Say
from gate.serving import refusing
from gate.state import AskingStaff, Gate, Idle, Screening, Settings, Storing


def posture(gate: Gate, settings: Settings) -> Posture:
    """Lock, lamp and prompt for this state."""
    prompt = _prompt(gate, settings)
    return Posture(entry_free(gate), _lamp(prompt.what), prompt)


def _prompt(gate: Gate, s: Settings) -> Prompt:
    """The most urgent thing to say, first that applies."""
    if gate.release:
        return Prompt(Say.RELEASED)
    match gate.mode:
        case Mode.FREE:
            return Prompt(Say.FREE)
        case Mode.COUNT_ONLY:
            return Prompt(Say.COUNT_ONLY)
        case _:
            pass
    for grant in gate.grants:
        if not grant.shut:
            return grant.prompt
    match gate.dialog:
        case Screening(party=party, attempt=attempt):
            what = Say.MEASURE if attempt == 1 else Say.MEASURE_AGAIN
            return Prompt(what, party.person, party.of)
        case AskingStaff(party=party):
            return Prompt(Say.ASK_ATTENDANT, party.person, party.of)
        case Storing(party=party):
            return Prompt(Say.ONE_MOMENT, party.person, party.of)
        case Idle():
            pass
    refused = refusing(gate, s)
    if gate.notice is not None:
        prompt = gate.notice.prompt
        if prompt.what is not Say.ROOM_AGAIN or refused is None:  # it may be gone again
            return prompt
    if s.scan is Direction.OUT:
        return Prompt(Say.EXIT_ONLY)
    return Prompt(refused or Say.SHOW_PASS)


def _lamp(what: Say | RefusalCode) -> Lamp:
    match what:
        case Say.WALK | Say.RELEASED | Say.FREE | Say.GOODBYE | Say.EXIT_ONLY:
            return Lamp.GREEN
        case Say.MEASURE | Say.MEASURE_AGAIN | Say.ONE_MOMENT | Say.ASK_ATTENDANT | Say.ROOM_AGAIN:
            return Lamp.AMBER
        case Say.SHOW_PASS | Say.COUNT_ONLY:
            return Lamp.OFF
        case _:
            return Lamp.RED
