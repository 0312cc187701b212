"""The set-up code: a small file, signed, on one QR code or on several. Pure.

The message is a COSE_Sign1 (`gate.sign1`) with a context of its own, so that no pass and no command
can serve as one. In Base45 (RFC 9285) it is cut into parts: `AS1:2/3/8F3A91C2:` and characters,
where 8F3A91C2 tells the parts of one message from those of another (docs/setup-codes.md).

The parts are hostile until the whole is there and its signature is checked:

1. A part has a longest length, a message a largest number of parts, a file a largest size; the file
   is deflated, and is inflated no further than that.
2. What a code says is looked at once its signature was found good, but for the moment it was made
   at: a clock that nobody vouches for cannot stand before it (`read_code`).
3. Nothing that is refused is quoted: it may be anybody's password.
"""

import re
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from hashlib import sha256

from base45 import b45decode, b45encode

from gate.keys import KeySet
from gate.model import LAST_MOMENT, Utc
from gate.setup.dictionary import COMMON
from gate.sign1 import Envelope, check_signature, open_envelope, read_claims, seal
from gate.timekeeping import span

PREFIX = "AS1:"
CONTEXT = b"aman set-up code 1"
NONCE_BYTES = 16
LONGEST_S = 31 * 86_400
"""A technician's month: codes are made in an office and shown at a gate."""
SKEW_S = 60.0
"""How far the clocks of both sides may be apart."""
MAX_FILE = 16_384
"""Bytes of the small file."""
MAX_PARTS = 8
PART_CHARACTERS = 717
"""Of Base45 in a part. With its head they fill QR version 17 at level M, which a telephone's screen
shows well enough for the gate's camera at up to 35 cm (docs/setup-codes.md has what was tried)."""

_OURS = re.compile(rb"AS([0-9]{1,4}):")
_PART = re.compile(
    rb"AS1:([1-8])/([1-8])/([0-9A-F]{8}):([0-9A-Z $%%*+./:-]{1,%d})" % PART_CHARACTERS
)
_WINDOW = -15
"""Deflate (RFC 1951) with a dictionary, without zlib's head and checksum: there is a signature."""


class Claim(IntEnum):
    """CWT claims (RFC 8392 section 3.1) and one of our own."""

    AUD = 3
    EXP = 4
    IAT = 6
    CTI = 7
    FILE = -70007


_KINDS: dict[int, type] = {
    Claim.AUD: str,
    Claim.EXP: int,
    Claim.IAT: int,
    Claim.CTI: bytes,
    Claim.FILE: bytes,
}
_NEEDED = (Claim.EXP, Claim.IAT, Claim.CTI, Claim.FILE)


class Code(StrEnum):
    """Why a code that is held up is not taken. Stable: tests and the log go by them."""

    FOREIGN = "foreign"  # no set-up code at all
    UNSUPPORTED_VERSION = "unsupported_version"
    MALFORMED = "malformed"
    NO_KEYS = "no_keys"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    OTHER_DEVICE = "other_device"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    USED = "used"
    NOT_TAKEN_HERE = "not_taken_here"  # a Wi-Fi that no gate joins
    UNSIGNED = "unsigned"  # a Wi-Fi code, shown to a gate in service
    CLOCK_UNSURE = "clock_unsure"
    LIST_UNREADABLE = "list_unreadable"  # of used codes
    BAD_FILE = "bad_file"  # signed, and the file in it has mistakes
    FAILED = "failed"  # the device could not do it


@dataclass(frozen=True, slots=True)
class Rejected:
    """What was held up is not taken."""

    code: Code
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One QR code of a message; what it belongs to is only claimed."""

    number: int
    of: int
    message: str
    """8 hex digits: the beginning of the message's SHA-256."""
    characters: bytes


@dataclass(frozen=True, slots=True)
class SetupCode:
    """What a genuine code says; whether it is to be taken now, `untimely` says."""

    nonce: bytes
    issued_at: Utc
    expires: Utc
    file: bytes
    """The small file, as its maker wrote it."""
    device: str | None = None
    """Serial number or host name of the only device it is for."""
    by: str = ""
    """The kid of the key that signed it."""


