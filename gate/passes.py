"""The pass: from the text of a QR code to a verified visit, or to the reason why not. Pure.

`AB1:`, then in Base45 (RFC 9285) a COSE_Sign1 (RFC 9052) with CWT claims (RFC 8392), signed with
EdDSA over Ed25519; docs/pass.md has the whole format. The text is hostile until its signature is
checked:

1. Its length is limited before anything looks at it; `gate.sign1` has the bounds of what is in it.
2. One visit has one text: every byte is signed or has one possible value.
3. Claims are looked at only after the signature was found good.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from base45 import b45decode

from gate.keys import KeySet
from gate.model import LAST_MOMENT, Pass, Refusal, RefusalCode, Utc, VisitId
from gate.sign1 import Envelope, check_signature, open_envelope, read_claims

PREFIX = b"AB1:"
MAX_TEXT = 1000
"""Characters of QR text; a pass has about 200."""
MAX_VALID_S = 24 * 3600
MAX_PARTY = 20
CTI_BYTES = 16
VENUE = re.compile(r"[a-z0-9-]{1,16}")
_OURS = re.compile(rb"AB([0-9]{1,4}):")
_SET_UP = re.compile(rb"AS[0-9]{1,4}:|WIFI:", re.IGNORECASE)


class Claim(IntEnum):
    """CWT claims (RFC 8392 section 3.1) and the two of our own."""

    AUD = 3
    EXP = 4
    NBF = 5
    IAT = 6
    CTI = 7
    PARTY = -70001
    FLAGS = -70002


_KINDS: dict[int, type] = {
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


def verify(text: bytes, *, keys: KeySet, venue: str, now: Utc, skew_s: float) -> Pass | Refusal:
    """The pass in a scanned text, or why it is none for this `venue` at this moment.

    `skew_s` is how far the clocks of the gate and of the issuing side may be apart, in seconds.
    Any bytes whatever give one of the two; nothing is raised.
    """
    envelope = _open(text)
    if isinstance(envelope, Refusal):
        return envelope
    if unsigned := check_signature(envelope, keys, now, skew_s):
        return Refusal(RefusalCode(unsigned.code), unsigned.detail)
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


def _open(text: bytes) -> Envelope | Refusal:
    """Take the text apart down to the signed bytes, without believing any of it.

    Details never quote a code that is not ours: it may be anybody's personal data.
    """
    version = _OURS.match(text)
    if version is None:
        set_up = "a set-up code, and this gate is in service" if _SET_UP.match(text) else ""
        return Refusal(RefusalCode.NOT_A_PASS, set_up)
    if version[0] != PREFIX:
        return Refusal(RefusalCode.UNSUPPORTED_VERSION, f"version {version[1].decode()}")
    if len(text) > MAX_TEXT:
        return _unreadable(f"{len(text)} characters")
    try:
        # The bytes path of base45 is strict: it strips nothing and takes one spelling only.
        return open_envelope(b45decode(text[len(PREFIX) :]))
    except ValueError as error:
        return _unreadable(str(error))


def _contents(envelope: Envelope) -> Contents | Refusal:
    """The claims, each present where it must be and within its bounds; unknown ones ignored."""
    try:
        claims = read_claims(envelope, _KINDS)
    except ValueError as error:
        return _unreadable(f"claims: {error}")
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
