"""Commands that are on their way to gates, and who waits for what comes of them."""

from concurrent.futures import Future
from dataclasses import dataclass

from gate.central.wishes import Outcome, SendOrder
from gate.model import Monotonic
from gate.payloads import Res

ANSWERED_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    gate: str
    until: Monotonic
    outcome: "Future[Outcome]"


class Orders:
    """Belongs to the deciding thread."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}

    def sent(self, order: SendOrder, outcome: "Future[Outcome]", now: Monotonic) -> None:
        """It was published; the answer with its nonce ends it."""
        until = Monotonic(now + ANSWERED_WITHIN_S)
        self._waiting[order.nonce] = _Waiting(order.gate, until, outcome)

    def answered(self, res: Res) -> None:
        """A gate has said what became of a command."""
        waiting = self._waiting.get(res.id or "")
        if waiting is not None and waiting.gate == res.gate:
            del self._waiting[res.id or ""]
            waiting.outcome.set_result(Outcome(res.ok, res.code, res.detail or ""))

    def all_given_up(self) -> "list[Future[Outcome]]":
        """Who waits, for whoever ends it: nobody waits any more."""
        outcomes = [waiting.outcome for waiting in self._waiting.values()]
        self._waiting.clear()
        return outcomes

    def give_up(self, now: Monotonic) -> None:
        """Nobody has answered those in time."""
        for nonce, waiting in list(self._waiting.items()):
            if now >= waiting.until:
                del self._waiting[nonce]
                waiting.outcome.set_result(Outcome(ok=False, code="no_answer"))
