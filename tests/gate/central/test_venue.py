"""A venue: what gates say, in; what central says, out (`gate.central.venue` and its parts)."""

from dataclasses import replace
from pathlib import Path

import pytest

from gate.central.hearing import Ignored
from gate.central.link import Delivered
from gate.central.view import Condition
from gate.central.wishes import Correct, Recount, SetLimit
from gate.model import Utc
from gate.payloads import Ack, Ans, Ask, Cfg, Occ, Quota, Status
from tests.gate.central.benches import MORNING, Bench, visit

NONCE = "8f0c1d52a7e94b36b1c0d9e8f7a6b5c4"


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.open()
    return bench


def alarms(bench: Bench, kind: str) -> list[str]:
    return [it.detail for it in bench.view().alarms if it.kind == kind]


# --- counting -----------------------------------------------------------------------------------


def test_people_who_come_in_here_and_leave_there_are_one_number(bench: Bench) -> None:
    bench.happen("a", *["in"] * 5)
    bench.happen("b", *["in"] * 3, "out")
    bench.happen("x", *["out"] * 2)

    view = bench.view()
    assert (view.inside, view.lower, view.upper, view.entered, view.left) == (5, 5, 5, 8, 3)


def test_events_that_come_twice_or_late_or_in_another_order_count_once(bench: Bench) -> None:
    bench.lanes["a"].log.clear()
    bench.happen("a", *["in"] * 9, ctr=False)
    for first, last in ((4, 6), (0, 3), (2, 5), (6, 9), (0, 9)):
        bench.tell("a", first, last)

    assert bench.view().inside == 9
    assert bench.said(Ack, "a", "ack")[-1].seq == 9


def test_what_is_acknowledged_has_no_gap(bench: Bench) -> None:
    bench.lanes["a"].log.clear()
    bench.happen("a", *["in"] * 9, ctr=False)
    quiet = Bench()
    quiet.lanes["a"] = bench.lanes["a"]
    quiet.ctr("a")
    quiet.tell("a", 0, 3)
    quiet.tell("a", 5, 9)

    assert [it.seq for it in quiet.said(Ack, "a", "ack")] == [3, 3]
    quiet.tell("a", 3, 5)
    assert quiet.said(Ack, "a", "ack")[-1].seq == 9
    assert quiet.view().inside == 9


def test_a_new_epoch_goes_on_where_the_old_one_ended(bench: Bench) -> None:
    bench.happen("a", *["in"] * 5)
    bench.lanes["a"] = replace(bench.lanes["a"], epoch="00000002", log=[], entered=0, left=0)
    bench.now += 10
    bench.happen("a", "in", "in", "out")

    assert bench.view().inside == 6


@pytest.mark.parametrize("kind", ["drift", "no_drift", "calibration", "of-a-newer-gate"])
def test_an_alarm_of_a_gate_is_shown_to_the_manager_whatever_it_is_about(
    bench: Bench, kind: str
) -> None:
    before = bench.view().inside

    bench.happen("a", "alarm", reason=kind, detail="thermometer: 0.28 C above", ctr=False)

    assert alarms(bench, kind) == ["thermometer: 0.28 C above"]
    assert bench.view().inside == before


def test_open_grants_make_the_upper_bound_and_tailgaters_the_lower(bench: Bench) -> None:
    bench.happen("a", *["in"] * 6, ctr=False)
    bench.happen("a", "alarm", reason="tailgate", ctr=False)
    bench.ctr("a", pending=2)

    view = bench.view()
    assert (view.lower, view.inside, view.upper) == (5, 6, 8)


def test_people_below_zero_are_shown_as_nobody(bench: Bench) -> None:
    bench.happen("x", "out", "out")

    view = bench.view()
    assert (view.inside, view.lower, view.upper) == (0, 0, 0)


