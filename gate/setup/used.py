"""The codes that this device has taken: each counts once, whatever the clock says meanwhile. Pure.

The list is a file of the device's own settings, written before a code is applied: a power cut in
that moment costs the technician a new code, and never lets anybody show an old one again.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from gate.model import LAST_MOMENT, Utc
from gate.setup.code import NONCE_BYTES, SetupCode

MOST = 200


NEVER = Utc(0)


class UsedError(Exception):
    """The list cannot be read, so that no code can be told from a used one."""


@dataclass(frozen=True, slots=True)
class Used:
    """What was taken so far."""

    nonces: dict[str, Utc] = field(default_factory=dict)
    """In hex, and when the code expires."""
    newest: Utc = NEVER
    """The latest moment at which one of them was made: no clock can rightly stand before it."""
    before: Utc = NEVER
    """Codes that expire until then count as used: their nonces had to make room."""

    def knows(self, code: SetupCode) -> bool:
        """Whether this code was taken, or may have been."""
        return code.nonce.hex() in self.nonces or code.expires <= self.before


def after(used: Used, code: SetupCode) -> Used:
    """The list with one more. Those that expire first make room."""
    nonces = {**used.nonces, code.nonce.hex(): code.expires}
    newest, before = max(used.newest, code.issued_at), used.before
    while len(nonces) > MOST:
        first = min(nonces, key=lambda nonce: nonces[nonce])
        before = max(before, nonces.pop(first))
    return Used(nonces, newest, before)


def written(used: Used) -> bytes:
    """The file."""
    said = {"newest": used.newest, "before": used.before, "nonces": used.nonces}
    return (json.dumps(said, indent=1) + "\n").encode()


def read(data: bytes) -> Used:
    """The list in a file's bytes. Raises `UsedError`: a list that is damaged forgets nothing."""
    try:
        return _used(json.loads(data))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsedError(f"damaged ({type(error).__name__})") from error


def _used(said: Any) -> Used:
    nonces = {_nonce(nonce): _moment(at) for nonce, at in said["nonces"].items()}
    return Used(nonces, _moment(said["newest"]), _moment(said["before"]))


def _nonce(value: str) -> str:
    if len(bytes.fromhex(value)) != NONCE_BYTES or value != value.lower():
        raise ValueError("no nonce")
    return value


def _moment(value: object) -> Utc:
    if type(value) not in {int, float} or not 0 <= value <= LAST_MOMENT:  # type: ignore[operator]  # a number
        raise ValueError("no moment")
    return Utc(value)  # type: ignore[arg-type]  # a number, as was just seen
