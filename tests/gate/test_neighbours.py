"""What is heard of the other gates, what central is asked, and what is not believed."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.elsewhere import LONGEST_VISIT_S, CutOff, EventsHeard, Heard, PageHeard
from gate.link import Arrived
from gate.model import Direction, Monotonic, Utc, VisitId
from gate.neighbours import LONGEST_PAUSE_S, MOST_GATES, Neighbours
from gate.payloads import Ans, Ask, Evt, EvtItem, KnownVisit, Places, Upto
from gate.rows import Kind
from gate.talk import Moment, matches
from gate.topics import topics
from gate.visits import Told

NOON = Utc(1_800_000_000.0)
TOPICS = topics(root="aman", district="jkt", venue="mall", gate="t01-a")
VISIT = VisitId("5b1f9c0e77aa0c11d2e3f405")
EPOCH = "7f3c2a91"


@dataclass
class Bench:
    """Neighbours with a clock that is set."""

    asks: bool = True
    since: int = 0
    now: float = 100.0
    news: list[Heard | CutOff] = field(default_factory=list)

    def __post_init__(self) -> None:
        numbers = count(1)
        self.neighbours = Neighbours(
            gate="t01-a",
            topics=TOPICS,
            since=self.since,
            asks=self.asks,
            on_news=self.news.append,
            new_id=lambda: f"{next(numbers):016x}",
            chance=lambda: 0.5,
        )

    @property
    def moment(self) -> Moment:
        return Moment(Monotonic(self.now), Utc(NOON + self.now), "ntp")

    def link(self, *, up: bool = True, central: bool = True) -> None:
        self.neighbours.link(up=up, central=central, moment=self.moment)

    def hear(self, topic: str, payload: bytes) -> None:
        self.neighbours.hear(Arrived(topic, payload, retained=False), self.moment)

    def event(self, *items: EvtItem, gate: str = "t01-b", epoch: str = EPOCH) -> None:
        self.hear(of(gate), Evt(gate=gate, epoch=epoch, events=items).encode())

    def asked(self) -> list[Ask]:
        words = self.neighbours.say(self.moment)
        assert all(word.topic == TOPICS.ask and not word.retain for word in words)
        return [Ask.parse(word.payload) for word in words]

    def answer(self, ask: Ask, mark: int, **more: Any) -> None:
        self.hear(TOPICS.ans, Ans(id=ask.id, mark=mark, **more).encode())

    def connect(self, *, upto: int = 0) -> None:
        """Everything has been asked and answered."""
        self.link()
        (ask,) = self.asked()
        self.answer(ask, 1, upto=(Upto(gate="t01-b", epoch=EPOCH, seq=upto),))
        self.news.clear()

    def seqs(self) -> list[int]:
        return [
            event.seq for one in self.news if isinstance(one, EventsHeard) for event in one.events
        ]


def of(gate: str) -> str:
    return f"aman/v1/jkt/mall/g/{gate}/evt"


def item(seq: int, kind: str = "passage", at: float = 0.0, **more: Any) -> EvtItem:
    values = {"direction": Direction.IN, "visit": VISIT, "n": 2, "reason": "ok", **more}
    return EvtItem(seq=seq, at=Utc(NOON + at), kind=kind, **values)


def test_it_listens_to_all_gates_of_the_venue_and_to_central() -> None:
    listened = Bench().neighbours.subscriptions
    assert [any(matches(it, topic) for it in listened) for topic in (of("x"), TOPICS.ans)] == [
        True,
        True,
    ]
    assert not any(matches(it, "aman/v1/jkt/shop/g/x/evt") for it in listened)


def test_what_another_gate_tells_of_visits_is_handed_over_and_the_rest_is_not() -> None:
    bench = Bench()
    bench.event(
        item(1, "granted"),
        item(2),
        item(3, "alarm"),
        item(4, visit=None),
        item(5, "of a newer version"),
        item(6, "recovered", visit=None, n=1, detail="power"),
        item(7, "recovered", visit=None, n=None, detail="camera"),
    )

    (heard,) = bench.news
    assert isinstance(heard, EventsHeard)
    assert (heard.gate, heard.epoch) == ("t01-b", EPOCH)
    kinds = [(event.seq, event.kind, event.visit) for event in heard.events]
    assert kinds == [
        (1, Kind.GRANTED, VISIT),
        (2, Kind.PASSAGE, VISIT),
        (6, Kind.RECOVERED, None),
    ]


def test_its_own_events_say_nothing_to_it() -> None:
    bench = Bench()
    bench.event(item(1), gate="t01-a")
    assert bench.news == []


def test_what_was_heard_is_not_heard_again_but_a_new_epoch_is() -> None:
    bench = Bench()
    bench.event(item(1), item(2))
    bench.event(item(2), item(3))
    bench.event(item(1), epoch="00000001")
    assert bench.seqs() == [1, 2, 3, 1]


def test_no_time_is_later_than_now_and_what_is_a_day_old_is_nobody_s_visit_any_more() -> None:
    bench = Bench()
    bench.event(item(1, at=9e6), item(2, at=-LONGEST_VISIT_S))
    (heard,) = bench.news
    assert isinstance(heard, EventsHeard)
    assert [(event.seq, event.at) for event in heard.events] == [(1, bench.moment.utc)]


def test_a_power_cut_is_believed_once_a_minute() -> None:
    bench = Bench()
    for seq in (1, 2):
        bench.event(item(seq, "recovered", visit=None, n=1, detail="power"))
    bench.now += 61
    bench.event(item(3, "recovered", visit=None, n=1, detail="power"))
    assert bench.seqs() == [1, 3]


# --- asking -------------------------------------------------------------------------------------


def test_it_asks_page_by_page_from_the_mark_of_the_last_and_is_then_no_longer_cut_off() -> None:
    bench = Bench(since=7)
    bench.link(central=False)
    assert bench.asked() == []
    bench.link()
    (first,) = bench.asked()
    assert (first.gate, first.since) == ("t01-a", 7)

    bench.answer(first, 20, more=True)
    (second,) = bench.asked()
    assert second.since == 20
    assert second.id != first.id
    assert CutOff(cut_off=False) not in bench.news
    bench.answer(second, 30)

    assert bench.asked() == []
    assert bench.neighbours.due() is None
    assert bench.news == [PageHeard((), 20), PageHeard((), 30), CutOff(cut_off=False)]


def test_while_nobody_answers_it_asks_again_and_waits_longer_each_time() -> None:
    bench = Bench()
    bench.link()
    began, pauses, ids = bench.now, [], set()
    for _ in range(6):
        (ask,) = bench.asked()
        ids.add(ask.id)
        due = bench.neighbours.due()
        assert due is not None
        pauses.append(due - bench.now)
        bench.now = due
    assert pauses == [10.0, 20.0, 40.0, *[LONGEST_PAUSE_S] * 3]
    assert len(ids) == 6
    assert bench.now > began


@pytest.mark.parametrize("lost", ["link", "central"])
def test_without_link_or_central_it_is_cut_off_and_asks_when_both_are_back(lost: str) -> None:
    bench = Bench()
    bench.connect()
    bench.link(up=lost != "link", central=False)
    assert bench.news == [CutOff(cut_off=True)]
    assert bench.asked() == []
    assert bench.neighbours.due() is None

    bench.link()
    (ask,) = bench.asked()
    assert ask.since == 1
    assert len(bench.news) == 1
    bench.answer(ask, 1)
    assert bench.news[-1] == CutOff(cut_off=False)


def test_where_there_is_no_central_the_link_is_all_there_is() -> None:
    bench = Bench(asks=False)
    bench.link(central=False)
    assert bench.news == [CutOff(cut_off=False)]
    bench.event(item(8))
    assert bench.neighbours.due() is None
    bench.link(up=False, central=False)
    assert bench.news[-1] == CutOff(cut_off=True)


def test_a_gap_is_asked_for_until_central_has_heard_as_much_as_we_have() -> None:
    bench = Bench()
    bench.connect(upto=4)
    bench.event(item(5))
    assert bench.neighbours.due() is None
    bench.now += 30
    bench.event(item(8))
    (ask,) = bench.asked()

    bench.answer(ask, 2, upto=(Upto(gate="t01-b", epoch=EPOCH, seq=7),))
    due = bench.neighbours.due()
    assert due is not None
    bench.now = due
    (ask,) = bench.asked()
    bench.answer(ask, 3, upto=(Upto(gate="t01-b", epoch=EPOCH, seq=8),))

    assert bench.neighbours.due() is None
    bench.event(item(8), item(9))
    assert bench.seqs() == [5, 8, 9]
    assert bench.neighbours.due() is None


def test_a_gate_that_nobody_knew_has_told_something_before_unless_it_begins_with_1() -> None:
    bench = Bench()
    bench.connect()
    bench.now += 30
    bench.event(item(1), gate="t01-c")
    assert bench.neighbours.due() is None
    bench.event(item(5), gate="t01-d")
    assert len(bench.asked()) == 1


def test_gaps_after_gaps_make_no_more_than_a_question_in_ten_seconds() -> None:
    bench = Bench()
    bench.connect()
    asked = 0
    for seq in range(10, 1000, 10):
        bench.now += 1
        bench.event(item(seq))
        for ask in bench.asked():
            asked += 1
            bench.answer(ask, seq, upto=(Upto(gate="t01-b", epoch=EPOCH, seq=seq),))
    assert 9 <= asked <= 11


def test_a_page_says_for_each_gate_how_far_it_was_heard() -> None:
    bench = Bench()
    bench.link()
    (ask,) = bench.asked()
    places = [
        Places(gate="t01-b", granted=1, entered=2, left=1, at=NOON),
        Places(gate="t01-a", entered=1, at=NOON),
        Places(gate="t01-c", entered=1, at=Utc(NOON - 2 * LONGEST_VISIT_S)),
    ]
    bench.answer(
        ask,
        3,
        upto=tuple(Upto(gate=f"t01-{x}", epoch=EPOCH, seq=9) for x in "abc"),
        visits=(KnownVisit(visit=VISIT, party=2, by=tuple(places)),),
    )
    page = bench.news[0]
    assert isinstance(page, PageHeard)
    (account,) = page.accounts
    assert account.by == (Told("t01-b", EPOCH, 9, NOON, granted=1, entered=2, left=1),)


# --- what is not believed -----------------------------------------------------------------------


def wrong_answers(ask: Ask) -> Iterable[bytes]:
    upto = (Upto(gate="t01-b", epoch=EPOCH, seq=9),)
    yield Ans(id="f" * 16, mark=5, upto=upto).encode()
    yield Ans(id=ask.id, mark=0, more=True).encode()
    yield Ans(id=ask.id, mark=5).encode()[:-1]
    yield b"{}"


def test_what_is_no_answer_to_our_question_is_ignored_and_the_question_stands() -> None:
    bench = Bench()
    bench.link()
    (ask,) = bench.asked()
    for payload in wrong_answers(ask):
        bench.hear(TOPICS.ans, payload)
    assert bench.news == []
    bench.answer(ask, 5)
    assert bench.news == [PageHeard((), 5), CutOff(cut_off=False)]
    bench.answer(ask, 6)
    assert len(bench.news) == 2


@pytest.mark.parametrize(
    "odd",
    [
        Places(gate="t01-x", entered=1, at=NOON),
        Places(gate="t01-b", entered=10**6, at=NOON),
        Places(gate="t01-b", granted=21, at=NOON),
    ],
)
def test_one_visit_that_cannot_be_keeps_the_others_of_its_page_away_from_nobody(
    odd: Places,
) -> None:
    bench = Bench()
    bench.link()
    (ask,) = bench.asked()
    good = Places(gate="t01-b", entered=1, at=NOON)
    visits = tuple(
        KnownVisit(visit=VisitId(name * 24), party=2, by=(places,))
        for name, places in (("1", odd), ("2", good))
    )
    upto = (Upto(gate="t01-b", epoch=EPOCH, seq=9),)

    bench.hear(TOPICS.ans, Ans(id=ask.id, mark=5, upto=upto, visits=visits).encode())

    page, whole = bench.news
    assert isinstance(page, PageHeard)
    assert [account.visit for account in page.accounts] == [VisitId("2" * 24)]
    assert whole == CutOff(cut_off=False)


@pytest.mark.parametrize(
    "wrong",
    [
        Evt(gate="t01-c", epoch=EPOCH, events=(item(1),)).encode(),
        Evt(gate="t01-b", epoch=EPOCH, events=(item(1, n=21),)).encode(),
        Evt(gate="t01-b", epoch=EPOCH, events=(item(1, n=0),)).encode(),
        Evt(gate="t01-b", epoch=EPOCH, events=(item(1, n=None),)).encode(),
        Evt(gate="t01-b", epoch=EPOCH, events=(item(1, direction=None),)).encode(),
        b'{"s":"aman.evt/2"}',
        b"[" * 60_000,
        b"{" + b" " * 70_000 + b"}",
    ],
)
def test_what_cannot_be_is_ignored_and_logged_once_a_minute(
    wrong: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench()
    with caplog.at_level(logging.WARNING):
        for later in (0, 10, 49, 2):
            bench.now += later
            bench.hear(of("t01-b"), wrong)
        assert len(caplog.messages) <= 2
    assert caplog.messages
    assert bench.news == []


def test_a_flood_of_gates_is_not_kept() -> None:
    bench = Bench()
    for number in range(MOST_GATES + 50):
        bench.event(item(1), gate=f"x-{number}")
    assert len(bench.seqs()) == MOST_GATES


GOOD = [
    Evt(gate="t01-b", epoch=EPOCH, events=(item(1), item(2, "granted"))).encode(),
    Ans(
        id=f"{1:016x}",
        mark=9,
        upto=(Upto(gate="t01-b", epoch=EPOCH, seq=9),),
        visits=(KnownVisit(visit=VISIT, party=2, by=(Places(gate="t01-b", at=NOON),)),),
    ).encode(),
]


@given(junk=st.binary(max_size=300))
def test_no_bytes_stop_it_or_are_believed(junk: bytes) -> None:
    bench = Bench()
    bench.link()
    bench.asked()
    for topic in (of("t01-b"), TOPICS.ans):
        bench.hear(topic, junk)
    assert bench.news == []


@given(
    payload=st.sampled_from(GOOD), at=st.integers(0, 10_000), junk=st.binary(min_size=0, max_size=3)
)
def test_a_good_message_that_was_damaged_stops_nothing(
    payload: bytes, at: int, junk: bytes
) -> None:
    bench = Bench()
    bench.link()
    bench.asked()
    at %= len(payload)
    for topic in (of("t01-b"), TOPICS.ans):
        bench.hear(topic, payload[:at] + junk + payload[at + 1 :])
