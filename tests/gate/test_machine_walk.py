"""The promises of the design, each checked on every edge of every walk."""

from dataclasses import replace
from typing import get_args

import pytest

from gate import events as ev
from gate import machine
from gate.events import Command
from gate.model import (
    Direction,
    GrantId,
    Lamp,
    Mode,
    Monotonic,
    Part,
    Posture,
    Prompt,
    RefusalCode,
    Say,
    Sound,
    Ticket,
    Verdict,
)
from gate.posture import posture
from gate.relay import at_turnstile, at_wide_gate
from gate.serving import lane_is_open, refusing
from gate.state import Gate, Idle, Notice, Screening, Storing
from tests.gate.walk import Edge, Walk, answers, canonical
from tests.gate.walks import WALKS, walked

ROOM_AGAIN = ev.Chime(Sound.ROOM_AGAIN)
EVERY_WALK = pytest.mark.parametrize("name", WALKS)


def edges_of(name: str) -> list[Edge]:
    return walked(name).edges


def alive(gate: Gate) -> list[GrantId]:
    """Grants that have not ended: stored ones, and the one on its way to the disk."""
    stored = [grant.id for grant in gate.grants]
    return [*stored, gate.dialog.grant] if isinstance(gate.dialog, Storing) else stored


def ticket(gate: Gate) -> Ticket | None:
    """Of the measurement that is waited for."""
    return gate.dialog.ticket if isinstance(gate.dialog, Screening) else None


def ended_by(commands: tuple[Command, ...]) -> list[GrantId]:
    ended = [c.grant for c in commands if isinstance(c, ev.EndGrant)]
    return ended + [c.grant for c in commands if isinstance(c, ev.Count) and c.grant is not None]


@EVERY_WALK
def test_the_entry_is_never_free_without_a_stored_grant_a_release_or_the_mode_free(
    name: str,
) -> None:
    freed = 0
    for edge in edges_of(name):
        after = edge.after
        if not posture(after, walked(name).settings).entry_free:
            continue
        if after.release or after.mode is Mode.FREE:
            continue
        known = {grant.id for grant in edge.before.grants}
        if isinstance(edge.event, ev.GrantStored):
            known.add(edge.event.grant)
        unshut = [grant.id for grant in after.grants if not grant.shut]
        assert after.mode is Mode.NORMAL, edge
        assert unshut, edge
        assert set(unshut) <= known, edge
        freed += 1
    assert freed > 0, "the walk never freed the entry: it shows nothing"


@EVERY_WALK
def test_a_release_always_frees(name: str) -> None:
    for edge in edges_of(name):
        assert not edge.after.release or machine.entry_free(edge.after), edge


@EVERY_WALK
def test_a_fault_never_frees(name: str) -> None:
    for edge in edges_of(name):
        if isinstance(edge.event, ev.PartLost | ev.PartBack) and machine.entry_free(edge.after):
            assert machine.entry_free(edge.before), edge


@EVERY_WALK
def test_without_sensors_or_turnstile_no_grant_is_open_and_without_a_disk_nobody_is_asked(
    name: str,
) -> None:
    for edge in edges_of(name):
        if edge.after.faults & {Part.SENSORS, Part.TURNSTILE}:
            assert edge.after.grants == (), edge
        if edge.after.faults & {Part.SENSORS, Part.TURNSTILE, Part.STORE}:
            assert isinstance(edge.after.dialog, Idle), edge


@EVERY_WALK
def test_a_passage_is_counted_once_and_nothing_else_is(name: str) -> None:
    for edge in edges_of(name):
        counted = [c.direction for c in edge.commands if isinstance(c, ev.Count)]
        walked_ = [edge.event.direction] if isinstance(edge.event, ev.Passed) else []
        assert counted == walked_, edge


@EVERY_WALK
def test_the_wide_gate_and_the_turnstile_share_what_is_free_and_all_is_free_at_both(
    name: str,
) -> None:
    for after in walked(name).afters:
        turnstile = machine.entry_free(at_turnstile(after))
        wide = machine.entry_free(at_wide_gate(after))
        assert (turnstile or wide) == machine.entry_free(after), after
        if after.release or after.mode is Mode.FREE:
            assert turnstile, after
            assert wide, after
        else:
            asked = [grant for grant in after.grants if grant.assisted and not grant.shut]
            assert wide == (after.mode is Mode.NORMAL and asked != []), after


def test_no_posture_has_a_word_for_the_way_out() -> None:
    assert set(Posture.__slots__) == {"entry_free", "lamp", "prompt"}


