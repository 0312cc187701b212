"""The publisher: the one thread that speaks to the broker.

It reads the outbox through a connection of its own, so that nothing waits for it and it waits for
nobody. What it hears (from the link, the writer, the control loop) comes through one queue; what
follows is in `gate.delivery` and `gate.outbox`.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from queue import Empty, SimpleQueue

from gate.delivery import Condition, Delivery, Fact, Nudge, Written, subscriptions
from gate.echo import Echo
from gate.link import Answered, Arrived, Connected, Denied, Disconnected, Link
from gate.model import Mode, Monotonic, Part, Utc
from gate.payloads import Meta
from gate.progress import Progress, on_fact, on_published, stuck
from gate.reader import Reader
from gate.talk import Moment, Talk
from gate.topics import Topics

ROUND_S = 1.0
"""How often an idle publisher shows that it is alive."""

EVENTS_APART_S = 0.002
"""Events that come faster than this share a packet: it costs nearly as much with one as with fifty.
One that comes alone is not held up."""

FACTS = 256
"""Facts taken in one round, at most, before something is said."""

GOODBYE_S = 2.0
"""How long a clean stop waits until the broker has taken `offline`."""


class Publisher:
    """Carries events and totals to the broker. Every `on_...` is called on its thread."""

    def __init__(
        self,
        *,
        link: Link,
        store_path: Path,
        topics: Topics,
        meta: Meta,
        boot: int,
        stored: int,
        mode: Mode,
        acknowledged_by_central: bool,
        clock: Callable[[], Monotonic],
        utc: Callable[[], Utc],
        clock_state: Callable[[], str],
        acknowledge: Callable[[str, int], None],
        note_sent: Callable[[int], None],
        note_told: Callable[[], None],
        listen_first: bool,
        on_behind: Callable[[str], bool],
        on_lost: Callable[[str], None],
        on_back: Callable[[], None],
        on_crash: Callable[[BaseException], None],
        talks: Sequence[Talk] = (),
    ) -> None:
        """`meta` names gate and epoch; `stored` is the newest event on disk at the start.

        `acknowledge`, `note_sent` and `note_told` go to the writer. `listen_first` and `on_behind`
        are for `gate.echo`. `on_lost` (with the reason) and `on_back` are about the broker and said
        once each: it cannot be reached, or it refuses what we publish. `on_crash` may also come
        from the link's thread.
        """
        self._link = link
        self._clock = clock
        self._utc = utc
        self._clock_state = clock_state
        self._on_crash = on_crash
        self._make_delivery: Callable[[Reader], Delivery] = lambda reader: Delivery(
            publish=self._publish,
            reader=reader,
            topics=topics,
            meta=meta,
            boot=boot,
            stored=stored,
            condition=Condition(mode=mode),
            acknowledged_by_central=acknowledged_by_central,
            acknowledge=acknowledge,
            note_sent=note_sent,
            note_told=note_told,
            echo=Echo(
                reader=reader, epoch=meta.epoch, listen_first=listen_first, on_behind=on_behind
            ),
            on_lost=on_lost,
            on_back=on_back,
            talks=talks,
        )
        self._progress = Progress(up=False, since=clock())
        self._event_topic = topics.evt
        self._sent_at = clock()
        self._store_path = store_path
        self._subscriptions = subscriptions(topics, talks)
        self._facts: SimpleQueue[Fact | None] = SimpleQueue()  # None: stop
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._said_goodbye = False
        self._backlog = 0
        self._taken = 0
        self._alive_at = clock()

    @property
    def alive_at(self) -> Monotonic:
        """When the thread last went round; every second or more often."""
        return self._alive_at

    @property
    def link_alive_at(self) -> Monotonic:
        """When the thread of the link last went round; also while the broker is away."""
        return Monotonic(self._link.alive_at)

    @property
    def backlog(self) -> int:
        """Events that central (at a site without one: the broker) does not have yet."""
        return self._backlog

    @property
    def taken(self) -> int:
        """Messages that the broker has acknowledged since the start."""
        return self._taken

    def start(self) -> None:
        """Begin to connect and to publish; once."""
        self._thread.start()
        self._link.start(
            subscriptions=self._subscriptions,
            on_connected=lambda: self._facts.put(Connected()),
            on_disconnected=lambda reason: self._facts.put(Disconnected(reason)),
            on_message=lambda topic, payload, kept: self._facts.put(Arrived(topic, payload, kept)),
            on_published=lambda mid, taken, why: self._facts.put(Answered(mid, taken, why)),
            on_denied=lambda why: self._facts.put(Denied(why)),
            on_crash=self._on_crash,
        )

    def wake(self, seq: int) -> None:
        """Events up to `seq` are on disk. Never waits."""
        self._facts.put(Written(seq))

    def show(self, *, mode: Mode, faults: frozenset[Part]) -> None:
        """The lane's condition, for `status`; published when it differs. Never waits."""
        self._facts.put(Condition(mode=mode, faults=faults))

    def nudge(self) -> None:
        """One of the talks has something to say. Never waits."""
        self._facts.put(Nudge())

    def stop(self, timeout_s: float = 5.0) -> None:
        """Publish what is there and `offline`, wait for it (a little), and disconnect.

        Where the broker did not take `offline`, the link is dropped without a goodbye, and the
        broker publishes the last will.
        """
        if self._thread.is_alive():
            self._facts.put(None)
            self._thread.join(timeout_s)
        self._link.close(with_will=not self._said_goodbye)

    def _run(self) -> None:
        try:
            with closing(Reader(self._store_path)) as reader:
                delivery = self._make_delivery(reader)
                while self._round(delivery):
                    delivery.say(self._moment())
                    self._backlog = delivery.backlog
                self._said_goodbye = self._say_goodbye(delivery)
        except Exception as bug:
            self._on_crash(bug)

    def _round(self, delivery: Delivery) -> bool:
        """Wait for facts or for the next deadline; False when it is time to end."""
        self._alive_at = self._clock()
        due = delivery.next_at()
        wait_s = ROUND_S if due is None else min(ROUND_S, max(0.0, due - self._clock()))
        try:
            for _ in range(FACTS):
                fact = self._facts.get(timeout=wait_s)
                if fact is None:
                    return False
                self._take(delivery, fact)
                wait_s = max(0.0, self._sent_at + EVENTS_APART_S - self._clock())
        except Empty:
            pass
        self._look_at_the_link(delivery)
        return True

    def _take(self, delivery: Delivery, fact: Fact) -> None:
        if isinstance(fact, Connected | Disconnected | Answered):
            self._progress = on_fact(self._progress, fact, self._clock())
        if isinstance(fact, Answered) and fact.taken:
            self._taken += 1
        delivery.take(fact, self._moment())

    def _look_at_the_link(self, delivery: Delivery) -> None:
        why = stuck(self._progress, self._clock())
        if why is not None:
            self._take(delivery, Disconnected(why))  # first: the new link may be up at once
            self._link.renew()

    def _publish(self, topic: str, payload: bytes, *, retain: bool) -> int | None:
        mid = self._link.publish(topic, payload, retain=retain)
        if mid is not None:
            now = self._clock()
            self._progress = on_published(self._progress, now)
            self._sent_at = now if topic == self._event_topic else self._sent_at
        return mid

    def _say_goodbye(self, delivery: Delivery) -> bool:
        """Whether the broker took `offline` in time."""
        offline = delivery.say_goodbye(self._moment())
        give_up_at = self._clock() + GOODBYE_S
        while offline is not None and (left_s := give_up_at - self._clock()) > 0:
            try:
                fact = self._facts.get(timeout=left_s)
            except Empty:
                return False
            if isinstance(fact, Answered) and fact.mid == offline:
                return fact.taken
            if isinstance(fact, Disconnected):
                return False
            if fact is not None:
                self._take(delivery, fact)
        return False

    def _moment(self) -> Moment:
        return Moment(now=self._clock(), utc=self._utc(), clock_state=self._clock_state())
