"""What a shown code means at this gate, with real passes."""

import json
from collections.abc import Mapping
from dataclasses import replace
from math import inf

import pytest

from gate.desk import PURGE_EVERY, UNHEARD, Desk, still_valid
from gate.elsewhere import EventsHeard, Happened
from gate.events import CheckOutShown, Count, PassAccepted, PassRefused, RecordGrant, RecordRecount
from gate.issuing import issue, new_key, public_jwks
from gate.keys import KeySet, parse_keys
from gate.lists import Lists
from gate.model import Direction, GrantId, Reason, RefusalCode, Utc, VisitId
from gate.revocations import Revocations
from gate.rows import Kind
from gate.setup.code import SetupCode, make_texts
from gate.venue import Policy
from gate.visits import GRANT_S, Visit, VisitRules

NOW = Utc(1_800_000_000.0)
KEY = new_key("a")
KEYS = parse_keys(json.dumps(public_jwks(KEY)).encode(), source="test")


def a_desk(
    *,
    scan: Direction = Direction.IN,
    revoked: Revocations | None = None,
    untimed: bool = False,
) -> Desk:
    return Desk(
        venue="mall",
        gate="t01-a",
        scan=scan,
        keys=KEYS,
        skew_s=60,
        rules=VisitRules(),
        revoked=revoked or Revocations(),
        visits={},
        untimed=untimed,
    )


def a_pass(party: int = 1, *, key: Mapping[str, str] = KEY) -> bytes:
    text = issue(
        key=key, venue="mall", issued_at=NOW, valid_from=NOW, expires=Utc(NOW + 3600), party=party
    )
    return text.encode()


def test_a_good_pass_is_accepted_and_once_used_refused() -> None:
    desk, text = a_desk(), a_pass()
    shown = desk.judge(text, NOW, sure=True)
    assert isinstance(shown, PassAccepted)

    desk.note(RecordGrant(GrantId(1), Reason.OK, shown.pass_), NOW)
    desk.note(Count(Direction.IN, Reason.OK, GrantId(1), shown.pass_), NOW)

    assert desk.judge(text, NOW, sure=True) == PassRefused(
        RefusalCode.PARTY_COMPLETE, pass_=shown.pass_
    )


@pytest.mark.parametrize(
    "shown",
    [
        b"CONFIG:limit_c=45",
        b"AB1:CONFIG",
        b'{"mqtt": {"host": "198.51.100.7"}}',
        b"WIFI:S=mall;T=WPA;P=secret;;",
        b'[screening]\nmode = "off"',
        b"http://198.51.100.7/setup?open=1",
    ],
)
def test_a_qr_that_is_shown_to_a_running_gate_does_not_reconfigure_it(shown: bytes) -> None:
    """Seen in EMP Access: any code, unsigned, sets the device up anew."""
    desk = a_desk()
    before = replace(desk)

    assert isinstance(desk.judge(shown, NOW, sure=True), PassRefused)

    assert desk == before
    assert isinstance(desk.judge(a_pass(), NOW, sure=True), PassAccepted)


def test_a_signed_set_up_code_is_no_pass_either() -> None:
    """Not even one whose key signs passes here: it is refused as any code is, in clear words."""
    desk = a_desk()
    code = SetupCode(nonce=bytes(16), issued_at=NOW, expires=Utc(NOW + 60), file=b"[gate]")
    (text,) = make_texts(code, KEY)
    before = replace(desk)

    for shown in (text.encode(), b"WIFI:T:WPA;S:mall;P:secret-word;;"):
        refused = desk.judge(shown, NOW, sure=True)
        assert refused == PassRefused(
            RefusalCode.NOT_A_PASS, "a set-up code, and this gate is in service"
        )

    assert desk == before


def test_a_revoked_visit_is_refused() -> None:
    text = a_pass()
    shown = a_desk().judge(text, NOW, sure=True)
    assert isinstance(shown, PassAccepted)

    refused = a_desk(revoked=Revocations({shown.pass_.visit: inf})).judge(text, NOW, sure=True)

    assert isinstance(refused, PassRefused)
    assert refused.code is RefusalCode.REVOKED


LATE = Utc(NOW + 365 * 86400)


@pytest.mark.parametrize("sure", [True, False])
def test_a_revocation_lasts_as_long_as_its_pass_could_be_shown_also_without_a_clock(
    sure: bool,
) -> None:
    text = a_pass()
    shown = a_desk().judge(text, NOW, sure=True)
    assert isinstance(shown, PassAccepted)
    revoked = Revocations({shown.pass_.visit: shown.pass_.expires})
    last_moment = Utc(shown.pass_.expires + 59)

    desk = a_desk(revoked=revoked, untimed=True)
    refused = desk.judge(text, last_moment if sure else Utc(last_moment + 1e6), sure=sure)

    assert isinstance(refused, PassRefused)
    assert refused.code is RefusalCode.REVOKED


