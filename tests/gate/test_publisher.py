"""The publisher's thread: how it starts, hears, and ends. (What it says: test_delivery.)"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from queue import SimpleQueue

import pytest

from gate.model import Mode, Monotonic, Part, Utc
from gate.opening import open_store
from gate.payloads import Meta
from gate.publisher import Publisher
from gate.schema import DiskError
from gate.topics import topics
from gate.visits import VisitRules

NOW = Utc(1_772_357_400.0)
TOPICS = topics(root="aman", district="jkt", venue="mall", gate="t01-a")
SOON_S = 5.0


class Wire:
    """A link in the hands of the test: it confirms what it takes, until it is told not to."""

    def __init__(self, *, confirms: bool = True) -> None:
        self.confirms = confirms
        self.sent: SimpleQueue[tuple[str, bytes]] = SimpleQueue()
        self.closed_with_will: list[bool] = []
        self.renewed: SimpleQueue[None] = SimpleQueue()
        self._numbers = count(1)
        self.alive_at = 0.0

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
        self.subscriptions = tuple(subscriptions)
        self.on_connected = on_connected
        self.on_disconnected = on_disconnected
        self.on_message = on_message
        self.on_published = on_published
        self.on_denied = on_denied
        self.on_crash = on_crash

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> int | None:
        assert retain is (topic != TOPICS.evt)
        self.sent.put((topic, payload))
        number = next(self._numbers)
        if self.confirms:
            self.on_published(number, True, "Success")  # noqa: FBT003 - as the link does
        return number

    def renew(self) -> None:
        self.renewed.put(None)
        if self.confirms:  # the new link may be up before anybody can say anything
            self.on_connected()

    def close(self, *, with_will: bool) -> None:
        self.closed_with_will.append(with_will)


class Bench:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.wire = Wire()
        self.told: SimpleQueue[str] = SimpleQueue()
        self.crashed: SimpleQueue[BaseException] = SimpleQueue()
        self.ahead_s = 0.0
        self.publisher = self.make(path)

    def make(self, path: Path) -> Publisher:
        return Publisher(
            link=self.wire,
            store_path=path,
            topics=TOPICS,
            meta=Meta(
                gate="t01-a",
                venue="mall",
                district="jkt",
                epoch="7f3c2a91",
                software="0",
                hardware="test",
                ts=NOW,
            ),
            boot=1,
            stored=0,
            mode=Mode.NORMAL,
            acknowledged_by_central=True,
            clock=lambda: Monotonic(time.monotonic() + self.ahead_s),
            utc=lambda: NOW,
            clock_state=lambda: "ntp",
            acknowledge=lambda _epoch, _seq: None,
            note_sent=lambda _: None,
            note_told=lambda: None,
            listen_first=False,
            on_behind=lambda _: False,
            on_lost=self.told.put,
            on_back=lambda: self.told.put("back"),
            on_crash=self.crashed.put,
        )

    def next_on(self, topic: str) -> dict[str, object]:
        while (message := self.wire.sent.get(timeout=SOON_S))[0] != topic:
            pass
        content: dict[str, object] = json.loads(message[1])
        return content


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    path = tmp_path / "gate.db"
    store, _ = open_store(
        path, venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _newest: NOW
    )
    bench = Bench(path)
    yield bench
    bench.publisher.stop()
    store.close()


def test_it_asks_for_acknowledgements_its_own_totals_and_the_state_of_central(bench: Bench) -> None:
    bench.publisher.start()

    assert bench.wire.subscriptions == (TOPICS.ctr, TOPICS.ack, TOPICS.central)


def test_it_counts_what_the_broker_has_taken(bench: Bench) -> None:
    bench.publisher.start()
    assert bench.publisher.taken == 0
    bench.wire.on_connected()
    bench.next_on(TOPICS.status)
    bench.publisher.stop()
    assert bench.publisher.taken >= 1


def test_a_fault_of_the_lane_shows_in_its_status(bench: Bench) -> None:
    bench.publisher.start()
    bench.wire.on_connected()
    assert bench.next_on(TOPICS.status)["faults"] == []

    bench.publisher.show(mode=Mode.FREE, faults=frozenset({Part.THERMOMETER}))

    status = bench.next_on(TOPICS.status)
    assert (status["mode"], status["faults"]) == ("free", ["thermometer"])


def test_a_stop_says_offline_and_then_goodbye(bench: Bench) -> None:
    bench.publisher.start()
    bench.wire.on_connected()
    assert bench.next_on(TOPICS.status)["state"] == "online"

    bench.publisher.stop()

    assert bench.next_on(TOPICS.status)["state"] == "offline"
    assert bench.wire.closed_with_will == [False]


def test_where_the_broker_does_not_take_offline_the_last_will_has_to_speak(bench: Bench) -> None:
    bench.publisher.start()
    bench.wire.on_connected()
    assert bench.next_on(TOPICS.ctr)["seq"] == 0
    bench.wire.confirms = False

    bench.publisher.stop(0.1)

    assert bench.wire.closed_with_will == [True]
    bench.wire.on_disconnected("closed")


def test_a_stop_without_a_broker_waits_for_nobody(bench: Bench) -> None:
    bench.publisher.start()
    bench.wire.on_disconnected("no answer")
    assert bench.told.get(timeout=SOON_S) == "no answer"
    began = time.monotonic()

    bench.publisher.stop()

    assert time.monotonic() - began < 1
    assert bench.wire.closed_with_will == [True]


def test_a_database_that_is_gone_reaches_the_control_loop(bench: Bench) -> None:
    publisher = bench.make(bench.path.with_name("nowhere.db"))

    publisher.start()

    assert isinstance(bench.crashed.get(timeout=SOON_S), DiskError)
    publisher.stop()


def test_an_idle_publisher_shows_that_it_is_alive(bench: Bench) -> None:
    began = bench.publisher.alive_at
    bench.publisher.start()
    bench.wire.on_connected()
    bench.next_on(TOPICS.ctr)

    assert bench.publisher.alive_at > began
    bench.wire.alive_at = 77.0
    assert bench.publisher.link_alive_at == 77.0


def test_a_link_that_confirms_nothing_is_given_up_and_told_and_everything_is_said_anew(
    bench: Bench,
) -> None:
    bench.wire.confirms = False
    bench.publisher.start()
    bench.wire.on_connected()
    assert bench.next_on(TOPICS.ctr)
    bench.ahead_s += 31

    bench.wire.renewed.get(timeout=SOON_S)
    assert "and no answer for 3" in bench.told.get(timeout=SOON_S)
    bench.wire.confirms = True
    bench.wire.on_connected()
    assert bench.next_on(TOPICS.ctr)
    assert bench.told.get(timeout=SOON_S) == "back"


def test_a_link_that_does_not_even_try_is_given_up(bench: Bench) -> None:
    bench.publisher.start()
    bench.ahead_s += 200

    bench.wire.renewed.get(timeout=SOON_S)
    assert bench.told.get(timeout=SOON_S).startswith("no attempt to connect")


def test_an_answer_that_comes_before_publish_has_returned_counts(bench: Bench) -> None:
    """As paho's may; the wire here confirms inside `publish`."""
    bench.publisher.start()
    bench.wire.on_connected()
    assert bench.next_on(TOPICS.ctr)
    bench.ahead_s += 31  # had an answer been missed, the link would be given up now

    bench.publisher.show(mode=Mode.FREE, faults=frozenset())
    assert bench.next_on(TOPICS.status)["mode"] == "free"
    assert bench.wire.renewed.empty()


def test_a_link_that_is_up_at_once_after_it_was_given_up_is_not_taken_for_lost(
    bench: Bench,
) -> None:
    bench.wire.confirms = False
    bench.publisher.start()
    bench.wire.on_connected()
    assert bench.next_on(TOPICS.ctr)
    bench.wire.confirms = True
    bench.ahead_s += 31

    bench.wire.renewed.get(timeout=SOON_S)
    assert bench.next_on(TOPICS.ctr)
    assert "no answer" in bench.told.get(timeout=SOON_S)
    assert bench.told.get(timeout=SOON_S) == "back"
