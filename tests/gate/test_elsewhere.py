"""What others tell of a visit: each event once, whichever way and in whatever order it comes."""

from dataclasses import replace

import pytest

from gate.elsewhere import (
    LONGEST_VISIT_S,
    Account,
    EventsHeard,
    Happened,
    PageHeard,
    visit_summed,
    visit_told,
    visits_after,
)
from gate.events import Count, PassAccepted, RecordGrant
from gate.model import Direction, GrantId, Pass, Reason, RefusalCode, Utc, VisitId
from gate.rows import Kind
from gate.visits import Told, Visit, VisitRules, admission, begun_anew, held, visit_after

NOW = Utc(1_800_000_000.0)
ID = VisitId("a" * 24)
FAMILY = Pass(ID, 4, NOW, Utc(NOW + 14_400))
RULES = VisitRules()
EPOCH, NEW_EPOCH = "0000000a", "0000000b"
IN, OUT = Direction.IN, Direction.OUT


def event(seq: int, kind: Kind, direction: Direction = IN, *, reason: str = "ok") -> Happened:
    return Happened(seq, Utc(NOW + seq), kind, ID, 4, direction, reason)


def told(
    *events: Happened, visit: Visit | None = None, gate: str = "g-b", epoch: str = EPOCH
) -> Visit:
    for one in events:
        visit = visit_told(visit, gate, epoch, one, RULES)
    assert visit is not None
    return visit


def summed(visit: Visit | None, *by: Told) -> Visit:
    after = visit_summed(visit, Account(ID, 4, by))
    assert after is not None
    return after


CAME = (event(1, Kind.GRANTED), event(2, Kind.PASSAGE))
SUM = Told("g-b", EPOCH, 2, Utc(NOW + 2), entered=1)


def test_who_went_in_elsewhere_is_inside() -> None:
    visit = told(*CAME)
    assert (visit.party, visit.inside, visit.granted, visit.entered_at) == (4, 1, 0, NOW + 2)
    assert visit.others == (SUM,)
    assert visit.expires == NOW + 2 + LONGEST_VISIT_S


def test_a_grant_elsewhere_holds_a_place_until_it_ends_or_cannot_last_any_longer() -> None:
    open_ = told(event(1, Kind.GRANTED))
    assert (open_.granted, held(open_, Utc(NOW + 150)), held(open_, Utc(NOW + 152))) == (0, 1, 0)
    for end in (Kind.LAPSED, Kind.WITHDRAWN):
        assert held(told(event(2, end), visit=open_), NOW) == 0
    assert held(told(event(2, Kind.LAPSED), event(3, Kind.LAPSED), visit=open_), NOW) == 0


def test_an_event_that_is_in_a_page_already_does_not_count_again_nor_the_other_way_round() -> None:
    assert told(*CAME, visit=summed(None, SUM)) == summed(None, SUM)
    assert summed(told(*CAME), SUM) == told(*CAME)
    assert summed(summed(None, SUM), SUM) == summed(None, SUM)


def test_a_page_that_goes_less_far_than_the_events_says_nothing() -> None:
    older = Told("g-b", EPOCH, 1, Utc(NOW + 1), granted=1)
    assert summed(told(*CAME), older) == told(*CAME)


def test_a_page_makes_good_what_was_missed() -> None:
    missed = told(event(4, Kind.PASSAGE))
    page = Told("g-b", EPOCH, 4, Utc(NOW + 4), entered=2)
    after = summed(missed, page)
    assert (after.inside, after.others) == (2, (page,))


def test_people_who_were_heard_of_are_never_unheard() -> None:
    forgetful = Told("g-b", EPOCH, 9, Utc(NOW + 9))
    after = summed(told(*CAME), forgetful)
    assert (after.inside, after.others[0].entered) == (1, 1)
    assert summed(after, replace(forgetful, entered=1)).inside == 1


def test_a_new_epoch_goes_on_counting_and_an_old_one_that_comes_late_does_not() -> None:
    later = Happened(1, Utc(NOW + 60), Kind.PASSAGE, ID, 4, IN)
    visit = told(later, visit=told(event(1, Kind.GRANTED), *CAME), epoch=NEW_EPOCH)
    assert (visit.inside, held(visit, NOW)) == (2, 0)
    assert visit.others[0].entered == 2
    assert told(*CAME, event(3, Kind.PASSAGE), visit=visit) == visit
    assert summed(visit, SUM) == visit