def test_everything_is_there_again_after_a_start_on_the_same_disk(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.open()
    bench.happen("a", *["in"] * 6, "out")
    bench.happen("x", "alarm", reason="forced")
    bench.wish(SetLimit("mall", 44, by="ani"))
    before = bench.view()
    bench.store.close()

    again = Bench(tmp_path)
    view = again.view()
    assert (view.inside, view.limit, view.alarms) == (5, 44, before.alarms)
    assert [it.right for it in view.gates] == [it.right for it in before.gates]
    assert again.quota("a") == bench.quota("a")


# --- what is missing ----------------------------------------------------------------------------


def test_a_gate_that_begins_behind_a_gap_three_times_does_not_have_what_is_missing() -> None:
    bench = Bench()
    bench.happen("a", *["in"] * 9, ctr=False)
    late = Bench()
    late.lanes["a"] = bench.lanes["a"]
    for _ in range(2):
        late.tell("a", 4)
        late.tell("a", 4)  # the broker's repetition
        assert late.said(Ack, "a", "ack")[-1].seq == 0
        late.now += 10
    late.tell("a", 4)

    assert late.said(Ack, "a", "ack")[-1].seq == 9
    assert alarms(late, "gap") == ["events 1 to 4 are lost"]


def test_a_gap_that_closed_is_no_reason_to_wait_for_ever_at_a_later_one() -> None:
    bench = Bench()
    for _ in range(3):
        bench.happen("a", *["in"] * 40, ctr=False)
    late = Bench()
    late.lanes["a"] = bench.lanes["a"]
    late.tell("a", 10, 15)  # overtakes those before
    late.tell("a", 0, 10)
    assert late.said(Ack, "a", "ack")[-1].seq == 15
    for _ in range(3):
        late.now += 10
        late.tell("a", 100, 105)

    assert late.said(Ack, "a", "ack")[-1].seq == 105
    assert alarms(late, "gap") == ["events 16 to 100 are lost"]


def test_central_on_a_new_disk_believes_its_own_old_acknowledgement() -> None:
    bench = Bench()
    bench.connect("a")
    bench.happen("a", *["in"] * 9, ctr=False)
    late = Bench()
    late.lanes["a"] = bench.lanes["a"]
    late.say("a", Ack(epoch=late.lanes["a"].epoch, seq=6), retained=True)
    late.ctr("a")
    late.tell("a", 6)

    assert late.said(Ack, "a", "ack")[-1].seq == 9
    assert late.view().inside == 9


def test_its_own_word_of_just_now_tells_central_nothing(bench: Bench) -> None:
    bench.say("a", Ack(epoch=bench.lanes["a"].epoch, seq=600))

    assert not alarms(bench, "gap")


def test_a_gate_that_is_not_heard_of_is_stale_and_may_have_let_in_all_it_could(
    bench: Bench,
) -> None:
    bench.happen("a", "in", "in")
    right = next(it.right for it in bench.view().gates if it.id == "a")
    bench.say("a", Status(gate="a", state="lost", boot=1))

    view = bench.view()
    assert view.stale == ("a",)
    assert right > 0
    assert (view.inside, view.upper) == (2, 2 + right)
    bench.connect("a")
    assert bench.view().stale == ()


def test_a_gate_that_says_nothing_for_minutes_is_stale_and_one_that_was_stopped_is_not(
    bench: Bench,
) -> None:
    bench.say("b", Status(gate="b", state="offline", boot=1))
    bench.pass_time(151)

    assert bench.view().stale == ("a", "x")
    assert bench.venue.occ(Utc(bench.now)).stale == ("a", "x")


# --- days ---------------------------------------------------------------------------------------


def test_a_new_day_begins_with_an_empty_venue_and_says_what_was_left_over(bench: Bench) -> None:
    bench.happen("a", *["in"] * 5)
    bench.pass_time(86_400)

    view = bench.view()
    assert (view.inside, view.entered, view.left) == (0, 0, 0)
    assert alarms(bench, "day") == ["+5 were left over"]
    bench.happen("a", "in")
    assert bench.view().inside == 1


def test_a_venue_that_never_closes_carries_the_number_on() -> None:
    bench = Bench(empty_at_day_end=False)
    bench.open()
    bench.happen("a", *["in"] * 5)
    bench.pass_time(86_400)

    assert (bench.view().inside, bench.view().entered) == (5, 0)


def test_a_day_that_ended_while_central_was_away_ends_at_its_moment(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.open()
    bench.happen("a", *["in"] * 5)
    bench.now = MORNING + 10 * 3600  # in the evening, unheard
    bench.lanes["a"].log += Bench().lanes["a"].log
    lane = bench.lanes["a"]
    unheard = len(lane.log)
    quiet = Bench()
    quiet.lanes["a"], quiet.now = lane, bench.now
    quiet.happen("a", *["out"] * 3)
    quiet.now = MORNING + 86_400
    quiet.happen("a", "in", "in")
    bench.store.close()

    late = Bench(tmp_path, now=MORNING + 86_400)
    late.lanes["a"] = lane
    late.turn(due=True)
    late.ctr("a")
    late.tell("a", unheard)

    view = late.view()
    assert (view.inside, view.entered, view.left) == (2, 2, 0)


# --- what the manager decides -------------------------------------------------------------------


def test_the_limit_is_in_cfg_with_a_higher_version(bench: Bench) -> None:
    before = bench.venue.settings.cfg_version(bench.venue.settings._cfg)
    assert bench.wish(SetLimit("mall", 40, by="ani")).ok

    cfg = bench.said(Cfg, word="cfg")[-1]
    assert (cfg.capacity, cfg.gates) == (40, ("a", "b", "x"))
    assert cfg.version > before
    assert alarms(bench, "limit") == ["40 instead of 100, by ani"]


@pytest.mark.parametrize("limit", [-1, 101])
def test_a_limit_beyond_the_licensed_number_is_refused(bench: Bench, limit: int) -> None:
    assert bench.wish(SetLimit("mall", limit, by="ani")).code == "out_of_range"
    assert bench.view().limit == 100


def test_a_limit_that_is_not_licensed_any_more_is_lowered_at_the_start(bench: Bench) -> None:
    bench.plan = replace(bench.plan, licensed=30)
    bench.begin()

    assert bench.view().limit == 30


def test_a_recount_is_the_number_from_now_on_and_on_record(bench: Bench) -> None:
    bench.happen("a", *["in"] * 5)
    assert bench.wish(Recount("mall", 9, by="ani", reason="counted at the doors")).ok
    bench.happen("x", "out")

    assert bench.view().inside == 8
    assert bench.view().entered == 5, "the day's people are not touched"
    assert alarms(bench, "recount") == ["9 inside instead of 5, by ani: counted at the doors"]


def test_a_correction_changes_the_number_and_is_on_record(bench: Bench) -> None:
    bench.happen("a", *["in"] * 5)

    assert bench.wish(Correct("mall", -2, by="ani", reason="two children")).ok
    assert bench.wish(Correct("mall", -4, by="ani", reason="")).code == "out_of_range"
    assert bench.view().inside == 3
    assert alarms(bench, "correction") == ["-2, 3 inside now, by ani: two children"]


# --- limit --------------------------------------------------------------------------------------


def test_places_that_were_given_never_exceed_the_limit(bench: Bench) -> None:
    bench.wish(SetLimit("mall", 10, by="ani"))
    bench.adopt()
    bench.turn(due=True)

    assert sum(it.right for it in bench.view().gates) <= 10


def test_the_way_out_gets_no_right_and_who_leaves_there_makes_room_elsewhere() -> None:
    bench = Bench(capacity=4, gates=("a", "x"))
    bench.open()
    bench.happen("a", *["in"] * 4)
    assert [it.right for it in bench.view().gates] == [0, 0]
    assert bench.view().condition is Condition.FULL

    bench.happen("x", "out")

    assert [it.right for it in bench.view().gates] == [1, 0]
    assert bench.said(Quota, "x", "quota") == []


def test_full_and_room_again_are_on_record_but_not_at_everyone_who_leaves() -> None:
    bench = Bench(capacity=100, gates=("a", "x"))
    bench.open()
    bench.happen("a", *["in"] * 50, ctr=False)
    bench.happen("a", *["in"] * 50)
    for _ in range(2):
        bench.happen("x", "out")
        bench.happen("a", "in")
    bench.happen("x", *["out"] * 3)

    assert len(alarms(bench, "full")) == 1
    assert alarms(bench, "space") == ["3 free"]


def test_a_lower_limit_takes_rights_back_and_lets_nobody_in_until_enough_have_left(
    bench: Bench,
) -> None:
    bench.happen("a", *["in"] * 20)
    bench.adopt()
    bench.wish(SetLimit("mall", 15, by="ani"))
    bench.adopt()

    assert [it.right for it in bench.view().gates] == [0, 0, 0]
    assert bench.view().condition is Condition.OVER


def test_a_gate_that_is_cut_off_keeps_its_places_until_it_tells_or_people_are_counted(
    bench: Bench,
) -> None:
    bench.say("a", Status(gate="a", state="lost", boot=1))
    held = next(it.right for it in bench.view().gates if it.id == "a")
    assert bench.venue.occupancy(Utc(bench.now)).spoken_for >= held > 0
    for _ in range(200):
        bench.pass_time(60)
        bench.connect("b")
        bench.ctr("x")
    assert bench.venue.occupancy(Utc(bench.now)).upper >= held

    bench.wish(Recount("mall", 3, by="ani", reason="gate a is dead"))

    assert bench.venue.occupancy(Utc(bench.now)).upper == 3


def test_a_quota_is_renewed_in_time_while_the_gate_is_there(bench: Bench) -> None:
    first = bench.quota("a")
    bench.pass_time(1700)
    bench.ctr("a")
    assert bench.quota("a") == first
    bench.pass_time(200)
    bench.ctr("a")

    assert bench.quota("a") != first
    assert bench.said(Quota, "a", "quota")[-1].until > Utc(bench.now + 3000)


def test_staff_have_their_places(bench: Bench) -> None:
    bench = Bench(capacity=10, gates=("a", "b"), reserve=3)
    bench.open()

    assert [bench.said(Quota, gate, "quota")[-1].reserve for gate in ("a", "b")] == [1, 2]


# --- a fire release -----------------------------------------------------------------------------


def test_from_a_release_to_the_recount_nobody_is_let_in_and_the_muster_list_counts(
    bench: Bench,
) -> None:
    bench.happen("a", *["in"] * 9)
    bench.happen("a", "release", reason="active", ctr=False)
    bench.happen("a", *["out"] * 4, reason="release", ctr=False)
    bench.ctr("a", uncertain=True)
    bench.happen("x", "out", "out")
    bench.happen("b", "in")
    bench.adopt()

    view = bench.view()
    assert view.condition is Condition.RELEASED
    assert view.muster is not None
    muster = view.muster
    assert (muster.inside_then, muster.left_since, muster.entered_since) == (9, 6, 1)
    assert muster.estimate == 4
    assert (view.lower, view.inside) == (0, 4)
    assert view.upper >= 9
    assert [it.right for it in view.gates] == [0, 0, 0]
    assert bench.wish(Recount("mall", 2, by="ani", reason="")).code == "released"

    bench.happen("a", "release", reason="over")
    assert bench.view().condition is Condition.UNCERTAIN
    assert bench.view().muster is not None
    bench.turn(due=True)
    assert [it.right for it in bench.view().gates] == [0, 0, 0]

    assert bench.wish(Recount("mall", 2, by="ani", reason="at the assembly point")).ok
    bench.happen("a", "recount", ctr=False)
    bench.ctr("a", uncertain=False)
    bench.adopt()
    view = bench.view()
    assert (view.condition, view.inside, view.muster) == (Condition.OPEN, 2, None)
    assert all(it.right > 0 for it in view.gates if it.scan == "entry")


def test_after_its_recount_a_gate_gets_a_quota_that_has_seen_who_left(bench: Bench) -> None:
    """Else it would not take it (`gate.allowance`, rule 3)."""
    bench.happen("a", *["in"] * 3)
    bench.happen("a", "release", reason="active", ctr=False)
    bench.happen("a", "out", "out", "release", reason="over")
    bench.wish(Recount("mall", 1, by="ani", reason=""))
    before = bench.quota("a")
    bench.happen("a", "recount")

    given = bench.said(Quota, "a", "quota")[-1]
    assert given.version > (before or 0)
    assert given.seen == 2


def test_a_gate_that_was_stopped_while_released_does_not_keep_people_from_counting(
    bench: Bench,
) -> None:
    bench.happen("a", "release", reason="active")
    bench.say("a", Status(gate="a", state="offline", boot=1))
    bench.pass_time(60)

    assert bench.wish(Recount("mall", 2, by="ani", reason="")).ok


def test_a_release_is_remembered_over_a_start(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.open()
    bench.happen("a", "release", reason="active")
    bench.happen("b", "release", reason="active")
    bench.store.close()

    again = Bench(tmp_path)
    again.lanes = bench.lanes
    again.happen("a", "release", reason="over")
    assert again.view().condition is Condition.RELEASED
    again.happen("b", "release", reason="over")
    assert again.view().condition is Condition.UNCERTAIN


def test_a_day_that_ends_does_not_end_what_nobody_knows(bench: Bench) -> None:
    bench.happen("a", *["in"] * 3, "release", reason="active")
    bench.happen("a", "release", reason="over")
    bench.pass_time(86_400)

    assert (bench.view().condition, bench.view().inside) == (Condition.UNCERTAIN, 3)


def test_on_a_new_disk_with_gates_that_have_quotas_of_another_one_somebody_has_to_count() -> None:
    bench = Bench()
    bench.lanes["a"].qv = 41
    bench.open()

    assert bench.view().condition is Condition.UNCERTAIN
    assert [it.right for it in bench.view().gates] == [0, 0, 0]
    bench.wish(Recount("mall", 12, by="ani", reason="new server"))
    bench.adopt()
    bench.turn(due=True)
    assert bench.view().condition is Condition.OPEN
    assert sum(it.right for it in bench.view().gates) > 0


# --- questions and nonsense ---------------------------------------------------------------------


def test_a_gate_that_asks_is_answered_with_what_the_others_have_told(bench: Bench) -> None:
    bench.happen("a", "granted", "in", visit=visit(1), n=2)
    bench.say("b", Ask(gate="b", id=NONCE, since=0))

    (answer,) = bench.said(Ans, "b", "ans")
    (known,) = answer.visits
    assert (known.visit, known.party, known.by[0].entered) == (visit(1), 2, 1)


def test_a_double_is_reported_when_every_gate_has_told_all_up_to_it(bench: Bench) -> None:
    bench.happen("a", "in", visit=visit(1), n=1)
    bench.happen("b", "in", visit=visit(1), n=1)
    bench.turn(due=True)
    assert alarms(bench, "double") == []

    bench.now += 5
    for gate in ("a", "b", "x"):
        bench.ctr(gate)
    bench.turn(due=True)

    (double,) = alarms(bench, "double")
    assert double.startswith("1 too many by one pass")
    assert "a 09:30:00, b 09:30:00" in double
    assert (bench.view().lower, bench.view().inside) == (1, 2)
    bench.turn(due=True)
    assert len(alarms(bench, "double")) == 1


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("aman/v1/jkt/mall/g/zz/ctr", b"{}"),
        ("aman/v1/jkt/other/g/a/ctr", b"{}"),
        ("aman/v1/jkt/mall/g/a/ctr", b"not json"),
        ("aman/v1/jkt/mall/g/a/evt", b'{"s":"aman.evt/1","gate":"b","epoch":"7f3c2a91","ev":[]}'),
        (
            "aman/v1/jkt/mall/g/a/status",
            b'{"s":"aman.status/1","gate":"b","state":"online","boot":1}',
        ),
    ],
)
def test_who_is_not_listed_or_says_nonsense_changes_nothing(
    bench: Bench, topic: str, payload: bytes
) -> None:
    before = bench.view()
    done = bench.turn(Delivered(topic, payload, retained=False, receipt=3))

    assert done.receipts == [3], "else the broker would say it again for ever"
    assert [type(it) for it in done.ignored] == [Ignored]
    assert replace(bench.view(), alarms=()) == before


def test_a_gate_that_nobody_lists_is_told_once(bench: Bench) -> None:
    for _ in range(3):
        bench.turn(Delivered("aman/v1/jkt/mall/g/zz/ctr", b"{}", retained=False, receipt=3))

    assert [it.gate for it in bench.view().alarms if it.kind == "unlisted"] == ["zz"]


def test_occ_says_what_the_manager_sees(bench: Bench) -> None:
    bench.happen("a", *["in"] * 5)
    occ: Occ = bench.venue.occ(Utc(bench.now))

    assert (occ.inside, occ.lower, occ.upper, occ.capacity, occ.free) == (5, 5, 5, 100, 95)
