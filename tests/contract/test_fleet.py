"""A fleet at a real mosquitto: from the list of devices to the gate's own link; who stays out."""

import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import pytest

from drivers.mqtt import Mqtt
from drivers.mqtt_endpoint import Endpoint, Tls
from drivers.simulated.broker import Broker
from gate.certificates import pem
from gate.durable import Disk
from gate.fleet.broker import CONFIGURATION, FOLDER
from gate.fleet.card import write
from gate.fleet.enrolment import signed
from gate.fleet.making import SIGNED, Maker
from gate.fleet.register import Register, found
from gate.fleet.site import Site, SiteFolder
from gate.model import Utc
from gate.topics import topics
from tests.gate.fleet.test_devices import made
from tests.gate.provision.devices import Device, jwks, new_device

SOON_S = 10.0
NOW = Utc(1_795_000_000.0)
LIST = "gate,district,venue,enrol\nt01-a,jkt,mall,no\nt01-b,jkt,mall,yes\nt01-c,jkt,shop,no\n"


class Fleet:
    """A site, made for the broker on this port."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = SiteFolder(folder)
        folder.mkdir()
        (folder / "keys.json").write_bytes(jwks())
        self.site = Site.model_validate(
            {
                "site": {"name": "mall"},
                "broker": {"hosts": [Broker.host], "port": port},
                "clients": {},
                "certificates": {},
            }
        )
        found(self.folder, "mall", NOW, disk=Disk())
        self.make()

    @property
    def register(self) -> Register:
        return Register(self.folder, disk=Disk(), passphrase=bytes)

    def make(self) -> None:
        maker = Maker(self.folder, self.site, self.register, disk=Disk(), now=NOW)
        list(maker.make(made(LIST, site=self.site)))

    def device(self, gate: str, root: Path) -> Device:
        """A device that was started with its card in it."""
        device = new_device(root)
        (device.places.boot / "config.txt").touch()
        (device.places.boot / "cmdline.txt").touch()
        self.take_over(gate, device)
        return device

    def take_over(self, gate: str, device: Device) -> None:
        """Write the card once more, and start the device with it."""
        write(self.folder.devices / gate, device.places.boot, gate, disk=Disk())
        outcome = device.provision()
        assert outcome.configured, outcome.problems


def settings(folder: Path) -> list[str]:
    """What the site's broker is told, with its files where they were made."""
    lines = [line for line in CONFIGURATION.splitlines() if line and not line.startswith("#")]
    assert "listener 8883" in lines
    return [line.replace(FOLDER, str(folder)) for line in lines if line != "listener 8883"]


def endpoint(device: Device) -> Endpoint:
    """Where the gate of a device goes, and as whom: what its daemon has read."""
    told = tomllib.loads(device.places.config.read_text(encoding="utf-8"))
    broker, places = told["mqtt"], device.places
    assert broker["ca_file"] == f"credential:{places.ca.name}"
    tls = Tls(places.ca, places.certificate, places.private_key)
    return Endpoint(broker["host"], broker["port"], told["gate"]["id"], tls=tls)


class Link:
    """The gate's own link, and what became of it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.state: SimpleQueue[str] = SimpleQueue()
        """`up`, or the reason why it is down."""
        self.answers: SimpleQueue[tuple[int, bool, str]] = SimpleQueue()
        self._mqtt = Mqtt(endpoint, retry_first_s=0.01, retry_longest_s=0.05)
        self._mqtt.start(
            subscriptions=(),
            on_connected=lambda: self.state.put("up"),
            on_disconnected=self.state.put,
            on_message=lambda *_: None,
            on_published=lambda *answer: self.answers.put(answer),
            on_denied=lambda _: None,
            on_crash=lambda bug: self.state.put(f"bug: {bug}"),
        )

    def close(self) -> None:
        self._mqtt.close(with_will=False)

    def says(self, topic: str) -> bool:
        """Whether the broker takes it."""
        assert self._mqtt.publish(topic, b"x", retain=False) is not None
        _, taken, _ = self.answers.get(timeout=SOON_S)
        return taken


class Mall:
    """The broker of a site, and another site that has nothing to do with it."""

    def __init__(self, folder: Path) -> None:
        self.broker = Broker(folder, settings=settings(folder / "mall" / "broker"))
        self.fleet = Fleet(folder / "mall", self.broker.port)
        self.other = Fleet(folder / "other", self.broker.port)


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mall]:
    opened = Mall(tmp_path_factory.mktemp("fleet"))
    with opened.broker:
        yield opened


Comes = Callable[[Endpoint], Link]


@pytest.fixture
def comes() -> Iterator[Comes]:
    """Has somebody come to the broker, and go at the end."""
    with ExitStack() as opened:

        def come(endpoint: Endpoint) -> Link:
            link = Link(endpoint)
            opened.callback(link.close)
            return link

        yield come


def own(gate: str, venue: str = "mall") -> str:
    return topics(root="aman", district="jkt", venue=venue, gate=gate).evt


def is_let_in(link: Link) -> bool:
    return link.state.get(timeout=SOON_S) == "up"


def test_a_gate_comes_in_and_says_what_is_its_own(mall: Mall, comes: Comes, tmp_path: Path) -> None:
    gate = comes(endpoint(mall.fleet.device("t01-a", tmp_path)))

    assert is_let_in(gate)
    assert gate.says(own("t01-a"))
    assert not gate.says(own("t01-b"))


def test_a_gate_with_a_key_of_its_own_comes_in_once_its_request_is_signed(
    mall: Mall, comes: Comes, tmp_path: Path
) -> None:
    device, fleet = mall.fleet.device("t01-b", tmp_path), mall.fleet
    assert not device.places.certificate.exists()
    name, certificate = signed(
        device.places.signing_request.read_bytes(),
        gates=["t01-a", "t01-b"],
        register=fleet.register,
        terms=fleet.site.certificates,
        now=NOW,
    )
    (fleet.folder.devices / name / SIGNED).write_bytes(pem(certificate))
    fleet.take_over(name, device)
    gate = comes(endpoint(device))

    assert is_let_in(gate)
    assert gate.says(own("t01-b"))
    assert not [path for path in device.places.boot.iterdir() if b"PRIVATE" in path.read_bytes()]


def test_central_comes_in_by_its_name(mall: Mall, comes: Comes) -> None:
    here = mall.fleet.folder.clients / "central"
    tls = Tls(here / "ca.pem", here / "central.pem", here / "central.key")
    central = comes(Endpoint(mall.broker.host, mall.broker.port, "central", tls=tls))

    assert is_let_in(central)
    assert central.says("aman/v1/central/state")


def test_a_gate_of_another_site_is_not_let_in(mall: Mall, comes: Comes, tmp_path: Path) -> None:
    theirs = endpoint(mall.other.device("t01-a", tmp_path))
    assert theirs.tls is not None
    believing = replace(theirs.tls, ca=mall.fleet.folder.authority)

    assert not is_let_in(comes(replace(theirs, tls=believing)))


def test_who_was_revoked_is_not_let_in_by_a_broker_that_was_told(
    mall: Mall, comes: Comes, tmp_path: Path
) -> None:
    stolen = endpoint(mall.fleet.device("t01-c", tmp_path / "c"))
    kept = endpoint(mall.fleet.device("t01-a", tmp_path / "a"))
    thief = comes(stolen)
    assert is_let_in(thief)
    thief.close()

    mall.fleet.register.revoke("t01-c", NOW)
    mall.broker.stop()
    mall.broker.start()

    assert not is_let_in(comes(stolen))
    assert is_let_in(comes(kept))
