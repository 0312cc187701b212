"""A small stand-in for the server, and for whoever else speaks to a gate over the broker."""

import json
import threading
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from gate.commands.simulate.stage import Stage
from gate.topics import Topics, topics

SOON_S = 10.0


class Central:
    """Says what it is told to; keeps what comes on one topic of the gate."""

    def __init__(self, stage: Stage, *, hears: str = "res") -> None:
        site = stage.config.gate
        self.topics: Topics = topics(
            root=stage.config.mqtt.root, district=site.district, venue=site.venue, gate=site.id
        )
        self._changed = threading.Condition()
        self._heard: list[dict[str, Any]] = []
        subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = self._take
        self._client.connect(stage.broker.host, stage.broker.port)
        self._client.loop_start()
        self._client.subscribe(getattr(self.topics, hears), qos=1)
        assert subscribed.wait(SOON_S)

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish, and wait until the broker has it."""
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(SOON_S)

    def heard(self, number: int) -> dict[str, Any]:
        """What came as the `number`-th, from 1 on."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._heard) >= number, SOON_S), self._heard
            return self._heard[number - 1]

    def asked(self, topic: str, payload: bytes) -> dict[str, Any]:
        """The next that comes after this was said."""
        before = len(self._heard)
        self.say(topic, payload)
        return self.heard(before + 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _take(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        with self._changed:
            self._heard.append(json.loads(message.payload))
            self._changed.notify_all()
