"""Gates whose clock is wrong, beside a central whose clock is right."""

from gate.central.view import Condition
from gate.central.wishes import Recount
from gate.model import Direction, Utc
from gate.payloads import Ctr
from tests.gate.central.benches import EPOCH, Bench, Lane0, passage

HOUR = 3600.0


def test_people_at_a_gate_whose_clock_is_an_hour_behind_are_counted_after_a_recount() -> None:
    bench = Bench()
    bench.now -= HOUR
    late = Ctr(
        gate="a", epoch=EPOCH, entered=0, left=0, pending=0, seq=0, ts=Utc(bench.now), clk="rtc"
    )
    bench.now += HOUR
    bench.say("a", late)
    bench.wish(Recount("mall", 10, by="ani", reason=""))
    for seq in range(1, 6):
        bench.lanes["a"].log.append(passage(seq, Direction.IN, bench.now - HOUR + seq))
    bench.now += 10
    bench.tell("a")

    assert bench.view().inside == 15


def test_a_new_card_gets_the_quotas_although_the_old_one_had_a_clock_of_the_future() -> None:
    bench = Bench()
    bench.now += 10 * 365 * 24 * HOUR
    future = Utc(bench.now)
    bench.now -= 10 * 365 * 24 * HOUR
    ctr = Ctr(gate="a", epoch=EPOCH, entered=0, left=0, pending=0, seq=0, ts=future, clk="rtc")
    bench.say("a", ctr)
    bench.now += 1
    bench.lanes["a"] = Lane0(epoch="00000002")
    bench.open()

    assert bench.venue.people.newest["a"].epoch == "00000002"
    assert next(it.right for it in bench.view().gates if it.id == "a") > 0


def test_a_gate_with_a_clock_of_the_future_is_stale_all_the_same_after_a_start() -> None:
    bench = Bench()
    future = Utc(bench.now + 24 * HOUR)
    ctr = Ctr(gate="a", epoch=EPOCH, entered=0, left=0, pending=0, seq=0, ts=future, clk="rtc")
    bench.say("a", ctr)
    bench.begin()
    bench.pass_time(200)

    assert bench.view().stale == ("a",)


def test_when_centrals_own_clock_is_set_back_people_are_counted_and_somebody_has_to_count() -> None:
    """Taken for those of before a day that begins in ten years, nobody would be inside."""
    bench = Bench()
    bench.open()
    bench.pass_time(10 * 365 * 24 * HOUR)
    bench.now -= 10 * 365 * 24 * HOUR - 60
    bench.lanes["a"] = Lane0(epoch="00000002")
    bench.open()
    bench.happen("a", *["in"] * 4)

    view = bench.view()
    assert (view.inside, view.entered, view.condition) == (4, 4, Condition.UNCERTAIN)
    assert bench.venue.people.newest["a"].epoch == "00000002"
    assert bench.wish(Recount("mall", 4, by="ani", reason="")).ok
    bench.happen("a", "in")
    bench.pass_time(24 * HOUR)
    assert (bench.view().inside, bench.view().condition) == (0, Condition.OPEN)


def test_a_release_that_is_over_is_over_also_when_the_gates_clock_was_set_back_meanwhile() -> None:
    bench = Bench()
    bench.open()
    bench.happen("a", "release", reason="active")
    bench.now -= HOUR
    bench.happen("a", "release", reason="over")
    bench.now += HOUR
    bench.begin()

    assert bench.wish(Recount("mall", 4, by="ani", reason="")).ok
