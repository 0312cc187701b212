"""What is said to the broker, and what its answers mean. No thread, no clock, no queue.

1. After every accepted connection: meta, status and ctr, all retained (a broker that was killed has
   forgotten them), and the events from the mark on.
2. Events as `gate.outbox` allows; ctr after a change at most once a second, and every minute;
   status when the lane's condition changes, and when a backlog that was told of has gone.
3. Central's acknowledgement counts for our epoch and for numbers that we gave; anything else on
   its topic does nothing.
4. What the broker refuses stays on disk, and staff are told once.
5. What the gate hears of itself may mean that nothing more is to be said (`gate.echo`).
6. Whatever else is talked about on the link (`gate.talk`) comes after that, and is not kept; that
   the broker refuses it is only logged.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from gate import outbox as box
from gate.echo import Echo
from gate.link import Answered, Arrived, Connected, Denied, Disconnected, Publish
from gate.model import Mode, Monotonic, Part
from gate.payloads import Ack, CentralState, Ctr, Evt, Malformed, Meta, Status, decode
from gate.reader import Records, Standing
from gate.reception import Reception
from gate.schema import DiskError
from gate.talk import Moment, Talk, matches
from gate.topics import Topics

_log = logging.getLogger(__name__)

TRY_AGAIN_S = 1.0
"""After the disk or the link did not do what it was asked."""


@dataclass(frozen=True, slots=True)
class Written:
    """Events up to `seq` are on disk."""

    seq: int


@dataclass(frozen=True, slots=True)
class Condition:
    """What `status` says of the lane."""

    mode: Mode
    faults: frozenset[Part] = frozenset()


@dataclass(frozen=True, slots=True)
class Nudge:
    """One of the talks has something to say."""


Fact = Connected | Disconnected | Denied | Arrived | Answered | Written | Condition | Nudge


def subscriptions(topics: Topics, talks: Sequence[Talk]) -> tuple[str, ...]:
    """All that is listened to."""
    own = (topics.ctr, topics.ack, topics.central)  # what we have said before, first
    return (*own, *(topic for talk in talks for topic in talk.subscriptions))


class _NotNow(Exception):  # noqa: N818 - no error: the link is down, and says so by itself
    """The link did not take a message."""


class Delivery:
    """One gate's side of the conversation with the broker; belongs to one thread."""

    def __init__(
        self,
        *,
        publish: Publish,
        reader: Records,
        topics: Topics,
        meta: Meta,
        boot: int,
        stored: int,
        condition: Condition,
        acknowledged_by_central: bool,
        acknowledge: Callable[[str, int], None],
        note_sent: Callable[[int], None],
        note_told: Callable[[], None],
        echo: Echo,
        on_lost: Callable[[str], None],
        on_back: Callable[[], None],
        talks: Sequence[Talk] = (),
    ) -> None:
        """`meta` names gate and epoch; `stored` is the newest event on disk.

        `note_told` hears that the broker has taken totals or events.
        """
        self._publish, self._reader, self._topics = publish, reader, topics
        self._meta, self._boot = meta, boot
        self._acknowledge, self._note_sent, self._note_told = acknowledge, note_sent, note_told
        self._echo = echo
        self._reception = Reception(on_lost=on_lost, on_back=on_back)
        self._talks = tuple(talks)
        self._outbox = box.Outbox(acknowledged_by_central=acknowledged_by_central, stored=stored)
        self._beat = box.Beat()
        self._condition = condition
        self._shown = condition
        self._backlog_said = 0
        self._online = False
        self._introduced = False
        self._not_before: Monotonic | None = None

    @property
    def backlog(self) -> int:
        """Events that have not arrived."""
        return self._outbox.backlog

    def take(self, fact: Fact, moment: Moment) -> None:
        """Something happened; what follows from it is said by the next `say`."""
        match fact:
            case Connected():
                self._outbox = box.on_connected(self._outbox)
                self._begin_link(online=True)
                self._echo.connected(moment.now)
                self._tell_talks(moment)
                self._reception.back()
            case Disconnected(reason=reason):
                self._begin_link(online=False)
                self._tell_talks(moment)
                self._reception.lost(reason)
            case Denied(reason=reason):
                self._reception.denied(reason)
            case Arrived():
                self._take_message(fact, moment)
            case Answered():
                self._take_answer(fact, moment.now)
            case Written(seq=seq):
                self._outbox = box.on_stored(self._outbox, seq)
                self._beat = replace(self._beat, changed=True)
            case Condition():
                self._condition = fact
            case Nudge():
                pass
            case _:
                assert_never(fact)

    def next_at(self) -> Monotonic | None:
        """When `say` has something to do although nothing happens; None: not before it does."""
        if not self._online or self._echo.behind:
            return None
        if self._not_before is not None:
            return self._not_before
        if self._echo.listens_until is not None:
            return self._echo.listens_until
        talks = (talk.due() for talk in self._talks)
        times = (box.beat_at(self._beat), box.deadline(self._outbox), *talks)
        return min((at for at in times if at is not None), default=None)

    def say(self, moment: Moment) -> None:
        """Publish what is due."""
        if not self._online or (self._not_before is not None and moment.now < self._not_before):
            return
        self._not_before = None
        try:
            if not self._echo.may_speak(moment.now):
                return
            if not self._introduced:
                self._introduce(moment)
            self._send_events(moment.now)
            if box.beat_due(self._beat, moment.now):
                self._send_ctr(self._reader.standing(), moment)
            if self._shown != self._condition or (self._backlog_said and not self.backlog):
                self._send_status("online", moment)
            for talk in self._talks:
                for word in talk.say(moment):
                    self._send(word.topic, word.payload, retain=word.retain, aside=True)
        except (DiskError, _NotNow):
            # Neither is news: the writer tells of the disk, the link of itself.
            self._not_before = Monotonic(moment.now + TRY_AGAIN_S)

    def say_goodbye(self, moment: Moment) -> int | None:
        """Publish what is left and `offline`; the number of the last message, None if offline."""
        self.say(moment)
        if not self._introduced or self._echo.behind:
            return None
        try:
            self._send_ctr(self._reader.standing(), moment)
            return self._send_status("offline", moment)
        except (DiskError, _NotNow):
            return None

    def _begin_link(self, *, online: bool) -> None:
        self._online = online
        self._introduced = False
        self._not_before = None
        self._reception.begin()

    def _introduce(self, moment: Moment) -> None:
        standing = self._reader.standing()
        arrived = standing.sent
        if self._outbox.acknowledged_by_central:
            arrived = standing.acknowledged
        # What was purged by age will never arrive.
        mark = max(arrived, standing.oldest - 1)
        self._outbox = box.on_loaded(self._outbox, stored=standing.seq, mark=mark)
        meta = self._meta.model_copy(update={"ts": moment.utc})
        self._send(self._topics.meta, meta.encode(), retain=True)
        self._send_status("online", moment)
        self._send_ctr(standing, moment)
        self._introduced = True

    def _send_events(self, now: Monotonic) -> None:
        due = box.deadline(self._outbox)
        if due is not None and now >= due:
            self._outbox = box.rewound(self._outbox, oldest=self._reader.standing().oldest)
        while (room := box.room(self._outbox)) > 0:
            events = self._reader.events_after(self._outbox.cursor, room)
            if not events:
                return
            evt = Evt(gate=self._meta.gate, epoch=self._meta.epoch, events=events)
            mid = self._send(self._topics.evt, evt.encode(), retain=False)
            packet = box.Packet(mid=mid, first=events[0].seq, last=events[-1].seq)
            self._outbox = box.on_sent(self._outbox, packet, now)

    def _send_ctr(self, standing: Standing, moment: Moment) -> None:
        totals = standing.totals
        ctr = Ctr(
            gate=self._meta.gate,
            epoch=standing.epoch,
            entered=totals.entered,
            left=totals.left,
            pending=totals.pending,
            seq=standing.seq,
            qv=standing.quota,
            uncertain=totals.uncertain,
            ts=moment.utc,
            clk=moment.clock_state,
            head=standing.head.hex(),
        )
        self._send(self._topics.ctr, ctr.encode(), retain=True)
        self._beat = box.Beat(sent_at=moment.now)

    def _send_status(self, state: Literal["online", "offline"], moment: Moment) -> int:
        status = Status(
            gate=self._meta.gate,
            state=state,
            boot=self._boot,
            backlog=self._outbox.backlog,
            faults=tuple(sorted(self._condition.faults)),
            mode=self._condition.mode,
            ts=moment.utc,
        )
        mid = self._send(self._topics.status, status.encode(), retain=True)
        self._shown, self._backlog_said = self._condition, self._outbox.backlog
        return mid

    def _send(self, topic: str, payload: bytes, *, retain: bool, aside: bool = False) -> int:
        mid = self._publish(topic, payload, retain=retain)
        if mid is None:
            raise _NotNow
        self._reception.sent(mid, topic, aside=aside)
        return mid

    def _take_answer(self, answer: Answered, now: Monotonic) -> None:
        topic = self._reception.answered(answer)
        if topic is None:
            return
        if topic in {self._topics.ctr, self._topics.evt}:
            self._note_told()
        before = self._outbox.mark
        self._outbox = box.on_puback(self._outbox, answer.mid, now)
        if self._outbox.mark > before:
            self._note_sent(self._outbox.mark)

    def _take_message(self, message: Arrived, moment: Moment) -> None:
        if message.topic == self._topics.ack:
            ack = decode(Ack, message.payload)
            if isinstance(ack, Malformed):
                _log.warning("acknowledgement ignored: %s", ack.reason)
            elif ack.epoch != self._meta.epoch or ack.seq > self._outbox.stored:
                _log.warning("acknowledgement of what we never sent: %s %d", ack.epoch, ack.seq)
                if ack.epoch == self._meta.epoch:
                    self._echo.hear_ack(ack.seq)
            elif ack.seq > self._outbox.mark:
                self._outbox = box.on_acknowledged(self._outbox, ack.seq, moment.now)
                self._acknowledge(ack.epoch, ack.seq)
        elif message.topic == self._topics.ctr:
            self._echo.hear_ctr(message.payload)
        elif message.topic == self._topics.central:
            central = decode(CentralState, message.payload)
            if isinstance(central, Malformed):
                _log.warning("state of central ignored: %s", central.reason)
            else:
                online = central.state == "online"
                self._outbox = box.on_central(
                    self._outbox, online=online, retained=message.retained
                )
                self._tell_talks(moment)
        for talk in self._talks:
            if any(matches(topic, message.topic) for topic in talk.subscriptions):
                talk.hear(message, moment)

    def _tell_talks(self, moment: Moment) -> None:
        central = self._outbox.central_online is True
        for talk in self._talks:
            talk.link(up=self._online, central=central, moment=moment)
