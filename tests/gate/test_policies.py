"""What the site chose: for a lost thermometer, and for those who are measured; step by step."""

from dataclasses import dataclass, field, replace
from typing import Literal

import pytest

from gate import events as ev
from gate.machine import step
from gate.model import (
    Monotonic,
    Part,
    Reason,
    RefusalCode,
    Say,
    Sound,
    Ticket,
    Verdict,
)
from gate.posture import posture
from gate.state import AskingStaff, Gate, Idle, Screening, Settings, Storing
from tests.gate.walk import SHORT, SINGLE

Policy = Literal["attendant", "closed", "open_with_log"]
LOST = ev.PartLost(Part.THERMOMETER, "no acknowledgement")
SHOWN = ev.PassAccepted(SINGLE, 1)


@dataclass
class Lane:
    """A machine with room for all; `tell` lets a second pass."""

    settings: Settings
    gate: Gate = field(default_factory=lambda: Gate(room=10))
    now: float = 0.0

    def tell(self, event: ev.Event) -> tuple[ev.Command, ...]:
        self.now += 1.0
        self.gate, commands = step(self.gate, event, Monotonic(self.now), self.settings)
        return commands

    def says(self) -> Say | RefusalCode:
        return posture(self.gate, self.settings).prompt.what


def lane(policy: Policy, *, screening: Literal["hard", "soft", "off"] = "hard") -> Lane:
    settings = replace(
        SHORT,
        on_thermometer_fault=policy,
        screening=screening,
        person_within_s=60,
        staff_within_s=60,
    )
    return Lane(settings)


def granted(commands: tuple[ev.Command, ...]) -> list[Reason]:
    return [command.reason for command in commands if isinstance(command, ev.RecordGrant)]


def refused(commands: tuple[ev.Command, ...]) -> list[RefusalCode]:
    return [command.code for command in commands if isinstance(command, ev.RecordRefusal)]


# --- the thermometer is lost ----------------------------------------------------------------


def test_attendant_means_that_staff_are_called_for_each_person() -> None:
    gate = lane("attendant")
    gate.tell(LOST)
    assert gate.says() is Say.SHOW_PASS

    shown = gate.tell(SHOWN)
    assert isinstance(gate.gate.dialog, AskingStaff)
    assert (granted(shown), refused(shown)) == ([], [])
    assert gate.says() is Say.ASK_ATTENDANT

    assert granted(gate.tell(ev.AttendantPressed())) == [Reason.ATTENDANT]


def test_closed_means_that_the_lane_says_so_and_refuses_a_pass_without_a_promising_sound() -> None:
    gate = lane("closed")
    gate.tell(LOST)
    assert gate.says() is RefusalCode.OUT_OF_SERVICE

    shown = gate.tell(SHOWN)

    assert refused(shown) == [RefusalCode.OUT_OF_SERVICE]
    assert ev.Chime(Sound.ACCEPTED) not in shown
    assert isinstance(gate.gate.dialog, Idle)


def test_open_with_log_means_a_grant_whose_reason_says_that_nobody_measured() -> None:
    gate = lane("open_with_log")
    gate.tell(LOST)
    assert gate.says() is Say.SHOW_PASS

    assert granted(gate.tell(SHOWN)) == [Reason.UNMEASURED]


@pytest.mark.parametrize(
    ("policy", "dialog", "reasons", "codes"),
    [
        ("attendant", AskingStaff, [], []),
        ("closed", Idle, [], [RefusalCode.OUT_OF_SERVICE]),
        ("open_with_log", Storing, [Reason.UNMEASURED], []),
    ],
)
def test_who_stands_in_front_of_it_when_it_is_lost_is_treated_like_those_who_come_later(
    policy: Policy, dialog: type, reasons: list[Reason], codes: list[RefusalCode]
) -> None:
    gate = lane(policy)
    gate.tell(SHOWN)
    assert isinstance(gate.gate.dialog, Screening)

    lost = gate.tell(LOST)

    assert isinstance(gate.gate.dialog, dialog)
    assert (granted(lost), refused(lost)) == (reasons, codes)
    assert ev.StopMeasuring() in lost