def test_the_way_out_refuses_nobody_whatever_pass_is_shown_and_in_every_mode() -> None:
    edges = [edge for edge in edges_of("way out") if isinstance(edge.event, ev.PassRefused)]

    assert {edge.before.mode for edge in edges} == set(Mode)
    for edge in edges:
        assert not [c for c in edge.commands if isinstance(c, ev.RecordRefusal | ev.Chime)], edge
        assert edge.after.notice in {edge.before.notice, None}, edge


@EVERY_WALK
def test_each_grant_ends_exactly_once(name: str) -> None:
    for edge in edges_of(name):
        before, after = alive(edge.before), alive(edge.after)
        born = [c.grant for c in edge.commands if isinstance(c, ev.RecordGrant)]
        ended = ended_by(edge.commands)
        assert len(set(ended)) == len(ended), edge
        assert set(ended) <= {*before, *born}, edge
        assert sorted(after) == sorted({*before, *born} - {*ended}), edge


@EVERY_WALK
def test_the_entry_shuts_by_its_deadline(name: str) -> None:
    w = walked(name)
    for gate in w.states:
        if not gate.grants or gate.release or gate.mode is Mode.FREE:
            continue
        last = max(grant.free_until for grant in gate.grants)
        later, _ = machine.step(gate, ev.TimePassed(), last, w.settings)
        assert not machine.entry_free(later), gate


@EVERY_WALK
def test_left_alone_it_settles(name: str) -> None:
    """No cycle of deadlines alone: each state that time leads to settles one step earlier."""
    next_of = {e.before: e for e in edges_of(name) if isinstance(e.event, ev.TimePassed)}
    settled = {gate for gate in walked(name).states if gate not in next_of}
    for gate in settled:
        assert machine.deadline(gate) is None
        assert isinstance(gate.dialog, Idle)
        assert gate.grants == ()
    for start in next_of:
        path, state = [], start
        while state not in settled:
            path.append(state)
            assert len(path) < 12, path
            edge = next_of[state]
            state = canonical(edge.after, edge.now)
        settled.update(path)


@EVERY_WALK
def test_time_that_passes_a_deadline_moves_the_deadline(name: str) -> None:
    """Else the control loop would spin."""
    for edge in edges_of(name):
        if isinstance(edge.event, ev.TimePassed):
            due = machine.deadline(edge.after)
            assert due is None or due > edge.now, edge


@EVERY_WALK
def test_no_grant_is_given_beyond_the_right(name: str) -> None:
    for edge in edges_of(name):
        if any(isinstance(c, ev.RecordGrant) for c in edge.commands):
            assert edge.after.room is not None, edge
            assert not edge.after.uncertain, edge
            assert edge.after.right >= 0, edge


def still_wanted(gate: Gate) -> int:
    """People of a pass who are to get a grant without showing it again."""
    if isinstance(gate.dialog, Idle) or gate.dialog.party.pass_ is None:
        return 0
    party = gate.dialog.party
    return party.wanted - party.granted - isinstance(gate.dialog, Storing)


def test_no_more_of_a_party_are_served_than_other_gates_have_left_places() -> None:
    shortened, ended = 0, 0
    for edge in edges_of("others of the party come elsewhere"):
        if not isinstance(edge.event, ev.PlacesLeft):
            continue
        before, after = still_wanted(edge.before), still_wanted(edge.after)
        assert after == min(before, edge.event.places), edge
        assert alive(edge.after) == alive(edge.before), "what was granted is theirs"
        over = before > 0 == after and not isinstance(edge.before.dialog, Storing)
        refusals = [c.code for c in edge.commands if isinstance(c, ev.RecordRefusal)]
        assert refusals == ([RefusalCode.PARTY_COMPLETE] if over else []), edge
        assert isinstance(edge.after.dialog, Idle) or not over, edge
        shortened, ended = shortened + (0 < after < before), ended + over
    assert shortened, "nobody of a party had come elsewhere: it shows nothing"
    assert ended


@EVERY_WALK
def test_only_the_verdict_admit_grants_in_hard_screening(name: str) -> None:
    if walked(name).settings.screening != "hard":
        return
    for edge in edges_of(name):
        if isinstance(edge.event, ev.Measured) and edge.event.verdict is not Verdict.ADMIT:
            assert not any(isinstance(c, ev.RecordGrant) for c in edge.commands), edge


@EVERY_WALK
def test_in_hard_screening_nobody_is_granted_without_admit_attendant_or_the_sites_policy(
    name: str,
) -> None:
    settings = walked(name).settings
    if settings.screening != "hard" or settings.on_thermometer_fault == "open_with_log":
        return
    for edge in edges_of(name):
        if any(isinstance(c, ev.RecordGrant) for c in edge.commands):
            staff = ev.AttendantPressed | ev.OneOrdered
            assert isinstance(edge.event, ev.Measured | staff), edge


