"""The broker's rules, at a real mosquitto with mutual TLS: what a gate must not say or hear."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from drivers.simulated.broker import Broker
from gate.acl import Place, acl
from tests.authority import Authority

SHIPPED = Path(__file__).parents[2] / "config" / "mosquitto" / "gate.conf"
SOON_S = 10.0
SAID = b"x"
GATES = (
    Place("jkt", "mall", "t01-a"),
    Place("jkt", "mall", "t01-b"),
    Place("jkt", "shop", "t02-a"),
)
OF_A_GATE = ["meta", "status", "ctr", "evt", "ask", "res", "ack", "quota", "ans", "cmd"]
OF_A_VENUE = ["cfg", "keys", "occ"]
EVERYTHING = {
    *(f"aman/v1/jkt/{p.venue}/g/{p.gate}/{word}" for p in GATES for word in OF_A_GATE),
    *(f"aman/v1/jkt/{venue}/{word}" for venue in ("mall", "shop") for word in OF_A_VENUE),
    *(f"homeassistant/device/{p.gate}/config" for p in GATES),
    "aman/v1/jkt/shop/g/t01-a/ctr",  # the gate's own name, in a venue that is not its own
    "aman/v1/tng/mall/g/t01-a/evt",
    "aman/v1/central/state",
    "aman/v2/jkt/mall/g/t01-a/ctr",
    "aman/v1/jkt/mall/g/t01-a/ctr/deeper",
    "elsewhere",
}
OWN, MALL = "aman/v1/jkt/mall/g/t01-a", "aman/v1/jkt/mall"
SAID_BY_THE_GATE = {
    *(f"{OWN}/{word}" for word in ("meta", "status", "ctr", "evt", "ask", "res")),
    "homeassistant/device/t01-a/config",
}
HEARD_BY_THE_GATE = {
    *(f"{OWN}/{word}" for word in ("ack", "quota", "ans", "cmd")),
    *(f"{MALL}/{word}" for word in OF_A_VENUE),
    *(f"{MALL}/g/{gate}/{word}" for gate in ("t01-a", "t01-b") for word in ("evt", "ctr")),
    "aman/v1/central/state",
}
SAID_BY_CENTRAL = {
    *(
        f"aman/v1/jkt/{p.venue}/g/{p.gate}/{w}"
        for p in GATES
        for w in ("ack", "quota", "ans", "cmd")
    ),
    *(f"aman/v1/jkt/{venue}/{word}" for venue in ("mall", "shop") for word in OF_A_VENUE),
    "aman/v1/central/state",
}
HEARD_BY_CENTRAL = {
    topic for topic in EVERYTHING if topic.startswith("aman/v1/") and not topic.endswith("/deeper")
}
OF_OPERATORS = {
    topic for topic in EVERYTHING if topic.startswith("aman/v1/") and topic.endswith(("cmd", "res"))
}
HEARD_BY_THE_WATCHER = {topic for topic in EVERYTHING if topic.startswith("aman/v1/")}


class Somebody:
    """A client of the broker with a certificate of its own, and what it was told."""

    def __init__(self, site: "Site", name: str) -> None:
        self.name = name
        self.heard: SimpleQueue[tuple[str, bytes]] = SimpleQueue()
        self._answers: SimpleQueue[ReasonCode] = SimpleQueue()
        self._ready: SimpleQueue[None] = SimpleQueue()
        cert, key = site.authority.issue(name)
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.tls_set(
            str(site.authority.certificate),
            str(cert),
            str(key),
            tls_version=ssl.PROTOCOL_TLS_CLIENT,
        )
        self._client.on_message = lambda _c, _u, message: self.heard.put(
            (message.topic, bytes(message.payload))
        )
        self._client.on_publish = self._answered
        self._client.on_subscribe = lambda *_: self._ready.put(None)
        self._client.connect(Broker.host, site.broker.port)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def is_believed(self, topic: str, payload: bytes = SAID, *, retain: bool = False) -> bool:
        """Whether the broker takes this publish."""
        self._client.publish(topic, payload, qos=1, retain=retain)
        return not self._answers.get(timeout=SOON_S).is_failure

    def subscribe(self, *topics: str) -> None:
        self._client.subscribe([(topic, 1) for topic in topics])
        self._ready.get(timeout=SOON_S)

    def heard_until(self, last: bytes) -> set[str]:
        """The topics of what came, until this payload came."""
        found: set[str] = set()
        while True:
            topic, payload = self.heard.get(timeout=SOON_S)
            if payload == last:
                return found
            if payload == SAID:
                found.add(topic)

    def _answered(
        self, _client: Client, _data: object, _mid: int, code: ReasonCode, _more: Properties
    ) -> None:
        self._answers.put(code)


class Site:
    """The shipped configuration and rules, and one user more who may do everything."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        cert, key = self.authority.issue("broker")
        rules = acl(GATES, root="aman", central="central", watchers=["watcher"], operators=["ops"])
        placed = (
            SHIPPED.read_text(encoding="utf-8")
            .replace("/etc/mosquitto/site-ca.crt", str(self.authority.certificate))
            .replace("/etc/mosquitto/broker.crt", str(cert))
            .replace("/etc/mosquitto/broker.key", str(key))
        )
        lines = [line for line in placed.splitlines() if line and not line.startswith("#")]
        assert "listener 8883" in lines
        assert "acl_file /etc/mosquitto/gate.acl" in lines
        left_out = ("listener", "acl_file", "crlfile")  # this authority revokes nobody
        settings = [line for line in lines if not line.startswith(left_out)]
        more = "\nuser anybody\ntopic readwrite #\n\npattern read last/%u\n"
        self.broker = Broker(folder, acl=rules + more, settings=settings)
        self._opened = ExitStack()
        self.broker.start()
        self._opened.callback(self.broker.stop)

    def come(self, name: str) -> Somebody:
        somebody = Somebody(self, name)
        self._opened.callback(somebody.close)
        return somebody

    def close(self) -> None:
        self._opened.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = Site(tmp_path)
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.parametrize(
    ("name", "may_say"),
    [
        ("t01-a", SAID_BY_THE_GATE),
        ("central", SAID_BY_CENTRAL),
        ("watcher", set()),
        ("ops", {topic for topic in OF_OPERATORS if topic.endswith("/cmd")}),
        ("a-stranger", set()),
    ],
)
def test_nobody_says_what_is_not_theirs_to_say(site: Site, name: str, may_say: set[str]) -> None:
    somebody = site.come(name)

    assert {topic for topic in EVERYTHING if somebody.is_believed(topic)} == may_say


@pytest.mark.parametrize(
    ("name", "may_hear"),
    [
        ("t01-a", HEARD_BY_THE_GATE),
        ("central", HEARD_BY_CENTRAL),
        ("watcher", HEARD_BY_THE_WATCHER),
        ("ops", {topic for topic in OF_OPERATORS if topic.endswith("/res")}),
        ("a-stranger", set()),
    ],
)
def test_nobody_hears_what_is_not_for_them(site: Site, name: str, may_hear: set[str]) -> None:
    anybody, somebody = site.come("anybody"), site.come(name)
    for topic in EVERYTHING:
        anybody.is_believed(topic, retain=True)

    somebody.subscribe("#", f"last/{name}", *EVERYTHING)
    kept = heard_all(anybody, somebody, b"kept")
    for topic in EVERYTHING:
        anybody.is_believed(topic)
    live = heard_all(anybody, somebody, b"live")

    assert (kept, live) == (may_hear, may_hear)


def heard_all(anybody: Somebody, somebody: Somebody, last: bytes) -> set[str]:
    """The topics of all that came to `somebody` by now: what is said last is heard last."""
    assert anybody.is_believed(f"last/{somebody.name}", last)
    return somebody.heard_until(last)
