"""docs/pass-vectors.json: passes for those who write the issuing side, with a gate's answers.

Written by `python -m tests.vectors > docs/pass-vectors.json`. All of it is made from published test
keys and fixed moments, so that everybody gets the same bytes.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cbor2
from base45 import b45decode, b45encode

from gate.issuing import Jwk, issue, public_jwks
from gate.model import RefusalCode, Utc

FILE = Path(__file__).parents[1] / "docs" / "pass-vectors.json"
VENUE = "demo-mall"
NOON = Utc(1_769_839_200)
"""2026-01-31 06:00 UTC."""
HOUR = 3600
ISSUER: Jwk = {  # RFC 8037 appendix A
    "kty": "OKP",
    "crv": "Ed25519",
    "kid": "example",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
}
STRANGER: Jwk = {  # RFC 8032 section 7.1, test 2
    "kty": "OKP",
    "crv": "Ed25519",
    "kid": "stranger",
    "x": "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
    "d": "TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs",
}


@dataclass(frozen=True)
class Vector:
    """A text, and what a gate of `venue` answers at `now`."""

    name: str
    text: str
    answer: str
    """`accepted`, or a refusal code."""
    now: float = NOON
    venue: str = VENUE
    party: int | None = None
    staff: bool | None = None
    assisted: bool | None = None


def a_pass(number: int, **more: Any) -> str:
    """A pass for the hour after noon, unless `more` says something else."""
    given: dict[str, Any] = {
        "key": ISSUER,
        "venue": VENUE,
        "issued_at": NOON,
        "valid_from": NOON,
        "expires": Utc(NOON + HOUR),
        "cti": bytes([number] * 16),
    }
    return issue(**{**given, **more})


def _accepted(name: str, text: str, **more: Any) -> Vector:
    return Vector(name, text, "accepted", **{"party": 1, "staff": False, "assisted": False, **more})


def _text(message: bytes) -> str:
    characters: bytes = b45encode(message)
    return "AB1:" + characters.decode()


def _with_last_byte_changed(text: str) -> str:
    message = bytearray(b45decode(text[4:].encode()))
    message[-1] ^= 1
    return _text(bytes(message))


def _tagged(text: str) -> str:
    """The same message with the CWT tag 61 in front, as some libraries write it."""
    message = b45decode(text[4:].encode())
    return _text(b"\xd8\x3d" + message)


def vectors() -> Iterator[Vector]:
    """All of them; what depends on earlier visits has no text that could show it."""
    single = a_pass(1)
    yield _accepted("one person", single)
    yield _accepted("in its last second", single, now=NOON + HOUR - 1)
    yield _accepted("a party of four", a_pass(2, party=4), party=4)
    yield _accepted("a party of twenty", a_pass(3, party=20), party=20)
    yield _accepted("somebody who works here", a_pass(4, staff=True), staff=True)
    yield _accepted("needs more time or the wide lane", a_pass(5, assisted=True), assisted=True)
    yield _accepted("issued a day before it is valid", a_pass(6, issued_at=Utc(NOON - 24 * HOUR)))
    yield _accepted("valid for 24 hours", a_pass(7, expires=Utc(NOON + 24 * HOUR)))
    long_name = "a-venue-of-16-ch"
    yield _accepted("a venue of 16 characters", a_pass(8, venue=long_name), venue=long_name)

    yield Vector("a web address", "HTTPS://EXAMPLE.COM/CHECKIN", RefusalCode.NOT_A_PASS)
    yield Vector("the next version", "AB2:" + single[4:], RefusalCode.UNSUPPORTED_VERSION)
    yield Vector("cut short", single[:-8], RefusalCode.UNREADABLE)
    yield Vector("lower case", "AB1:" + single[4:].lower(), RefusalCode.UNREADABLE)
    yield Vector("with the CWT tag", _tagged(single), RefusalCode.UNREADABLE)
    yield Vector("of a stranger", a_pass(9, key=STRANGER), RefusalCode.UNKNOWN_KEY)
    forged = a_pass(10, key={**STRANGER, "kid": ISSUER["kid"]})
    yield Vector("forged under our kid", forged, RefusalCode.BAD_SIGNATURE)
    yield Vector("one bit changed", _with_last_byte_changed(single), RefusalCode.BAD_SIGNATURE)
    yield Vector("for another venue", a_pass(11, venue="elsewhere"), RefusalCode.WRONG_VENUE)
    yield Vector("too early", single, RefusalCode.NOT_YET_VALID, now=NOON - 1)
    yield Vector("at its end", single, RefusalCode.EXPIRED, now=NOON + HOUR)


WRITTEN_KEYS = {**public_jwks(ISSUER), "version": 1}


def document() -> str:
    """The file."""
    rows = [
        {key: value for key, value in vars(vector).items() if value is not None}
        for vector in vectors()
    ]
    whole = {
        "about": (
            "Texts, and what a gate of `venue` with these keys answers at `now` (unix seconds; no"
            " difference of clocks allowed for). The codes already_inside, party_complete, used,"
            " revoked and full depend on what was before; docs/pass.md has them. The private keys"
            " are published ones: sign nothing real with them."
        ),
        "keys": WRITTEN_KEYS,
        "private": [ISSUER, STRANGER],
        "vectors": rows,
    }
    return json.dumps(whole, indent=1, ensure_ascii=True) + "\n"


def message_of(text: str) -> list[Any]:
    """The four parts of the COSE_Sign1."""
    parts: list[Any] = cbor2.loads(b45decode(text[4:].encode())).value
    return parts


if __name__ == "__main__":
    sys.stdout.write(document())
