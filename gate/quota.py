"""Central's quota as it comes over the broker, and as it was kept on disk."""

import logging
from collections.abc import Callable

from gate.allowance import Quota
from gate.ledger import QuotaHeard
from gate.link import Arrived
from gate.model import Monotonic
from gate.payloads import Malformed, decode
from gate.payloads import Quota as Payload
from gate.store import Word
from gate.talk import Moment
from gate.talk import Word as Said

log = logging.getLogger(__name__)


def read_quota(payload: bytes, epoch: str) -> Quota | str:
    """The quota for this epoch in `payload`, or why it is none."""
    said = decode(Payload, payload)
    if isinstance(said, Malformed):
        return said.reason
    if said.epoch != epoch:
        return f"for epoch {said.epoch}, and ours is {epoch}"
    return Quota(said.version, said.ceiling, said.seen, said.reserve, said.until)


def kept_quota(word: Word | None, epoch: str) -> Quota | None:
    """The quota that was in force before this start; None where there is none of this epoch."""
    quota = None if word is None else read_quota(word.payload, epoch)
    return quota if isinstance(quota, Quota) else None


class QuotaTalk:
    """Listens for quotas. `on_quota` hears of those that are for us; it judges their versions."""

    def __init__(self, *, topic: str, epoch: str, on_quota: Callable[[QuotaHeard], None]) -> None:
        self.subscriptions = (topic,)
        self._epoch = epoch
        self._on_quota = on_quota

    def hear(self, message: Arrived, moment: Moment) -> None:  # noqa: ARG002 - a Talk is told
        """A quota, or what somebody takes for one."""
        quota = read_quota(message.payload, self._epoch)
        if isinstance(quota, str):
            log.warning("quota ignored: %s", quota)
        else:
            self._on_quota(QuotaHeard(quota, message.payload))

    def link(self, *, up: bool, central: bool, moment: Moment) -> None:
        """A quota is as good without a link."""

    def due(self) -> Monotonic | None:
        """Never: `ctr` is the answer, and that comes by itself."""
        return None

    def say(self, moment: Moment) -> tuple[Said, ...]:  # noqa: ARG002 - a Talk is asked
        """Nothing."""
        return ()
