"""What central said last, as it is kept on disk: it counts without a network. Pure."""

from dataclasses import dataclass

QUOTA, CFG, KEYS = "quota", "cfg", "keys"
"""The names. A release or a recount ends a quota (`gate.allowance`)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One word of central, as it came; what it says is read anew at each start."""

    name: str
    version: int
    """Only goes up."""
    payload: bytes
