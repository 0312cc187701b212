"""The public keys that passes are checked with, read from a JWKS file.

A JWKS (RFC 7517) with Ed25519 keys (RFC 8037). Several keys at once let keys roll over; two keys
may share a kid. The gate holds public keys only.

Members of our own: a key may have `nbf` and `exp` (unix seconds) as a pass has, and is not there
before and after; the document may have a `version`, which only goes up.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from math import inf
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cwt import COSEKey
from cwt.cose_key_interface import COSEKeyInterface

from gate.model import LAST_MOMENT, Utc

MAX_FILE_BYTES = 65_536
MAX_KEYS = 32
"""A pass without a kid is tried with every key, so their number bounds the time of a check."""

LARGEST_VERSION = 2**53 - 1

_X = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 bytes in base64url without padding (RFC 8037 section 2)."""

_MEMBERS: Mapping[str, tuple[object, ...]] = {
    "kty": ("OKP",),
    "crv": ("Ed25519",),
    "alg": (None, "EdDSA", "Ed25519"),
    "use": (None, "sig"),
}
"""What each member of a JWK may be; None where it may be missing."""

_PRIVATE = (
    "is a private key. The gate holds public keys only: put the public file of "
    "`gate pass keygen` here. Make a new key and retire this one, which has been copied."
)


class KeysError(Exception):
    """The keys cannot be used; the text says everything that is wrong, and the way out."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and when it is one."""

    x: str
    """The key itself, as its JWK has it."""
    cose: COSEKeyInterface = field(compare=False)
    """The same, ready for use."""
    begins: float
    """Unix seconds."""
    ends: float
    """The first second in which it is no longer valid."""

    def is_valid(self, now: Utc, skew_s: float) -> bool:
        """Whether a pass may be checked with it, by clocks that are up to `skew_s` apart."""
        return self.begins - skew_s <= now < self.ends + skew_s


@dataclass(frozen=True, slots=True)
class KeySet:
    """Public keys, ready for use, in groups of the same kid."""

    by_kid: Mapping[bytes, tuple[Key, ...]] = field(default_factory=dict)
    version: int = 0

    def candidates(self, kid: bytes | None) -> tuple[Key, ...]:
        """The keys to try for a pass with this kid, or every key for a pass without one."""
        if kid is not None:
            return self.by_kid.get(kid, ())
        return tuple(chain.from_iterable(self.by_kid.values()))


def load_keys(path: Path) -> KeySet:
    """The keys in the JWKS file at `path`. Raises `KeysError`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise KeysError(
            f"{path}: cannot be read ({error.strerror}). Put the public keys of those who issue "
            "passes there, as a JWKS file (docs/pass.md), readable for the gate."
        ) from error
    return parse_keys(data, source=str(path))


def parse_keys(data: bytes, *, source: str) -> KeySet:
    """The keys in the JWKS `data`; `source` names it in the error. Raises `KeysError`."""
    if len(data) > MAX_FILE_BYTES:
        raise KeysError(
            f"{source}: larger than {MAX_FILE_BYTES} bytes. Leave the keys in it that are in use."
        )
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise KeysError(
            f"{source}: is not JSON ({error}). Fetch the file again, or write it anew with "
            "`gate pass keygen`."
        ) from error
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= MAX_KEYS:
        raise KeysError(
            f'{source}: a JWKS looks like {{"keys": [...]}} and holds 1 to {MAX_KEYS} keys; a '
            "single key goes into such a list."
        )
    version = document.get("version", 0)
    if type(version) is not int or not 0 <= version <= LARGEST_VERSION:
        raise KeysError(
            f"{source}: has version {version!r:.40}. It is a whole number, or left out."
        )
    problems = [
        f"{source}: key {number}{_named(jwk)} {problem}"
        for number, jwk in enumerate(keys, start=1)
        for problem in _problems(jwk)
    ]
    if problems:
        raise KeysError("\n".join(problems))
    return _key_set(keys, version)


def _key_set(jwks: list[dict[str, Any]], version: int) -> KeySet:
    groups: dict[bytes, dict[Key, None]] = {}
    for jwk in jwks:
        kid, x = jwk["kid"], jwk["x"]
        # Only what the gate goes by is handed on; members it does not know cannot disturb.
        key = COSEKey.from_jwk({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x})
        valid = Key(x, key, jwk.get("nbf", -inf), jwk.get("exp", inf))
        groups.setdefault(kid.encode(), {})[valid] = None
    by_kid = {kid: tuple(same) for kid, same in groups.items()}
    return KeySet(MappingProxyType(by_kid), version)


def _named(jwk: object) -> str:
    kid = jwk.get("kid") if isinstance(jwk, dict) else None
    return f" (kid {kid[:64]!r})" if isinstance(kid, str) else ""


def _problems(jwk: object) -> list[str]:
    """What is wrong with one key, each with the way out.

    RFC 7517 section 5 would pass over keys of other kinds. A gate says so instead: a key that is
    silently missing shows as refused visitors.
    """
    if not isinstance(jwk, dict):
        return ["is not a JSON object. A key has kty, crv, kid and x (RFC 8037)."]
    if "d" in jwk or "k" in jwk:
        return [_PRIVATE]
    problems = []
    for member, allowed in _MEMBERS.items():
        if jwk.get(member) not in allowed:
            right = " or ".join(str(value) for value in allowed if value)
            problems.append(
                f"has {member} {jwk.get(member)!r:.40}. Passes are signed with Ed25519: "
                f"{member} is {right}."
            )
    key_ops = jwk.get("key_ops", ["verify"])
    if not isinstance(key_ops, list) or "verify" not in key_ops:
        problems.append('has key_ops without "verify". Add it, or leave key_ops out.')
    moments = {name: jwk[name] for name in ("nbf", "exp") if name in jwk}
    problems += [
        f"has {name} {moment!r:.40}. A moment is in unix seconds, a whole number."
        for name, moment in moments.items()
        if type(moment) is not int or not 0 <= moment <= LAST_MOMENT
    ]
    if not problems and moments.get("nbf", 0) >= moments.get("exp", inf):
        problems.append("is never valid: exp is not after nbf.")
    kid, x = jwk.get("kid"), jwk.get("x")
    if not isinstance(kid, str) or not kid or not kid.isprintable():
        problems.append("has no kid that can be printed. Give it the kid that its passes carry.")
    if not isinstance(x, str) or not _X.fullmatch(x):
        problems.append(
            "has an x that is not 32 bytes in base64url (43 characters). Copy it whole."
        )
    return problems
