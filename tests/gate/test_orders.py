"""Commands: which are obeyed, and for each that is not, why."""

import json
from collections.abc import Collection, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate.issuing import new_key, public_jwks
from gate.keys import KeySet, parse_keys
from gate.model import Mode, Utc
from gate.orders import (
    LONGEST_S,
    SKEW_S,
    Claim,
    Code,
    Order,
    Rejected,
    Verb,
    give_order,
    read_order,
    untimely,
)
from gate.payloads import Cmd
from gate.payloads.base import sealed, unsealed
from gate.sign1 import seal

NOON = Utc(1_800_000_000.0)
OPERATOR, STRANGER = new_key("ops-1"), new_key("ops-1")
KEYS = parse_keys(json.dumps(public_jwks(OPERATOR)).encode(), source="test")
NONCE = bytes(range(16))
GOOD: dict[int, object] = {
    Claim.AUD: "t01-a",
    Claim.EXP: int(NOON) + 30,
    Claim.IAT: int(NOON),
    Claim.CTI: NONCE,
    Claim.VERB: "open_once",
}
ORDER = Order(NONCE.hex(), Verb.OPEN_ONCE, "ops-1", NOON, Utc(NOON + 30))


def payload(claims: Mapping[int, object], *, key: Mapping[str, str] = OPERATOR) -> bytes:
    return Cmd(cose=sealed(seal(claims, key))).encode()


def read(data: bytes, *, keys: KeySet = KEYS) -> Order | Rejected:
    return read_order(data, keys=keys, gate="t01-a", now=NOON)


def test_an_order_is_read_as_it_was_given() -> None:
    given = give_order(
        Verb.MODE, gate="t01-a", key=OPERATOR, nonce=NONCE, issued_at=NOON, mode=Mode.LOCKED
    )

    order = read(given)

    assert isinstance(order, Order)
    assert (order.verb, order.mode, order.nonce) == (Verb.MODE, Mode.LOCKED, NONCE.hex())
    assert order.expires - order.issued_at == LONGEST_S
    assert order.words == "mode locked by ops-1"
    assert read(payload(GOOD)) == ORDER


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", Code.MALFORMED),
        (b'{"s":"aman.cmd/1","cose":"AAAA"}', Code.MALFORMED),
        (b'{"s":"aman.cmd/1","cose":"A"}', Code.MALFORMED),
        (b'{"s":"aman.cmd/1","cose":"' + b"A" * 5000 + b'"}', Code.MALFORMED),
        (payload(GOOD, key=new_key("nobody")), Code.UNKNOWN_KEY),
        (payload(GOOD, key=STRANGER), Code.BAD_SIGNATURE),
        (payload({**GOOD, Claim.AUD: "t01-b"}), Code.WRONG_GATE),
        (payload({**GOOD, Claim.VERB: "release"}), Code.UNKNOWN_COMMAND),
        (payload({**GOOD, Claim.VERB: "OPEN_ONCE"}), Code.UNKNOWN_COMMAND),
        (payload({**GOOD, Claim.ARGUMENT: "free"}), Code.UNKNOWN_COMMAND),
        (payload({**GOOD, Claim.VERB: "mode"}), Code.UNKNOWN_COMMAND),
        (payload({**GOOD, Claim.VERB: "mode", Claim.ARGUMENT: "ajar"}), Code.UNKNOWN_COMMAND),
        (payload({**GOOD, Claim.EXP: int(NOON) + 31}), Code.TOO_LONG),
        (payload({**GOOD, Claim.EXP: int(NOON)}), Code.TOO_LONG),
        (payload({**GOOD, Claim.EXP: 2**63}), Code.TOO_LONG),
        (payload({**GOOD, Claim.CTI: b"short"}), Code.MALFORMED),
        (payload({**GOOD, Claim.CTI: "text"}), Code.MALFORMED),
        (payload({**GOOD, Claim.IAT: True}), Code.MALFORMED),
        *[
            (payload({claim: v for claim, v in GOOD.items() if claim != left_out}), Code.MALFORMED)
            for left_out in GOOD
        ],
    ],
)
def test_what_is_no_order_for_us_is_rejected_with_its_code(data: bytes, code: Code) -> None:
    answer = read(data)

    assert isinstance(answer, Rejected)
    assert answer.code is code


def test_without_operators_nobody_is_obeyed() -> None:
    answer = read(payload(GOOD), keys=KeySet())
    assert isinstance(answer, Rejected)
    assert answer.code is Code.UNKNOWN_KEY


@pytest.mark.parametrize(
    ("at_s", "started_s", "sure", "seen", "code"),
    [
        (0.0, -SKEW_S, True, (), None),
        (30 + SKEW_S - 0.1, -SKEW_S, True, (), None),
        (30 + SKEW_S, -SKEW_S, True, (), Code.EXPIRED),
        (-SKEW_S, -100.0, True, (), None),
        (-SKEW_S - 0.1, -100.0, True, (), Code.NOT_YET),
        (2.0, 0.1 - SKEW_S, True, (), Code.BEFORE_START),
        (2.0, -SKEW_S, False, (), Code.CLOCK_UNSURE),
        (2.0, -SKEW_S, True, (NONCE.hex(),), Code.REPLAYED),
        (2.0, -SKEW_S, True, ("00" * 16,), None),
    ],
)
def test_an_order_is_obeyed_once_and_soon(
    at_s: float, started_s: float, seen: Collection[str], code: Code | None, *, sure: bool
) -> None:
    answer = untimely(
        ORDER, now=Utc(NOON + at_s), started_at=Utc(NOON + started_s), sure=sure, seen=seen
    )

    assert (answer and answer.code) == code
    assert answer is None or answer.nonce == NONCE.hex()


@given(at=st.integers(0, 399), bit=st.integers(0, 7))
def test_no_altered_bit_is_obeyed(at: int, bit: int) -> None:
    cose = bytearray(unsealed(Cmd.parse(payload(GOOD)).cose))
    cose[at % len(cose)] ^= 1 << bit

    assert isinstance(read(Cmd(cose=sealed(bytes(cose))).encode()), Rejected)


@given(junk=st.binary(max_size=300))
def test_no_bytes_cause_an_exception(junk: bytes) -> None:
    assert isinstance(read(junk), Rejected)
    assert isinstance(read(Cmd(cose=sealed(junk) or "A").encode()), Rejected)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    claims=st.dictionaries(
        st.sampled_from([*map(int, Claim), 1, 99]),
        st.one_of(st.integers(-(2**63), 2**63), st.text(max_size=9), st.binary(max_size=16)),
    )
)
def test_no_signed_claims_cause_an_exception(claims: dict[int, object]) -> None:
    read(payload(claims))