def make_texts(code: SetupCode, key: Mapping[str, str]) -> list[str]:
    """The QR texts of a code, signed with the private `key`; `by` is the key's own.

    Raises `ValueError` with everything that would make devices refuse it.
    """
    issued, expires = int(code.issued_at), int(code.expires)
    rules = {
        f"good for {expires - issued} s: more than 0, at most 31 days": 0
        < expires - issued
        <= LONGEST_S,
        f"a nonce of {len(code.nonce)} bytes: {NONCE_BYTES}": len(code.nonce) == NONCE_BYTES,
        f"a file of {len(code.file)} bytes: 1 to {MAX_FILE}": 0 < len(code.file) <= MAX_FILE,
        "a moment before 1970": issued >= 0,
        "a device without a name": code.device is None or bool(code.device.strip()),
    }
    if broken := [rule for rule, kept in rules.items() if not kept]:
        raise ValueError("; ".join(broken))
    claims: dict[int, object] = {
        Claim.EXP: expires,
        Claim.IAT: issued,
        Claim.CTI: code.nonce,
        Claim.FILE: _deflated(code.file),
    }
    if code.device is not None:
        claims[Claim.AUD] = code.device
    message = seal(claims, key, CONTEXT)
    characters = b45encode(message).decode()
    # Of equal length, so that no part is denser than it must be.
    count = -(-len(characters) // PART_CHARACTERS)
    if count > MAX_PARTS:
        raise ValueError(
            f"the file needs {count} codes, and {MAX_PARTS} is the most: leave out of it what the"
            " device knows already, or take the file to it on the card"
        )
    length = -(-len(characters) // count)
    return [
        f"{PREFIX}{number}/{count}/{_name(message)}:"
        + characters[(number - 1) * length : number * length]
        for number in range(1, count + 1)
    ]


def is_ours(text: bytes) -> bool:
    """Whether somebody holds up a set-up code, of whatever version."""
    return _OURS.match(text) is not None


def read_part(text: bytes) -> Part | Rejected:
    """What one QR code holds."""
    version = _OURS.match(text)
    if version is None:
        return Rejected(Code.FOREIGN)
    if version[1] != b"1":
        return Rejected(Code.UNSUPPORTED_VERSION, f"version {version[1].decode()}")
    found = _PART.fullmatch(text)
    if found is None:
        return Rejected(Code.MALFORMED, "not a part of a set-up code")
    number, of, message, characters = found.groups()
    if int(number) > int(of):
        return Rejected(Code.MALFORMED, f"part {int(number)} of {int(of)}")
    return Part(int(number), int(of), message.decode(), characters)


def put_together(parts: Collection[Part]) -> bytes | Rejected:
    """The message in all the parts of one; not believed yet."""
    characters = b"".join(part.characters for part in sorted(parts, key=lambda part: part.number))
    try:
        # The bytes path of base45 is strict: it strips nothing and takes one spelling only.
        message: bytes = b45decode(characters)
    except ValueError:
        return Rejected(Code.MALFORMED, "the parts are not Base45")
    if any(part.message != _name(message) for part in parts):
        return Rejected(Code.MALFORMED, "the parts do not belong together")
    return message


def read_code(
    message: bytes, *, keys: KeySet | None, now: Utc, vouched: bool
) -> SetupCode | Rejected:
    """The genuine code in a message, by a clock that shows `now`. Nothing is raised.

    `keys` is None on a device that takes no signed codes. The clock of a device that was never
    set up may be years behind. Where nobody vouches for it, the keys are those of the moment at
    which the code was made, if that is later: so a new key works on an old card, and one that has
    ended cannot come back by it.
    """
    if keys is None:
        return Rejected(Code.NO_KEYS)
    try:
        envelope = open_envelope(message, CONTEXT)
        claims = read_claims(envelope, _KINDS)
        issued = claims.get(Claim.IAT, -1)
        if not 0 <= issued <= LAST_MOMENT:
            raise ValueError("not made at any moment")  # noqa: TRY301 - one way out for all
        at = now if vouched else max(now, Utc(issued))
        if unsigned := check_signature(envelope, keys, at, SKEW_S):
            return Rejected(Code(unsigned.code), unsigned.detail)
        return _code_of(claims, envelope)
    except ValueError as error:
        return Rejected(Code.MALFORMED, str(error))


def untimely(
    code: SetupCode, *, now: Utc, vouched: bool, used: bool, names: Collection[str]
) -> Rejected | None:
    """Why a genuine code is not taken at `now`; None where it is.

    `names` are those of this device, `used` says that it was taken before.
    """
    if code.device is not None and code.device.casefold() not in {n.casefold() for n in names}:
        return Rejected(Code.OTHER_DEVICE, f"for {code.device!r:.60}")
    if used:
        return Rejected(Code.USED)
    if now >= code.expires + SKEW_S:
        doubt = "" if vouched else ", by a clock that nobody vouches for"
        return Rejected(Code.EXPIRED, f"{span(now - code.expires)} ago{doubt}")
    # Who signed it knew the time; a clock that nobody vouches for does not.
    if vouched and now < code.issued_at - SKEW_S:
        return Rejected(Code.NOT_YET, f"in {span(code.issued_at - now)}")
    return None


def _code_of(claims: Mapping[int, object], envelope: Envelope) -> SetupCode:
    """The claims, each present where it must be and within its bounds. Raises `ValueError`."""
    missing = [claim.name.lower() for claim in _NEEDED if claim not in claims]
    if missing:
        raise ValueError(f"without {', '.join(missing)}")
    match [claims[claim] for claim in _NEEDED], claims.get(Claim.AUD):
        case [[int(expires), int(issued), bytes(nonce), bytes(deflated)], (str() | None) as device]:
            pass
        case _:  # pragma: no cover - `read_claims` has seen their kinds
            raise ValueError("claims of other kinds")
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"cti is not {NONCE_BYTES} bytes")
    if not 0 < expires - issued <= LONGEST_S or expires > LAST_MOMENT:
        raise ValueError("good for more than 31 days, or never")
    return SetupCode(
        nonce=nonce,
        issued_at=Utc(issued),
        expires=Utc(expires),
        file=_inflated(deflated),
        device=device,
        by=(envelope.kid or b"").decode("ascii", "replace"),
    )


def _name(message: bytes) -> str:
    return sha256(message).hexdigest()[:8].upper()


def _deflated(file: bytes) -> bytes:
    press = zlib.compressobj(9, zlib.DEFLATED, _WINDOW, zdict=COMMON)
    return press.compress(file) + press.flush()


def _inflated(data: bytes) -> bytes:
    """The file in a code. Raises `ValueError`; never makes more of it than `MAX_FILE`."""
    press = zlib.decompressobj(_WINDOW, zdict=COMMON)
    try:
        file = press.decompress(data, MAX_FILE + 1)
    except zlib.error:
        raise ValueError("the file cannot be inflated") from None
    if len(file) > MAX_FILE:
        raise ValueError(f"a file of more than {MAX_FILE} bytes")
    if not press.eof or press.unused_data or not file:
        raise ValueError("the file is cut short, empty, or there is something after it")
    return file
