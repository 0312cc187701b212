"""What changes a total."""

from gate.events import Count, EndGrant, RecordGrant, RecordRecount, RecordRefusal, RecordRelease
from gate.model import Direction, End, GrantId, Reason, RefusalCode
from gate.occupancy import Totals, totals_after

ONE = GrantId(1)


def test_only_a_passage_changes_the_people_counted() -> None:
    totals = totals_after(Totals(), RecordGrant(ONE, Reason.OK, None))
    assert (totals.entered, totals.open, totals.pending) == (0, 1, 1)

    totals = totals_after(totals, Count(Direction.IN, Reason.OK, ONE))
    assert (totals.entered, totals.open) == (1, 0)

    assert totals_after(totals, RecordRefusal(RefusalCode.EXPIRED)) == totals
    assert totals_after(totals, Count(Direction.OUT, Reason.OK)).left == 1


def test_a_grant_that_nobody_used_is_given_back() -> None:
    given = totals_after(Totals(), RecordGrant(ONE, Reason.OK, None))
    assert totals_after(given, EndGrant(ONE, End.LAPSED, None)) == Totals()


def test_after_a_release_the_count_is_uncertain_until_the_recount() -> None:
    totals = totals_after(Totals(unknown=2), RecordRelease(active=True))
    totals = totals_after(totals, RecordRelease(active=False))
    assert totals.uncertain

    assert totals_after(totals, RecordRecount()) == Totals()
