"""`gate.central.capacity`: who may let in how many."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gate.central.capacity import Door, Given, new_tops, reach, right, shares
from gate.central.epoch import Epoch
from gate.model import Utc
from tests.gate.central.benches import EPOCH

HOUR = Utc(3600.0)


def quota(version: int, top: int, until: Utc = HOUR) -> Given:
    return Given(version, ceiling=top + 10, seen=10, reserve=0, until=until)


def life(net: int = 0, **more: object) -> Epoch:
    epoch = Epoch("a", EPOCH, told_in=net + 50, told_out=50, clock="ntp", told_at=Utc(100.0))
    return replace(epoch, **more)  # type: ignore[arg-type] # of each field's own type


def door(gate: str, **more: object) -> Door:
    plain = Door(gate, right=0, counted=0, reach=0, cap=20, weight=1.0)
    return replace(plain, **more)  # type: ignore[arg-type] # of each field's own type


# --- what a gate may come to --------------------------------------------------------------------


def test_without_a_quota_a_gate_comes_to_what_it_has_counted_and_its_open_grants() -> None:
    assert reach(life(7, pending=2), []) == 9


def test_every_quota_that_was_given_may_be_the_one_in_force() -> None:
    assert reach(life(7), [quota(4, 30), quota(5, 12)]) == 30


def test_a_lower_quota_counts_once_the_gate_has_shown_it() -> None:
    assert reach(life(7, qv=5), [quota(4, 30), quota(5, 12)]) == 12


def test_what_a_gate_has_shown_itself_stays_in_force() -> None:
    assert reach(life(7, qv=4), [quota(4, 30), quota(5, 12)]) == 30


def test_people_without_a_grant_take_places_beyond_any_quota() -> None:
    assert reach(life(40), [quota(4, 30)]) == 40


def test_a_quota_has_ended_when_the_gate_itself_tells_from_after_its_end() -> None:
    given = [quota(4, 30)]

    assert reach(life(7, told_at=Utc(3659.0)), given) == 30
    assert reach(life(7, told_at=Utc(3660.0)), given) == 7
    assert reach(life(7, told_at=Utc(9000.0), clock="unsure"), given) == 30
    assert reach(life(7, told_at=Utc(9000.0), clock=""), given) == 30


def test_people_who_may_have_left_before_a_mark_do_not_make_room() -> None:
    assert reach(life(-5, pending=1), [], floor=0) == 1


def test_the_right_is_that_of_the_last_quota() -> None:
    assert right(life(7, pending=2), [quota(4, 30), quota(5, 12)]) == 3
    assert right(life(14), [quota(5, 12)]) == 0
    assert right(life(7), []) == 0


# --- shares -------------------------------------------------------------------------------------


def test_while_there_is_room_every_door_gets_its_cap() -> None:
    doors = [door("a", cap=10), door("b", cap=4)]

    assert shares(100, doors) == {"a": 10, "b": 4}


def test_scarce_places_go_by_the_people_who_come() -> None:
    doors = [door("a", weight=3.0), door("b", weight=1.0)]

    assert shares(8, doors) == {"a": 6, "b": 2}


def test_a_party_that_waits_gets_its_places_together_and_first() -> None:
    doors = [door("a", weight=9.0), door("b", waiting=4, waiting_since=Utc(5.0))]

    assert shares(4, doors) == {"a": 0, "b": 4}


def test_who_waits_longer_comes_first_and_a_smaller_party_may_overtake_one_that_does_not_fit() -> (
    None
):
    doors = [
        door("a", waiting=5, waiting_since=Utc(1.0)),
        door("b", waiting=2, waiting_since=Utc(2.0)),
        door("c", waiting=3, waiting_since=Utc(3.0)),
    ]

    assert shares(3, doors)["b"] >= 2
    assert shares(5, doors) == {"a": 5, "b": 0, "c": 0}


def test_the_reserve_comes_before_everybody() -> None:
    doors = [door("a", reserve=2, waiting=3), door("b", reserve=1)]

    assert shares(3, doors) == {"a": 2, "b": 1}
    assert shares(0, doors) == {"a": 0, "b": 0}


doors_strategy = st.lists(
    st.builds(
        Door,
        gate=st.just(""),
        right=st.integers(0, 30),
        counted=st.integers(-50, 50),
        reach=st.just(0),
        cap=st.integers(0, 40),
        weight=st.floats(0.001, 10),
        reserve=st.integers(0, 3),
        waiting=st.integers(0, 8),
        waiting_since=st.floats(0, 100).map(Utc),
    ),
    min_size=1,
    max_size=6,
).map(
    lambda doors: [
        # right <= reach - counted: what the last quota gives is charged
        replace(it, gate=f"g{number}", reach=it.counted + it.right + number % 3)
        for number, it in enumerate(doors)
    ]
)


@given(st.integers(-20, 120), doors_strategy)
def test_never_more_is_shared_out_than_there_is(room: int, doors: list[Door]) -> None:
    wanted = shares(room, doors)

    assert sum(wanted.values()) <= max(0, room)
    assert all(
        0 <= wanted[it.gate] <= max(it.cap, it.reserve + it.waiting, it.reserve) for it in doors
    )
    below = [it for it in doors if wanted[it.gate] < it.cap]
    assert not below or sum(wanted.values()) == max(0, room), "places were left over"


@given(st.integers(-20, 60), doors_strategy, st.booleans())
def test_new_quotas_cost_no_more_than_what_is_free(
    free: int, doors: list[Door], recall: bool
) -> None:
    room = 0 if recall else free + sum(it.right for it in doors)
    tops = new_tops(free, doors, shares(room, doors), recall=recall)

    cost = sum(max(0, tops[it.gate] - it.reach) for it in doors if it.gate in tops)
    assert cost <= max(0, free)
    if recall:
        assert all(tops.get(it.gate, it.counted) == it.counted for it in doors if it.right)


def test_who_has_nearly_its_cap_is_left_alone() -> None:
    full, used = door("a", right=20, reach=20), door("a", right=15, reach=20)

    assert not new_tops(50, [full], {"a": 20})
    assert not new_tops(50, [used], {"a": 20})
    assert new_tops(50, [replace(used, right=14)], {"a": 20}) == {"a": 20}


def test_a_lower_quota_is_given_only_when_somebody_lacks_places() -> None:
    rich, poor = door("a", right=10, reach=10), door("b")

    assert new_tops(5, [rich, poor], {"a": 5, "b": 5}) == {"b": 5}
    assert new_tops(2, [rich, poor], {"a": 5, "b": 5}) == {"a": 5, "b": 2}
