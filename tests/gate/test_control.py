"""The control loop, driven fact by fact with a clock that is set."""

import itertools
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Literal

import pytest

from gate import events as ev
from gate.allowance import Allowance, Quota, Share
from gate.control import (
    BEAT_S,
    CodeSeen,
    Control,
    Crashed,
    Ending,
    Inbox,
    StopAsked,
    Thermometer,
    WiresBroken,
)
from gate.desk import Desk
from gate.elsewhere import EventsHeard, Happened, Heard
from gate.events import Measure, Record
from gate.inputs import InputsRead
from gate.issuing import issue, new_key, public_jwks
from gate.keys import parse_keys
from gate.ledger import Ledger, QuotaHeard, Recorder
from gate.model import (
    Alarm,
    Direction,
    Lamp,
    Mode,
    Monotonic,
    Part,
    Pass,
    Reason,
    RefusalCode,
    Sound,
    Ticket,
    Utc,
    Verdict,
)
from gate.occupancy import Totals
from gate.opening import open_store
from gate.operator import stop_was_asked
from gate.passage import PassageSettings
from gate.passes import verify
from gate.relay import RelaySettings
from gate.revocations import Revocations
from gate.rows import Kind
from gate.showing import Showing
from gate.state import Gate, Idle, Settings
from gate.temperature.criteria import ScreeningSettings
from gate.temperature.sampler import Sampler
from gate.temperature.thermometer import Thermometer as Chip
from gate.visits import VisitRules
from gate.writer import Retention, Writer

NOON = Utc(1_800_000_000.0)
KEY = new_key("a")
KEYS = parse_keys(json.dumps(public_jwks(KEY)).encode(), source="test")


SOON_S = 5.0
"""Longer than anything here takes; only a failing test waits for it."""


class Jammed(Exception):  # noqa: N818 - what the turnstile is
    """The relay board does not answer."""


@dataclass
class Bench:
    """A control loop with ends that remember: turnstile, thermometer, recorder, scanner."""

    capacity: int | None = 10
    settings: Settings = field(default_factory=Settings)
    relay: Literal["hold", "pulse"] = "hold"
    now: float = 0.0
    jammed: bool = False
    key: bool = False
    timed: bool = True
    shown: list[tuple[bool, Lamp]] = field(default_factory=list)
    mended: int = 0
    on_beat: Callable[[], None] = lambda: None
    thermometer: Thermometer | None = None
    recorder: Recorder | None = None
    sounds: list[Sound] = field(default_factory=list)
    asked: list[Measure] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    kept: list[tuple[str, int]] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    again: list[bytes] = field(default_factory=list)
    conditions: list[tuple[Mode, frozenset[Part]]] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    near: list[bool | None] = field(default_factory=list)
    """What the thermometer has heard of the proximity input."""

    def __post_init__(self) -> None:
        self.inbox = Inbox()
        self.control = Control(
            inbox=self.inbox,
            gate=Gate(),
            settings=self.settings,
            passage=PassageSettings(),
            ledger=Ledger(
                totals=Totals(),
                allowance=Allowance(None if self.capacity is None else Share(self.capacity)),
                desk=Desk(
                    venue="mall",
                    gate="t01-a",
                    scan=Direction.IN,
                    keys=KEYS,
                    skew_s=60,
                    rules=VisitRules(),
                    revoked=Revocations(),
                    visits={},
                ),
                recorder=self.recorder or self,
                timed=lambda: self.timed,
            ),
            showing=Showing(
                self, broken=Jammed, settings=self.settings, relay=RelaySettings(type=self.relay)
            ),
            thermometer=self.thermometer or self,
            look_again=self.again.append,
            on_condition=lambda mode, faults: self.conditions.append((mode, faults)),
            beat=self.beat,
            on_end=self.endings.append,
            drain_s=10.0,
            monotonic=lambda: Monotonic(self.now),
            utc=lambda: Utc(NOON + self.now),
        )

    def show(self, *, relay: bool, wide: bool, lamp: Lamp) -> None:
        assert not wide, "this lane has no wide gate"
        self._require_answer()
        self.shown.append((relay, lamp))

    def chime(self, sound: Sound) -> None:
        self._require_answer()
        self.sounds.append(sound)

    def mend(self) -> None:
        self._require_answer()
        self.mended += 1

    def beat(self) -> None:
        self.on_beat()

    def _require_answer(self) -> None:
        if self.jammed:
            raise Jammed("no answer")

    def measure(self, measure: Measure) -> None:
        self.asked.append(measure)

    def stop_measuring(self) -> None:
        self.asked.clear()

    def come_near(self, near: bool | None) -> None:
        self.near.append(near)

    def submit(self, record: Record, at: Utc) -> None:
        assert at == NOON + self.now
        self.records.append(record)

    def keep(self, name: str, version: int, payload: bytes) -> None:
        assert payload == b"as it came"
        self.kept.append((name, version))

    def hear(self, heard: Heard) -> None:
        self.heard.append(heard)

    def allow(self, version: int, ceiling: int, *, reserve: int = 0, for_s: float = 3600) -> None:
        """Central gives a quota; of those who left it has seen nobody."""
        until = Utc(NOON + self.now + for_s)
        quota = Quota(version, ceiling, seen=0, reserve=reserve, until=until)
        self.control.handle(QuotaHeard(quota, b"as it came"))

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

    def look(self, a: bool, b: bool, *, release: bool = False, near: bool | None = None) -> None:
        self.now += 0.2
        self.control.handle(
            InputsRead(
                a,
                b,
                release,
                attendant=False,
                key=self.key,
                at=Monotonic(self.now),
                proximity=near,
            )
        )
        self.now += 0.05
        self.control.handle(ev.TimePassed())

    def walk_in(self) -> None:
        for a, b in ((True, False), (True, True), (False, True), (False, False)):
            self.look(a, b)

    def walk_out(self) -> None:
        for a, b in ((False, True), (True, True), (True, False), (False, False)):
            self.look(a, b)

    def wait(self, seconds: float) -> None:
        """Let time pass, from deadline to deadline."""
        end = self.now + seconds
        while (due := self.control.deadline()) is not None and due <= end:
            self.now = max(self.now, due)
            self.control.handle(ev.TimePassed())
        self.now = end

    def is_free(self) -> bool:
        return self.shown[-1][0]

    def refused(self) -> list[RefusalCode]:
        return [record.code for record in self.records if isinstance(record, ev.RecordRefusal)]


