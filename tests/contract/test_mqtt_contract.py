"""What central can rely on: the gate's outbox over a real mosquitto, read by a plain paho client.

Everything of the gate is real, from the database to the socket; central is forty lines that do
what the contract asks of it: de-duplicate by (gate, epoch, seq), acknowledge what it has.
"""

import json
import multiprocessing
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from drivers.simulated.broker import Broker
from gate.events import Count, RecordGrant
from gate.model import Direction, GrantId, Reason
from tests.assembled import TOPICS, Gate, utc

SOON_S = 10.0
"""Longer than anything here takes; only a failing test waits for it."""

ONLINE = b'{"s":"aman.central/1","state":"online"}'
OFFLINE = b'{"s":"aman.central/1","state":"offline"}'
ENTERED = Count(Direction.IN, Reason.ATTENDANT)
LEFT = Count(Direction.OUT, Reason.OK)


class Central:
    """A subscriber to everything that keeps what it has and, if asked to, acknowledges it."""

    def __init__(self, port: int, *, acknowledges: bool = True) -> None:
        self._acknowledges = acknowledges
        self._changed = threading.Condition()
        self.events: dict[tuple[str, int], dict[str, Any]] = {}
        self.times_received = 0
        self.last: dict[str, dict[str, Any]] = {}
        """The newest payload of each topic, evt aside."""
        self.states: list[str] = []
        self.retained: dict[str, dict[str, Any]] = {}
        """What the broker had kept when we came."""
        self.connect(port)

    def connect(self, port: int) -> None:
        """Come (back), with nothing left of an earlier connection."""
        self.client = Client(CallbackAPIVersion.VERSION2, client_id="central")
        self.client.on_connect = lambda client, *_: client.subscribe("aman/v1/+/+/g/+/#", qos=1)
        subscribed = threading.Event()
        self.client.on_subscribe = lambda *_: subscribed.set()
        self.client.on_message = self._on_message
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert subscribed.wait(SOON_S)
        if self._acknowledges:
            self.publish(TOPICS.central, ONLINE)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def publish(self, topic: str, payload: bytes) -> None:
        """Retained, as central does; waits until the broker has it."""
        self.client.publish(topic, payload, qos=1, retain=True).wait_for_publish(SOON_S)

    def wait_for(self, condition: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, SOON_S), self._state()

    def wait_for_more_than(self, events: int) -> None:
        self.wait_for(lambda: len(self.events) > events)

    def seqs(self) -> list[int]:
        return sorted(seq for _, seq in self.events)

    def counted(self, direction: str) -> int:
        """People who went that way, as the de-duplicated events say."""
        passages = [event for event in self.events.values() if event["k"] == "passage"]
        return sum(event["d"] == direction for event in passages)

    def _on_message(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        kind = message.topic.rsplit("/", 1)[1]
        if kind == "ack":
            return
        payload = json.loads(message.payload)
        with self._changed:
            if message.retain:
                self.retained[kind] = payload
            if kind == "evt":
                self._take(payload)
            else:
                self.last[kind] = payload
            if kind == "status":
                self.states.append(payload["state"])
            self._changed.notify_all()

    def _take(self, evt: dict[str, Any]) -> None:
        for event in evt["ev"]:
            self.times_received += 1
            self.events[evt["epoch"], event["seq"]] = event
        if self._acknowledges:
            highest = 0
            while (evt["epoch"], highest + 1) in self.events:
                highest += 1
            self.client.publish(TOPICS.ack, ack(evt["epoch"], highest), qos=1, retain=True)

    def _state(self) -> str:
        return f"{len(self.events)} events, {self.states}, {self.last}"


def ack(epoch: str, seq: int) -> bytes:
    return json.dumps({"s": "aman.ack/1", "epoch": epoch, "seq": seq}).encode()


@pytest.fixture
def city(broker: Broker, tmp_path: Path) -> Iterator["City"]:
    with ExitStack() as stack:
        yield City(broker, tmp_path / "gate.db", stack)


class City:
    """Makes gates and centrals, and closes them at the end."""

    def __init__(self, broker: Broker, path: Path, stack: ExitStack) -> None:
        self.broker = broker
        self.path = path
        self._stack = stack

    def gate(self, *, central: bool = True, version: Literal["5", "3.1.1"] = "5") -> Gate:
        gate = Gate(self.path, self.broker.port, central=central, version=version)
        self._stack.callback(gate.close)
        return gate

    def central(self, *, acknowledges: bool = True) -> Central:
        central = Central(self.broker.port, acknowledges=acknowledges)
        self._stack.callback(central.close)
        return central


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_events_arrive_with_contiguous_numbers_and_the_totals_agree(
    city: City, version: Literal["5", "3.1.1"]
) -> None:
    central = city.central()
    gate = city.gate(version=version)

    gate.record(*[ENTERED] * 120, *[LEFT] * 30)

    central.wait_for(lambda: central.seqs() == list(range(1, 151)))
    gate.close()
    central.wait_for(lambda: central.last["ctr"]["seq"] == 150)
    assert (central.counted("in"), central.counted("out")) == (120, 30)
    assert (central.last["ctr"]["in"], central.last["ctr"]["out"]) == (120, 30)
    assert central.last["ctr"]["epoch"] == gate.loaded.epoch


def test_a_broker_killed_twice_in_the_middle_loses_nothing_and_doubles_nothing(city: City) -> None:
    """Deleting on PUBACK lost 708 of 1,500 events in this situation."""
    central = city.central()
    gate = city.gate()
    for have in (0, 300):
        gate.record(*[ENTERED] * 200)
        central.wait_for_more_than(have)
        city.broker.kill()
        central.close()
        gate.record(*[LEFT] * 100)
        city.broker.start()
        central.connect(city.broker.port)
    gate.record(*[ENTERED] * 50)

    central.wait_for(lambda: central.seqs() == list(range(1, 651)))
    while gate.acknowledged.get(timeout=SOON_S) < 650:
        pass
    gate.close()
    central.wait_for(lambda: central.last["ctr"]["seq"] == 650)
    assert (central.counted("in"), central.counted("out")) == (450, 200)
    assert (central.last["ctr"]["in"], central.last["ctr"]["out"]) == (450, 200)


def test_what_the_broker_forgot_is_there_again_after_its_restart(city: City) -> None:
    gate = city.gate()
    gate.record(ENTERED)
    watcher = city.central()
    watcher.wait_for(lambda: watcher.seqs() == [1])
    watcher.close()
    city.broker.kill()
    assert gate.told.get(timeout=SOON_S).startswith("connection lost")

    city.broker.start()
    assert gate.told.get(timeout=SOON_S) == "back"
    watcher.last.clear()
    watcher.connect(city.broker.port)

    watcher.wait_for(lambda: set(watcher.last) >= {"meta", "status", "ctr"})
    assert watcher.last["meta"]["epoch"] == gate.loaded.epoch
    assert watcher.last["status"]["state"] == "online"
    assert watcher.last["ctr"]["in"] == 1


def test_totals_status_and_meta_are_kept_by_the_broker_and_events_are_not(city: City) -> None:
    first = city.central()
    gate = city.gate()
    gate.record(ENTERED)
    first.wait_for(lambda: first.seqs() == [1])
    gate.close()
    first.close()

    later = city.central()

    later.wait_for(lambda: set(later.retained) == {"meta", "status", "ctr"})
    assert later.retained["ctr"]["in"] == 1
    assert later.events == {}


def test_a_clean_stop_says_offline_after_the_last_event(city: City) -> None:
    central = city.central()
    gate = city.gate()
    central.wait_for(lambda: central.states == ["online"])

    gate.record(ENTERED)
    gate.close()

    central.wait_for(lambda: central.states == ["online", "offline"])
    assert central.seqs() == [1]
    assert central.last["ctr"]["in"] == 1


def _gate_in_a_process_of_its_own(path: Path, port: int, recorded: Any) -> None:
    gate = Gate(path, port)
    gate.record(*[ENTERED] * 10, RecordGrant(GrantId(1), Reason.OK, None))
    assert gate.writer.flush(SOON_S)
    recorded.set()
    threading.Event().wait()  # until killed


def test_a_gate_that_is_killed_is_lost_and_what_it_had_on_disk_arrives_later(city: City) -> None:
    """Messages that others keep in memory are gone after a power cut."""
    watcher = city.central(acknowledges=False)
    spawn = multiprocessing.get_context("spawn")
    recorded = spawn.Event()
    doomed = spawn.Process(
        target=_gate_in_a_process_of_its_own, args=(city.path, city.broker.port, recorded)
    )
    doomed.start()
    assert recorded.wait(SOON_S)
    watcher.wait_for(lambda: "online" in watcher.states)

    doomed.kill()
    doomed.join(SOON_S)
    watcher.wait_for(lambda: watcher.states[-1] == "lost")
    watcher.close()
    city.gate()
    central = city.central()

    central.wait_for(lambda: central.seqs() == list(range(1, 13)))
    central.wait_for(lambda: central.last["status"]["state"] == "online")
    assert central.last["status"]["boot"] == 2
    ctr = central.last["ctr"]
    assert (ctr["in"], ctr["pending"], ctr["seq"]) == (10, 1, 12)
    (recovered,) = [event for event in central.events.values() if event["k"] == "recovered"]
    assert (recovered["n"], recovered["x"]) == (1, "power")


def test_rows_go_when_central_has_them_and_not_when_the_broker_has(city: City) -> None:
    central = city.central(acknowledges=False)
    gate = city.gate()
    gate.record(*[ENTERED] * 5)
    central.wait_for(lambda: central.seqs() == [1, 2, 3, 4, 5])

    central.publish(TOPICS.ack, ack(gate.loaded.epoch, 3))
    assert gate.acknowledged.get(timeout=SOON_S) == 3
    assert gate.writer.flush(SOON_S)
    purged = gate.store.purge(utc(), keep_visits_s=0, retain_s=3600)

    assert purged.events == 3
    assert gate.publisher.backlog == 2


def test_an_acknowledgement_that_cannot_be_ours_does_nothing(city: City) -> None:
    central = city.central(acknowledges=False)
    gate = city.gate()
    gate.record(*[ENTERED] * 5)
    central.wait_for(lambda: central.seqs() == [1, 2, 3, 4, 5])
    for payload in [
        b"garbage",
        b"\x00\xff\xfe",
        b'{"s":"aman.ack/1","epoch":"7f3c2a91","seq":"5"}',
        b"[" * 100_000,
        ack("00000000", 4),
        ack(gate.loaded.epoch, 2**70),
    ]:
        central.publish(TOPICS.ack, payload)

    central.publish(TOPICS.ack, ack(gate.loaded.epoch, 2))

    assert gate.acknowledged.get(timeout=SOON_S) == 2
    assert gate.writer.flush(SOON_S)
    assert gate.store.purge(utc(), keep_visits_s=0, retain_s=3600).events == 2
    assert gate.crashed.empty()


def test_where_nobody_acknowledges_a_restarted_gate_sends_only_what_is_new(city: City) -> None:
    watcher = city.central(acknowledges=False)
    gate = city.gate(central=False)
    gate.record(*[ENTERED] * 5)
    watcher.wait_for(lambda: watcher.seqs() == [1, 2, 3, 4, 5])
    gate.close()

    again = city.gate(central=False)
    again.record(LEFT)

    watcher.wait_for(lambda: watcher.seqs() == [1, 2, 3, 4, 5, 6])
    assert watcher.times_received == 6


def test_events_wait_for_a_central_that_is_away(city: City) -> None:
    central = city.central(acknowledges=False)
    gate = city.gate()
    gate.record(*[ENTERED] * 2)
    central.wait_for(lambda: central.seqs() == [1, 2])
    central.publish(TOPICS.central, OFFLINE)
    central.publish(TOPICS.ack, ack(gate.loaded.epoch, 1))
    assert gate.acknowledged.get(timeout=SOON_S) == 1  # so it has heard that central is away

    gate.record(*[ENTERED] * 3)
    central.wait_for(lambda: central.last["ctr"]["in"] == 5)
    assert central.seqs() == [1, 2]
    central.publish(TOPICS.central, ONLINE)

    central.wait_for(lambda: central.seqs() == [1, 2, 3, 4, 5])
