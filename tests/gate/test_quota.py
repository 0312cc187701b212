"""Quotas from the broker and from the disk."""

import pytest

from gate.allowance import Quota
from gate.kept import Kept
from gate.model import Utc
from gate.quota import kept_quota, read_quota

GIVEN = (
    b'{"s":"aman.quota/1","epoch":"7f3c2a91","qv":41,"ceil":1330,"seen":1104,"reserve":5,'
    b'"until":"2026-03-01T09:30:00Z"}'
)
QUOTA = Quota(41, 1330, 1104, 5, Utc(1_772_357_400.0))


def test_a_quota_for_our_epoch_is_read() -> None:
    assert read_quota(GIVEN, "7f3c2a91") == QUOTA


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "Invalid JSON"),
        (GIVEN[:-1], "Invalid JSON"),
        (GIVEN.replace(b"7f3c2a91", b"7f3c2a92"), "for epoch 7f3c2a92, and ours is 7f3c2a91"),
        (GIVEN.replace(b"1330", b"-1"), "ceil: "),
        (GIVEN.replace(b"1330", b'"1330"'), "ceil: "),
        (GIVEN.replace(b"41", b"0"), "qv: "),
        (GIVEN.replace(b"2026-03-01T09:30:00Z", b"never"), "until: "),
        (GIVEN.replace(b"quota/1", b"quota/2"), "s: "),
        (GIVEN + b" " * 2000, "more than 1024"),
    ],
)
def test_anything_else_says_nothing_and_why(payload: bytes, why: str) -> None:
    said = read_quota(payload, "7f3c2a91")

    assert isinstance(said, str)
    assert why in said


def test_what_was_kept_counts_in_its_own_epoch_only() -> None:
    word = Kept("quota", 41, GIVEN)

    assert kept_quota(word, "7f3c2a91") == QUOTA
    assert kept_quota(word, "00000000") is None
    assert kept_quota(Kept("quota", 41, b"damaged"), "7f3c2a91") is None
    assert kept_quota(None, "7f3c2a91") is None
