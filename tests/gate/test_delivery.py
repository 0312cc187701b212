"""The conversation with the broker, without a thread: facts in, messages out."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gate.delivery import Condition, Delivery, Fact, Nudge, Written, subscriptions
from gate.echo import Echo
from gate.events import Count, RecordGrant, RecordRecount
from gate.link import Answered, Arrived, Connected, Denied, Disconnected
from gate.model import Direction, GrantId, Mode, Monotonic, Part, Reason, Utc
from gate.opening import open_store
from gate.payloads import Meta
from gate.reader import Reader
from gate.store import Store
from gate.talk import Moment, Talk, Word, matches
from gate.topics import topics
from gate.visits import VisitRules

NOW = Utc(1_772_357_400.0)
TOPICS = topics(root="aman", district="jkt", venue="mall", gate="t01-a")


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that was handed to the link."""

    mid: int
    topic: str
    content: dict[str, Any]
    retain: bool

    @property
    def seqs(self) -> list[int]:
        return [event["seq"] for event in self.content["ev"]]


class Gossip:
    """A further conversation that says what it is given, and writes down what it hears."""

    subscriptions = ("aman/v1/jkt/mall/g/+/gossip", "aman/v1/jkt/mall/news")

    def __init__(self) -> None:
        self.links: list[tuple[bool, bool]] = []
        self.heard: list[str] = []
        self.words: list[Word] = []
        self.due_at: Monotonic | None = None
        self.told_at: Moment | None = None

    def link(self, *, up: bool, central: bool, moment: Moment) -> None:
        self.links.append((up, central))
        self.told_at = moment

    def hear(self, message: Arrived, moment: Moment) -> None:
        self.heard.append(message.topic)
        self.told_at = moment

    def due(self) -> Monotonic | None:
        return self.due_at

    def say(self, moment: Moment) -> tuple[Word, ...]:
        words, self.words = tuple(self.words), []
        self.told_at = moment
        return words


class Bench:
    """A delivery on a real database, and a link that writes down what it is given."""

    def __init__(self, path: Path, *, central: bool = True, talks: Sequence[Talk] = ()) -> None:
        self.path = path
        self.talk = Gossip()
        self.talks = [self.talk, *talks]
        self.store, self.loaded = open_store(
            path, venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _newest: NOW
        )
        self.reader = Reader(path)
        self.link_is_up = True
        self.sent: list[Sent] = []
        self.told: list[str] = []
        self.acknowledged: list[tuple[str, int]] = []
        self.noted: list[int] = []
        self.told_something: list[bool] = []
        self.listen_first = False
        self.behind: list[str] = []
        self.may_begin_anew = True
        self.now = 100.0
        self.delivery = self.make(central=central)

    def make(self, *, central: bool) -> Delivery:
        return Delivery(
            publish=self.publish,
            reader=self.reader,
            topics=TOPICS,
            meta=Meta(
                gate="t01-a",
                venue="mall",
                district="jkt",
                epoch=self.loaded.epoch,
                software="0",
                hardware="test",
                ts=NOW,
            ),
            boot=self.loaded.boot,
            stored=self.loaded.seq,
            condition=Condition(Mode.NORMAL),
            acknowledged_by_central=central,
            acknowledge=lambda epoch, seq: self.acknowledged.append((epoch, seq)),
            note_sent=self.noted.append,
            note_told=lambda: self.told_something.append(True),
            echo=Echo(
                reader=self.reader,
                epoch=self.loaded.epoch,
                listen_first=self.listen_first,
                on_behind=self.on_behind,
            ),
            on_lost=lambda reason: self.told.append(f"lost: {reason}"),
            on_back=lambda: self.told.append("back"),
            talks=self.talks,
        )

    def on_behind(self, why: str) -> bool:
        self.behind.append(why)
        return self.may_begin_anew

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> int | None:
        if not self.link_is_up:
            return None
        self.sent.append(Sent(len(self.sent) + 1, topic, json.loads(payload), retain))
        return len(self.sent)

    @property
    def head(self) -> bytes:
        return self.reader.standing().head

    @property
    def moment(self) -> Moment:
        return Moment(Monotonic(self.now), NOW, "ntp")

    def happens(self, store: Store, count: int = 1) -> None:
        """That many people leave."""
        seq = store.apply_all([(Count(Direction.OUT, Reason.OK), NOW)] * count)
        self.delivery.take(Written(seq), self.moment)

    def take(self, *facts: Fact) -> None:
        for fact in facts:
            self.delivery.take(fact, self.moment)

    def say(self, *, later_s: float = 0.0) -> list[Sent]:
        """What is said now; `later_s` after the last time."""
        self.now += later_s
        before = len(self.sent)
        self.delivery.say(self.moment)
        return self.sent[before:]

    def ack(self, seq: int, epoch: str | None = None) -> Arrived:
        content = {"s": "aman.ack/1", "epoch": epoch or self.loaded.epoch, "seq": seq}
        return Arrived(TOPICS.ack, json.dumps(content).encode(), retained=False)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "gate.db")
    with closing(bench.store), closing(bench.reader):
        yield bench


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Bench]:
    """At a site where nobody acknowledges."""
    bench = Bench(tmp_path / "gate.db", central=False)
    with closing(bench.store), closing(bench.reader):
        yield bench


