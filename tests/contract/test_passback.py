"""Two gates and central over a real mosquitto: a pass that is used at one is used at the other."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from drivers.simulated.broker import Broker
from gate.desk import Desk
from gate.elsewhere import CutOff, EventsHeard, Heard, PageHeard
from gate.events import Count, PassAccepted, PassRefused, Record, RecordGrant
from gate.issuing import issue, new_key, public_jwks
from gate.keys import parse_keys
from gate.model import Direction, GrantId, Reason, RefusalCode, Utc
from gate.neighbours import Neighbours
from gate.payloads import Ack, Ask, CentralState, Evt, Malformed, decode
from gate.revocations import Revocations
from gate.topics import topics
from gate.visits import VisitRules
from tests.assembled import SOON_S, Gate, utc
from tests.assembled_central import Central as RealCentral
from tests.assembled_central import plan
from tests.scripted_central import Central

KEY = new_key("a")
KEYS = parse_keys(json.dumps(public_jwks(KEY)).encode(), source="test")
VENUE = "aman/v1/jkt/mall"


class Lane:
    """One gate: outbox, link, neighbours and desk; the test is the deciding thread."""

    def __init__(self, folder: Path, port: int, name: str, since: int = 0) -> None:
        self.news: SimpleQueue[Heard | CutOff] = SimpleQueue()
        numbers = count(1)
        self.desk = Desk(
            venue="mall",
            gate=name,
            scan=Direction.IN,
            keys=KEYS,
            skew_s=60,
            rules=VisitRules(),
            revoked=Revocations(),
            visits={},
        )
        neighbours = Neighbours(
            gate=name,
            topics=topics(root="aman", district="jkt", venue="mall", gate=name),
            since=since,
            asks=True,
            on_news=self.news.put,
            new_id=lambda: f"{next(numbers):016x}",
            chance=lambda: 0.0,
        )
        self.gate = Gate(folder / f"{name}.db", port, name=name, talks=[neighbours])
        self.desk.visits = dict(self.gate.loaded.visits)
        self.pages = 0
        self.live = 0
        self._grants = count(self.gate.loaded.next_grant)

    def hear(self, timeout_s: float = SOON_S) -> None:
        """The next news."""
        news = self.news.get(timeout=timeout_s)
        self.pages += isinstance(news, PageHeard)
        self.live += isinstance(news, EventsHeard)
        if isinstance(news, CutOff):
            self.desk.cut_off = news.cut_off
        else:
            self.desk.hear(news, utc())
            self.gate.writer.hear(news)

    def hear_until(self, code: RefusalCode, text: bytes) -> None:
        """Some news or other makes this the answer to the pass."""
        while (shown := self.shown(text)) is not code:
            try:
                self.hear()
            except Empty:
                pytest.fail(f"it stayed {shown}")

    def be_in_touch(self) -> None:
        while self.desk.cut_off:
            self.hear()

    def shown(self, text: bytes) -> RefusalCode | int:
        answer = self.desk.judge(text, utc(), sure=True)
        if isinstance(answer, PassRefused):
            return answer.code
        assert isinstance(answer, PassAccepted)
        return answer.places

    def admit(self, text: bytes) -> None:
        """One person, from the pass to the passage."""
        answer = self.desk.judge(text, utc(), sure=True)
        assert isinstance(answer, PassAccepted)
        grant = GrantId(next(self._grants))
        self.record(RecordGrant(grant, Reason.OK, answer.pass_))
        self.record(Count(Direction.IN, Reason.OK, grant, answer.pass_))

    def record(self, record: Record) -> None:
        self.desk.note(record, utc())
        self.gate.record(record)


class Server:
    """The scripted central with a connection."""

    def __init__(self, port: int) -> None:
        self.central = Central(visits_a_page=1)
        ready = threading.Event()
        self.client = Client(CallbackAPIVersion.VERSION2)
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = self._take
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self.client.subscribe([(f"{VENUE}/g/+/{word}", 1) for word in ("evt", "ask")])
        assert ready.wait(SOON_S)
        self.say("aman/v1/central/state", CentralState(state="online").encode(), retain=True)

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos=1, retain=retain)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _take(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        payload = bytes(message.payload)
        if message.topic.endswith("/ask"):
            ask = Ask.parse(payload)
            self.say(f"{VENUE}/g/{ask.gate}/ans", self.central.answer(ask).encode())
        elif not isinstance(evt := decode(Evt, payload), Malformed):
            self._acknowledge(evt)

    def _acknowledge(self, evt: Evt) -> None:
        self.central.take(evt)
        upto = self.central.upto.get((evt.gate, evt.epoch), 0)
        self.say(f"{VENUE}/g/{evt.gate}/ack", Ack(epoch=evt.epoch, seq=upto).encode(), retain=True)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def broker(tmp_path: Path, opened: ExitStack) -> Broker:
    broker = Broker(tmp_path)
    broker.start()
    opened.callback(broker.stop)
    return broker


def a_pass(party: int = 1) -> bytes:
    now = Utc(int(time.time()))
    return issue(
        key=KEY, venue="mall", issued_at=now, valid_from=now, expires=Utc(now + 3600), party=party
    ).encode()


@pytest.fixture(params=["scripted", "real"])
def central(
    request: pytest.FixtureRequest, tmp_path: Path, broker: Broker, opened: ExitStack
) -> None:
    """One that does no more than the contract says, and the one of `gate central`."""
    if request.param == "real":
        opened.enter_context(RealCentral(tmp_path, broker.port, [plan("t01-a", "t01-b")]))
    else:
        opened.callback(Server(broker.port).close)


@pytest.mark.usefixtures("central")
def test_a_pass_that_was_used_at_one_gate_is_used_at_the_other_live_and_after_an_absence(
    tmp_path: Path, broker: Broker, opened: ExitStack
) -> None:
    first, second = (Lane(tmp_path, broker.port, name) for name in ("t01-a", "t01-b"))
    opened.callback(first.gate.close)
    opened.callback(second.gate.close)
    first.be_in_touch()
    second.be_in_touch()
    alone, family = a_pass(), a_pass(2)

    first.admit(alone)
    second.hear_until(RefusalCode.PARTY_COMPLETE, alone)
    assert second.live > 0
    second.admit(family)
    second.gate.close()  # and misses what comes now
    first.admit(family)
    while first.gate.acknowledged.get(timeout=SOON_S) < 4:
        pass

    again = Lane(tmp_path, broker.port, "t01-b", since=second.gate.loaded.heard)
    opened.callback(again.gate.close)
    assert again.shown(alone) is RefusalCode.PARTY_COMPLETE, "what was heard was on its disk"
    again.be_in_touch()
    assert again.pages > 0
    assert again.shown(family) is RefusalCode.PARTY_COMPLETE


def test_bytes_of_strangers_on_the_topics_stop_nothing_and_are_not_believed(
    tmp_path: Path, broker: Broker, opened: ExitStack
) -> None:
    server = Server(broker.port)
    opened.callback(server.close)
    lane = Lane(tmp_path, broker.port, "t01-a")
    opened.callback(lane.gate.close)
    lane.be_in_touch()
    text = a_pass()
    for junk in (b"", b"\x00" * 900, b"{", b"[" * 5000, b'{"s":"aman.evt/1","gate":"t01-b"}'):
        server.say(f"{VENUE}/g/t01-b/evt", junk)
        server.say(f"{VENUE}/g/t01-a/ans", junk)
    assert lane.shown(text) == 1

    other = Lane(tmp_path, broker.port, "t01-b")
    opened.callback(other.gate.close)
    other.admit(text)

    lane.hear_until(RefusalCode.PARTY_COMPLETE, text)
