"""How Home Assistant may show this gate: one payload of its device discovery.

Home Assistant's documentation of MQTT, "Device discovery payload": `dev` is the device, `o` who
describes it, `cmps` its entities, each with a platform `p` and an id that is never used again.
Everything shown is in `ctr` and `status` already.
"""

import json
from typing import Any

from gate.link import Arrived
from gate.model import Monotonic
from gate.talk import Moment, Word
from gate.topics import Topics

_GONE = "{{ 'offline' if value_json.state == 'lost' else value_json.state }}"
_COUNTED = {"p": "sensor", "state_class": "total_increasing", "unit_of_measurement": "people"}


def discovery(topics: Topics, *, gate: str, venue: str, software: str) -> bytes:
    """The payload for `topics.discovery`, to be retained."""

    def entity(name: str, topic: str, template: str, **more: Any) -> dict[str, Any]:
        key = name.lower().replace(" ", "_")
        return {
            "name": name,
            "unique_id": f"aman-{gate}-{key}",
            "state_topic": topic,
            "value_template": template,
            **more,
        }

    ctr, status = topics.ctr, topics.status
    here = {
        "availability_topic": status,
        "availability_template": _GONE,
        "payload_available": "online",
        "payload_not_available": "offline",
    }
    inside = {"p": "sensor", "state_class": "measurement", "unit_of_measurement": "people"}
    trouble = {"p": "binary_sensor", "device_class": "problem", "entity_category": "diagnostic"}
    entities = [
        entity("In", ctr, "{{ value_json.in }}", **_COUNTED, **here),
        entity("Out", ctr, "{{ value_json.out }}", **_COUNTED, **here),
        entity("Inside", ctr, "{{ value_json.in - value_json.out }}", **inside, **here),
        entity(
            "Uncertain", ctr, "{{ 'ON' if value_json.uncertain else 'OFF' }}", **trouble, **here
        ),
        entity("Problem", status, "{{ 'ON' if value_json.faults else 'OFF' }}", **trouble, **here),
        entity(
            "Backlog",
            status,
            "{{ value_json.backlog | default(0) }}",
            p="sensor",
            state_class="measurement",
            entity_category="diagnostic",
            **here,
        ),
        entity("Mode", status, "{{ value_json.mode | default('unknown') }}", p="sensor", **here),
        entity(
            "Online",
            status,
            "{{ 'ON' if value_json.state == 'online' else 'OFF' }}",
            p="binary_sensor",
            device_class="connectivity",
            entity_category="diagnostic",
        ),
    ]
    device = {
        "identifiers": [f"aman-{gate}"],
        "name": f"Gate {gate}",
        "manufacturer": "Aman Bersama",
        "model": "Aman gate",
        "suggested_area": venue,
        "sw_version": software,
    }
    payload = {
        "dev": device,
        "o": {"name": "aman-gate", "sw_version": software},
        "cmps": {one["unique_id"]: one for one in entities},
        "qos": 1,
    }
    return json.dumps(payload, separators=(",", ":")).encode()


class DiscoveryTalk:
    """Says it at every connection (`gate.talk.Talk`)."""

    def __init__(self, topic: str, payload: bytes) -> None:
        self.subscriptions: tuple[str, ...] = ()
        self._word = Word(topic, payload, retain=True)
        self._said = False

    def link(self, *, up: bool, central: bool, moment: Moment) -> None:  # noqa: ARG002 - a Talk is told
        """A broker that was killed has forgotten it."""
        self._said = self._said and up

    def hear(self, message: Arrived, moment: Moment) -> None:
        """It listens to nobody."""

    def due(self) -> Monotonic | None:
        """As soon as there is a link: `say` is asked then anyway."""
        return None

    def say(self, moment: Moment) -> tuple[Word, ...]:  # noqa: ARG002 - a Talk is asked
        """The payload, once a connection."""
        words = () if self._said else (self._word,)
        self._said = True
        return words
