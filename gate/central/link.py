"""What central needs of a connection to the broker, and what that connection reports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


class Link(Protocol):
    """A connection to the broker that is made again for ever, with a session that it keeps."""

    def start(
        self,
        *,
        subscriptions: Sequence[str],
        on_connected: Callable[[], None],
        on_disconnected: Callable[[str], None],
        on_message: Callable[[str, bytes, bool], None],
        on_published: Callable[[int, bool, str], None],
        on_denied: Callable[[str], None],
        on_crash: Callable[[BaseException], None],
        on_delivery: Callable[[str, bytes, bool, int], None] | None,
    ) -> None:
        """Begin; the callables may run on any thread."""

    def publish(self, topic: str, payload: bytes, *, retain: bool, qos: int = 1) -> int | None:
        """The number of the message, or None while offline."""

    def acknowledge(self, receipt: int) -> None:
        """What came with this receipt is on disk."""

    def renew(self) -> None:
        """Give the connection up, and whatever hangs in it, and make another."""

    def close(self, *, with_will: bool) -> None:
        """End; with the will, the broker says that central is gone."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker accepted us."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The link is down, or an attempt failed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Denied:
    """The broker does not let us listen, or say something."""

    reason: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The broker took the message with this number, or refused it."""

    number: int
    taken: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message came; until it is acknowledged the broker keeps it."""

    topic: str
    payload: bytes
    retained: bool
    """The broker had kept it as the newest word; False: said just now, or kept in our session."""
    receipt: int


@dataclass(frozen=True, slots=True)
class Word:
    """One message to be published, at once or not at all."""

    topic: str
    payload: bytes
    retain: bool = True
    qos: int = 1
