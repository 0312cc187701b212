"""Signed messages beyond what passes need: large ones, and who may have signed."""

import json

import pytest

from gate.issuing import new_key, public_jwks
from gate.keys import KeySet, parse_keys
from gate.model import Utc
from gate.sign1 import Unsigned, check_signature, open_envelope, read_claims, seal

NOON = Utc(1769860800.0)
KEY, OTHER = new_key("k1"), new_key("k1")


def keys(*owned: dict[str, str]) -> KeySet:
    return parse_keys(json.dumps(public_jwks(*owned)).encode(), source="test")


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 65_000])
def test_a_message_of_any_length_up_to_its_bound_is_read(size: int) -> None:
    envelope = open_envelope(seal({1: b"x" * size}, KEY))

    assert check_signature(envelope, keys(OTHER, KEY), NOON, 0) is None
    assert read_claims(envelope, {1: bytes}) == {1: b"x" * size}


def test_a_longer_one_is_none() -> None:
    with pytest.raises(ValueError, match="65"):
        open_envelope(seal({1: b"x" * 65_536}, KEY))


def test_a_claim_of_another_kind_is_named() -> None:
    envelope = open_envelope(seal({1: True}, KEY))

    with pytest.raises(ValueError, match="1 is no int"):
        read_claims(envelope, {1: int})


def test_who_has_not_signed_is_told_from_who_is_not_known() -> None:
    envelope = open_envelope(seal({}, KEY))

    assert check_signature(envelope, keys(OTHER), NOON, 0) == Unsigned(
        "bad_signature", "1 keys tried"
    )
    assert check_signature(envelope, KeySet(), NOON, 0) == Unsigned("unknown_key", "kid b'k1'")


@pytest.mark.parametrize(("made_for", "taken_for"), [(b"", b"a"), (b"a", b""), (b"a", b"b")])
def test_a_signature_for_one_purpose_serves_no_other(made_for: bytes, taken_for: bytes) -> None:
    message = seal({}, KEY, made_for)

    as_meant = check_signature(open_envelope(message, made_for), keys(KEY), NOON, 0)
    elsewhere = check_signature(open_envelope(message, taken_for), keys(KEY), NOON, 0)

    assert as_meant is None
    assert elsewhere == Unsigned("bad_signature", "1 keys tried")
