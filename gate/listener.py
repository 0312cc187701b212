"""Listens to what central says to this gate, and hands it to the deciding thread.

Quota, policy and keys (`gate.quota`, `gate.venue`) are read here, on the publisher's thread;
whether they are newer than what is in force is judged where that is known (`gate.ledger`).
"""

import logging
from collections.abc import Callable, Mapping

from gate.keys import KeySet
from gate.ledger import KeysHeard, News, PolicyHeard, QuotaHeard
from gate.link import Arrived
from gate.model import Monotonic
from gate.quota import read_quota
from gate.talk import Moment, Word
from gate.topics import Topics
from gate.venue import read_policy, read_signed_keys

log = logging.getLogger(__name__)

Reading = Callable[[bytes], News | str]
"""What a payload says, or why it says nothing."""


def readings(topics: Topics, *, epoch: str, venue: str, root: KeySet) -> dict[str, Reading]:
    """What is read on which topic. `root` has the site's key."""

    def quota(payload: bytes) -> News | str:
        said = read_quota(payload, epoch)
        return said if isinstance(said, str) else QuotaHeard(said, payload)

    def policy(payload: bytes) -> News | str:
        said = read_policy(payload)
        return said if isinstance(said, str) else PolicyHeard(said, payload)

    def keys(payload: bytes) -> News | str:
        if not root.by_kid:
            return "no root key is configured ([passes] root)"
        said = read_signed_keys(payload, root=root, venue=venue)
        return said if isinstance(said, str) else KeysHeard(said, payload)

    return {topics.quota: quota, topics.venue.cfg: policy, topics.venue.keys: keys}


class Listener:
    """A conversation in which only central speaks (`gate.talk.Talk`)."""

    def __init__(self, ears: Mapping[str, Reading], *, on_news: Callable[[News], None]) -> None:
        """`ears` by topic; `on_news` may be called for the same news again and again."""
        self.subscriptions = tuple(ears)
        self._ears = ears
        self._on_news = on_news
        self._ignored: dict[str, str] = {}

    def hear(self, message: Arrived, moment: Moment) -> None:  # noqa: ARG002 - a Talk is told
        """Something that central, or somebody who passes for it, has said."""
        news = self._ears[message.topic](message.payload)
        if not isinstance(news, str):
            self._ignored.pop(message.topic, None)
            self._on_news(news)
        elif self._ignored.get(message.topic) != news:  # once, however often it is said
            self._ignored[message.topic] = news
            log.warning("%s is ignored: %s", message.topic, news)

    def link(self, *, up: bool, central: bool, moment: Moment) -> None:
        """What was said holds without a link."""

    def due(self) -> Monotonic | None:
        """Never."""
        return None

    def say(self, moment: Moment) -> tuple[Word, ...]:  # noqa: ARG002 - a Talk is asked
        """Nothing: `ctr` is the answer, and comes by itself."""
        return ()