@pytest.mark.parametrize("now", [NOW, LATE])
def test_while_the_clock_is_lost_a_genuine_pass_is_refused_as_clock_unsure(now: Utc) -> None:
    refused = a_desk().judge(a_pass(), now, sure=False)
    assert isinstance(refused, PassRefused)
    assert refused.code is RefusalCode.CLOCK_UNSURE


def test_what_needs_no_clock_is_judged_without_one() -> None:
    forged = a_desk().judge(a_pass(key=new_key("a")), NOW, sure=False)
    assert isinstance(forged, PassRefused)
    assert forged.code is RefusalCode.BAD_SIGNATURE
    assert isinstance(a_desk(scan=Direction.OUT).judge(a_pass(), LATE, sure=False), CheckOutShown)


def test_a_site_may_admit_without_a_clock_with_that_on_record_and_on_each_pass_once() -> None:
    desk, text = a_desk(untimed=True), a_pass()

    accepted = desk.judge(text, LATE, sure=False)

    assert isinstance(accepted, PassAccepted)
    assert accepted.reason is Reason.UNTIMED
    grant = RecordGrant(GrantId(1), accepted.reason, accepted.pass_)
    desk.note(grant, NOW)
    desk.note(Count(Direction.IN, Reason.UNTIMED, GrantId(1), accepted.pass_), NOW)
    again = desk.judge(text, Utc(NOW + 60), sure=False)
    assert isinstance(again, PassRefused)
    assert again.code is RefusalCode.PARTY_COMPLETE


def test_a_record_of_the_future_is_no_reason_to_refuse() -> None:
    desk, text = a_desk(), a_pass()
    desk.note(RecordRecount(), Utc(NOW + 3 * 3600))
    assert isinstance(desk.judge(text, NOW, sure=True), PassAccepted)


def test_in_an_exit_lane_a_pass_checks_out() -> None:
    shown = a_desk(scan=Direction.OUT).judge(a_pass(3), NOW, sure=True)
    assert isinstance(shown, CheckOutShown)
    assert shown.places == 3


def test_a_visit_whose_pass_has_expired_is_forgotten_unless_somebody_has_a_grant() -> None:
    desk, over, open_ = a_desk(), VisitId("1" * 24), VisitId("2" * 24)
    desk.visits[over] = Visit(party=1, expires=Utc(NOW - 61), inside=1)
    desk.visits[open_] = Visit(party=1, expires=Utc(NOW - 61), granted=1)
    shown = desk.judge(a_pass(20), NOW, sure=True)
    assert isinstance(shown, PassAccepted)

    for _ in range(PURGE_EVERY):
        desk.note(Count(Direction.OUT, Reason.OK, pass_=shown.pass_), NOW)

    assert set(desk.visits) == {open_, shown.pass_.visit}


def keys_of(*owned: Mapping[str, str], version: int) -> KeySet:
    return parse_keys(json.dumps({**public_jwks(*owned), "version": version}).encode(), source="t")


def test_of_the_file_s_keys_and_central_s_those_with_the_higher_version_count() -> None:
    desk, theirs = a_desk(), new_key("theirs")
    by_file, by_central = a_pass(), a_pass(key=theirs)

    def judged() -> tuple[bool, bool]:
        shown = (desk.judge(text, NOW, sure=True) for text in (by_file, by_central))
        of_file, of_central = (isinstance(event, PassAccepted) for event in shown)
        return of_file, of_central

    assert judged() == (True, False)
    assert desk.adopt_keys(keys_of(theirs, version=2))
    assert judged() == (False, True)
    assert not desk.adopt_keys(keys_of(KEY, version=2))
    assert not desk.adopt_keys(keys_of(KEY, version=1))
    assert judged() == (False, True)
    desk.adopt(Lists(keys_of(KEY, version=2), Revocations()))
    assert judged() == (True, False)
    desk.adopt(Lists(keys_of(KEY, version=1), Revocations()))
    assert judged() == (False, True)


def test_a_visit_is_revoked_by_the_file_or_by_central_and_older_words_do_nothing() -> None:
    desk, text = a_desk(), a_pass()
    shown = desk.judge(text, NOW, sure=True)
    assert isinstance(shown, PassAccepted)

    def policy(version: int, *revoked: VisitId) -> Policy:
        until = dict.fromkeys(revoked, inf)
        return Policy(version, frozenset(), 500, False, Revocations(until, version))  # noqa: FBT003 - a field

    refused = PassRefused(RefusalCode.REVOKED, pass_=shown.pass_)
    assert desk.adopt_policy(policy(2, shown.pass_.visit))
    assert desk.judge(text, NOW, sure=True) == refused
    assert not desk.adopt_policy(policy(1))
    assert not desk.adopt_policy(policy(2))
    assert desk.judge(text, NOW, sure=True) == refused
    assert desk.adopt_policy(policy(3))
    assert desk.judge(text, NOW, sure=True) == shown
    desk.adopt(Lists(KEYS, Revocations({shown.pass_.visit: inf})))
    assert desk.judge(text, NOW, sure=True) == refused


