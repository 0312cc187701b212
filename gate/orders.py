"""Commands from afar: signed by an operator, for one gate, good for seconds. Pure.

A command is a COSE_Sign1 (`gate.sign1`) in the payload `cmd` (docs/commands.md). It is
obeyed once, soon, or not at all:

1. Signed by a key that the gate's configuration names, and made out for this gate.
2. Good for at most 30 seconds, and now; a gate that does not know the time obeys nobody.
3. A nonce counts once. What was said before the gate started, or may have been by a clock that is
   ahead, is past: so nonces need not survive a restart.
4. Never a retained message: that would be said again to whoever connects.
5. There is no command for the release, and none that takes the way out away.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from gate.keys import KeySet
from gate.model import Mode, Utc
from gate.payloads import Cmd, Malformed, decode
from gate.payloads.base import sealed, unsealed
from gate.sign1 import check_signature, open_envelope, read_claims, seal

LONGEST_S = 30
SKEW_S = 5.0
"""How far the operator's clock may be from the gate's."""

NONCE_BYTES = 16


class Verb(StrEnum):
    """What can be ordered."""

    OPEN_ONCE = "open_once"  # let one person in, as the attendant's button does
    MODE = "mode"
    RECOUNT = "recount"  # somebody has counted the people inside
    RELOAD = "reload"  # take the configuration file over
    SELFTEST = "selftest"  # say how every part is


class Code(StrEnum):
    """What became of a command. Stable: in `res` and in the records.

    Beside these, `open_once` is answered with the code that a visitor would be refused with.
    """

    DONE = "done"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    WRONG_GATE = "wrong_gate"
    UNKNOWN_COMMAND = "unknown_command"
    TOO_LONG = "too_long"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    REPLAYED = "replayed"
    BEFORE_START = "before_start"
    CLOCK_UNSURE = "clock_unsure"
    RETAINED = "retained"
    RELEASED = "released"  # recount: people still walk freely
    LANE_IS_OPEN = "lane_is_open"  # open_once: nobody needs it
    BUSY = "busy"
    PROBLEMS = "problems"  # reload, selftest: something is wrong, the detail says what


class Claim(IntEnum):
    """CWT claims (RFC 8392 section 3.1) and two of our own."""

    AUD = 3
    EXP = 4
    IAT = 6
    CTI = 7
    VERB = -70003
    ARGUMENT = -70004


_KINDS: dict[int, type] = {
    Claim.AUD: str,
    Claim.EXP: int,
    Claim.IAT: int,
    Claim.CTI: bytes,
    Claim.VERB: str,
    Claim.ARGUMENT: str,
}


@dataclass(frozen=True, slots=True)
class Order:
    """A genuine command; whether it is to be obeyed now, `untimely` says."""

    nonce: str
    """32 hex digits."""
    verb: Verb
    by: str
    """The kid of the operator's key."""
    issued_at: Utc
    expires: Utc
    mode: Mode | None = None
    """Of the verb `mode`, and only of that."""

    @property
    def words(self) -> str:
        """For the record: `mode locked by ops-1`."""
        return " ".join((self.verb, *((self.mode,) if self.mode else ()), "by", self.by))


@dataclass(frozen=True, slots=True)
class Rejected:
    """A command that is not obeyed."""

    code: Code
    detail: str = ""
    nonce: str | None = None
    """Of a genuine command, so that its sender can be answered."""


def read_order(payload: bytes, *, keys: KeySet, gate: str, now: Utc) -> Order | Rejected:
    """The command in a payload, or why it is none for this gate. Nothing is raised."""
    said = decode(Cmd, payload)
    if isinstance(said, Malformed):
        return Rejected(Code.MALFORMED, said.reason)
    try:
        envelope = open_envelope(unsealed(said.cose))
        if unsigned := check_signature(envelope, keys, now, SKEW_S):
            return Rejected(Code(unsigned.code), unsigned.detail)
        claims = read_claims(envelope, _KINDS)
    except ValueError as error:
        return Rejected(Code.MALFORMED, str(error))
    kid = (envelope.kid or b"").decode("ascii", "replace")
    return _order_of(claims, kid, gate)


def _order_of(claims: Mapping[Any, Any], kid: str, gate: str) -> Order | Rejected:
    missing = [claim.name.lower() for claim in list(Claim)[:-1] if claim not in claims]
    if missing:
        return Rejected(Code.MALFORMED, f"without {', '.join(missing)}")
    if len(claims[Claim.CTI]) != NONCE_BYTES:
        return Rejected(Code.MALFORMED, f"cti is not {NONCE_BYTES} bytes")
    nonce = claims[Claim.CTI].hex()
    if claims[Claim.AUD] != gate:
        return Rejected(Code.WRONG_GATE, f"for {claims[Claim.AUD]!r:.40}", nonce)
    verb, argument = claims[Claim.VERB], claims.get(Claim.ARGUMENT)
    modes = [*Mode] if verb == Verb.MODE else [None]
    if verb not in [*Verb] or argument not in modes:
        return Rejected(Code.UNKNOWN_COMMAND, f"{verb!r:.40} {argument!r:.40}", nonce)
    issued_at, expires = claims[Claim.IAT], claims[Claim.EXP]
    if not 0 < expires - issued_at <= LONGEST_S:
        return Rejected(Code.TOO_LONG, f"good for {expires - issued_at:.0f} s", nonce)
    mode = None if argument is None else Mode(argument)
    return Order(nonce, Verb(verb), kid, Utc(issued_at), Utc(expires), mode)


def untimely(
    order: Order, *, now: Utc, started_at: Utc, sure: bool, seen: Collection[str]
) -> Rejected | None:
    """Why a genuine command is not obeyed at `now` (rules 2 and 3); None where it is.

    `started_at` is when the gate started, `sure` whether it knows the time, `seen` the nonces of
    what it has obeyed and that has not expired since.
    """
    if not sure:
        return Rejected(Code.CLOCK_UNSURE, order.words, order.nonce)
    if order.nonce in seen:
        return Rejected(Code.REPLAYED, order.words, order.nonce)
    if now >= order.expires + SKEW_S:
        late = f"{order.words}, {now - order.expires:.0f} s ago"
        return Rejected(Code.EXPIRED, late, order.nonce)
    if now < order.issued_at - SKEW_S:
        early = f"{order.words}, in {order.issued_at - now:.0f} s"
        return Rejected(Code.NOT_YET, early, order.nonce)
    if order.issued_at < started_at + SKEW_S:
        return Rejected(Code.BEFORE_START, order.words, order.nonce)
    return None


def give_order(
    verb: Verb,
    *,
    gate: str,
    key: Mapping[str, str],
    nonce: bytes,
    issued_at: Utc,
    mode: Mode | None = None,
    good_for_s: int = LONGEST_S,
) -> bytes:
    """The payload of a command, signed with an operator's private `key`."""
    issued = int(issued_at)
    claims: dict[int, object] = {
        Claim.AUD: gate,
        Claim.EXP: issued + good_for_s,
        Claim.IAT: issued,
        Claim.CTI: nonce,
        Claim.VERB: verb.value,
    }
    if mode is not None:
        claims[Claim.ARGUMENT] = mode.value
    return Cmd(cose=sealed(seal(claims, key))).encode()