def test_a_site_that_closes_without_the_time_admits_nobody_then() -> None:
    edges = edges_of("closed without the time")
    lost = [edge for edge in edges if Part.CLOCK in edge.before.faults]

    assert [edge for edge in lost if isinstance(edge.event, ev.AttendantPressed)]
    for edge in lost:
        assert not [c for c in edge.commands if isinstance(c, ev.RecordGrant)], edge


@EVERY_WALK
def test_an_answer_that_nobody_waits_for_does_nothing(name: str) -> None:
    for edge in edges_of(name):
        stale = (isinstance(edge.event, ev.Measured) and edge.event.ticket < -50) or (
            isinstance(edge.event, ev.GrantStored) and edge.event.grant < -50
        )
        if stale:
            assert edge.after == edge.before, edge
            assert edge.commands == (), edge


@EVERY_WALK
def test_after_a_release_only_a_recount_makes_the_count_sure(name: str) -> None:
    for edge in edges_of(name):
        if edge.after.release:
            assert edge.after.uncertain, edge
        if edge.before.uncertain and not edge.after.uncertain:
            assert isinstance(edge.event, ev.Recounted), edge
            assert not edge.after.release, edge


@EVERY_WALK
def test_before_the_end_nobody_new_is_served_and_what_is_open_ends_by_itself(name: str) -> None:
    for edge in edges_of(name):
        if edge.before.closing:
            assert not any(isinstance(c, ev.RecordGrant) for c in edge.commands), edge
            assert len(edge.after.grants) <= len(edge.before.grants), edge
        if isinstance(edge.event, ev.Draining):
            assert edge.after.grants == edge.before.grants, edge
            assert isinstance(edge.after.dialog, Idle), edge


@EVERY_WALK
def test_a_turned_key_wins_and_what_was_ordered_holds_again_without_it(name: str) -> None:
    for edge in edges_of(name):
        after = edge.after
        assert after.mode is (after.keyed or after.ordered), edge
        if isinstance(edge.event, ev.KeyTurned):
            turned = walked(name).settings.key_mode if edge.event.active else None
            assert (after.keyed, after.ordered) == (turned, edge.before.ordered), edge
        elif not isinstance(edge.event, ev.Stopping):
            assert after.keyed is edge.before.keyed, edge


@EVERY_WALK
def test_a_mode_that_is_left_leaves_no_grant_behind(name: str) -> None:
    for edge in edges_of(name):
        if edge.before.mode is not edge.after.mode:
            assert edge.after.grants == (), edge


@EVERY_WALK
def test_the_thermometer_is_told_to_stop_when_nobody_waits_for_it(name: str) -> None:
    for edge in edges_of(name):
        was = isinstance(edge.before.dialog, Screening)
        is_now = isinstance(edge.after.dialog, Screening)
        stopped = any(isinstance(c, ev.StopMeasuring) for c in edge.commands)
        if was and not is_now and not isinstance(edge.event, ev.Measured):
            assert stopped, edge
        if is_now and ticket(edge.after) != ticket(edge.before):
            assert any(isinstance(c, ev.Measure) for c in edge.commands), edge


@EVERY_WALK
def test_no_lane_is_open_and_shows_red_or_shut_and_says_walk(name: str) -> None:
    for edge in edges_of(name):
        shown = posture(edge.after, walked(name).settings)
        assert not (shown.entry_free and shown.lamp is Lamp.RED), edge
        if shown.lamp is Lamp.GREEN and edge.after.notice is None:
            assert shown.entry_free or walked(name).settings.scan is Direction.OUT, edge


@EVERY_WALK
def test_a_refusal_is_shown_sounded_and_recorded(name: str) -> None:
    for edge in edges_of(name):
        refused = [c.code for c in edge.commands if isinstance(c, ev.RecordRefusal)]
        if refused:
            assert edge.after.notice is not None, edge
            assert edge.after.notice.prompt.what == refused[-1], edge
            assert ev.Chime(Sound.REFUSED) in edge.commands, edge


@EVERY_WALK
def test_a_part_is_reported_once_when_lost_and_once_when_back(name: str) -> None:
    for edge in edges_of(name):
        alarms = [c.part for c in edge.commands if isinstance(c, ev.RaiseAlarm) if c.part]
        back = [c.part for c in edge.commands if isinstance(c, ev.RecordRecovery)]
        assert set(alarms) == edge.after.faults - edge.before.faults, edge
        assert set(back) == edge.before.faults - edge.after.faults, edge
        assert len(alarms) + len(back) <= 1, edge