def test_who_left_before_it_was_told_that_they_came_is_not_inside() -> None:
    left = told(event(1, Kind.PASSAGE, OUT), gate="g-c")
    visit = told(*CAME, visit=left)
    assert (left.inside, left.ahead) == (0, 1)
    assert (visit.inside, visit.left, visit.ahead) == (0, 1, 0)
    again = Told("g-b", EPOCH, 2, Utc(NOW + 2), entered=1)
    gone = Told("g-c", EPOCH, 1, Utc(NOW + 1), left=1)
    paged = summed(None, gone, again)
    assert (paged.inside, paged.left, paged.ahead) == (0, 1, 0)


def test_ours_and_theirs_are_one_party_and_the_pass_itself_says_how_large() -> None:
    visit: Visit | None = visit_told(None, "g-b", EPOCH, replace(CAME[0], party=9), RULES)
    visit = visit_after(visit, RecordGrant(GrantId(1), Reason.OK, FAMILY), NOW, RULES)
    visit = visit_after(visit, Count(IN, Reason.OK, GrantId(1), FAMILY), NOW, RULES)
    assert visit is not None
    assert (visit.party, visit.expires, visit.shown) == (4, FAMILY.expires, True)
    answer = admission(FAMILY, visit, NOW, RULES)
    assert isinstance(answer, PassAccepted)
    assert answer.places == 2
    heard = told(event(9, Kind.PASSAGE), visit=visit)
    assert heard.expires == FAMILY.expires, "the pass knows best when it ends"


def test_an_unclosed_visit_that_began_anew_elsewhere_has_begun_anew_here() -> None:
    inside = told(*(event(seq, Kind.PASSAGE) for seq in range(1, 5)))
    again = told(event(5, Kind.GRANTED, reason="unclosed"), visit=inside)
    assert (inside.inside, again.inside) == (4, 0)
    assert replace(begun_anew(inside), others=again.others, expires=again.expires) == again


def test_of_an_unclosed_visit_the_second_of_the_party_does_not_begin_it_anew_once_more() -> None:
    inside = told(*(event(seq, Kind.PASSAGE) for seq in range(1, 5)))
    again = told(
        event(5, Kind.GRANTED, reason="unclosed"),
        event(6, Kind.PASSAGE, reason="unclosed"),
        event(7, Kind.GRANTED, reason="unclosed"),
        visit=inside,
    )
    assert (again.inside, held(again, Utc(NOW + 8))) == (1, 1)


@pytest.mark.parametrize(
    ("code", "refusal"),
    [("wait_and_return", RefusalCode.WAIT_AND_RETURN), ("too_warm", RefusalCode.TOO_WARM)],
)
def test_who_was_too_warm_elsewhere_rests_here_as_well(code: str, refusal: RefusalCode) -> None:
    visit = told(event(1, Kind.REFUSED, reason=code))
    answer = admission(FAMILY, visit, Utc(NOW + 2), RULES)
    assert not isinstance(answer, PassAccepted)
    assert answer.code is refusal


def test_a_power_cut_ends_the_grants_from_before_it_and_of_no_later_epoch() -> None:
    for before, granted in (
        (told(event(1, Kind.GRANTED)), 0),
        (told(event(9, Kind.GRANTED)), 1),
        (told(event(1, Kind.GRANTED), epoch=NEW_EPOCH), 1),
    ):
        cut = EventsHeard("g-b", EPOCH, (replace(event(2, Kind.RECOVERED), visit=None),))
        ((_, _, after),) = visits_after(cut, lambda _: None, lambda _, v=before: [(ID, v)], RULES)  # type: ignore[misc]  # bound now
        assert held(after, NOW) == granted


def test_what_changes_nothing_is_not_written() -> None:
    visit = told(*CAME)
    for heard in (EventsHeard("g-b", EPOCH, CAME), PageHeard((Account(ID, 4, (SUM,)),), 1)):
        assert list(visits_after(heard, lambda _: visit, lambda _: [], RULES)) == []
