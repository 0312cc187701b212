"""Serving one party: from the shown pass to a grant on its way to the disk. Pure.

These are the parts of the machine that ask, measure and refuse (rules 6 to 8 of
`gate.machine`). Nothing here can free the entry: the last word of this module is `RecordGrant`.
"""

from dataclasses import replace
from typing import assert_never

from gate import events as ev
from gate.events import Chime, Command
from gate.model import (
    GrantId,
    Mode,
    Monotonic,
    Part,
    Pass,
    Prompt,
    Reason,
    RefusalCode,
    Sound,
    Ticket,
    Verdict,
)
from gate.state import AskingStaff, Gate, Idle, Notice, Party, Screening, Settings, Storing

Step = tuple[Gate, tuple[Command, ...]]

BLOCKING = frozenset({Part.SENSORS, Part.TURNSTILE, Part.STORE})
"""Without these nobody can be admitted: not seen, not let through, or not recorded."""


def pass_accepted(gate: Gate, event: ev.PassAccepted, now: Monotonic, s: Settings) -> Step:
    """Rules 6 and 7: one party at a time, and only where there is a right."""
    if lane_is_open(gate):
        return gate, ()
    if not isinstance(gate.dialog, Idle):
        served = gate.dialog.party.pass_
        same = served is not None and served.visit == event.pass_.visit
        return gate, () if same else (ev.LookAgain(),)
    code = unable(gate, s)
    if code is not None:
        return refuse(gate, code, now, s, pass_=event.pass_, detail=_cause(gate, code))
    fits = gate.right - (0 if event.pass_.staff else gate.reserve)
    if fits < event.places and not (s.allow_part and fits >= 1):
        return refuse(gate, RefusalCode.FULL, now, s, pass_=event.pass_)
    party = Party(event.pass_, min(event.places, fits), event.reason, event.rested)
    gate, commands = next_person(replace(gate, notice=None), party, now, s)
    return gate, (Chime(Sound.ACCEPTED), *commands)


def next_person(gate: Gate, party: Party, now: Monotonic, s: Settings) -> Step:
    """Rules 6 to 8: ask for the next forehead, or whatever the site wants instead."""
    gate = idle(gate)
    if party.granted == party.wanted:
        return gate, ()
    if s.screening == "off":
        return _store(gate, party, party.reason, None, now, s)
    if Part.THERMOMETER in gate.faults:
        match s.on_thermometer_fault:
            case "attendant":
                return _ask_staff(gate, party, now, s, why="no thermometer")
            case "closed":
                return refuse(gate, RefusalCode.OUT_OF_SERVICE, now, s, pass_=party.pass_)
            case "open_with_log":
                return _store(gate, party, Reason.UNMEASURED, None, now, s)
    return _measure(gate, party, 1, now, s)


def places_left(gate: Gate, event: ev.PlacesLeft, now: Monotonic, s: Settings) -> Step:
    """Rule 6: no more of the party than there are places. A grant that is being stored has one."""
    dialog = gate.dialog
    if isinstance(dialog, Idle) or dialog.party.pass_ is None:
        return gate, ()
    party, storing = dialog.party, isinstance(dialog, Storing)
    wanted = party.granted + storing + event.places
    if wanted >= party.wanted:
        return gate, ()
    gate = replace(gate, dialog=replace(dialog, party=replace(party, wanted=wanted)))
    if storing or event.places > 0:
        return gate, ()
    gate, refused = refuse(idle(gate), event.code, now, s, pass_=party.pass_)
    return gate, (ev.StopMeasuring(), *refused) if isinstance(dialog, Screening) else refused


def _measure(gate: Gate, party: Party, attempt: int, now: Monotonic, s: Settings) -> Step:
    ticket = gate.next_ticket
    dialog = Screening(party, ticket, attempt, Monotonic(now + s.person_within_s))
    gate = replace(gate, dialog=dialog, next_ticket=Ticket(ticket + 1))
    return gate, (ev.Measure(ticket, attempt, party.rested),)


def measured(gate: Gate, event: ev.Measured, now: Monotonic, s: Settings) -> Step:
    """What the thermometer's answer means for the person in front of it."""
    dialog = gate.dialog
    if not isinstance(dialog, Screening) or dialog.ticket != event.ticket:
        return gate, ()  # an answer to a question that nobody asks any more
    party, celsius, verdict = dialog.party, event.celsius, event.verdict
    why = "no verdict"
    if verdict in {Verdict.RECHECK, Verdict.REPEAT}:
        if dialog.attempt < s.attempts:
            return _measure(gate, party, dialog.attempt + 1, now, s)
        why = "too close to the limit" if verdict is Verdict.RECHECK else "no steady reading"
        verdict = Verdict.ATTENDANT
    if verdict is Verdict.ADMIT:
        return _store(gate, party, party.reason, celsius, now, s)
    if s.screening == "soft":
        return _store(gate, party, Reason.SOFT, celsius, now, s)
    if verdict is Verdict.ATTENDANT:
        return _ask_staff(gate, party, now, s, why=why)
    code = RefusalCode.TOO_WARM if verdict is Verdict.REFUSE else RefusalCode.WAIT_AND_RETURN
    return refuse(idle(gate), code, now, s, pass_=party.pass_, celsius=celsius)