def read_pass(text: bytes) -> Pass:
    verified = verify(text, keys=KEYS, venue="mall", now=NOON, skew_s=60)
    assert isinstance(verified, Pass)
    return verified


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


def test_of_a_family_that_comes_by_two_gates_at_once_nobody_comes_in_twice() -> None:
    """The pass of three is shown here; while the first is measured, two get grants elsewhere."""
    bench = Bench()
    pass_ = read_pass(bench.present(party=3))
    granted = [
        Happened(seq, NOON, Kind.GRANTED, pass_.visit, 3, Direction.IN, Reason.OK) for seq in (1, 2)
    ]

    bench.control.handle(EventsHeard("t01-b", "0000000b", tuple(granted)))
    bench.measured()
    bench.stored()

    assert [type(record) for record in bench.records] == [ev.RecordGrant]
    assert isinstance(bench.control.gate.dialog, Idle)


def test_a_family_whose_last_comes_by_another_gate_is_told_so_and_measured_no_more() -> None:
    bench = Bench()
    pass_ = read_pass(bench.present(party=2))
    bench.measured()
    bench.stored()

    granted = Happened(1, NOON, Kind.GRANTED, pass_.visit, 2, Direction.IN, Reason.OK)
    bench.control.handle(EventsHeard("t01-b", "0000000b", (granted,)))

    refusal = bench.records[-1]
    assert isinstance(refusal, ev.RecordRefusal)
    assert refusal.code is RefusalCode.PARTY_COMPLETE
    assert not bench.asked


def test_who_is_too_warm_at_another_gate_stops_the_rest_of_the_party_here() -> None:
    bench = Bench()
    pass_ = read_pass(bench.present(party=2))

    warm = Happened(1, NOON, Kind.REFUSED, pass_.visit, 2, None, RefusalCode.WAIT_AND_RETURN)
    bench.control.handle(EventsHeard("t01-b", "0000000b", (warm,)))

    refusal = bench.records[-1]
    assert isinstance(refusal, ev.RecordRefusal)
    assert refusal.code is RefusalCode.WAIT_AND_RETURN


def test_without_a_capacity_nobody_is_admitted() -> None:
    bench = Bench(capacity=None)
    bench.present()
    assert bench.refused() == [RefusalCode.CLOSED]


def test_a_quota_admits_as_many_as_it_says_and_goes_to_disk() -> None:
    bench = Bench(capacity=None)

    bench.allow(1, ceiling=1)
    assert bench.kept == [("quota", 1)]
    bench.present()
    assert bench.asked
    bench.allow(1, ceiling=5)
    bench.allow(2, ceiling=0)

    assert bench.kept == [("quota", 1), ("quota", 2)]
    assert bench.control.gate.right == 0


def test_a_reserve_of_the_quota_is_kept_from_visitors() -> None:
    bench = Bench(capacity=None)
    bench.allow(1, ceiling=2, reserve=2)

    bench.present()

    assert bench.refused() == [RefusalCode.FULL]


