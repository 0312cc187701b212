"""The right: what central or the site allows, and what people leave of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.allowance import Allowance, Quota, Room, Share, adopted, allowance_after, room
from gate.events import Count, EndGrant, Record, RecordGrant, RecordRecount, RecordRelease
from gate.model import Direction, End, GrantId, Reason, Utc
from gate.occupancy import Totals, totals_after

NOW = Utc(1_772_357_400.0)
SOON = Utc(NOW + 60)


def quota(version: int, ceiling: int = 100, *, seen: int = 0, until: Utc = SOON) -> Quota:
    return Quota(version, ceiling, seen, reserve=2, until=until)


def test_at_a_site_without_central_the_gate_has_a_share_of_its_own() -> None:
    site = Allowance(Share(10, reserve=1))

    assert room(site, Totals(entered=7, left=3, unknown=1), NOW, timed=False) == Room(5, 1)
    assert room(site, Totals(entered=12), NOW, timed=False) == Room(-2, 1)
    assert adopted(site, quota(9)) is None


def test_the_right_is_what_the_contract_says() -> None:
    allowance = Allowance(quota=quota(41, 1330, seen=1104))
    totals = Totals(entered=1289, left=1110, open=3, unknown=2)

    # open grants are taken off by the machine, which knows of those on their way to the disk
    assert room(allowance, totals, NOW, timed=True) == Room(1330 + 1110 - 1104 - 1289 - 2, 2)


@pytest.mark.parametrize(
    ("allowance", "timed", "why"),
    [
        (Allowance(), True, "no quota from central yet"),
        (Allowance(quota=quota(3), void=3), True, "no quota since the release or the recount"),
        (Allowance(quota=quota(3)), False, "the time is not known, so neither is the end of the"),
        (Allowance(quota=quota(3, until=NOW)), True, "the quota has ended"),
    ],
)
def test_without_a_valid_quota_there_is_no_right_and_a_reason(
    allowance: Allowance, *, timed: bool, why: str
) -> None:
    left = room(allowance, Totals(), NOW, timed=timed)

    assert left.places is None
    assert left.why.startswith(why)


def test_versions_only_go_up() -> None:
    allowance = adopted(Allowance(), quota(5))
    assert allowance == Allowance(quota=quota(5))

    assert adopted(allowance, quota(5, 999)) is None
    assert adopted(allowance, quota(4)) is None
    assert adopted(allowance, quota(6)) == Allowance(quota=quota(6))


@pytest.mark.parametrize("record", [RecordRelease(active=True), RecordRecount()])
def test_a_release_and_a_recount_end_the_quota_until_the_next(record: Record) -> None:
    ended = allowance_after(Allowance(quota=quota(5)), record, Totals())
    assert room(ended, Totals(), NOW, timed=True).places is None
    assert adopted(ended, quota(5)) is None

    again = adopted(ended, quota(6))
    assert again is not None
    assert room(again, Totals(), NOW, timed=True) == Room(100, 2)


def test_the_end_of_a_release_is_no_release() -> None:
    held = Allowance(quota=quota(5))
    assert allowance_after(held, RecordRelease(active=False), Totals(left=9)) == held


@given(
    steps=st.lists(st.sampled_from(["ask", "walk", "lapse", "leave", "quota", "forced"])),
    ceilings=st.lists(st.integers(0, 6), min_size=1),
)
def test_who_keeps_to_the_right_never_goes_beyond_what_central_gave(
    steps: list[str], ceilings: list[int]
) -> None:
    """The promise that central reckons with: no grant while `in + open` is at the ceiling, for
    the quota that holds when it is given; whatever comes in between.
    """
    allowance, totals, given, number = Allowance(), Totals(), 0, 0
    for step in steps:
        record: Record | None = None
        if step == "quota":
            number += 1
            said = Quota(number, ceilings[number % len(ceilings)], totals.left, 0, SOON)
            allowance = adopted(allowance, said) or allowance
        left = room(allowance, totals, NOW, timed=True).places
        match step:
            case "ask" if left is not None and left - totals.open > 0:
                record, given = RecordGrant(GrantId(1), Reason.OK, None), given + 1
                assert allowance.quota
                beyond = totals.left - allowance.quota.seen
                assert totals.entered + totals.open < allowance.quota.ceiling + beyond
            case "walk" if totals.open:
                record = Count(Direction.IN, Reason.OK, GrantId(1))
            case "lapse" if totals.open:
                record = EndGrant(GrantId(1), End.LAPSED, None)
            case "leave":
                record = Count(Direction.OUT, Reason.OK)
            case "forced":
                record = Count(Direction.IN, Reason.FORCED)
        if record is not None:
            totals = totals_after(totals, record)


@pytest.mark.parametrize("held", [Allowance(), Allowance(quota=quota(5))])
def test_a_quota_that_was_on_its_way_at_the_recount_is_not_the_next_one(held: Allowance) -> None:
    """It has not seen who left during the release, and would give their places away."""
    ended = allowance_after(held, RecordRecount(), Totals(entered=100, left=90))

    assert adopted(ended, quota(8, seen=0)) is None
    again = adopted(ended, quota(9, seen=90))
    assert again is not None
    assert room(again, Totals(entered=100, left=90), NOW, timed=True).places == 0