def _ask_staff(gate: Gate, party: Party, now: Monotonic, s: Settings, *, why: str) -> Step:
    dialog = AskingStaff(party, Monotonic(now + s.staff_within_s), why)
    return replace(gate, dialog=dialog), (Chime(Sound.WAIT),)


def attendant_pressed(gate: Gate, now: Monotonic, s: Settings) -> Step:
    """Staff decide: about the person who waits, or one without a pass while nobody does."""
    if lane_is_open(gate):
        return gate, ()
    match gate.dialog:
        case AskingStaff(party=party, why=why):
            return _store(gate, party, Reason.ATTENDANT, None, now, s, detail=why)
        case Screening(party=party):
            why = "before a verdict"
            gate, commands = _store(gate, party, Reason.ATTENDANT, None, now, s, detail=why)
            return gate, (ev.StopMeasuring(), *commands)
        case Storing():
            return gate, ()
        case Idle():
            party = Party(None, 1, Reason.ATTENDANT)
            return _store(gate, party, Reason.ATTENDANT, None, now, s, detail="without a pass")
        case _:
            assert_never(gate.dialog)


def one_ordered(gate: Gate, now: Monotonic, s: Settings) -> Step:
    """An operator from afar, who sees nobody: one more grant, unless somebody is being served."""
    if lane_is_open(gate) or not isinstance(gate.dialog, Idle):
        return gate, ()
    party = Party(None, 1, Reason.OPERATOR)
    return _store(gate, party, Reason.OPERATOR, None, now, s, detail="ordered")


def _store(
    gate: Gate,
    party: Party,
    reason: Reason,
    celsius: float | None,
    now: Monotonic,
    s: Settings,
    *,
    detail: str = "",
) -> Step:
    """The only way to a grant: asks for the right once more, since somebody may have come in."""
    gate = idle(gate)
    code = unable(gate, s, screened=False) or (RefusalCode.FULL if gate.right < 1 else None)
    if code is not None:
        return refuse(gate, code, now, s, pass_=party.pass_, detail=_cause(gate, code))
    grant = gate.next_grant
    dialog = Storing(party, grant, reason, celsius, Monotonic(now + s.store_within_s))
    gate = replace(gate, dialog=dialog, next_grant=GrantId(grant + 1), notice=None)
    told_c = celsius if s.record_values else None
    return gate, (ev.RecordGrant(grant, reason, party.pass_, detail, told_c),)


def refuse(
    gate: Gate,
    code: RefusalCode,
    now: Monotonic,
    s: Settings,
    *,
    pass_: Pass | None = None,
    detail: str = "",
    celsius: float | None = None,
) -> Step:
    """Say no: on the screen, by sound and in the record. The dialog is the caller's business."""
    notice = Notice(Prompt(code, celsius=celsius), Monotonic(now + s.notice_s))
    record = ev.RecordRefusal(code, detail, pass_, celsius if s.record_values else None)
    gate = replace(gate, notice=notice)
    if gate.full and code is not RefusalCode.FULL:  # one thing to hear and read at a time
        gate = replace(gate, told_until=max(notice.until, gate.told_until or notice.until))
    return gate, (record, Chime(Sound.REFUSED))


def unable(gate: Gate, s: Settings, *, screened: bool = True) -> RefusalCode | None:
    """Why nobody can be admitted now, whoever comes."""
    if gate.closing:
        return RefusalCode.OUT_OF_SERVICE
    if gate.mode is Mode.LOCKED:
        return RefusalCode.CLOSED
    if gate.mode is Mode.OUT_OF_SERVICE or gate.faults & BLOCKING:
        return RefusalCode.OUT_OF_SERVICE
    closed = Part.THERMOMETER in gate.faults and s.on_thermometer_fault == "closed"
    if screened and closed and s.screening != "off":
        return RefusalCode.OUT_OF_SERVICE
    if gate.room is None or gate.uncertain:
        return RefusalCode.CLOSED
    if Part.CLOCK in gate.faults and s.on_clock_fault == "closed":
        return RefusalCode.CLOCK_UNSURE
    return None


def refusing(gate: Gate, s: Settings) -> RefusalCode | None:
    """Why an entry lane admits no visitor now, whoever comes; None where it takes passes."""
    if Part.CAMERA in gate.faults:  # nobody can show anything; the attendant still may admit
        return RefusalCode.OUT_OF_SERVICE
    if Part.CLOCK in gate.faults and s.on_clock_fault == "attendant":  # who has a pass asks staff
        return unable(gate, s) or RefusalCode.CLOCK_UNSURE
    full = RefusalCode.FULL if gate.right <= gate.reserve else None
    return unable(gate, s) or full


def _cause(gate: Gate, code: RefusalCode) -> str:
    """Why the lane is closed, where that is not the operator's word."""
    if code is not RefusalCode.CLOSED or gate.mode is Mode.LOCKED:
        return ""
    return "the count is uncertain until somebody recounts" if gate.uncertain else gate.no_right


def lane_is_open(gate: Gate) -> bool:
    """Nobody needs a grant: the lane is free for all, or has no barrier."""
    return gate.release or gate.mode in {Mode.FREE, Mode.COUNT_ONLY}


def idle(gate: Gate) -> Gate:
    """Nobody is being served."""
    return replace(gate, dialog=Idle())
