"""The pass: from the text of a QR code to a verified visit, or to the reason why not. Pure.

`AB1:`, then in Base45 (RFC 9285) a COSE_Sign1 (RFC 9052) with CWT claims (RFC 8392), signed with
EdDSA over Ed25519; docs/pass.md has the whole format. The text is hostile until its signature is
checked:

1. Its length is limited before anything looks at it, and CBOR is walked once by `_end` (depth,
   kinds, lengths) before a library builds values from it.
2. Every byte is signed or has one possible value: header parameters stand in the protected
   header, and what frames the signed parts must be in its shortest form. So one visit has one
   text, and a changed byte is always a refusal.
3. Claims are looked at only after the signature was found good.
4. Time is an argument: `cwt.decode` would read the wall clock, so of that library only the keys
   check what RFC 9052 says is signed.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Any

import cbor2
from base45 import b45decode
from cwt import VerifyError
from cwt.cose_key_interface import COSEKeyInterface

from gate.keys import LAST_MOMENT, KeySet
from gate.model import Pass, Refusal, RefusalCode, Utc, VisitId

PREFIX = b"AB1:"
MAX_TEXT = 1000
"""Characters of QR text; a pass has about 200."""
MAX_DEPTH = 8
"""Containers within containers."""
MAX_VALID_S = 24 * 3600
MAX_PARTY = 20
CTI_BYTES = 16
VENUE = re.compile(r"[a-z0-9-]{1,16}")
EDDSA = -8
"""The COSE algorithm (RFC 9053 section 2.2)."""

_OURS = re.compile(rb"AB([0-9]{1,4}):")
_SIGN1_HEAD = b"\xd2"
"""CBOR tag 18, COSE_Sign1 (RFC 9052 section 2)."""
_SIGNATURE_BYTES = 64


class Header(IntEnum):
    """COSE header parameters (RFC 9052 section 3.1) that the gate knows."""

    ALG = 1
    CRIT = 2
    KID = 4


class Claim(IntEnum):
    """CWT claims (RFC 8392 section 3.1) and the two of our own."""

    AUD = 3
    EXP = 4
    NBF = 5
    IAT = 6
    CTI = 7
    PARTY = -70001
    FLAGS = -70002


_KINDS = {
    Claim.AUD: str,
    Claim.EXP: int,
    Claim.NBF: int,
    Claim.IAT: int,
    Claim.CTI: bytes,
    Claim.PARTY: int,
    Claim.FLAGS: int,
}

STAFF = 1 << 0
ASSISTED = 1 << 1


@dataclass(frozen=True, slots=True)
class Contents:
    """What a pass says. Nothing here tells whether to believe it."""

    kid: bytes | None
    cti: bytes
    venue: str
    valid_from: Utc
    expires: Utc
    party: int
    flags: int


@dataclass(frozen=True, slots=True)
class _Envelope:
    """A COSE_Sign1 in the only shape that a pass may have; its signature is not checked yet."""

    kid: bytes | None
    payload: bytes
    to_be_signed: bytes
    signature: bytes


def verify(text: bytes, *, keys: KeySet, venue: str, now: Utc, skew_s: float) -> Pass | Refusal:
    """The pass in a scanned text, or why it is none for this `venue` at this moment.

    `skew_s` is how far the clocks of the gate and of the issuing side may be apart, in seconds.
    Any bytes whatever give one of the two; nothing is raised.
    """
    envelope = _open(text)
    if isinstance(envelope, Refusal):
        return envelope
    known = keys.candidates(envelope.kid)
    candidates = [key.cose for key in known if key.is_valid(now, skew_s)]
    if not candidates:
        kid = "no kid" if envelope.kid is None else f"kid {envelope.kid[:32]!r}"
        return Refusal(RefusalCode.UNKNOWN_KEY, f"{kid}, not valid now" if known else kid)
    if not any(_signed(envelope, key) for key in candidates):
        return Refusal(RefusalCode.BAD_SIGNATURE, f"{len(candidates)} keys tried")
    contents = _contents(envelope)
    if isinstance(contents, Refusal):
        return contents
    return _judge(contents, venue=venue, now=now, skew_s=skew_s)


def read_unverified(text: bytes) -> Contents | Refusal:
    """What a pass says, true or not: for people who look at one, never for a decision."""
    envelope = _open(text)
    return envelope if isinstance(envelope, Refusal) else _contents(envelope)


def visit_id(venue: str, cti: bytes) -> VisitId:
    """The name of a visit in every record: SHA-256(venue, 0, cti), first 12 bytes, hex."""
    return VisitId(sha256(venue.encode() + b"\0" + cti).digest()[:12].hex())


def _signed(envelope: _Envelope, key: COSEKeyInterface) -> bool:
    """Whether the signature is this key's, over what RFC 9052 section 4.4 says is signed."""
    try:
        key.verify(envelope.to_be_signed, envelope.signature)
    except VerifyError:
        return False
    return True