# --- the other gates of the venue ----------------------------------------------------------------

DENY, SOFT = True, False


def venue_of(*gates: str, deny: bool) -> Policy:
    return Policy(1, frozenset(gates), 500, deny, Revocations())


def in_touch(desk: Desk) -> Desk:
    desk.cut_off = False
    return desk


def one_elsewhere(text: bytes, *kinds: Kind, party: int = 1) -> EventsHeard:
    """What another gate tells when somebody is there with this pass."""
    shown = a_desk().judge(text, NOW, sure=True)
    assert isinstance(shown, PassAccepted)
    happened = tuple(
        Happened(seq, NOW, kind, shown.pass_.visit, party, Direction.IN)
        for seq, kind in enumerate(kinds, 1)
    )
    return EventsHeard("t01-b", "7f3c2a91", happened)


def test_who_went_in_through_another_gate_does_not_come_in_here_as_well() -> None:
    desk, text = a_desk(), a_pass()
    desk.hear(one_elsewhere(text, Kind.GRANTED), NOW)
    assert a_code(desk, text) is RefusalCode.PARTY_COMPLETE
    late = Utc(NOW + GRANT_S + 1)
    assert isinstance(desk.judge(text, late, sure=True), PassAccepted), "that grant has ended"

    desk.hear(one_elsewhere(text, Kind.GRANTED, Kind.PASSAGE), NOW)

    assert isinstance(desk.judge(text, late, sure=True), PassRefused)


def a_code(desk: Desk, text: bytes) -> RefusalCode | None:
    shown = desk.judge(text, NOW, sure=True)
    return shown.code if isinstance(shown, PassRefused) else None


@pytest.mark.parametrize("deny", [SOFT, DENY])
def test_a_gate_that_is_cut_off_goes_by_the_policy_of_its_venue(deny: bool) -> None:
    desk, text = a_desk(), a_pass()
    desk.policy = venue_of("t01-a", "t01-b", deny=deny)

    alone = desk.judge(text, NOW, sure=True)
    in_company = in_touch(desk).judge(text, NOW, sure=True)

    assert isinstance(in_company, PassAccepted)
    assert in_company.reason is Reason.OK
    if deny:
        assert alone == PassRefused(RefusalCode.SEE_STAFF, UNHEARD, pass_=in_company.pass_)
    else:
        assert alone == replace(in_company, reason=Reason.CUT_OFF)


def test_who_is_known_here_and_has_places_left_comes_in_also_where_others_are_denied() -> None:
    desk, text = a_desk(), a_pass(2)
    desk.policy = venue_of("t01-a", "t01-b", deny=DENY)
    desk.hear(one_elsewhere(text, Kind.GRANTED, Kind.PASSAGE, party=2), NOW)

    shown = desk.judge(text, NOW, sure=True)

    assert isinstance(shown, PassAccepted)
    assert (shown.places, shown.reason) == (1, Reason.CUT_OFF)


@pytest.mark.parametrize("policy", [None, venue_of("t01-a", deny=DENY), venue_of(deny=DENY)])
def test_a_gate_that_has_no_others_is_never_cut_off(policy: Policy | None) -> None:
    desk = a_desk()
    desk.policy = policy
    shown = desk.judge(a_pass(), NOW, sure=True)
    assert isinstance(shown, PassAccepted)
    assert shown.reason is Reason.OK


def test_an_exit_knows_how_many_of_the_party_came_in_elsewhere() -> None:
    desk, text = a_desk(scan=Direction.OUT), a_pass(3)
    desk.hear(one_elsewhere(text, Kind.GRANTED, Kind.PASSAGE, party=3), NOW)
    shown = desk.judge(text, NOW, sure=True)
    assert isinstance(shown, CheckOutShown)
    assert shown.places == 1


def test_visits_that_only_others_have_told_of_are_kept_in_bounds_and_ours_stay() -> None:
    ours, early, late = (VisitId(name * 24) for name in "abc")
    visits = {
        ours: Visit(party=1, expires=Utc(NOW + 1)),
        early: Visit(party=1, expires=Utc(NOW + 2), shown=False),
        late: Visit(party=1, expires=Utc(NOW + 3), shown=False),
    }
    assert set(still_valid(visits, NOW, most_heard=1)) == {ours, late}
