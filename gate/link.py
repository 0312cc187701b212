"""What the gate needs of a connection to the broker, and what that connection reports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


class Publish(Protocol):
    """Hands one message to the link."""

    def __call__(self, topic: str, payload: bytes, *, retain: bool) -> int | None:
        """The number of the message, unlike all others, or None while offline."""


class Link(Protocol):
    """A connection to the broker that is made again for ever (`drivers.mqtt`)."""

    @property
    def alive_at(self) -> float:
        """When its thread last went round, in monotonic seconds."""

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
    ) -> None:
        """Begin; the callables may run on any thread."""

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> int | None:
        """The number of the message, unlike all others, or None while offline."""

    def renew(self) -> None:
        """Give the connection up, and whatever hangs in it, and make another."""

    def close(self, *, with_will: bool) -> None:
        """End; with the will, the broker says that the gate is lost."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker accepted us."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The link is down, or an attempt failed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Denied:
    """The broker does not let us listen to something."""

    reason: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message came."""

    topic: str
    payload: bytes
    retained: bool
    """The broker had kept it; False: somebody said it just now."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The broker took the message with this number, or refused it."""

    mid: int
    taken: bool
    reason: str
