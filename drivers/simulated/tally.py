"""An independent listener on the broker: counts passages from the event stream, and acknowledges.

It shares no code with the gate's publisher. It stands in for the central server in the
demonstration: it says up to where it has everything, so that the gate may let go of its rows.
"""

import json
import threading
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion


class Tally:
    """Counts what arrives under `{root}/v1/+/+/g/+`; each event once, however often it comes."""

    def __init__(self, *, host: str, port: int, root: str = "aman") -> None:
        self._root = root
        self._lock = threading.Lock()
        self._events: dict[tuple[str, str], dict[int, dict[str, Any]]] = {}
        self._acknowledged: dict[str, int] = {}
        self.duplicates = 0
        self.ctr: dict[str, dict[str, Any]] = {}
        """The last `ctr` of each gate."""
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="tally", clean_session=False)
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(f"{root}/v1/+/+/g/+/evt", 1), (f"{root}/v1/+/+/g/+/ctr", 1)]
        )
        self._client.on_message = self._take
        self._client.reconnect_delay_set(1, 2)
        self._client.connect_async(host, port)
        self._client.loop_start()

    def close(self) -> None:
        """Stop listening."""
        self._client.disconnect()
        self._client.loop_stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def events(self) -> list[dict[str, Any]]:
        """Everything heard, each event once, in the order of its number, gate by gate."""
        with self._lock:
            return [heard[seq] for heard in self._events.values() for seq in sorted(heard)]

    def reached(self) -> int:
        """The event number up to which nothing is missing, of the gate that is furthest."""
        with self._lock:
            return max(self._acknowledged.values(), default=0)

    def totals(self) -> tuple[int, int]:
        """People in and out by the cumulative totals that each gate published last."""
        said = list(self.ctr.values())
        return sum(ctr["in"] for ctr in said), sum(ctr["out"] for ctr in said)

    def passages(self, direction: str) -> int:
        """People counted in this direction (`in`, `out`), over all gates."""
        return sum(
            event.get("k") == "passage" and event.get("d") == direction for event in self.events()
        )

    def _take(self, client: Client, _userdata: object, message: MQTTMessage) -> None:
        payload = json.loads(message.payload)
        kind = message.topic.rsplit("/", 1)[1]
        if kind == "ctr":
            self.ctr[payload["gate"]] = payload
            return
        with self._lock:
            events = self._events.setdefault((payload["gate"], payload["epoch"]), {})
            for event in payload["ev"]:
                self.duplicates += event["seq"] in events
                events[event["seq"]] = event
            reached = self._acknowledged.get(payload["epoch"], 0)
            while reached + 1 in events:
                reached += 1
            self._acknowledged[payload["epoch"]] = reached
        acknowledgement = {"s": "aman.ack/1", "epoch": payload["epoch"], "seq": reached}
        topic = message.topic.rsplit("/", 1)[0] + "/ack"
        client.publish(topic, json.dumps(acknowledgement), qos=1, retain=True)
