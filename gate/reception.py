"""How the broker receives what is said: taken, refused, or not answered yet.

Staff are told once when the broker is lost (away, or refusing) and once when it is back. Belongs to
the publisher's thread.
"""

import logging
from collections.abc import Callable

from gate.link import Answered

_log = logging.getLogger(__name__)


class Reception:
    """Of one link, connection after connection."""

    def __init__(self, *, on_lost: Callable[[str], None], on_back: Callable[[], None]) -> None:
        self._on_lost = on_lost
        self._on_back = on_back
        self._unanswered: dict[int, str] = {}
        self._refused: set[str] = set()
        self._asides: set[str] = set()
        self._lost = False

    def begin(self) -> None:
        """A connection begins or is gone: no answer of an older one means anything."""
        self._unanswered.clear()
        self._refused.clear()

    def sent(self, mid: int, topic: str, *, aside: bool) -> None:
        """A message was handed over; no event depends on an `aside`."""
        self._unanswered[mid] = topic
        if aside:
            self._asides.add(topic)

    def answered(self, answer: Answered) -> str | None:
        """The topic of a message that was taken; None where it was not, or is from long ago."""
        topic = self._unanswered.pop(answer.mid, None)
        if topic is None:
            return None
        if answer.taken:
            self._refused.discard(topic)
            if not self._refused:
                self.back()
            return topic
        why = f"the broker refused {topic}: {answer.reason}"
        if topic in self._asides:  # the gate is not without its broker for that
            _log.warning("%s", why)
        else:
            self._refused.add(topic)
            self.lost(why)
        return None

    def denied(self, subscription: str) -> None:
        """The broker does not let us listen to this."""
        self._refused.add(subscription)
        self.lost(f"the broker does not let us listen to {subscription}")

    def lost(self, reason: str) -> None:
        """There is no broker, or none that takes what is said."""
        if not self._lost:
            self._lost = True
            self._on_lost(reason)

    def back(self) -> None:
        """There is one again."""
        if self._lost:
            self._lost = False
            self._on_back()
