"""What central says to all gates of a venue: policy, revocations, keys. Pure.

Both words carry a version that only goes up. The keys are signed by the site's root key: who can
speak on the broker can keep new keys away from a gate, and no more.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import Any

from gate.kept import Kept
from gate.keys import LARGEST_VERSION, KeysError, KeySet, parse_keys
from gate.model import Utc
from gate.payloads import Cfg, Keys, Malformed, decode
from gate.payloads.base import sealed, unsealed
from gate.revocations import Revocations
from gate.sign1 import check_signature, open_envelope, read_claims, seal

MAX_JWKS = 60_000
"""Bytes; a key has about 150."""

ALWAYS = inf
"""The root key counts whatever the time is: a gate whose clock is lost needs keys, too."""


class Claim(IntEnum):
    """The claims of signed keys (RFC 8392 section 3.1, and two of our own)."""

    AUD = 3
    VERSION = -70005
    JWKS = -70006


_KINDS: dict[int, type] = {Claim.AUD: str, Claim.VERSION: int, Claim.JWKS: bytes}


@dataclass(frozen=True, slots=True)
class Policy:
    """`cfg`, ready for use."""

    version: int
    gates: frozenset[str]
    """All gates of the venue."""
    capacity: int
    deny_when_cut_off: bool
    """A gate that does not hear the others admits only whom it knows; else it marks them."""
    revoked: Revocations


def read_policy(payload: bytes) -> Policy | str:
    """The policy in `payload`, or why it is none."""
    cfg = decode(Cfg, payload)
    if isinstance(cfg, Malformed):
        return cfg.reason
    until = {it.visit: inf if it.until is None else it.until for it in cfg.revoked}
    return Policy(
        version=cfg.version,
        gates=frozenset(cfg.gates),
        capacity=cfg.capacity,
        deny_when_cut_off=cfg.policy.cut_off == "deny",
        revoked=Revocations(until, cfg.version),
    )


def read_signed_keys(payload: bytes, *, root: KeySet, venue: str) -> KeySet | str:
    """The keys in `payload`, or why nobody should go by them. Their version is the signed one."""
    said = decode(Keys, payload)
    if isinstance(said, Malformed):
        return said.reason
    try:
        envelope = open_envelope(unsealed(said.cose))
        if unsigned := check_signature(envelope, root, Utc(0), ALWAYS):
            return f"not signed by the site's root key: {unsigned.code}, {unsigned.detail}"
        claims = read_claims(envelope, _KINDS)
        for_venue, version = claims.get(Claim.AUD), claims.get(Claim.VERSION, 0)
        if for_venue != venue:
            return f"for the venue {for_venue!r:.40}, and ours is {venue}"
        if version != said.version or not 1 <= version <= LARGEST_VERSION:
            return f"signed for version {version}, and said to be {said.version}"
        return parse_keys(_versioned(claims.get(Claim.JWKS, b""), version), source="keys")
    except (ValueError, KeysError) as error:
        return str(error)


def kept_policy(word: Kept | None) -> Policy | None:
    """What was in force before this start."""
    said = "" if word is None else read_policy(word.payload)
    return None if isinstance(said, str) else said


def kept_keys(word: Kept | None, *, root: KeySet, venue: str) -> KeySet | None:
    """What was in force before this start, as long as the same root key vouches for it."""
    if word is None:
        return None
    said = read_signed_keys(word.payload, root=root, venue=venue)
    return None if isinstance(said, str) else said


def sign_keys(
    jwks: Mapping[str, Any], *, version: int, venue: str, root_key: Mapping[str, str]
) -> bytes:
    """The payload of `keys`: what `read_signed_keys` reads.

    Raises ValueError where it is too large, KeysError where gates would not take the keys.
    """
    data = json.dumps(jwks, separators=(",", ":")).encode()
    parse_keys(_versioned(data, version), source="the keys")
    if len(data) > MAX_JWKS:
        raise ValueError(f"{len(data)} bytes of keys, more than {MAX_JWKS}")
    claims: dict[int, object] = {Claim.AUD: venue, Claim.VERSION: version, Claim.JWKS: data}
    return Keys(version=version, cose=sealed(seal(claims, root_key))).encode()


def _versioned(jwks: bytes, version: int) -> bytes:
    """The JWKS with the signed version in it, whatever its own says. Raises ValueError."""
    if len(jwks) > MAX_JWKS:
        raise ValueError(f"{len(jwks)} bytes of keys, more than {MAX_JWKS}")
    try:
        document = json.loads(jwks)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(document, dict):
        raise ValueError("the keys are no JWKS")  # noqa: TRY004 - like malformed JSON
    return json.dumps({**document, "version": version}).encode()
