"""Quotas from the broker and from the disk."""

import pytest

from gate.allowance import Quota
from gate.ledger import QuotaHeard
from gate.link import Arrived
from gate.model import Monotonic, Utc
from gate.quota import QuotaTalk, kept_quota
from gate.store import Word
from gate.talk import Moment

GIVEN = (
    b'{"s":"aman.quota/1","epoch":"7f3c2a91","qv":41,"ceil":1330,"seen":1104,"reserve":5,'
    b'"until":"2026-03-01T09:30:00Z"}'
)
QUOTA = Quota(41, 1330, 1104, 5, Utc(1_772_357_400.0))
MOMENT = Moment(Monotonic(1.0), Utc(1.0), "ntp")


def heard(payload: bytes) -> list[QuotaHeard]:
    facts: list[QuotaHeard] = []
    talk = QuotaTalk(topic="quota", epoch="7f3c2a91", on_quota=facts.append)
    talk.hear(Arrived("quota", payload, retained=True), MOMENT)
    assert talk.say(MOMENT) == ()
    return facts


def test_a_quota_for_our_epoch_is_handed_over_as_it_came() -> None:
    assert heard(GIVEN) == [QuotaHeard(QUOTA, GIVEN)]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        GIVEN[:-1],
        GIVEN.replace(b"7f3c2a91", b"7f3c2a92"),
        GIVEN.replace(b"1330", b"-1"),
        GIVEN.replace(b"1330", b'"1330"'),
        GIVEN.replace(b"41", b"0"),
        GIVEN.replace(b"2026-03-01T09:30:00Z", b"never"),
        GIVEN.replace(b"quota/1", b"quota/2"),
        GIVEN + b" " * 2000,
    ],
)
def test_anything_else_does_nothing(payload: bytes) -> None:
    assert heard(payload) == []


def test_what_was_kept_counts_in_its_own_epoch_only() -> None:
    word = Word("quota", 41, GIVEN)

    assert kept_quota(word, "7f3c2a91") == QUOTA
    assert kept_quota(word, "00000000") is None
    assert kept_quota(Word("quota", 41, b"damaged"), "7f3c2a91") is None
    assert kept_quota(None, "7f3c2a91") is None
