"""A signed message: COSE_Sign1 (RFC 9052) in the one form that is taken here. Pure.

Passes, commands and the keys of a venue are such messages. The bytes are hostile until the
signature is checked:

1. CBOR is walked once by `_end` (depth, kinds, lengths) before a library builds values from it.
2. Every byte is signed or has one possible value: header parameters stand in the protected
   header, and what frames the signed parts must be in its shortest form. So one content has one
   spelling, and a changed byte is always a refusal.
3. Time is an argument: `cwt.decode` would read the wall clock, so of that library only the keys
   check what RFC 9052 says is signed.
4. A signature serves one purpose. Whatever is neither pass nor command has a `context`, which is
   signed with it and not sent (`external_aad`, RFC 9052 section 4.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal, cast

import cbor2
from cwt import COSE, COSEKey, VerifyError
from cwt.cose_key_interface import COSEKeyInterface

from gate.keys import KeySet
from gate.model import Utc

MAX_DEPTH = 8
"""Containers within containers."""
EDDSA = -8
"""The COSE algorithm (RFC 9053 section 2.2)."""

_SIGN1_HEAD = b"\xd2"
"""CBOR tag 18, COSE_Sign1 (RFC 9052 section 2)."""
_SIGNATURE_BYTES = 64


class Header(IntEnum):
    """COSE header parameters (RFC 9052 section 3.1) that are known here."""

    ALG = 1
    CRIT = 2
    KID = 4


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message in its only shape; its signature is not checked yet."""

    kid: bytes | None
    payload: bytes
    to_be_signed: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Nobody whom we know has signed this."""

    code: Literal["unknown_key", "bad_signature"]
    detail: str


def open_envelope(data: bytes, context: bytes = b"") -> Envelope:
    """Take a message apart down to the signed bytes, without believing any of it.

    `context` is what it has to be signed for (rule 4). Raises ValueError with a reason that
    quotes nothing of it.
    """
    if data[:1] != _SIGN1_HEAD:
        raise ValueError("not a COSE_Sign1")
    match _decode(data[1:]):
        case [bytes(protected), dict(unprotected), bytes(payload), bytes(signature)]:
            header = _decode_map(protected)
        case _:
            raise ValueError("not the four parts of a COSE_Sign1")
    signed, sealed = _byte_string(protected), _byte_string(payload)
    if unprotected or data[1:] != b"\x84" + signed + b"\xa0" + sealed + _byte_string(signature):
        raise ValueError("not the one form that a message may have")
    if len(signature) != _SIGNATURE_BYTES:
        raise ValueError(f"a signature of {len(signature)} bytes")
    alg, kid = header.get(Header.ALG), header.get(Header.KID)
    if type(alg) is not int or alg != EDDSA or Header.CRIT in header:
        raise ValueError("not signed with EdDSA alone")
    if kid is not None and not isinstance(kid, bytes):
        raise ValueError("kid is no byte string")
    purpose = _byte_string(context)
    return Envelope(kid, payload, b"\x84\x6aSignature1" + signed + purpose + sealed, signature)


def check_signature(envelope: Envelope, keys: KeySet, now: Utc, skew_s: float) -> Unsigned | None:
    """None where one of `keys` that are valid at `now` has signed it.

    `skew_s` is how far the clocks of the two sides may be apart, in seconds.
    """
    known = keys.candidates(envelope.kid)
    candidates = [key.cose for key in known if key.is_valid(now, skew_s)]
    if not candidates:
        kid = "no kid" if envelope.kid is None else f"kid {envelope.kid[:32]!r}"
        return Unsigned("unknown_key", f"{kid}, not valid now" if known else kid)
    if not any(_signed(envelope, key) for key in candidates):
        return Unsigned("bad_signature", f"{len(candidates)} keys tried")
    return None


def read_claims(envelope: Envelope, kinds: Mapping[int, type]) -> dict[Any, Any]:
    """The claims; those that are known are of their kind, others are there all the same.

    Raises ValueError.
    """
    claims = _decode_map(envelope.payload)
    for claim, kind in kinds.items():
        # Not isinstance: True is an int.
        if claim in claims and type(claims[claim]) is not kind:
            name = getattr(claim, "name", str(claim)).lower()
            raise ValueError(f"{name} is no {kind.__name__}")
    return claims


def seal(claims: Mapping[int, object], key: Mapping[str, str], context: bytes = b"") -> bytes:
    """The signed claims as a message. The kid is protected too: every byte is signed.

    `context` is what the signature is for (rule 4).
    """
    payload = cbor2.dumps({int(claim): value for claim, value in claims.items()}, canonical=True)
    header = {int(Header.ALG): EDDSA, int(Header.KID): key["kid"].encode()}
    signer = COSEKey.from_jwk(dict(key))
    message = COSE.new().encode_and_sign(payload, signer, header, external_aad=context)
    return cast("bytes", message)


def _signed(envelope: Envelope, key: COSEKeyInterface) -> bool:
    """Whether the signature is this key's, over what RFC 9052 section 4.4 says is signed."""
    try:
        key.verify(envelope.to_be_signed, envelope.signature)
    except VerifyError:
        return False
    return True


def _byte_string(data: bytes) -> bytes:
    """A CBOR byte string in its shortest form (RFC 8949 section 4.2.1), up to 64 KiB."""
    length = len(data)
    if length < 24:
        return bytes([0x40 | length]) + data
    if length < 256:
        return bytes([0x58, length]) + data
    if length < 65_536:
        return b"\x59" + length.to_bytes(2) + data
    raise ValueError(f"{length} bytes")


def _decode_map(data: bytes) -> dict[Any, Any]:
    """The one CBOR map in `data`, its keys all different. Raises `ValueError`."""
    value = _decode(data)
    if not (isinstance(value, dict) and len(value) == _head(data, 0)[1]):
        raise ValueError("not a map with different keys")
    return value


def _decode(data: bytes) -> Any:
    """The one CBOR item in `data`. Raises `ValueError`.

    The walk comes first because cbor2 would leave bytes after the item unread, follow tags
    (regular expressions, dates, big numbers) and, before 5.9, has no limit of depth.
    """
    if _end(data, 0, MAX_DEPTH) != len(data):
        raise ValueError("cut short, or bytes after the end")
    return cbor2.loads(data)


def _end(data: bytes, at: int, depth: int) -> int:
    """Where the CBOR item at `at` ends or should end (RFC 8949 section 3). Raises `ValueError`.

    Accepts integers, strings, arrays, maps with keys that are integers or text, false, true,
    null and floats; definite lengths only, no tags.
    """
    major, argument, at = _head(data, at)
    match major:
        case 2 | 3:
            return at + argument
        case 4 | 5:
            if depth == 0:
                raise ValueError("nested too deeply")
            for _ in range(argument):
                if major == 5:
                    if _head(data, at)[0] not in {0, 1, 3}:
                        raise ValueError("a map key that is neither number nor text")
                    at = _end(data, at, depth - 1)
                at = _end(data, at, depth - 1)
        case 6:
            raise ValueError("a tag inside")
    return at


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Major type, argument and the place after the head of the item at `at`."""
    if at >= len(data):
        raise ValueError("cut short")
    major, info = divmod(data[at], 32)
    if major == 7 and info not in {20, 21, 22, 25, 26, 27}:
        raise ValueError("a value of unknown kind")
    if info < 24:
        return major, info, at + 1
    if info > 27:
        raise ValueError("a length that is not definite")
    end = at + 1 + (1 << (info - 24))
    if end > len(data):
        raise ValueError("cut short")
    return major, int.from_bytes(data[at + 1 : end]), end