def central(state: str, *, retained: bool = True) -> Arrived:
    content = {"s": "aman.central/1", "state": state}
    return Arrived(TOPICS.central, json.dumps(content).encode(), retained=retained)


def test_nothing_is_said_before_the_broker_accepted_us(bench: Bench) -> None:
    bench.happens(bench.store)

    assert bench.say() == []
    assert bench.delivery.next_at() is None


def test_every_connection_begins_with_meta_status_and_ctr_retained(bench: Bench) -> None:
    bench.store.apply(RecordGrant(GrantId(1), Reason.OK, None), NOW)
    for _ in range(2):
        bench.take(Connected())

        said = bench.say()

        assert [message.topic for message in said[:3]] == [TOPICS.meta, TOPICS.status, TOPICS.ctr]
        assert all(message.retain for message in said[:3])
        assert said[1].content["state"] == "online"
        assert said[2].content["pending"] == 1
        assert said[2].content["epoch"] == bench.loaded.epoch
        assert (said[2].content["seq"], said[2].content["head"]) == (1, bench.head.hex())
        assert [message.topic for message in said[3:]] == [TOPICS.evt]
        assert not said[3].retain


def test_events_go_out_in_batches_of_fifty_with_contiguous_numbers(bench: Bench) -> None:
    bench.happens(bench.store, 120)
    bench.take(Connected())

    batches = [message.seqs for message in bench.say() if message.topic == TOPICS.evt]

    assert [len(batch) for batch in batches] == [50, 50, 20]
    assert [seq for batch in batches for seq in batch] == list(range(1, 121))


def test_after_a_change_totals_go_out_at_most_once_a_second(bench: Bench) -> None:
    bench.take(Connected())
    bench.say()

    bench.happens(bench.store)
    at_once = [message.topic for message in bench.say(later_s=0.5)]
    bench.happens(bench.store)
    a_second_later = [message.topic for message in bench.say(later_s=0.5)]

    assert at_once == [TOPICS.evt]
    assert a_second_later == [TOPICS.evt, TOPICS.ctr]
    assert bench.sent[-1].content["out"] == 2
    assert bench.delivery.next_at() is not None


def test_totals_go_out_every_minute_although_nothing_happens(bench: Bench) -> None:
    bench.take(Connected())
    bench.say()

    assert bench.say(later_s=59.0) == []
    assert [message.topic for message in bench.say(later_s=1.0)] == [TOPICS.ctr]


def test_status_goes_out_when_the_condition_changes_and_not_when_it_is_said_again(
    bench: Bench,
) -> None:
    bench.take(Connected())
    bench.say()
    camera_lost = Condition(Mode.FREE, frozenset({Part.CAMERA}))

    bench.take(camera_lost)
    first = bench.say()
    bench.take(camera_lost)
    second = bench.say()

    assert [message.topic for message in first] == [TOPICS.status]
    assert (first[0].content["mode"], first[0].content["faults"]) == ("free", ["camera"])
    assert second == []


