"""What Home Assistant is told: by its own rules, and true of what the gate says."""

import json
import re

from gate.discovery import DiscoveryTalk, discovery
from gate.model import Monotonic, Utc
from gate.payloads import Ctr, Status
from gate.payloads.examples import EXAMPLES
from gate.talk import Moment
from gate.topics import topics

TOPICS = topics(root="aman", district="jkt", venue="mall", gate="t01-a")
PAYLOAD = discovery(TOPICS, gate="t01-a", venue="mall", software="aman-gate 1")
TOLD = json.loads(PAYLOAD)
MOMENT = Moment(Monotonic(0.0), Utc(0.0), "ntp")
STATE_CLASSES = {"total_increasing", "measurement"}
REQUIRED = {"name", "unique_id", "state_topic", "value_template", "p"}
"""Of each entity; a sensor needs a state topic, and in a device payload a platform and an id."""


def test_the_payload_has_what_home_assistant_requires() -> None:
    assert {"dev", "o", "cmps"} <= set(TOLD)
    assert TOLD["dev"]["identifiers"]
    assert TOLD["o"]["name"]
    assert len(TOLD["cmps"]) == 8
    for key, entity in TOLD["cmps"].items():
        assert set(entity) >= REQUIRED
        assert key == entity["unique_id"]
        assert "t01-a" in key
        assert entity["p"] in {"sensor", "binary_sensor"}
        assert entity.get("state_class", "measurement") in STATE_CLASSES
    assert len(PAYLOAD) < 10_000


def test_people_in_and_out_only_grow() -> None:
    growing = [e for e in TOLD["cmps"].values() if e.get("state_class") == "total_increasing"]
    assert [entity["name"] for entity in growing] == ["In", "Out"]


def test_every_template_asks_for_a_field_that_the_gate_says_there() -> None:
    said = {
        TOPICS.ctr: json.loads(EXAMPLES[Ctr].encode()),
        TOPICS.status: json.loads(EXAMPLES[Status].encode()),
    }
    for entity in TOLD["cmps"].values():
        fields = re.findall(r"value_json\.(\w+)", entity["value_template"])
        assert fields
        assert set(fields) <= set(said[entity["state_topic"]])


def test_it_is_said_once_a_connection() -> None:
    talk = DiscoveryTalk(TOPICS.discovery, PAYLOAD)
    talk.link(up=True, central=False, moment=MOMENT)
    (word,) = talk.say(MOMENT)
    assert (word.topic, word.retain) == ("homeassistant/device/t01-a/config", True)
    talk.link(up=True, central=True, moment=MOMENT)
    assert talk.say(MOMENT) == ()

    talk.link(up=False, central=False, moment=MOMENT)
    talk.link(up=True, central=False, moment=MOMENT)
    assert len(talk.say(MOMENT)) == 1
    assert talk.subscriptions == ()
    assert talk.due() is None