def test_a_quota_that_has_ended_admits_nobody_even_before_the_next_look() -> None:
    bench = Bench(capacity=None)
    bench.allow(1, ceiling=5, for_s=10)
    bench.now += 10

    bench.present()

    (refusal,) = (record for record in bench.records if isinstance(record, ev.RecordRefusal))
    assert (refusal.code, refusal.detail) == (
        RefusalCode.CLOSED,
        "the quota has ended, and no other came",
    )


def test_a_quota_means_nothing_while_the_time_is_not_known() -> None:
    bench = Bench(capacity=None, timed=False)
    bench.allow(1, ceiling=5)

    assert bench.control.gate.room is None


def test_after_a_release_it_takes_the_recount_and_another_quota() -> None:
    bench = Bench(capacity=None)
    bench.allow(1, ceiling=5)
    bench.control.handle(ev.ReleaseChanged(active=True))
    bench.control.handle(ev.ReleaseChanged(active=False))
    bench.allow(2, ceiling=5)
    assert bench.control.gate.right == 0
    bench.control.handle(ev.Recounted())
    assert bench.control.gate.right == 0

    bench.allow(3, ceiling=5)

    assert bench.control.gate.right == 5


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

    bench.control.handle(ev.AttendantPressed())
    bench.stored()
    bench.wait(60)

    assert Part.TURNSTILE in bench.control.gate.faults
    assert bench.conditions == [(Mode.NORMAL, frozenset({Part.TURNSTILE}))]
    kinds = [type(record) for record in bench.records]
    assert kinds == [ev.RecordGrant, ev.RaiseAlarm, ev.EndGrant]


def test_a_turnstile_that_answers_again_is_told_once_and_shown_the_posture_of_that_moment() -> None:
    bench = Bench()
    bench.jammed = True
    bench.control.handle(WiresBroken("chip gone"))
    bench.control.handle(WiresBroken("chip gone"))
    bench.look(a=False, b=False, release=True)
    shown = len(bench.shown)
    bench.wait(60)
    assert (len(bench.shown), bench.mended) == (shown, 0)

    bench.jammed = False
    bench.wait(60)

    assert bench.mended == 1
    assert bench.shown[shown:] == [(True, Lamp.GREEN)]
    assert bench.conditions[-1] == (Mode.NORMAL, frozenset())
    told = [type(record) for record in bench.records if not isinstance(record, ev.RecordRelease)]
    assert told == [ev.RaiseAlarm, ev.RecordRecovery]


def test_a_release_frees_the_lane_whatever_else_is_wrong() -> None:
    bench = Bench(capacity=None)
    bench.control.handle(ev.PartLost(Part.STORE))
    bench.control.handle(ev.PartLost(Part.SENSORS))

    bench.look(a=False, b=False, release=True)

    assert bench.is_free()


def test_one_blocking_loop_for_all_would_be_blind_while_a_part_hangs_but_not_this_one(
    tmp_path: Path,
) -> None:
    """Seen in raspberry-dgc: blind for two seconds while a code is judged. Here disk and
    thermometer hang for good, the carriers are the real ones, and nobody notices at the lane.
    """
    over, disk_hangs, chip_hangs = Event(), Event(), Event()
    waited_for = []

    def hang(reached: Event) -> None:
        reached.set()
        if not over.wait(SOON_S):
            waited_for.append(reached)

    def hanging_disk() -> Utc | None:
        hang(disk_hangs)
        return None

    def hanging_chip() -> Chip:
        hang(chip_hangs)
        raise Jammed("no thermometer")

    store, _ = open_store(
        tmp_path / "gate.db", venue="mall", gate="t", rules=VisitRules(), now=lambda _: NOON
    )
    writer = Writer(
        store=store,
        retention=Retention(),
        clock=lambda: Monotonic(0.0),
        purge_at=hanging_disk,
        on_stored=lambda _: None,
        on_written=lambda _: None,
        on_lost=lambda _: None,
        on_back=lambda: None,
        on_crash=lambda _: None,
    )
    sampler = Sampler(
        open_thermometer=hanging_chip,
        broken=Jammed,
        failures={},
        record=None,
        variant="DCC",
        settings=ScreeningSettings(),
        sample_every_s=1.0,
        warm_up_s=0.0,
        clock=lambda: Monotonic(0.0),
        on_measured=lambda *_: None,
        on_lost=lambda _: None,
        on_back=lambda: None,
        on_crash=lambda _: None,
    )
    bench = Bench(thermometer=sampler, recorder=writer)
    with closing(store):
        writer.start()
        sampler.start()
        try:
            assert disk_hangs.wait(SOON_S)
            assert chip_hangs.wait(SOON_S)

            bench.present()
            bench.look(a=False, b=False, release=True)
            assert bench.is_free()
            bench.walk_out()
            assert bench.control.totals.left == 1
            assert waited_for == []
        finally:
            over.set()
            sampler.stop()
            writer.stop()


