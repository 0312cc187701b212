"""Well-formed nonsense: what a gate with a broken disk or clock, or a stranger, may say."""

import pytest

from gate.central.hearing import LARGEST, Ignored
from gate.central.people import LIVES
from gate.central.wishes import Recount
from gate.model import LAST_MOMENT, Direction, Utc
from gate.payloads import Ack, Evt
from tests.gate.central.benches import EPOCH, Bench, Lane0, event, passage, visit

JSON_MAX = 2**53 - 1
SQLITE_MAX = 2**63 - 1


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.open()
    bench.happen("a", *["in"] * 3)
    return bench


@pytest.mark.parametrize("field", ["entered", "left", "pending", "qv"])
@pytest.mark.parametrize("number", [JSON_MAX, LARGEST + 1])
def test_totals_that_no_gate_can_have_come_to_are_ignored(
    bench: Bench, field: str, number: int
) -> None:
    bench.ctr("b", **{field: number})
    bench.turn(due=True)

    assert (bench.view().inside, bench.venue.occ(Utc(bench.now)).inside) == (3, 3)


@pytest.mark.parametrize("field", ["entered", "left", "pending", "qv"])
def test_the_largest_totals_that_are_believed_can_be_said_and_are_ended_by_a_recount(
    bench: Bench, field: str
) -> None:
    bench.ctr("b", **{field: LARGEST})
    bench.pass_time(1)
    bench.venue.occ(Utc(bench.now))
    bench.ctr("b", pending=0)
    bench.wish(Recount("mall", 3, by="ani", reason="gate b is broken"))
    bench.adopt()
    bench.pass_time(1)

    assert bench.venue.occ(Utc(bench.now)).inside == 3


def test_when_more_people_left_than_came_there_is_room_for_no_more_than_the_limit(
    bench: Bench,
) -> None:
    bench.happen("x", *["out"] * 9)

    assert bench.venue.occ(Utc(bench.now)).free == 100


def test_numbers_of_events_beyond_all_others_stop_nothing(bench: Bench) -> None:
    for _ in range(4):
        bench.say("b", Evt(gate="b", epoch=EPOCH, events=(event(SQLITE_MAX, "mode"),)))
        bench.now += 9
    bench.say("b", Ack(epoch=EPOCH, seq=SQLITE_MAX), retained=True)

    assert bench.said(Ack, "b", "ack") == []


def test_a_time_in_the_future_counts_as_now(bench: Bench) -> None:
    """On the last day of the year 9999 it is the year 10000 in Jakarta."""
    late = passage(1, Direction.IN, LAST_MOMENT, visit=visit(1), n=1)
    bench.say("b", Evt(gate="b", epoch=EPOCH, events=(late,)))
    bench.lanes["b"].log.append(late)
    bench.happen("a", "in", visit=visit(1), n=1)
    bench.now += 10
    for gate in bench.lanes:
        bench.ctr(gate)
    bench.turn(due=True)

    (double,) = [it for it in bench.view().alarms if it.kind == "double"]
    assert double.at <= bench.now


def test_a_gate_that_begins_anew_without_end_is_heard_no_more_and_others_are(bench: Bench) -> None:
    for number in range(LIVES + 5):
        bench.lanes["b"] = Lane0(epoch=f"{number:08x}")
        bench.ctr("b")
    bench.happen("a", "in")

    assert sum(it.gate == "b" for it in bench.venue.people.epochs) == LIVES
    assert bench.view().inside == 4


def test_why_a_message_is_ignored_is_told(bench: Bench) -> None:
    bench.lanes["b"].entered = JSON_MAX
    bench.ctr("b")
    done = bench.say("b", Ack(epoch=EPOCH, seq=SQLITE_MAX), retained=True)

    assert [type(it) for it in done.ignored] == [Ignored]
