"""Set-up codes for the tests of their parts."""

import json
from base64 import b64encode
from hashlib import sha256
from typing import Any

from gate.issuing import Jwk, new_key, public_jwks
from gate.keys import KeySet, parse_keys
from gate.model import Utc
from gate.setup.code import SetupCode, make_texts

NOON = Utc(1769860800.0)
HOUR = 3600.0
KEY = new_key("tech-1")
FILE = b'[gate]\r\nid = "t01-a"\r\nvenue = "mall-t01"\r\ndistrict = "pusat"\r\n'


def keys(*owned: Jwk) -> KeySet:
    return parse_keys(json.dumps(public_jwks(*owned)).encode(), source="test")


def a_code(**more: Any) -> SetupCode:
    """One for the hour after noon, unless `more` says something else."""
    given: dict[str, Any] = {
        "nonce": bytes(range(16)),
        "issued_at": NOON,
        "expires": Utc(NOON + HOUR),
        "file": FILE,
    }
    return SetupCode(**(given | more))


def texts_of(code: SetupCode, key: Jwk = KEY) -> list[bytes]:
    return [text.encode() for text in make_texts(code, key)]


def large(size: int) -> bytes:
    """A file that no compression makes much smaller than three quarters."""
    return b64encode(b"".join(sha256(bytes([n])).digest() for n in range(200)))[:size]
