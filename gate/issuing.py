"""The other side of `gate.passes`: making keys and signing passes. Pure but for randomness.

The gate itself never signs. This is the reference for those who write the issuing side, and what
tests, the simulation and `gate pass` use.
"""

import json
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import cast

from base45 import b45encode
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.model import Utc
from gate.passes import (
    ASSISTED,
    CTI_BYTES,
    MAX_PARTY,
    MAX_VALID_S,
    PREFIX,
    STAFF,
    VENUE,
    Claim,
)
from gate.sign1 import seal

Jwk = dict[str, str]
"""A key as RFC 8037 writes it; private with the member `d`, which never leaves its file."""

_KID = re.compile(r"[A-Za-z0-9._-]{1,16}")
"""Short, because every pass carries it; 16 characters keep the QR code at version 9 or below."""


def new_key(kid: str) -> Jwk:
    """A new private Ed25519 key. Raises `ValueError` for a kid that is too long or unprintable."""
    if not _KID.fullmatch(kid):
        raise ValueError(f"kid {kid!r}: 1 to 16 of A-Z a-z 0-9 . _ -")
    seed = secrets.token_bytes(32)
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
        "kid": kid,
        "x": _public_part(seed),
        "d": _base64url(seed),
    }


def public_jwk(key: Mapping[str, str]) -> Jwk:
    """The public half of `key`."""
    return {member: value for member, value in key.items() if member != "d"}


def public_jwks(*keys: Mapping[str, str]) -> dict[str, list[Jwk]]:
    """What goes to the gates: the public halves of `keys` as a JWKS (RFC 7517 section 5)."""
    return {"keys": [public_jwk(key) for key in keys]}


def signing_key(data: bytes) -> Jwk:
    """The private JWK in a file's bytes. Raises `ValueError` with a sentence; quotes no secret."""
    try:
        key = json.loads(data)
        whole = _public_part(urlsafe_b64decode(key["d"] + "=")) == key["x"]
        kind = (key["kty"], key["crv"])
        named = isinstance(key["kid"], str)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(
            "not a private JWK (RFC 8037: kty, crv, kid, x, d). `gate pass keygen` writes one."
        ) from None
    if kind != ("OKP", "Ed25519") or not named:
        raise ValueError("not an Ed25519 key with a kid. `gate pass keygen` makes one.")
    if not whole:
        raise ValueError("its x and d do not belong together. Restore the file as it was made.")
    return cast("Jwk", key)


def issue(
    *,
    key: Mapping[str, str],
    venue: str,
    issued_at: Utc,
    valid_from: Utc,
    expires: Utc,
    party: int = 1,
    staff: bool = False,
    assisted: bool = False,
    cti: bytes | None = None,
) -> str:
    """The text of a new pass, signed with the private `key`.

    Times are cut to whole seconds. `cti` is random unless it is given; one that is used twice is
    one visit. Raises `ValueError` with everything that would make gates refuse the pass.
    """
    cti = secrets.token_bytes(CTI_BYTES) if cti is None else cti
    nbf, exp, iat = int(valid_from), int(expires), int(issued_at)
    rules = {
        f"venue {venue!r}: 1 to 16 of a-z 0-9 -": bool(VENUE.fullmatch(venue)),
        f"party of {party}: 1 to {MAX_PARTY}": 1 <= party <= MAX_PARTY,
        f"valid for {exp - nbf} s: more than 0, at most 24 hours": 0 < exp - nbf <= MAX_VALID_S,
        "a moment before 1970": min(nbf, iat) >= 0,
        f"cti of {len(cti)} bytes: {CTI_BYTES}": len(cti) == CTI_BYTES,
    }
    if broken := [rule for rule, kept in rules.items() if not kept]:
        raise ValueError("; ".join(broken))
    claims: dict[int, object] = {Claim.AUD: venue, Claim.EXP: exp, Claim.IAT: iat, Claim.CTI: cti}
    if nbf != iat:
        claims[Claim.NBF] = nbf
    if party != 1:
        claims[Claim.PARTY] = party
    if flags := STAFF * staff | ASSISTED * assisted:
        claims[Claim.FLAGS] = flags
    characters: bytes = b45encode(seal(claims, key))
    return (PREFIX + characters).decode()


def _public_part(seed: bytes) -> str:
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return _base64url(public.public_bytes_raw())


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
