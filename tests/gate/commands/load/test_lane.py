"""A gate in memory: it keeps what central does not have, and goes by central's quota."""

from gate.allowance import Quota
from gate.chain import link, origin
from gate.commands.load.lane import Lane
from gate.events import Count, RecordGrant
from gate.model import Direction, GrantId, Monotonic, Reason, Utc

NOW = Utc(1_800_000_000.25)


def walk_in(lane: Lane, people: int) -> None:
    for number in range(people):
        lane.record(Count(Direction.IN, Reason.OK), Monotonic(number), NOW)


def test_events_are_there_until_central_has_them() -> None:
    lane = Lane()
    walk_in(lane, 5)

    happened_at = lane.forget(3)

    assert happened_at == [Monotonic(0), Monotonic(1), Monotonic(2)]
    assert [it.seq for it in lane.events_after(0, 9)] == [4, 5]
    assert [it.seq for it in lane.events_after(4, 9)] == [5]
    assert lane.events_after(5, 9) == ()
    assert (lane.standing().oldest, lane.standing().acknowledged) == (4, 3)


def test_the_head_is_the_chain_of_the_contract() -> None:
    lane = Lane()
    walk_in(lane, 2)

    first = link(
        origin(lane.epoch), (1, 1_800_000_000_250, "passage", "in", None, None, "ok", None)
    )

    assert lane.link_of(1) == first
    assert lane.link_of(2) == lane.standing().head
    assert lane.link_of(3) is None


def test_a_quota_gives_a_right_that_grants_use_up() -> None:
    lane = Lane()
    assert lane.right(NOW) is None

    assert lane.take(Quota(version=7, ceiling=10, seen=0, reserve=1, until=Utc(NOW + 60)))
    lane.record(RecordGrant(GrantId(1), Reason.OK, None), Monotonic(0.0), NOW)

    assert lane.right(NOW) == 8
    assert lane.standing().quota == 7
    assert not lane.take(Quota(version=7, ceiling=99, seen=0, reserve=0, until=Utc(NOW + 60)))