def test_an_acknowledgement_goes_to_the_writer_once(bench: Bench) -> None:
    bench.happens(bench.store, 3)
    bench.take(Connected())
    bench.say()

    bench.take(bench.ack(2), bench.ack(2), bench.ack(1))

    assert bench.acknowledged == [(bench.loaded.epoch, 2)]
    assert bench.delivery.backlog == 1


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"garbage",
        b"\xff\xfe\x00",
        b"[]",
        b'{"s":"aman.ack/1"}',
        b'{"s":"aman.ack/1","epoch":"00000000","seq":1}',
        b"9" * 100_000,
    ],
)
def test_garbage_where_acknowledgements_come_from_does_nothing(
    bench: Bench, payload: bytes
) -> None:
    bench.happens(bench.store)
    bench.take(Connected())
    bench.say()

    bench.take(
        Arrived(TOPICS.ack, payload, retained=True),
        Arrived("aman/v1/other", payload, retained=True),
    )

    assert bench.acknowledged == []
    assert bench.delivery.backlog == 1


def test_an_acknowledgement_for_another_epoch_or_beyond_our_numbers_does_nothing(
    bench: Bench,
) -> None:
    bench.happens(bench.store, 3)
    bench.take(Connected())
    bench.say()

    bench.take(bench.ack(2, epoch="00000000"), bench.ack(4))

    assert bench.acknowledged == []
    assert bench.delivery.backlog == 3


def test_a_retained_acknowledgement_that_comes_with_the_connection_counts(bench: Bench) -> None:
    bench.happens(bench.store, 3)

    bench.take(Connected(), bench.ack(2))

    assert [message.seqs for message in bench.say() if message.topic == TOPICS.evt] == [[3]]


def test_a_puback_lets_no_row_go(bench: Bench) -> None:
    bench.happens(bench.store, 3)
    bench.take(Connected())

    bench.take(*(Answered(message.mid, taken=True, reason="") for message in bench.say()))

    assert bench.delivery.backlog == 3
    assert bench.acknowledged == []
    assert bench.noted == []


def test_where_nobody_acknowledges_the_broker_s_word_is_noted(alone: Bench) -> None:
    alone.happens(alone.store, 60)
    alone.take(Connected())

    alone.take(*(Answered(message.mid, taken=True, reason="") for message in alone.say()))

    assert alone.noted == [50, 60]
    assert alone.delivery.backlog == 0


def test_where_nobody_acknowledges_a_restart_does_not_send_everything_again(alone: Bench) -> None:
    alone.happens(alone.store, 60)
    alone.store.apply_all([(RecordRecount(), NOW)], sent=60)
    restarted = alone.make(central=False)
    alone.delivery = restarted

    alone.take(Connected())

    assert [message.seqs for message in alone.say() if message.topic == TOPICS.evt] == [[61]]


def test_without_an_acknowledgement_the_same_events_are_sent_again(bench: Bench) -> None:
    bench.happens(bench.store, 3)
    bench.take(Connected())
    bench.take(*(Answered(message.mid, taken=True, reason="") for message in bench.say()))

    too_early = bench.say(later_s=9.0)
    again = bench.say(later_s=1.0)

    assert too_early == []
    assert [message.seqs for message in again if message.topic == TOPICS.evt] == [[1, 2, 3]]


def test_a_later_upload_does_not_rewrite_what_happened_at_the_door(bench: Bench) -> None:
    """Seen in pretix 3187. What goes out the second time is what was written at the moment."""
    bench.happens(bench.store, 3)
    bench.take(Connected())
    (first,) = [message for message in bench.say() if message.topic == TOPICS.evt]

    bench.take(Disconnected("gone"), Condition(Mode.LOCKED, frozenset({Part.CAMERA})))
    bench.take(Connected())
    (second,) = [message for message in bench.say(later_s=86_400.0) if message.topic == TOPICS.evt]

    assert second.content == first.content


def test_a_backlog_that_is_replayed_after_a_reconnect_opens_no_door(bench: Bench) -> None:
    """Seen in Hikvision-Addons 29. What a gate hears can let rows go, nothing else."""
    own = TOPICS.evt.rsplit("/", 1)[0]
    orders = [b'{"cmd": "open"}', b'{"s": "aman.cmd/1", "do": "open"}', b"open", b"1"]
    bench.take(Connected())
    bench.say()

    for _ in range(3):
        bench.take(Disconnected("gone"), Connected())
        bench.say()
        for topic in (f"{own}/cmd", f"{own}/set", TOPICS.ack, TOPICS.central, TOPICS.status):
            bench.take(*(Arrived(topic, order, retained=True) for order in orders))
    bench.say(later_s=60.0)

    assert bench.told == ["lost: gone", "back"] * 3
    assert bench.acknowledged == []
    assert {message.topic for message in bench.sent} == {TOPICS.meta, TOPICS.status, TOPICS.ctr}


