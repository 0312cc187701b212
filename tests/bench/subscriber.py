"""Central as a process of its own: de-duplicates, acknowledges, and notes when each event came.

Plain paho and json, nothing of the gate; so that it shares no interpreter with what is measured.
"""

import json
import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

ACK_EVERY_S = 0.02
"""An acknowledgement costs the gate a commit; central has its own batches, too."""

PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What came until all had come."""

    at: dict[int, float]
    """When each event came first, in monotonic seconds, by its number."""
    duplicates: int
    busy: float
    """Share of the time that this process was computing: near 1 it is what was measured."""


class Subscriber:
    """The process, from the side of the figures."""

    def __init__(self, port: int, gate_topic: str, *, events: int) -> None:
        """Ready when it returns: subscribed, and `central/state` says so."""
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_listen, args=(theirs, port, gate_topic, events))
        self._process.start()
        theirs.close()  # so that its death is the end of the pipe
        self._pipe.recv()

    def heard(self) -> Heard:
        """Wait until all events have come."""
        if not self._pipe.poll(PATIENCE_S):
            raise AssertionError("events are missing")
        heard: Heard = self._pipe.recv()
        return heard

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        """It goes on acknowledging until here."""
        self._pipe.send(None)
        self._process.join()


def _listen(pipe: Connection, port: int, gate_topic: str, events: int) -> None:
    arrived: dict[int, float] = {}
    epochs: set[str] = set()
    duplicates = 0

    def take(_client: Client, _user: object, message: MQTTMessage) -> None:
        nonlocal duplicates
        now = time.monotonic()
        batch: dict[str, Any] = json.loads(message.payload)
        epochs.add(batch["epoch"])
        for event in batch["ev"]:
            duplicates += event["seq"] in arrived
            arrived.setdefault(event["seq"], now)

    subscribed: list[int] = []
    client = Client(CallbackAPIVersion.VERSION2, client_id="central")
    client.on_message = take
    client.on_subscribe = lambda *_: subscribed.append(1)
    client.connect("127.0.0.1", port)
    while not client.is_connected():
        client.loop(0.1)
    state = json.dumps({"s": "aman.central/1", "state": "online"})
    online = client.publish("aman/v1/central/state", state, qos=1, retain=True)
    client.subscribe(f"{gate_topic}/evt", qos=1)
    while not (subscribed and online.is_published()):
        client.loop(0.1)
    pipe.send("ready")

    reached = acknowledged = 0
    next_ack = began = busy = 0.0
    told, last_ack = False, online
    while not pipe.poll():
        client.loop(ACK_EVERY_S)
        now = time.monotonic()
        if arrived and not began:
            began, busy = now, time.process_time()
        while reached + 1 in arrived:
            reached += 1
        if reached > acknowledged and now >= next_ack:
            (epoch,) = epochs
            ack = json.dumps({"s": "aman.ack/1", "epoch": epoch, "seq": reached})
            last_ack = client.publish(f"{gate_topic}/ack", ack, qos=1, retain=True)
            acknowledged, next_ack = reached, now + ACK_EVERY_S
        if acknowledged == events and not told and last_ack.is_published():
            share = (time.process_time() - busy) / max(now - began, 1e-9)
            pipe.send(Heard(arrived, duplicates, share))
            told = True
    client.disconnect()