def test_the_notice_decides_nothing() -> None:
    w = walked("broken parts")
    notice = Notice(Prompt(RefusalCode.EXPIRED), Monotonic(1))
    for gate in w.states:
        for event in (*w.alphabet, *answers(gate)):
            plain, commands = machine.step(gate, event, Monotonic(0), w.settings)
            noticed, same = machine.step(with_notice(gate, notice), event, Monotonic(0), w.settings)
            assert same == commands
            assert with_notice(noticed, None) == with_notice(plain, None)


def with_notice(gate: Gate, notice: Notice | None) -> Gate:
    return replace(gate, notice=notice)


def tellings(name: str) -> list[Edge]:
    return [edge for edge in edges_of(name) if ROOM_AGAIN in edge.commands]


def attends(gate: Gate) -> bool:
    """Whether the lane serves somebody, or lets somebody through."""
    return not isinstance(gate.dialog, Idle) or any(not grant.shut for grant in gate.grants)


@EVERY_WALK
def test_there_is_room_when_it_is_said_and_there_was_none_before(name: str) -> None:
    settings = walked(name).settings
    for edge in tellings(name):
        shown = posture(edge.after, settings)
        assert edge.before.full, edge
        assert (shown.prompt.what, shown.lamp) == (Say.ROOM_AGAIN, Lamp.AMBER), edge
        assert edge.after.right > edge.after.reserve, edge
        assert edge.commands.count(ROOM_AGAIN) == 1, edge


def test_it_is_said_in_the_walks_for_every_reason_there_is() -> None:
    causes = {type(edge.event) for name in WALKS for edge in tellings(name)}
    assert {ev.RoomChanged, ev.TimePassed} <= causes
    assert tellings("way out") == []


@EVERY_WALK
def test_nobody_is_told_of_the_place_of_somebody_who_walks_in(name: str) -> None:
    for edge in tellings(name):
        assert not isinstance(edge.event, ev.Passed), edge


@EVERY_WALK
def test_a_lane_that_said_it_is_full_and_has_room_has_told_or_will(name: str) -> None:
    settings = walked(name).settings
    if settings.scan is Direction.OUT:
        return
    for after in walked(name).afters:
        if lane_is_open(after) or attends(after):
            continue
        refused = refusing(after, settings)
        if refused is None:
            assert not after.full or after.told_until is not None, after
        else:
            assert after.full is (refused is RefusalCode.FULL), after


@EVERY_WALK
def test_it_is_said_again_only_after_a_while_or_once_the_place_is_taken(name: str) -> None:
    for edge in edges_of(name):
        hushed = edge.before.told_until is not None and edge.before.told_until > edge.now
        if hushed:
            assert ROOM_AGAIN not in edge.commands, edge
            assert edge.after.told_until is not None or isinstance(edge.event, ev.GrantStored), edge


def test_no_lane_says_that_there_is_room_while_there_is_none() -> None:
    w = walked("full")
    notice = Notice(Prompt(Say.ROOM_AGAIN), Monotonic(1))
    said = 0
    for gate in w.states:
        for event in (*w.alphabet, *answers(gate)):
            after, _ = machine.step(with_notice(gate, notice), event, Monotonic(0), w.settings)
            if posture(after, w.settings).prompt.what is Say.ROOM_AGAIN:
                assert refusing(after, w.settings) is None, (gate, event)
                assert not attends(after), (gate, event)
                said += 1
    assert said > 0


def test_the_walks_reach_every_kind_of_state_and_every_command() -> None:
    reached: set[str] = set()
    for name in WALKS:
        w: Walk = walked(name)
        for gate in w.states:
            reached |= {type(gate.dialog).__name__, f"grants {len(gate.grants)}", gate.mode.value}
            reached |= {f"lost {part.value}" for part in gate.faults}
            reached |= {"leaving"} if gate.leaving else set()
            reached |= {"tail"} if gate.tail_until is not None else set()
        for edge in w.edges:
            reached |= {type(command).__name__ for command in edge.commands}
            reached |= {c.reason.value for c in edge.commands if isinstance(c, ev.Count)}
    assert {"Idle", "Screening", "AskingStaff", "Storing", "grants 3", "leaving", "tail"} <= reached
    assert {mode.value for mode in Mode} <= reached
    assert {"lost thermometer", "lost sensors", "lost turnstile", "lost store"} <= reached
    # What became of an order from afar is recorded by the loop, which knows the order.
    commands = {kind.__name__ for kind in get_args(Command)} - {"RecordCommand"}
    assert commands <= reached, commands - reached
    reasons = {"ok", "tailgate", "forced", "release", "free", "count_only", "attendant", "operator"}
    assert reasons | {"unmeasured", "soft"} <= reached
