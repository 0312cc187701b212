"""Passes with damage, and bytes that are no pass at all."""

import json
import random

from gate.issuing import issue, new_key, public_jwks
from gate.keys import parse_keys
from gate.model import Refusal, Utc
from gate.passes import verify

NOW = Utc(1_800_000_000.0)


def damaged_pass(seed: int) -> None:
    """One good pass with some bytes changed, and some bytes that are no pass at all."""
    draw = random.Random(seed)  # noqa: S311 - damage, not a secret
    key = new_key("soak")
    keys = parse_keys(public_jwks_bytes(key), source="soak")
    text = issue(
        key=key, venue="mall", issued_at=NOW, valid_from=NOW, expires=Utc(NOW + 3600), party=3
    ).encode()
    for _ in range(200):
        damaged = bytearray(text)
        for _ in range(draw.randint(1, 4)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        if bytes(damaged) != text:
            answer = verify(bytes(damaged), keys=keys, venue="mall", now=NOW, skew_s=60)
            assert isinstance(answer, Refusal), "a damaged pass was accepted"
        junk = b"AB1:" + draw.randbytes(draw.randrange(900))
        assert isinstance(verify(junk, keys=keys, venue="mall", now=NOW, skew_s=60), Refusal)


def public_jwks_bytes(key: dict[str, str]) -> bytes:
    """The key set as its file would be."""
    return json.dumps(public_jwks(key)).encode()
