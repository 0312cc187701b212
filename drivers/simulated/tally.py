"""An independent listener on the broker: counts passages from the event stream.

It shares no code with the gate's publisher, nor with central. Where there is no central it stands
in for that: it says up to where it has everything, so that the gate may let go of its rows.
"""

import json
import threading
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion


class Tally:
    """Counts what arrives under `{root}/v1/+/+/g/+`; each event once, however often it comes."""

    def __init__(
        self, *, host: str, port: int, root: str = "aman", acknowledges: bool = True
    ) -> None:
        """`acknowledges` only where nobody else does."""
        self._acknowledges = acknowledges
        self._lock = threading.Lock()
        self._events: dict[tuple[str, str], dict[int, dict[str, Any]]] = {}
        self._reached: dict[tuple[str, str], int] = {}
        self.duplicates = 0
        self.malformed = 0
        """Messages that are none."""
        self.contradictions: list[str] = []
        """What a gate said and what it had said before, where both cannot be true: an event
        number with two contents, a total that fell.
        """
        self.ctr: dict[str, dict[str, Any]] = {}
        """The last `ctr` of each gate."""
        self.status: dict[str, str] = {}
        """What each gate last said of itself: `online`, `offline`, or by its will `lost`."""
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="tally", clean_session=False)
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(f"{root}/v1/+/+/g/+/{kind}", 1) for kind in ("evt", "ctr", "status")]
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

    def numbered(self) -> dict[tuple[str, str, int], dict[str, Any]]:
        """Everything heard, by gate, epoch and number; of two contents the first."""
        with self._lock:
            return {
                (*gate_and_epoch, seq): event
                for gate_and_epoch, heard in self._events.items()
                for seq, event in heard.items()
            }

    def reached(self, gate: str | None = None) -> int:
        """The event number up to which nothing is missing; without a gate, of the furthest."""
        with self._lock:
            return max(
                (it for (of, _), it in self._reached.items() if gate in {None, of}), default=0
            )

    def totals(self, gate: str | None = None) -> tuple[int, int]:
        """People in and out by the cumulative totals that it, or each gate, published last."""
        said = [ctr for of, ctr in list(self.ctr.items()) if gate in {None, of}]
        return sum(ctr["in"] for ctr in said), sum(ctr["out"] for ctr in said)

    def passages(self, direction: str) -> int:
        """People counted in this direction (`in`, `out`), over all gates."""
        return sum(
            event.get("k") == "passage" and event.get("d") == direction for event in self.events()
        )

    def _take(self, client: Client, _userdata: object, message: MQTTMessage) -> None:
        try:
            self._take_word(client, message)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.malformed += 1  # nobody of ours; it must not end the thread

    def _take_word(self, client: Client, message: MQTTMessage) -> None:
        payload = json.loads(message.payload)
        kind = message.topic.rsplit("/", 1)[1]
        if kind == "status":
            self.status[payload["gate"]] = payload["state"]
        elif kind == "ctr":
            self._take_ctr(payload)
        else:
            reached = self._take_events(payload)
            if not self._acknowledges:
                return
            acknowledgement = {"s": "aman.ack/1", "epoch": payload["epoch"], "seq": reached}
            topic = message.topic.rsplit("/", 1)[0] + "/ack"
            client.publish(topic, json.dumps(acknowledgement), qos=1, retain=True)

    def _take_ctr(self, ctr: dict[str, Any]) -> None:
        before = self.ctr.get(ctr["gate"], ctr)
        same_life = before["epoch"] == ctr["epoch"]
        if same_life and any(ctr[total] < before[total] for total in ("in", "out", "seq")):
            self.contradictions.append(f"a total fell: {before} then {ctr}")
        self.ctr[ctr["gate"]] = ctr

    def _take_events(self, batch: dict[str, Any]) -> int:
        """Keep what is new; up to which number nothing is missing."""
        with self._lock:
            life = (batch["gate"], batch["epoch"])
            events = self._events.setdefault(life, {})
            for event in batch["ev"]:
                known = events.setdefault(event["seq"], event)
                self.duplicates += known is not event
                if known != event:
                    self.contradictions.append(f"one number, two events: {known} and {event}")
            reached = self._reached.get(life, 0)
            while reached + 1 in events:
                reached += 1
            self._reached[life] = reached
            return reached
