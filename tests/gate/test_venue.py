"""Policy and keys from central: what is believed, and by whose word."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.issuing import new_key, public_jwks
from gate.kept import Kept
from gate.keys import KeysError, KeySet, parse_keys
from gate.model import VisitId
from gate.payloads import Cfg, Keys, Policy, Revoked
from gate.revocations import Revocations
from gate.sign1 import seal
from gate.venue import Claim, kept_keys, kept_policy, read_policy, read_signed_keys, sign_keys

ROOT, OTHER, CITY = new_key("root"), new_key("root"), new_key("city-26")
VISIT = VisitId("5b1f9c0e77aa0c11d2e3f405")
SIGNED = sign_keys(public_jwks(CITY), version=7, venue="mall", root_key=ROOT)


def keys(*owned: dict[str, str]) -> KeySet:
    return parse_keys(json.dumps(public_jwks(*owned)).encode(), source="test")


def believed(payload: bytes, *roots: dict[str, str]) -> KeySet | str:
    return read_signed_keys(payload, root=keys(*(roots or (ROOT,))), venue="mall")


def payload_of(claims: dict[int, object], version: int = 7) -> bytes:
    cose = urlsafe_b64encode(seal(claims, ROOT)).rstrip(b"=").decode()
    return Keys(version=version, cose=cose).encode()


GOOD: dict[int, object] = {
    Claim.AUD: "mall",
    Claim.VERSION: 7,
    Claim.JWKS: json.dumps({**public_jwks(CITY), "version": 3}).encode(),
}


def test_keys_that_the_root_key_has_signed_are_taken_with_the_signed_version() -> None:
    for payload in (SIGNED, payload_of(GOOD)):
        found = believed(payload)

        assert isinstance(found, KeySet)
        assert (set(found.by_kid), found.version) == ({b"city-26"}, 7)


def changed(change: Callable[[Keys], Keys]) -> bytes:
    return change(Keys.parse(SIGNED)).encode()


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"{}", "Field required"),
        (changed(lambda it: it.model_copy(update={"version": 8})), "signed for version 7"),
        (changed(lambda it: it.model_copy(update={"cose": it.cose[:-8]})), "cut short"),
        (changed(lambda it: it.model_copy(update={"cose": "A"})), ""),
        (payload_of({**GOOD, Claim.AUD: "shop"}), "for the venue 'shop'"),
        (payload_of({**GOOD, Claim.VERSION: 0}, 1), "signed for version 0"),
        (payload_of({**GOOD, Claim.VERSION: True}, 1), "version is no int"),
        (payload_of({**GOOD, Claim.JWKS: b"[]"}), "no JWKS"),
        (payload_of({**GOOD, Claim.JWKS: b"[" * 50_000}), "nested too deeply"),
        (payload_of({**GOOD, Claim.JWKS: b'{"keys":[]}'}), "1 to 32 keys"),
        (payload_of({**GOOD, Claim.JWKS: b" " * 60_001}), "60001 bytes of keys"),
        (payload_of({Claim.AUD: "mall", Claim.VERSION: 7}), ""),
    ],
)
def test_other_keys_are_not_believed(payload: bytes, why: str) -> None:
    said = believed(payload)

    assert isinstance(said, str)
    assert why in said


def test_nobody_but_the_root_key_can_sign_keys() -> None:
    assert believed(SIGNED, OTHER) == (
        "not signed by the site's root key: bad_signature, 1 keys tried"
    )
    assert isinstance(believed(SIGNED, OTHER, ROOT), KeySet)


@given(at=st.integers(0, 399), bit=st.integers(0, 7))
def test_no_altered_bit_is_believed(at: int, bit: int) -> None:
    said = Keys.parse(SIGNED)
    cose = bytearray(urlsafe_b64decode(said.cose + "=" * (-len(said.cose) % 4)))
    cose[at % len(cose)] ^= 1 << bit
    text = urlsafe_b64encode(cose).rstrip(b"=").decode()

    assert isinstance(believed(Keys(version=7, cose=text).encode()), str)


@given(junk=st.binary(max_size=300))
def test_no_bytes_cause_an_exception(junk: bytes) -> None:
    text = urlsafe_b64encode(junk).rstrip(b"=").decode() or "A"

    assert isinstance(believed(Keys(version=7, cose=text).encode()), str)
    assert isinstance(believed(junk), str)
    assert isinstance(read_policy(junk), str)


def test_who_signs_hears_what_gates_would_not_take() -> None:
    with pytest.raises(KeysError, match="1 to 32 keys"):
        sign_keys({"keys": []}, version=1, venue="mall", root_key=ROOT)
    with pytest.raises(ValueError, match="60"):
        sign_keys({**public_jwks(CITY), "x": "x" * 60_000}, version=1, venue="mall", root_key=ROOT)


def test_a_policy_is_read_with_its_revocations() -> None:
    payload = Cfg(
        version=3,
        gates=("t01-a", "t01-b"),
        capacity=500,
        policy=Policy(cut_off="deny"),
        revoked=(Revoked(visit=VISIT),),
    ).encode()

    policy = read_policy(payload)

    assert not isinstance(policy, str)
    assert (policy.gates, policy.capacity, policy.deny_when_cut_off) == (
        frozenset({"t01-a", "t01-b"}),
        500,
        True,
    )
    assert policy.revoked == Revocations({VISIT: inf}, 3)
    assert kept_policy(Kept("cfg", 3, payload)) == policy


def test_what_was_kept_counts_as_long_as_its_root_key_does() -> None:
    word = Kept("keys", 7, SIGNED)

    found = kept_keys(word, root=keys(ROOT), venue="mall")
    assert found is not None
    assert found.version == 7
    assert kept_keys(word, root=keys(OTHER), venue="mall") is None
    assert kept_keys(word, root=KeySet(), venue="mall") is None
    assert kept_keys(None, root=keys(ROOT), venue="mall") is None
    assert kept_policy(None) is None
    assert kept_policy(Kept("cfg", 1, b"damaged")) is None
