"""The control loop, driven fact by fact with a clock that is set."""

import json
from dataclasses import dataclass, field

import pytest

from gate import events as ev
from gate.control import CodeSeen, Control, Crashed, Inbox, InputsRead, StopAsked
from gate.desk import Desk
from gate.events import Measure, Record
from gate.issuing import issue, new_key, public_jwks
from gate.keys import parse_keys
from gate.model import (
    Alarm,
    Direction,
    Mode,
    Monotonic,
    Part,
    Posture,
    Reason,
    RefusalCode,
    Sound,
    Ticket,
    Utc,
    Verdict,
)
from gate.occupancy import Totals
from gate.passage import PassageSettings
from gate.state import Gate, Settings
from gate.visits import VisitRules

NOON = Utc(1_800_000_000.0)
KEY = new_key("a")
KEYS = parse_keys(json.dumps(public_jwks(KEY)).encode(), source="test")


class Jammed(Exception):  # noqa: N818 - what the turnstile is
    """The relay board does not answer."""


@dataclass
class Bench:
    """A control loop with ends that remember: turnstile, thermometer, recorder, scanner."""

    capacity: int | None = 10
    now: float = 0.0
    jammed: bool = False
    shown: list[Posture] = field(default_factory=list)
    sounds: list[Sound] = field(default_factory=list)
    asked: list[Measure] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    again: list[bytes] = field(default_factory=list)
    conditions: list[tuple[Mode, frozenset[Part]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.inbox = Inbox()
        self.control = Control(
            inbox=self.inbox,
            gate=Gate(),
            settings=Settings(),
            passage=PassageSettings(),
            totals=Totals(),
            capacity=self.capacity,
            desk=Desk(
                venue="mall",
                scan=Direction.IN,
                keys=KEYS,
                skew_s=60,
                rules=VisitRules(),
                revoked=frozenset(),
                visits={},
                newest=NOON,
            ),
            turnstile=self,
            turnstile_broken=Jammed,
            thermometer=self,
            recorder=self,
            look_again=self.again.append,
            on_condition=lambda mode, faults: self.conditions.append((mode, faults)),
            monotonic=lambda: Monotonic(self.now),
            utc=lambda: Utc(NOON + self.now),
        )

    def show(self, posture: Posture) -> None:
        if self.jammed:
            raise Jammed("no answer")
        self.shown.append(posture)

    def chime(self, sound: Sound) -> None:
        self.sounds.append(sound)

    def measure(self, measure: Measure) -> None:
        self.asked.append(measure)

    def stop_measuring(self) -> None:
        self.asked.clear()

    def submit(self, record: Record, at: Utc) -> None:
        assert at == NOON + self.now
        self.records.append(record)

    def present(self, party: int = 1) -> bytes:
        text = issue(
            key=KEY,
            venue="mall",
            issued_at=NOON,
            valid_from=NOON,
            expires=Utc(NOON + 3600),
            party=party,
        ).encode()
        self.control.handle(CodeSeen(text))
        return text

    def measured(self, verdict: Verdict = Verdict.ADMIT) -> None:
        self.control.handle(ev.Measured(self.asked[-1].ticket, verdict, 36.4))

    def stored(self) -> None:
        grants = [record.grant for record in self.records if isinstance(record, ev.RecordGrant)]
        self.control.handle(ev.GrantStored(grants[-1]))

    def admit(self) -> None:
        self.present()
        self.measured()
        self.stored()

    def look(self, a: bool, b: bool, *, release: bool = False) -> None:
        self.now += 0.2
        self.control.handle(InputsRead(a, b, release, attendant=False, at=Monotonic(self.now)))
        self.now += 0.05
        self.control.handle(ev.TimePassed())

    def walk_in(self) -> None:
        for a, b in ((True, False), (True, True), (False, True), (False, False)):
            self.look(a, b)

    def walk_out(self) -> None:
        for a, b in ((False, True), (True, True), (True, False), (False, False)):
            self.look(a, b)

    def is_free(self) -> bool:
        return self.shown[-1].entry_free

    def refused(self) -> list[RefusalCode]:
        return [record.code for record in self.records if isinstance(record, ev.RecordRefusal)]


def test_a_pass_becomes_a_counted_entry_step_by_step() -> None:
    bench = Bench()

    bench.present()
    assert [measure.attempt for measure in bench.asked] == [1]
    bench.measured()
    assert not bench.is_free(), "the grant is not on disk yet"
    bench.stored()
    assert bench.is_free()
    bench.walk_in()

    assert not bench.is_free()
    counted = bench.records[-1]
    assert isinstance(counted, ev.Count)
    assert (counted.direction, counted.reason) == (Direction.IN, Reason.OK)
    assert bench.control.totals == Totals(entered=1)


def test_at_the_limit_the_lane_says_full_until_somebody_leaves() -> None:
    bench = Bench(capacity=1)
    bench.admit()
    bench.walk_in()

    bench.present()
    assert bench.refused() == [RefusalCode.FULL]
    bench.walk_out()
    bench.admit()

    assert bench.is_free()


def test_without_a_capacity_nobody_is_admitted() -> None:
    bench = Bench(capacity=None)
    bench.present()
    assert bench.refused() == [RefusalCode.CLOSED]


def test_somebody_without_a_grant_is_counted_and_takes_room() -> None:
    bench = Bench(capacity=1)
    bench.walk_in()

    assert bench.control.totals.entered == 1
    assert ev.RaiseAlarm(Alarm.FORCED) in bench.records
    bench.present()
    assert bench.refused() == [RefusalCode.FULL]


def test_a_turnstile_that_does_not_answer_is_a_lost_part_and_the_loop_lives_on() -> None:
    bench = Bench()
    bench.jammed = True

    bench.present()
    bench.control.handle(bench.inbox.get_nowait())

    assert Part.TURNSTILE in bench.control.gate.faults
    assert bench.conditions == [(Mode.NORMAL, frozenset({Part.TURNSTILE}))]


def test_a_release_frees_the_lane_whatever_else_is_wrong() -> None:
    bench = Bench(capacity=None)
    bench.control.handle(ev.PartLost(Part.STORE))
    bench.control.handle(ev.PartLost(Part.SENSORS))

    bench.look(a=False, b=False, release=True)

    assert bench.is_free()


def test_the_second_visitor_is_not_forgotten_while_the_first_is_served() -> None:
    bench = Bench()
    bench.present()
    second = bench.present()
    assert bench.again == [second]


def test_a_bug_in_a_carrier_ends_the_loop() -> None:
    bench = Bench()
    bench.inbox.put(Crashed(ZeroDivisionError("a bug")))
    with pytest.raises(ZeroDivisionError):
        bench.control.run()


def test_a_stop_withdraws_what_is_open_and_shuts() -> None:
    bench = Bench()
    bench.admit()
    bench.inbox.put(StopAsked())

    bench.control.run()

    assert not bench.is_free()
    assert isinstance(bench.records[-1], ev.EndGrant)


def test_the_entry_shuts_at_its_deadline_and_an_answer_from_before_does_nothing() -> None:
    bench = Bench()
    bench.admit()
    due = bench.control.deadline()
    assert due == Settings().open_for_s

    bench.now = due
    bench.control.handle(ev.TimePassed())
    bench.control.handle(ev.Measured(Ticket(1), Verdict.ADMIT, 36.4))

    assert not bench.is_free()


def test_handling_a_deadline_moves_it_so_that_the_loop_does_not_spin() -> None:
    bench = Bench()
    bench.admit()
    bench.look(a=True, b=False)
    for _ in range(50):
        due = bench.control.deadline()
        if due is None:
            break
        bench.now = max(bench.now, due)
        bench.control.handle(ev.TimePassed())
        later = bench.control.deadline()
        assert later is None or later > due