def _judge(contents: Contents, *, venue: str, now: Utc, skew_s: float) -> Pass | Refusal:
    """Whether a genuine pass is for this venue and this moment."""
    if contents.venue != venue:
        return Refusal(RefusalCode.WRONG_VENUE, f"for {contents.venue}")
    if now - skew_s >= contents.expires:  # at `exp` it is over (RFC 8392, RFC 7519 4.1.4)
        return Refusal(RefusalCode.EXPIRED, f"{now - contents.expires:.0f} s ago")
    if now + skew_s < contents.valid_from:
        return Refusal(RefusalCode.NOT_YET_VALID, f"in {contents.valid_from - now:.0f} s")
    return Pass(
        visit=visit_id(contents.venue, contents.cti),
        party=contents.party,
        valid_from=contents.valid_from,
        expires=contents.expires,
        staff=bool(contents.flags & STAFF),
        assisted=bool(contents.flags & ASSISTED),
    )


def _unreadable(detail: str) -> Refusal:
    return Refusal(RefusalCode.UNREADABLE, detail)


def _open(text: bytes) -> _Envelope | Refusal:
    """Take the text apart down to the signed bytes, without believing any of it.

    Details never quote a code that is not ours: it may be anybody's personal data.
    """
    version = _OURS.match(text)
    if version is None:
        return Refusal(RefusalCode.NOT_A_PASS)
    if version[0] != PREFIX:
        return Refusal(RefusalCode.UNSUPPORTED_VERSION, f"version {version[1].decode()}")
    if len(text) > MAX_TEXT:
        return _unreadable(f"{len(text)} characters")
    try:
        # The bytes path of base45 is strict: it strips nothing and takes one spelling only.
        data = b45decode(text[len(PREFIX) :])
        if data[:1] != _SIGN1_HEAD:
            return _unreadable("not a COSE_Sign1")
        match _decode(data[1:]):
            case [bytes(protected), dict(unprotected), bytes(payload), bytes(signature)]:
                header = _decode_map(protected)
            case _:
                return _unreadable("not the four parts of a COSE_Sign1")
    except ValueError as error:
        return _unreadable(str(error))
    signed, sealed = _byte_string(protected), _byte_string(payload)
    if unprotected or data[1:] != b"\x84" + signed + b"\xa0" + sealed + _byte_string(signature):
        return _unreadable("not the one form that a pass may have")
    if len(signature) != _SIGNATURE_BYTES:
        return _unreadable(f"a signature of {len(signature)} bytes")
    alg, kid = header.get(Header.ALG), header.get(Header.KID)
    if type(alg) is not int or alg != EDDSA or Header.CRIT in header:
        return _unreadable("not signed with EdDSA alone")
    if kid is not None and not isinstance(kid, bytes):
        return _unreadable("kid is no byte string")
    return _Envelope(kid, payload, b"\x84\x6aSignature1" + signed + b"\x40" + sealed, signature)


def _byte_string(data: bytes) -> bytes:
    """A CBOR byte string in its shortest form (RFC 8949 section 4.2.1), up to 64 KiB."""
    length = len(data)
    if length < 24:
        return bytes([0x40 | length]) + data
    if length < 256:
        return bytes([0x58, length]) + data
    return b"\x59" + length.to_bytes(2) + data


def _contents(envelope: _Envelope) -> Contents | Refusal:
    """The claims, each present where it must be and within its bounds; unknown ones ignored."""
    try:
        claims = _decode_map(envelope.payload)
    except ValueError as error:
        return _unreadable(f"claims: {error}")
    for claim, kind in _KINDS.items():
        # Not isinstance: True is an int.
        if claim in claims and type(claims[claim]) is not kind:
            return _unreadable(f"{claim.name.lower()} is no {kind.__name__}")
    cti, venue = claims.get(Claim.CTI, b""), claims.get(Claim.AUD, "")
    start, end = claims.get(Claim.NBF, claims.get(Claim.IAT, -1)), claims.get(Claim.EXP, -1)
    party, flags = claims.get(Claim.PARTY, 1), claims.get(Claim.FLAGS, 0)
    if len(cti) != CTI_BYTES:
        return _unreadable(f"cti is not {CTI_BYTES} bytes")
    if not VENUE.fullmatch(venue):
        return _unreadable("aud is no venue")
    if start < 0 or not 0 <= end <= LAST_MOMENT:
        return _unreadable("exp, or both of nbf and iat, missing or outside the calendar")
    if not start < end <= start + MAX_VALID_S:
        return _unreadable(f"valid for {end - start} s")
    if not 1 <= party <= MAX_PARTY:
        return _unreadable(f"party of {party}")
    if flags < 0:
        return _unreadable("flags are negative")
    times = Utc(float(start)), Utc(float(end))
    return Contents(envelope.kid, cti, venue, *times, party, flags)


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
