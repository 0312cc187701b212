"""What commands do to a lane: the answer is what came of it."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

import pytest

from gate import events as ev
from gate.control import Ending, Inbox, Noted, StopAsked
from gate.errands import Errands
from gate.model import Mode, Reason, Utc
from gate.obeying import OrderHeard, Outcome
from gate.orders import Order, Verb
from tests.gate.test_control import Bench

SOON_S = 5.0


def order(verb: Verb, mode: Mode | None = None) -> Order:
    return Order("00" * 16, verb, "ops-1", Utc(0), Utc(30), mode)


def told(bench: Bench, verb: Verb, mode: Mode | None = None) -> Outcome:
    """What is answered; the same is on record."""
    answers: list[Outcome] = []
    bench.control.handle(OrderHeard(order(verb, mode), answers.append))
    (answer,) = answers
    words = f"{verb} {mode} by ops-1" if mode else f"{verb} by ops-1"
    assert bench.records[-1] == ev.RecordCommand(answer.code, words)
    return answer


def test_open_once_lets_one_in_with_the_operator_on_record() -> None:
    bench = Bench()

    assert told(bench, Verb.OPEN_ONCE).ok
    bench.stored()

    assert bench.is_free()
    (grant,) = (record for record in bench.records if isinstance(record, ev.RecordGrant))
    assert (grant.reason, grant.pass_) == (Reason.OPERATOR, None)
    bench.walk_in()
    assert not bench.is_free()


@pytest.mark.parametrize(
    ("happened", "code"),
    [
        (ev.RoomChanged(0), "full"),
        (ev.ModeChanged(Mode.LOCKED), "closed"),
        (ev.ModeChanged(Mode.OUT_OF_SERVICE), "out_of_service"),
        (ev.ModeChanged(Mode.FREE), "lane_is_open"),
        (ev.ReleaseChanged(active=True), "lane_is_open"),
        (ev.AttendantPressed(), "busy"),
    ],
)
def test_open_once_opens_nothing_that_a_visitor_would_not_be_let_through(
    happened: ev.Event, code: str
) -> None:
    bench = Bench(capacity=0 if happened == ev.RoomChanged(0) else 10)
    bench.control.handle(happened)
    granted = sum(isinstance(record, ev.RecordGrant) for record in bench.records)

    assert told(bench, Verb.OPEN_ONCE).code == code
    assert sum(isinstance(record, ev.RecordGrant) for record in bench.records) == granted


@pytest.mark.parametrize("mode", list(Mode))
def test_each_mode_can_be_ordered_and_none_takes_the_way_out_away(mode: Mode) -> None:
    bench = Bench()
    assert told(bench, Verb.MODE, mode).ok
    assert bench.control.gate.mode is mode


def test_a_turned_key_wins_over_an_order_and_the_answer_says_so() -> None:
    bench = Bench()
    bench.control.handle(ev.KeyTurned(active=True))

    answer = told(bench, Verb.MODE, Mode.FREE)

    assert (answer.ok, "key" in answer.detail) == (True, True)
    assert bench.control.gate.mode is Mode.LOCKED


def test_a_recount_waits_for_the_end_of_the_release() -> None:
    bench = Bench()
    bench.control.handle(ev.ReleaseChanged(active=True))
    assert told(bench, Verb.RECOUNT).code == "released"
    assert bench.control.gate.uncertain
    bench.control.handle(ev.ReleaseChanged(active=False))
    assert told(bench, Verb.RECOUNT).ok
    assert not bench.control.gate.uncertain


# --- errands --------------------------------------------------------------------------------


class Desk:
    """Errands of a lane whose state and disk are what they are made to be."""

    def __init__(self, *, troubles: list[str] | None = None, disk: bool = True) -> None:
        self.inbox = Inbox()
        self.troubles = lambda: list(troubles or [])
        self.problems: Callable[[], list[str]] = list
        self.answers: SimpleQueue[Outcome] = SimpleQueue()
        self.crashes: SimpleQueue[BaseException] = SimpleQueue()
        self.errands = Errands(
            inbox=self.inbox,
            reload=self.reload,
            troubles=self.troubles,
            disk_takes=lambda: disk,
            on_crash=self.crashes.put,
        )

    def reload(self, first: Callable[[], None]) -> list[str]:
        problems = self.problems()
        if not problems:
            first()
            self.inbox.put(StopAsked(Ending.AGAIN))
        return problems

    def ask(self, verb: Verb) -> Outcome:
        self.errands.obey(order(verb), self.answers.put)
        return self.answers.get(timeout=SOON_S)

    def noted(self) -> ev.Record:
        fact = self.inbox.get(timeout=SOON_S)
        assert isinstance(fact, Noted)
        return fact.record


def test_a_selftest_says_how_every_part_is_and_stands_in_the_log() -> None:
    well = Desk()
    assert well.ask(Verb.SELFTEST).ok
    record = well.noted()
    assert isinstance(record, ev.RecordCommand)
    assert record.code == "done"
    assert record.found is not None

    ill = Desk(troubles=["lost: camera"], disk=False)
    assert ill.ask(Verb.SELFTEST) == Outcome("problems", "lost: camera; the disk takes nothing")
    assert ill.noted() == ev.RecordCommand(
        "problems", "selftest by ops-1", "lost: camera; the disk takes nothing"
    )


def test_a_reload_answers_with_what_is_wrong() -> None:
    desk = Desk()
    assert desk.ask(Verb.RELOAD).ok
    desk.problems = lambda: ["gate.id: is missing"]
    assert desk.ask(Verb.RELOAD) == Outcome("problems", "gate.id: is missing")


def test_a_reload_is_on_record_before_the_loop_ends_for_it() -> None:
    desk = Desk()
    assert desk.ask(Verb.RELOAD).ok
    assert desk.noted() == ev.RecordCommand("done", "reload by ops-1")
    assert desk.inbox.get(timeout=SOON_S) == StopAsked(Ending.AGAIN)


def test_one_errand_at_a_time_and_nobody_waits_for_it() -> None:
    desk, over = Desk(), threading.Event()
    desk.problems = lambda: [] if over.wait(SOON_S) else ["never let go"]
    desk.errands.obey(order(Verb.RELOAD), desk.answers.put)

    assert desk.ask(Verb.SELFTEST).code == "busy"
    over.set()
    assert desk.answers.get(timeout=SOON_S).ok


def test_a_bug_in_an_errand_ends_the_daemon() -> None:
    desk = Desk()

    def bug() -> list[str]:
        raise ZeroDivisionError

    desk.problems = bug
    desk.errands.obey(order(Verb.RELOAD), desk.answers.put)
    assert isinstance(desk.crashes.get(timeout=SOON_S), ZeroDivisionError)


def test_what_the_lane_has_to_do_goes_to_the_lane() -> None:
    desk = Desk()
    wanted = order(Verb.OPEN_ONCE)
    desk.errands.obey(wanted, desk.answers.put)
    assert desk.inbox.get(timeout=SOON_S) == OrderHeard(wanted, desk.answers.put)
