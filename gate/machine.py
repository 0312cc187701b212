"""The machine: decides what the lane does. Pure, and the only place that can free the entry.

The rules:

 1. The entry is free while the release input is active, in the mode *free*, and while a stored
    grant is open in the mode *normal*. In no other case, whatever is broken.
 2. The way out is free always. Nothing here can say otherwise: no state, posture or command has
    a word for it.
 3. Nobody gets a grant before it is on disk; a disk that takes too long makes a withdrawn grant
    and a refusal, never an open lane.
 4. A grant frees the entry until `free_until`. A passage that comes a moment later, within the
    grace, still uses it; then it lapses. Every grant ends once: used, lapsed or withdrawn.
 5. A passage in uses the oldest grant, whosever it is: two visitors in a row may change places
    and the sums stay right. Without a grant it is a tailgate shortly after a used one, else
    forced; it is counted all the same.
 6. People are served one party at a time, and measured one by one, each with a grant of their
    own; the next person is measured while the last one walks. Places of the party that are taken
    by another gate meanwhile are not granted here.
 7. A grant needs a right: places of the party and the reserve at the showing, one place at each
    further grant. Staff do not need the reserve. Without a known right, or while the count is
    uncertain, nobody is admitted.
 8. A warm person stops what is left of the party. What a lost thermometer means, or one that is
    still warming up, is the site's choice: the attendant decides, the lane is closed, or it admits
    with that on record.
 9. A lost sensor or turnstile withdraws what is open; a lost store ends what is being asked but
    not what is already on disk; a lost camera or broker changes nothing that is under way.
10. Release, a change of mode and the end of the daemon withdraw every grant and end the dialog;
    before the end nobody new is served, and whoever has a grant may still use it. After a release
    the count is uncertain until somebody recounts.
11. A turned key switch is a mode that wins over the operator's, and ends when it is turned back.
12. Time is an argument and comes first: what is due by `now` happens before the event.
13. Where the lane has said that it is full, and has room again, those who wait are told: once it
    serves nobody, and not soon again unless somebody has got the place meanwhile.

Awkward, and meant: a pass that is shown while another party is being served is not queued, the
scanner is told to look again (`LookAgain`); a grant's reason is fixed when it is given, so a
party may hold grants with different reasons.
"""

from dataclasses import replace
from typing import assert_never

from gate import events as ev
from gate import leaving, serving, waiting
from gate.events import Chime, Command, Event
from gate.model import (
    Alarm,
    Direction,
    End,
    GrantId,
    Mode,
    Monotonic,
    Part,
    Prompt,
    Reason,
    RefusalCode,
    Say,
    Sound,
)
from gate.serving import Step
from gate.state import (
    AskingStaff,
    Gate,
    Grant,
    Idle,
    Screening,
    Settings,
    Storing,
)


def step(gate: Gate, event: Event, now: Monotonic, settings: Settings) -> Step:
    """The state after `event` at `now`, and what is to be done about it, in order."""
    gate, due = _expire(gate, now, settings)
    gate, commands = _react(gate, event, now, settings)
    gate, told = waiting.tell_of_room(gate, now, settings)
    return gate, due + commands + told


def deadline(gate: Gate) -> Monotonic | None:
    """When the machine wants to be called at the latest, with `TimePassed` if nothing else."""
    due = [grant.ends_at if grant.shut else grant.free_until for grant in gate.grants]
    if not isinstance(gate.dialog, Idle):
        due.append(gate.dialog.until)
    due += [timed.until for timed in (gate.leaving, gate.notice) if timed is not None]
    due += [until for until in (gate.tail_until, gate.told_until) if until is not None]
    return min(due, default=None)


def entry_free(gate: Gate) -> bool:
    """Rule 1."""
    if gate.release or gate.mode is Mode.FREE:
        return True
    return gate.mode is Mode.NORMAL and any(not grant.shut for grant in gate.grants)