def test_events_wait_while_central_is_away_and_all_go_when_it_is_back(bench: Bench) -> None:
    bench.take(Connected(), central("offline"))
    bench.happens(bench.store, 3)

    away = [message.topic for message in bench.say()]
    bench.take(Arrived(TOPICS.central, b"garbage", retained=False))
    still_away = bench.say(later_s=30.0)
    bench.take(central("online"))
    back = [message.seqs for message in bench.say() if message.topic == TOPICS.evt]

    assert away == [TOPICS.meta, TOPICS.status, TOPICS.ctr]
    assert TOPICS.evt not in [message.topic for message in still_away]
    assert back == [[1, 2, 3]]


def test_a_central_that_subscribes_after_us_gets_what_the_broker_had_nobody_for(
    bench: Bench,
) -> None:
    bench.happens(bench.store, 3)
    bench.take(Connected())
    bench.say()

    bench.take(central("online", retained=False))

    assert [message.seqs for message in bench.say()] == [[1, 2, 3]]


def test_what_the_broker_refuses_stays_in_the_backlog_and_is_told_once(alone: Bench) -> None:
    alone.happens(alone.store, 60)
    alone.take(Connected())
    answers = [
        Answered(message.mid, taken=message.topic != TOPICS.evt, reason="Not authorized")
        for message in alone.say()
    ]

    alone.take(*answers)
    asked_again = alone.say(later_s=10.0)
    alone.take(*(Answered(message.mid, taken=True, reason="") for message in asked_again))

    assert alone.told == [f"lost: the broker refused {TOPICS.evt}: Not authorized", "back"]
    assert alone.noted == [50, 60]


def test_an_answer_from_an_older_connection_means_nothing(alone: Bench) -> None:
    alone.happens(alone.store, 3)
    alone.take(Connected())
    old = [message.mid for message in alone.say()]
    alone.take(Disconnected("gone"), Connected())
    alone.say()

    alone.take(*(Answered(mid, taken=True, reason="") for mid in old))

    assert alone.noted == []
    assert alone.delivery.backlog == 3


def test_a_refusal_from_an_older_connection_is_no_news(bench: Bench) -> None:
    bench.take(Connected())
    old = [message.mid for message in bench.say()]
    bench.take(Disconnected("gone"), Connected())
    bench.say()

    bench.take(*(Answered(mid, taken=False, reason="Not authorized") for mid in old))

    assert bench.told == ["lost: gone", "back"]


def test_a_link_that_cannot_be_made_is_told_once_and_its_return_once(bench: Bench) -> None:
    bench.take(Disconnected("refused: Not authorized"), Disconnected("no answer"))
    bench.take(Connected(), Disconnected("connection lost"), Connected())

    assert bench.told == ["lost: refused: Not authorized", "back", "lost: connection lost", "back"]


def test_a_broker_that_stays_away_for_a_week_is_told_once_and_gets_everything_once(
    bench: Bench,
) -> None:
    bench.take(Connected())
    bench.say()
    bench.link_is_up = False
    for _ in range(7 * 24):
        for _ in range(60):  # an attempt a minute
            bench.take(Disconnected("Connection refused"))
        bench.happens(bench.store, 3)
        assert bench.say(later_s=3600.0) == []
    assert bench.told == ["lost: Connection refused"]
    assert bench.delivery.backlog == 3 * 7 * 24

    bench.link_is_up = True
    bench.take(Connected())
    numbers: list[int] = []
    while bench.delivery.backlog and len(numbers) < 1000:
        heard = [seq for said in bench.say() if said.topic == TOPICS.evt for seq in said.seqs]
        numbers += heard
        bench.take(bench.ack(max(heard)))

    assert bench.told == ["lost: Connection refused", "back"]
    assert numbers == list(range(1, 3 * 7 * 24 + 1))
    assert bench.sent[-1].topic == TOPICS.evt


def test_a_link_that_takes_nothing_is_asked_again_a_second_later(bench: Bench) -> None:
    bench.happens(bench.store)
    bench.take(Connected())
    bench.link_is_up = False

    assert bench.say() == []
    assert bench.delivery.next_at() == Monotonic(bench.now + 1)
    bench.link_is_up = True
    assert bench.say(later_s=0.5) == []
    assert len(bench.say(later_s=0.5)) == 4


