"""Places come back: no gate stays shut for ever because of what a dead one may have done."""

from dataclasses import replace

from gate.central.store import Store
from gate.central.view import Condition
from gate.central.visits import Visits
from gate.central.wishes import Recount, SetLimit
from gate.model import Direction, Utc
from gate.payloads import Ask, Cfg, Ctr, Status
from tests.gate.central.benches import EPOCH, MORNING, Bench, Lane0, passage, visit

DAY = 86_400.0


def counted(bench: Bench, inside: int = 0) -> None:
    assert bench.wish(Recount("mall", inside, by="ani", reason="")).ok
    bench.adopt()
    bench.turn(due=True)


def rights(bench: Bench) -> list[int]:
    return [it.right for it in bench.view().gates]


def dead(bench: Bench, gate: str, *, at: float, qv: int, pending: int = 0) -> None:
    """What the broker has kept of a gate that speaks no more."""
    ctr = Ctr(
        gate=gate,
        epoch=EPOCH,
        entered=5,
        left=2,
        pending=pending,
        seq=9,
        qv=qv,
        ts=Utc(at),
        clk="ntp",
    )
    bench.say(gate, ctr, retained=True)


def test_a_dead_gate_with_a_quota_of_another_disk_holds_nothing_once_people_are_counted() -> None:
    bench = Bench(gates=("a", "b"))
    dead(bench, "b", at=bench.now - 9 * DAY, qv=41, pending=2)
    bench.connect("a")
    assert bench.view().condition is Condition.UNCERTAIN
    counted(bench)

    assert rights(bench)[0] > 0
    assert bench.venue.occupancy(Utc(bench.now)).spoken_for == rights(bench)[0]
    dead(bench, "b", at=bench.now - 9 * DAY, qv=41, pending=2)  # at the next connection
    assert bench.venue.occupancy(Utc(bench.now)).spoken_for == rights(bench)[0]


def test_one_that_was_there_a_moment_ago_may_still_let_in_as_many_as_the_limit() -> None:
    bench = Bench(gates=("a", "b"))
    dead(bench, "b", at=bench.now - 60, qv=41)
    bench.connect("a")
    counted(bench)
    assert rights(bench) == [0, 0]

    bench.pass_time(3600.0)  # a quota is good for so long
    bench.connect("a")
    counted(bench)
    assert rights(bench)[0] > 0


def test_an_open_grant_of_a_life_that_is_over_takes_no_place_once_people_are_counted() -> None:
    bench = Bench()
    bench.open()
    bench.ctr("a", pending=3)
    bench.lanes["a"] = Lane0(epoch="00000002")
    bench.pass_time(10)
    for gate in bench.lanes:
        bench.ctr(gate)
    counted(bench, 4)

    known = bench.venue.occupancy(Utc(bench.now))
    assert (known.inside, known.upper, known.spoken_for) == (4, 4, 4 + sum(rights(bench)))


def test_a_gate_that_never_goes_by_its_quotas_does_not_fill_the_disk() -> None:
    """One with a fixed share, or without the right to say `ctr`'s version."""
    bench = Bench(gates=("a", "x"))
    bench.connect("a")
    bench.connect("x", "exit")
    for _ in range(300):
        bench.pass_time(60)
        bench.happen("a", *["in"] * 4)
        bench.happen("x", *["out"] * 4)

    in_an_hour = 3 * 60  # a batch of each gate, and a look
    assert len(bench.venue.quotas.given(bench.venue.people.newest["a"])) < in_an_hour


def test_that_a_gate_wants_another_quota_is_remembered_over_a_start() -> None:
    bench = Bench()
    bench.open()
    before = bench.quota("a")
    bench.say("a", Status(gate="a", state="lost", boot=1))
    bench.happen("a", "recount", ctr=False)
    assert bench.quota("a") == before, "it would not hear of it"
    bench.begin()
    bench.connect("a")

    assert bench.quota("a") != before


def test_an_old_copy_of_the_disk_gives_no_version_twice() -> None:
    bench = Bench()
    bench.open()
    copy = bench.store.db.serialize()
    for limit in (5, 4):
        bench.pass_time(10)
        bench.wish(SetLimit("mall", limit, by="ani"))
        bench.adopt()
    cfg, qv = bench.said(Cfg, word="cfg")[-1].version, bench.lanes["a"].qv
    bench.now += 100
    bench.store = Store(":memory:", now=Utc(bench.now))
    bench.store.db.deserialize(copy)
    bench.begin()
    for gate in bench.lanes:
        bench.connect(gate)

    assert bench.view().condition is Condition.UNCERTAIN, "gates have newer quotas"
    bench.wish(SetLimit("mall", 70, by="ani"))
    assert bench.said(Cfg, word="cfg")[-1].version > cfg
    assert (bench.quota("a") or 0) > (qv or 0)


def test_a_mark_of_the_disk_of_which_this_one_is_an_old_copy_is_answered_in_full() -> None:
    store = Store(":memory:", now=Utc(MORNING))
    came = passage(1, Direction.IN, visit=visit(1), n=1)
    Visits(store.db, "mall").note("a", came)
    later = Visits(store.db, "mall", opened_at=Utc(MORNING + 1000))
    of_the_other = later.answer(Ask(gate="b", id="00" * 8, since=0), []).mark + 500
    later.note("a", passage(2, Direction.OUT, visit=visit(1), n=1))

    answer = later.answer(Ask(gate="b", id="00" * 8, since=of_the_other), [])
    assert [it.visit for it in answer.visits] == [visit(1)]


def test_what_is_old_goes_also_of_a_venue_that_is_served_no_more() -> None:
    bench = Bench()
    bench.open()
    bench.happen("a", "granted", "in", visit=visit(1), n=1)
    bench.plan = replace(bench.plan, id="other", gates=("c",))
    bench.begin()
    bench.now += 40 * DAY
    bench.turn(due=True)

    for table in ("events", "visits", "places"):
        assert bench.store.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608 - our tables
