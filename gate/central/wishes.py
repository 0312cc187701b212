"""What a manager may want of central, and what came of it. Pure."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from gate.central.view import View


@dataclass(frozen=True, slots=True)
class SetLimit:
    """From now on so many may be inside, up to the licensed number."""

    venue: str
    limit: int
    by: str
    """Who wants it; on record."""


@dataclass(frozen=True, slots=True)
class Recount:
    """Somebody has counted the people inside: so many are there now."""

    venue: str
    inside: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Correct:
    """So many more (or fewer) are inside than the gates have counted."""

    venue: str
    change: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class SendOrder:
    """A signed command (docs/commands.md) for a gate; done when the gate has answered."""

    venue: str
    gate: str
    payload: bytes
    """As `gate.orders.give_order` makes it."""
    nonce: str
    """Of the command, in hex: its answer carries the same."""
    words: str
    """For the record: `mode locked by ops-1`."""
    by: str


Wish = SetLimit | Recount | Correct | SendOrder


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a wish."""

    ok: bool
    code: str
    """`done`; or why not: `unknown_venue`, `unknown_gate`, `out_of_range`, `released`, `offline`,
    `no_answer`, `disk`, or what a gate answers to a command (`gate.orders.Code`)."""
    detail: str = ""


class Central(Protocol):
    """What the manager's page needs of central; every method may be called from any thread."""

    def view(self) -> View:
        """The newest picture; the same object as long as nothing has changed."""

    def wish(self, wish: Wish) -> Future[Outcome]:
        """Hand it over; done when it is on disk, or when the gate has answered, or in 15 s."""