def test_the_goodbye_is_what_is_left_the_totals_and_offline(bench: Bench) -> None:
    bench.take(Connected())
    bench.say()
    bench.happens(bench.store, 2)

    last = bench.delivery.say_goodbye(bench.moment)

    said = bench.sent[-3:]
    assert [message.topic for message in said] == [TOPICS.evt, TOPICS.ctr, TOPICS.status]
    assert said[1].content["out"] == 2
    assert said[2].content["state"] == "offline"
    assert last == said[2].mid


def test_there_is_no_goodbye_without_a_link(bench: Bench) -> None:
    moment = bench.moment

    assert bench.delivery.say_goodbye(moment) is None
    bench.take(Connected())
    bench.say()
    bench.link_is_up = False
    assert bench.delivery.say_goodbye(moment) is None


def test_a_talk_hears_what_is_said_on_its_topics_and_nothing_else(bench: Bench) -> None:
    bench.take(
        Connected(),
        Arrived("aman/v1/jkt/mall/g/t01-b/gossip", b"", retained=False),
        Arrived("aman/v1/jkt/mall/news", b"", retained=False),
        Arrived("aman/v1/jkt/shop/g/t01-b/gossip", b"", retained=False),
        bench.ack(0),
    )

    assert bench.talk.heard == ["aman/v1/jkt/mall/g/t01-b/gossip", "aman/v1/jkt/mall/news"]
    assert set(Gossip.subscriptions) < set(subscriptions(TOPICS, [bench.talk]))


def test_a_talk_learns_of_the_link_and_of_central_and_speaks_when_it_has_words(
    bench: Bench,
) -> None:
    bench.talk.words = [Word("a", b"1", retain=True)]
    assert bench.say() == []

    bench.take(Connected(), central("online"), central("offline"), Disconnected("gone"))
    assert bench.talk.links == [(True, False), (True, True), (True, False), (False, False)]

    bench.take(Connected())
    assert [(word.topic, word.retain) for word in bench.say()[-1:]] == [("a", True)]
    bench.talk.words = [Word("b", b"2")]
    bench.take(Nudge())
    assert [(word.topic, word.retain) for word in bench.say()] == [("b", False)]


def test_what_a_talk_has_to_say_later_wakes_the_delivery(bench: Bench) -> None:
    bench.take(Connected())
    bench.say()
    bench.talk.due_at = Monotonic(bench.now + 7)

    assert bench.delivery.next_at() == bench.now + 7


@pytest.mark.parametrize(
    ("subscription", "topic", "same"),
    [
        ("a/+/c", "a/b/c", True),
        ("a/b/c", "a/b/c", True),
        ("a/+/c", "a/b/d", False),
        ("a/+", "a/b/c", False),
        ("a/+/c", "a/c", False),
        ("+", "", True),
    ],
)
def test_one_level_stands_for_one_level(subscription: str, topic: str, *, same: bool) -> None:
    assert matches(subscription, topic) is same


def test_what_the_broker_refuses_of_a_talk_is_no_lost_broker(bench: Bench) -> None:
    bench.take(Connected())
    bench.talk.words = [Word("homeassistant/device/t01-a/config", b"{}", retain=True)]
    (word,) = bench.say()[-1:]

    bench.take(Answered(word.mid, taken=False, reason="Not authorized"))

    assert bench.told == []


def test_a_subscription_that_the_broker_refuses_is_a_lost_broker(bench: Bench) -> None:
    """Without acknowledgements and quotas a gate is as good as alone, and staff must know."""
    bench.take(Connected(), Denied("aman/v1/jkt/mall/g/t01-a/ack: Not authorized"))

    (said,) = bench.told
    assert said.startswith("lost: the broker does not let us listen to aman/")
    bench.take(Disconnected("gone"), Connected())
    assert bench.told[1:] == ["back"]


def test_a_backlog_that_was_told_of_is_told_to_have_gone(bench: Bench) -> None:
    bench.happens(bench.store, 3)
    bench.take(Connected())
    (said,) = [word for word in bench.say() if word.topic == TOPICS.status]
    assert said.content["backlog"] == 3
    bench.take(bench.ack(2))
    assert bench.say() == []

    bench.take(bench.ack(3))

    (said,) = bench.say()
    assert (said.topic, said.content["backlog"]) == (TOPICS.status, 0)