def test_the_thermometer_hears_what_the_proximity_input_says() -> None:
    bench = Bench()

    bench.look(a=False, b=False)
    bench.look(a=False, b=False, near=True)

    assert bench.near == [None, True]


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


def test_a_stop_lets_those_walk_through_who_have_a_grant_and_nobody_new() -> None:
    bench = Bench()
    bench.admit()
    bench.control.handle(StopAsked())

    assert bench.endings == [Ending.STOP]
    assert bench.is_free()
    bench.present()
    assert bench.refused() == [RefusalCode.OUT_OF_SERVICE]
    bench.walk_in()
    assert bench.control.run() is Ending.STOP

    assert not bench.is_free()
    assert not [record for record in bench.records if isinstance(record, ev.EndGrant)]
    assert bench.control.totals == Totals(entered=1)


def test_a_stop_withdraws_what_nobody_uses_in_time_and_shuts() -> None:
    bench = Bench(settings=Settings(open_for_s=30))
    bench.admit()
    bench.control.handle(StopAsked(Ending.AGAIN))
    bench.now += 10

    assert bench.control.run() is Ending.AGAIN

    assert not bench.is_free()
    assert isinstance(bench.records[-1], ev.EndGrant)


def test_a_stop_that_is_asked_twice_waits_for_nobody() -> None:
    bench = Bench()
    bench.admit()
    bench.inbox.put(StopAsked())
    bench.inbox.put(StopAsked())

    assert bench.control.run() is Ending.STOP

    assert isinstance(bench.records[-1], ev.EndGrant)


def test_who_is_to_stop_does_not_start_again_because_of_something_that_comes_up() -> None:
    bench = Bench()
    bench.admit()
    bench.control.handle(StopAsked())
    bench.control.handle(StopAsked(Ending.AGAIN))
    assert bench.is_free(), "nor is anybody hurried"
    bench.walk_in()

    assert bench.control.run() is Ending.STOP
    assert bench.endings == [Ending.STOP]


def test_a_stop_that_is_asked_for_while_the_parts_are_closed_counts() -> None:
    inbox = Bench().inbox
    for ending in (Ending.AGAIN, Ending.STOP, Ending.AGAIN):
        inbox.put(StopAsked(ending))
    assert stop_was_asked(inbox, Ending.AGAIN)

    inbox.put(StopAsked(Ending.AGAIN))
    assert stop_was_asked(inbox, Ending.STOP)
    assert not stop_was_asked(inbox, Ending.AGAIN)


def test_a_beat_looks_for_what_nobody_tells() -> None:
    bench = Bench()
    looks: list[float] = []

    def look() -> None:
        looks.append(bench.now)
        bench.now += BEAT_S
        bench.inbox.put(StopAsked() if len(looks) >= 3 else ev.TimePassed())

    bench.on_beat = look
    bench.inbox.put(ev.TimePassed())

    bench.control.run()

    assert looks == [0.0, BEAT_S, 2 * BEAT_S, 3 * BEAT_S]


def test_while_the_clock_is_lost_passes_are_refused_and_the_attendant_admits() -> None:
    bench = Bench()
    bench.control.handle(ev.PartLost(Part.CLOCK, "set back"))
    bench.present()
    assert bench.refused() == [RefusalCode.CLOCK_UNSURE]

    bench.control.handle(ev.AttendantPressed())
    bench.stored()
    assert bench.is_free()

    bench.control.handle(ev.PartBack(Part.CLOCK))
    bench.walk_in()
    bench.wait(60)
    bench.admit()
    assert bench.is_free()


def test_a_turned_key_locks_the_lane_and_what_was_ordered_comes_back_with_it() -> None:
    bench = Bench()
    bench.control.handle(ev.ModeChanged(Mode.FREE))
    assert bench.is_free()

    bench.key = True
    bench.look(a=False, b=False)
    bench.wait(1)
    assert (bench.control.gate.mode, bench.is_free()) == (Mode.LOCKED, False)
    bench.key = False
    bench.look(a=False, b=False)
    bench.wait(1)

    assert (bench.control.gate.mode, bench.is_free()) == (Mode.FREE, True)
    modes = [record for record in bench.records if isinstance(record, ev.RecordMode)]
    assert modes == [
        ev.RecordMode(Mode.FREE),
        ev.RecordMode(Mode.LOCKED, by_key=True),
        ev.RecordMode(Mode.FREE, by_key=True),
    ]


def test_a_pulsing_relay_gives_each_of_a_party_a_contact_of_their_own() -> None:
    bench = Bench(settings=Settings(screening="off"), relay="pulse")
    bench.present(party=3)
    for _ in range(3):
        bench.stored()
    bench.wait(5)

    coil = [relay for relay, _ in bench.shown]
    contacts = sum(not before and now for before, now in itertools.pairwise(coil))
    assert contacts == 3
    assert not coil[-1]


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