def _react(gate: Gate, event: Event, now: Monotonic, s: Settings) -> Step:
    match event:
        case ev.PassAccepted():
            return serving.pass_accepted(gate, event, now, s)
        case ev.PassRefused(code, detail, pass_):
            if s.scan is Direction.OUT or serving.lane_is_open(gate):
                return gate, ()  # the way out needs no pass, and an open lane asks for none
            return serving.refuse(gate, code, now, s, pass_=pass_, detail=detail)
        case ev.CheckOutShown(pass_, places):
            return leaving.check_out(gate, pass_, places, now, s)
        case ev.Measured():
            return serving.measured(gate, event, now, s)
        case ev.GrantStored(grant):
            return _grant_stored(gate, grant, now, s)
        case ev.Passed(Direction.IN):
            return _passed_in(gate, now, s)
        case ev.Passed():
            return leaving.passed_out(gate)
        case ev.TurnedBack(direction):
            return gate, (ev.RaiseAlarm(Alarm.TURN_BACK, detail=direction.value),)
        case ev.LaneHeld():
            return gate, (ev.RaiseAlarm(Alarm.HELD), Chime(Sound.ALARM))
        case ev.AttendantPressed():
            return serving.attendant_pressed(gate, now, s)
        case ev.OneOrdered():
            return serving.one_ordered(gate, now, s)
        case ev.ReleaseChanged(active):
            return _release_changed(gate, active)
        case ev.ModeChanged(mode):
            if mode is gate.ordered:
                return gate, ()
            return _change_mode(gate, replace(gate, ordered=mode), ev.RecordMode(mode))
        case ev.KeyTurned(active):
            if active is (gate.keyed is not None):
                return gate, ()
            turned = replace(gate, keyed=s.key_mode if active else None)
            return _change_mode(gate, turned, ev.RecordMode(turned.mode, by_key=True))
        case ev.RoomChanged(places, reserve, why):
            return replace(gate, room=places, reserve=reserve, no_right=why), ()
        case ev.PlacesLeft():
            return serving.places_left(gate, event, now, s)
        case ev.Recounted():
            if gate.release:  # people still walk freely: too early to be sure
                return gate, ()
            return replace(gate, uncertain=False), (ev.RecordRecount(),)
        case ev.PartLost():
            return _part_lost(gate, event, now, s)
        case ev.PartBack(part):
            if part not in gate.faults:
                return gate, ()
            return replace(gate, faults=gate.faults - {part}), (ev.RecordRecovery(part),)
        case ev.TimePassed():
            return gate, ()
        case ev.Draining():
            return _end_dialog(replace(gate, closing=True))
        case ev.Stopping():
            gate, ended = _withdraw(gate)
            return replace(gate, ordered=Mode.OUT_OF_SERVICE, keyed=None), ended
        case _:
            assert_never(event)


# --- time -----------------------------------------------------------------------------------


def _expire(gate: Gate, now: Monotonic, s: Settings) -> Step:
    """Rule 12: everything that is due by `now`."""
    due = deadline(gate)
    if due is None or now < due:
        return gate, ()
    lapsed = tuple(
        ev.EndGrant(grant.id, End.LAPSED, grant.pass_)
        for grant in gate.grants
        if now >= grant.ends_at
    )
    gate = replace(
        gate,
        grants=tuple(
            replace(grant, shut=now >= grant.free_until)
            for grant in gate.grants
            if now < grant.ends_at
        ),
        leaving=gate.leaving if gate.leaving and now < gate.leaving.until else None,
        notice=gate.notice if gate.notice and now < gate.notice.until else None,
        tail_until=_unless_due(gate.tail_until, now),
        told_until=_unless_due(gate.told_until, now),
    )
    if isinstance(gate.dialog, Idle) or now < gate.dialog.until:
        return gate, lapsed
    dialog, (gate, ended) = gate.dialog, _end_dialog(gate)
    pass_ = dialog.party.pass_
    match dialog:
        case Screening():  # nobody came to the thermometer: the pass may be shown again
            refused: tuple[Command, ...] = ()
        case AskingStaff():
            code, detail = RefusalCode.SEE_STAFF, "nobody came"
            gate, refused = serving.refuse(gate, code, now, s, pass_=pass_, detail=detail)
        case Storing():
            code, detail = RefusalCode.OUT_OF_SERVICE, "disk too slow"
            gate, refused = serving.refuse(gate, code, now, s, pass_=pass_, detail=detail)
        case _:
            assert_never(dialog)
    return gate, (*lapsed, *ended, *refused)


def _unless_due(until: Monotonic | None, now: Monotonic) -> Monotonic | None:
    return until if until is not None and now < until else None


# --- grants and passages --------------------------------------------------------------------


