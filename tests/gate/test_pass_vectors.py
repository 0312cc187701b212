"""The published vectors: up to date, answered as they say, and signed as others sign."""

import json
from base64 import urlsafe_b64decode

import cbor2
import pytest
from base45 import b45decode, b45encode
from pycose.headers import KID, Algorithm
from pycose.keys.okp import OKPKey
from pycose.messages.cosemessage import CoseMessage
from pycose.messages.sign1message import Sign1Message

from gate.keys import parse_keys
from gate.model import Pass, Refusal, RefusalCode, Utc
from gate.passes import Claim, verify
from tests.vectors import FILE, HOUR, ISSUER, NOON, VENUE, Vector, document, message_of, vectors

WRITTEN = json.loads(FILE.read_text(encoding="utf-8"))
KEYS = parse_keys(json.dumps(WRITTEN["keys"]).encode(), source="the vectors")
ALL = list(vectors())
OTHERS_KEY = OKPKey(
    crv="ED25519",
    x=urlsafe_b64decode(ISSUER["x"] + "="),
    d=urlsafe_b64decode(ISSUER["d"] + "="),
)
BY_NAME = pytest.mark.parametrize("vector", ALL, ids=lambda vector: vector.name)


def test_the_file_is_what_the_code_says() -> None:
    assert FILE.read_text(encoding="utf-8") == document(), (
        "python -m tests.vectors > docs/pass-vectors.json"
    )


@BY_NAME
def test_a_gate_answers_as_the_vector_says(vector: Vector) -> None:
    text, now = vector.text.encode(), Utc(vector.now)
    answer = verify(text, keys=KEYS, venue=vector.venue, now=now, skew_s=0.0)
    if isinstance(answer, Refusal):
        assert answer.code == vector.answer
    else:
        assert vector.answer == "accepted"
        assert (answer.party, answer.staff, answer.assisted) == (
            vector.party,
            vector.staff,
            vector.assisted,
        )


def test_there_is_a_vector_for_each_answer_that_a_text_alone_can_get() -> None:
    of_the_visit = {"already_inside", "party_complete", "used", "revoked"}
    of_the_lane = {
        *("full", "closed", "too_warm", "wait_and_return", "see_staff", "out_of_service"),
        "clock_unsure",
    }
    assert {vector.answer for vector in ALL} == {
        "accepted",
        *(code.value for code in RefusalCode if code not in of_the_visit | of_the_lane),
    }


# --- another implementation of COSE -----------------------------------------------------------


@BY_NAME
def test_pycose_finds_the_same_signatures_good(vector: Vector) -> None:
    if vector.answer in {"not_a_pass", "unsupported_version", "unreadable"}:
        return
    message = CoseMessage.decode(b45decode(vector.text[4:].encode()))
    assert isinstance(message, Sign1Message)
    message.key = OTHERS_KEY

    ours = vector.answer not in {"bad_signature", "unknown_key"}
    assert message.verify_signature() is ours


def test_a_pass_that_pycose_has_signed_is_accepted_and_is_ours_byte_by_byte() -> None:
    claims = {
        Claim.AUD.value: VENUE,
        Claim.EXP.value: int(NOON) + HOUR,
        Claim.IAT.value: int(NOON),
        Claim.CTI.value: bytes([1] * 16),
    }
    message = Sign1Message(
        phdr={Algorithm: -8, KID: ISSUER["kid"].encode()},
        payload=cbor2.dumps(claims, canonical=True),
    )
    message.key = OTHERS_KEY
    text = b"AB1:" + b45encode(message.encode())

    answer = verify(text, keys=KEYS, venue=VENUE, now=NOON, skew_s=0.0)

    assert isinstance(answer, Pass)
    assert message_of(text.decode()) == message_of(ALL[0].text)
