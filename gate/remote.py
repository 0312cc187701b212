"""The conversation with operators afar: hears commands, has them obeyed, and answers each.

Belongs to the publisher's thread, but for `answer`, which any thread may call. What is refused is
recorded, too; of a flood of refusals only some are, so that nobody wears the card out from afar.
"""

from collections.abc import Callable
from queue import Empty, SimpleQueue

from gate.events import RecordCommand
from gate.keys import KeySet
from gate.link import Arrived
from gate.model import Monotonic, Utc
from gate.obeying import Outcome
from gate.orders import SKEW_S, Code, Order, Rejected, read_order, untimely
from gate.payloads import Res
from gate.talk import Moment, Word

REFUSALS = 10
REFUSALS_S = 60.0
"""So many refusals are recorded and answered in such a time, and then how many were not."""

MOST_NONCES = 1000
"""Of commands that have not expired; an honest operator sends one in seconds."""


class Remote:
    """One gate's ear for commands (`gate.talk.Talk`)."""

    def __init__(
        self,
        *,
        command_topic: str,
        answer_topic: str,
        gate: str,
        keys: KeySet,
        clock: Callable[[], Monotonic],
        obey: Callable[[Order, Callable[[Outcome], None]], None],
        on_record: Callable[[RecordCommand], None],
        nudge: Callable[[], None],
    ) -> None:
        """`obey` has an order carried out, and the outcome told to the callable that it is given;
        `on_record` hears of refused commands; `nudge` has the publisher ask for words.
        """
        self.subscriptions = (command_topic,)
        self._answer_topic = answer_topic
        self._gate = gate
        self._keys = keys
        self._started = clock()
        self._obey = obey
        self._on_record = on_record
        self._nudge = nudge
        self._seen: dict[str, Utc] = {}
        self._answers: SimpleQueue[tuple[str | None, Outcome]] = SimpleQueue()
        self._refused_since = self._started
        self._refused = 0

    def hear(self, message: Arrived, moment: Moment) -> None:
        """A command, or what somebody takes for one."""
        order = self._judge(message, moment)
        if isinstance(order, Rejected):
            self._refuse(order, moment.now)
            return
        self._seen[order.nonce] = order.expires
        self._obey(order, lambda outcome: self.answer(order.nonce, outcome))

    def answer(self, nonce: str | None, outcome: Outcome) -> None:
        """Have this answer published, if the link is up when it is due. Never waits."""
        self._answers.put((nonce, outcome))
        self._nudge()

    def link(self, *, up: bool, central: bool, moment: Moment) -> None:  # noqa: ARG002 - a Talk is told
        """Answers that nobody heard are too late on the next connection."""
        if not up:
            self._drain()

    def due(self) -> Monotonic | None:
        """When the refusals that were not recorded are to be told of."""
        return self._window_ends if self._refused > REFUSALS else None

    def say(self, moment: Moment) -> tuple[Word, ...]:
        """The answers that have come."""
        if moment.now >= self._window_ends:
            self._close_window(moment.now)
        return tuple(
            Word(self._answer_topic, self._res(nonce, outcome, moment.utc))
            for nonce, outcome in self._drain()
        )

    def _judge(self, message: Arrived, moment: Moment) -> Order | Rejected:
        if message.retained:
            return Rejected(Code.RETAINED)
        now = moment.utc
        order = read_order(message.payload, keys=self._keys, gate=self._gate, now=now)
        if isinstance(order, Rejected):
            return order
        self._seen = {nonce: end for nonce, end in self._seen.items() if now < end + SKEW_S}
        if len(self._seen) >= MOST_NONCES:
            return Rejected(Code.BUSY, order.words, order.nonce)
        # By the clock as it is now, which may have been set since the start.
        started_at = Utc(now - (moment.now - self._started))
        sure = moment.clock_state != "unsure"
        late = untimely(order, now=now, started_at=started_at, sure=sure, seen=self._seen)
        return late or order

    def _refuse(self, rejected: Rejected, now: Monotonic) -> None:
        if now >= self._window_ends:
            self._close_window(now)
        self._refused += 1
        if self._refused > REFUSALS:
            return
        self._on_record(RecordCommand(rejected.code, rejected.detail))
        self.answer(rejected.nonce, Outcome(rejected.code, rejected.detail))

    @property
    def _window_ends(self) -> Monotonic:
        return Monotonic(self._refused_since + REFUSALS_S)

    def _close_window(self, now: Monotonic) -> None:
        beyond = self._refused - REFUSALS
        self._refused, self._refused_since = 0, now
        if beyond > 0:
            self._on_record(RecordCommand("refused", f"{beyond} more that are not recorded"))

    def _drain(self) -> list[tuple[str | None, Outcome]]:
        answers = []
        try:
            while True:
                answers.append(self._answers.get_nowait())
        except Empty:
            return answers

    def _res(self, nonce: str | None, outcome: Outcome, at: Utc) -> bytes:
        return Res(
            gate=self._gate,
            id=nonce,
            ok=outcome.ok,
            code=outcome.code,
            detail=outcome.detail[:1024] or None,
            ts=at,
        ).encode()