def _grant_stored(gate: Gate, stored: GrantId, now: Monotonic, s: Settings) -> Step:
    """Rule 3: the grant is on disk, so it may free the entry."""
    dialog = gate.dialog
    if not isinstance(dialog, Storing) or dialog.grant != stored:
        return gate, ()  # it has been withdrawn while the disk was busy
    party = dialog.party
    assisted = party.pass_ is not None and party.pass_.assisted
    free_until = now + (s.assisted_open_for_s if assisted else s.open_for_s)
    grant = Grant(
        id=stored,
        pass_=party.pass_,
        reason=dialog.reason,
        prompt=Prompt(Say.WALK, party.person, party.of, dialog.celsius),
        free_until=Monotonic(free_until),
        ends_at=Monotonic(free_until + s.grace_s),
    )
    gate = replace(gate, grants=(*gate.grants, grant), notice=None, told_until=None, dialog=Idle())
    gate, commands = serving.next_person(gate, replace(party, granted=party.granted + 1), now, s)
    return gate, (Chime(Sound.WALK), *commands)


def _passed_in(gate: Gate, now: Monotonic, s: Settings) -> Step:
    """Rule 5."""
    if gate.release:
        return gate, (ev.Count(Direction.IN, Reason.RELEASE),)
    if gate.mode in {Mode.FREE, Mode.COUNT_ONLY}:
        return gate, (ev.Count(Direction.IN, Reason(gate.mode.value)),)
    if gate.grants:
        used, *rest = gate.grants
        # Its place is not free again, whatever is said of room: the new one comes in a moment.
        tail_until = Monotonic(now + s.tailgate_s)
        gate = replace(gate, grants=tuple(rest), tail_until=tail_until, full=False)
        return gate, (ev.Count(Direction.IN, used.reason, used.id, used.pass_),)
    if gate.tail_until is not None:
        reason, alarm = Reason.TAILGATE, Alarm.TAILGATE
    else:
        reason, alarm = Reason.FORCED, Alarm.FORCED
    return gate, (ev.Count(Direction.IN, reason), ev.RaiseAlarm(alarm), Chime(Sound.ALARM))


# --- what is wrong, and what ends things ----------------------------------------------------


def _release_changed(gate: Gate, active: bool) -> Step:
    if active is gate.release:
        return gate, ()
    gate, ended = _withdraw(gate)
    gate = replace(
        gate, release=active, uncertain=gate.uncertain or active, leaving=None, notice=None
    )
    return gate, (*ended, ev.RecordRelease(active))


def _change_mode(gate: Gate, changed: Gate, record: ev.RecordMode) -> Step:
    """What is open ends with the mode it was given in; a mode that stays in force ends nothing."""
    if changed.mode is gate.mode:
        return changed, (record,)
    changed, ended = _withdraw(changed)
    return replace(changed, notice=None), (*ended, record)


def _part_lost(gate: Gate, lost: ev.PartLost, now: Monotonic, s: Settings) -> Step:
    """Rules 8 and 9."""
    part = lost.part
    if part in gate.faults:
        return gate, ()
    gate = replace(gate, faults=gate.faults | {part})
    alarm = ev.RaiseAlarm(Alarm.FAULT, part, lost.detail)
    commands: tuple[Command, ...] = ()
    match part:
        case Part.SENSORS | Part.TURNSTILE:
            gate, commands = _withdraw(gate)
        case Part.STORE:
            gate, commands = _end_dialog(gate)
        case Part.THERMOMETER if isinstance(gate.dialog, Screening):
            gate, commands = serving.next_person(gate, gate.dialog.party, now, s)
            commands = (ev.StopMeasuring(), *commands)
        case _:
            pass
    return gate, (alarm, *commands)


def _end_dialog(gate: Gate) -> Step:
    commands: tuple[Command, ...] = ()
    match gate.dialog:
        case Screening():
            commands = (ev.StopMeasuring(),)
        case Storing(party=party, grant=grant):
            commands = (ev.EndGrant(grant, End.WITHDRAWN, party.pass_),)
    return serving.idle(gate), commands


def _withdraw(gate: Gate) -> Step:
    """Rule 10: nothing stays open."""
    ended = tuple(ev.EndGrant(grant.id, End.WITHDRAWN, grant.pass_) for grant in gate.grants)
    gate, commands = _end_dialog(replace(gate, grants=(), tail_until=None))
    return gate, (*ended, *commands)