@pytest.mark.parametrize("policy", ["attendant", "closed", "open_with_log"])
def test_staff_may_admit_somebody_without_a_pass_under_each_policy(policy: Policy) -> None:
    gate = lane(policy)
    gate.tell(LOST)

    assert granted(gate.tell(ev.AttendantPressed())) == [Reason.ATTENDANT]


@pytest.mark.parametrize("policy", ["attendant", "closed", "open_with_log"])
def test_a_thermometer_that_is_back_measures_again_under_each_policy(policy: Policy) -> None:
    gate = lane(policy)
    gate.tell(LOST)
    gate.tell(ev.PartBack(Part.THERMOMETER))
    assert gate.says() is Say.SHOW_PASS

    assert any(isinstance(command, ev.Measure) for command in gate.tell(SHOWN))


@pytest.mark.parametrize("policy", ["attendant", "closed", "open_with_log"])
def test_a_lane_that_measures_nobody_does_not_miss_a_thermometer(policy: Policy) -> None:
    gate = lane(policy, screening="off")
    gate.tell(LOST)

    assert granted(gate.tell(SHOWN)) == [Reason.OK]


# --- the thermometer works ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "hard", "soft"),
    [
        (Verdict.ADMIT, Reason.OK, Reason.OK),
        (Verdict.WAIT, RefusalCode.WAIT_AND_RETURN, Reason.SOFT),
        (Verdict.REFUSE, RefusalCode.TOO_WARM, Reason.SOFT),
        (Verdict.ATTENDANT, None, Reason.SOFT),
    ],
)
def test_hard_stops_whom_soft_admits_with_that_on_record(
    verdict: Verdict, hard: Reason | RefusalCode | None, soft: Reason
) -> None:
    def outcome(screening: Literal["hard", "soft"]) -> list[Reason | RefusalCode]:
        gate = lane("attendant", screening=screening)
        gate.tell(SHOWN)
        dialog = gate.gate.dialog
        ticket = dialog.ticket if isinstance(dialog, Screening) else Ticket(0)
        commands = gate.tell(ev.Measured(ticket, verdict, 37.9))
        return [*granted(commands), *refused(commands)]

    assert outcome("hard") == ([] if hard is None else [hard])
    assert outcome("soft") == [soft]


# --- the clock is lost ----------------------------------------------------------------------


NO_CLOCK = ev.PartLost(Part.CLOCK, "set ahead by 3 h")


@pytest.mark.parametrize(
    ("policy", "says", "admits"),
    [
        ("attendant", RefusalCode.CLOCK_UNSURE, True),
        ("closed", RefusalCode.CLOCK_UNSURE, False),
        ("open_with_log", Say.SHOW_PASS, True),
    ],
)
def test_without_the_time_the_lane_says_what_to_do_and_staff_admit_unless_it_is_closed(
    policy: Policy, says: Say | RefusalCode, admits: bool
) -> None:
    gate = Lane(replace(SHORT, on_clock_fault=policy))
    gate.tell(NO_CLOCK)

    assert gate.says() is says
    assert (granted(gate.tell(ev.AttendantPressed())) == [Reason.ATTENDANT]) is admits


# --- what goes on record of a number --------------------------------------------------------


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("verdict", [Verdict.ADMIT, Verdict.WAIT])
def test_the_number_goes_on_record_only_where_the_site_wants_it(
    verdict: Verdict,
    wanted: bool,
) -> None:
    gate = Lane(replace(SHORT, screening="hard", record_values=wanted))
    gate.tell(SHOWN)
    assert isinstance(gate.gate.dialog, Screening)

    (record, *_) = gate.tell(ev.Measured(gate.gate.dialog.ticket, verdict, 36.4))

    assert isinstance(record, ev.RecordGrant | ev.RecordRefusal)
    assert record.celsius == (36.4 if wanted else None)
