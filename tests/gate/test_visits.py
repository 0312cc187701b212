"""Which pass admits whom: the places of a visit."""

import pytest

from gate.events import Count, EndGrant, PassAccepted, PassRefused, RecordGrant, RecordRefusal
from gate.model import Direction, End, GrantId, Pass, Reason, RefusalCode, Utc, VisitId
from gate.visits import Visit, VisitRules, admission, check_out, visit_after

NOW = Utc(1_800_000_000.0)
FAMILY = Pass(VisitId("a" * 24), 4, NOW, Utc(NOW + 14_400))
GRANT = RecordGrant(GrantId(1), Reason.OK, FAMILY)
WALK_IN = Count(Direction.IN, Reason.OK, GrantId(1), FAMILY)
WALK_OUT = Count(Direction.OUT, Reason.OK, pass_=FAMILY)
LAPSE = EndGrant(GrantId(1), End.LAPSED, FAMILY)
RULES = VisitRules()


def after(*records: RecordGrant | Count | EndGrant | RecordRefusal, at: Utc = NOW) -> Visit | None:
    visit: Visit | None = None
    for record in records:
        visit = visit_after(visit, record, at, RULES)
    return visit


def places(visit: Visit | None, at: Utc = NOW, rules: VisitRules = RULES) -> int | RefusalCode:
    match admission(FAMILY, visit, at, rules):
        case PassAccepted(places=number):
            return number
        case PassRefused(code=code):
            return code


def test_a_party_that_nobody_knows_has_all_its_places() -> None:
    assert places(None) == 4


def test_two_of_four_come_and_the_other_two_come_later() -> None:
    assert places(after(GRANT, WALK_IN, GRANT, WALK_IN)) == 2


def test_a_place_under_grant_is_not_granted_again_and_a_lapse_gives_it_back() -> None:
    assert places(after(GRANT)) == 3
    assert places(after(GRANT, LAPSE)) == 4


def test_a_whole_party_inside_is_complete_and_later_looks_unclosed() -> None:
    inside = after(*(GRANT, WALK_IN) * 4)
    later = Utc(NOW + RULES.unclosed_after_s)

    assert places(inside) is RefusalCode.PARTY_COMPLETE
    assert places(inside, later) is RefusalCode.ALREADY_INSIDE
    soft = admission(FAMILY, inside, later, VisitRules(already_inside="soft"))
    assert soft == PassAccepted(FAMILY, 4, Reason.UNCLOSED)


@pytest.mark.parametrize(
    ("rules", "minutes", "answer"),
    [
        (VisitRules(reentry="never"), 1, RefusalCode.USED),
        (VisitRules(reentry="after_exit"), 1, 1),
        (VisitRules(reentry="after_exit", reentry_within_s=600), 11, RefusalCode.USED),
        (VisitRules(reentry="free"), 1, 4),
    ],
)
def test_who_left_comes_in_again_where_the_site_allows_it(
    rules: VisitRules, minutes: int, answer: int | RefusalCode
) -> None:
    one_left = after(*(GRANT, WALK_IN) * 4, WALK_OUT)

    assert places(one_left, Utc(NOW + 60 * minutes), rules) == answer


def test_a_warm_party_rests_is_measured_again_and_then_stays_out() -> None:
    warm = after(RecordRefusal(RefusalCode.WAIT_AND_RETURN, pass_=FAMILY))
    rested = Utc(NOW + RULES.rest_s)

    assert places(warm) is RefusalCode.WAIT_AND_RETURN
    assert admission(FAMILY, warm, rested, RULES) == PassAccepted(FAMILY, 4, rested=True)
    again = visit_after(warm, RecordRefusal(RefusalCode.TOO_WARM, pass_=FAMILY), rested, RULES)
    assert places(again, rested) is RefusalCode.TOO_WARM


def test_showing_the_pass_while_resting_does_not_lengthen_the_rest() -> None:
    warm = after(RecordRefusal(RefusalCode.WAIT_AND_RETURN, pass_=FAMILY))
    shown = RecordRefusal(RefusalCode.WAIT_AND_RETURN, pass_=FAMILY)

    assert visit_after(warm, shown, Utc(NOW + 200), RULES) == warm


def test_the_way_out_is_for_those_inside_and_for_the_party_where_nothing_is_known() -> None:
    assert check_out(FAMILY, after(GRANT, WALK_IN)).places == 1
    assert check_out(FAMILY, None).places == 4
