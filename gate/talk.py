"""Further conversations on the link to the broker, beside that about the events.

Each has its own topics and its own module; `gate.delivery` carries their words. A conversation
belongs to the publisher's thread: it hands over and returns, as a callback does.
"""

from dataclasses import dataclass
from typing import Protocol

from gate.link import Arrived
from gate.model import Monotonic, Utc


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, on both clocks, and what the gate thinks of the second one."""

    now: Monotonic
    utc: Utc
    clock_state: str


@dataclass(frozen=True, slots=True)
class Word:
    """One message to be published, at once or not at all: nobody keeps it while offline."""

    topic: str
    payload: bytes
    retain: bool = False


class Talk(Protocol):
    """One conversation."""

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """The topics that it listens to; `+` stands for one level."""

    def link(self, *, up: bool, central: bool, moment: Moment) -> None:
        """The link is up or down, and central there or not (unknown is not).

        Said at every connection and whenever either changes.
        """

    def hear(self, message: Arrived, moment: Moment) -> None:
        """A message came on one of its topics. Never raises for what is in it."""

    def due(self) -> Monotonic | None:
        """When it has something to say although nothing happens; None: not before it does."""

    def say(self, moment: Moment) -> tuple[Word, ...]:
        """What there is to say now. Asked only while the link is up."""


def matches(subscription: str, topic: str) -> bool:
    """Whether `topic` is one of those that `subscription` means (MQTT 5, section 4.7.1.3)."""
    wanted, levels = subscription.split("/"), topic.split("/")
    return len(wanted) == len(levels) and all(
        want in {"+", level} for want, level in zip(wanted, levels, strict=True)
    )
