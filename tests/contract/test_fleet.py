"""A fleet at a real mosquitto: from the list of devices to the gate's own link; who stays out."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from drivers.mqtt import Mqtt
from drivers.mqtt_endpoint import Endpoint, Tls
from drivers.simulated.broker import Broker
from gate.durable import Disk
from gate.fleet.authority import key_pem, new_key, pem
from gate.fleet.broker import CONFIGURATION, FOLDER
from gate.fleet.enrolment import signed
from gate.fleet.making import Maker
from gate.fleet.register import Register, found
from gate.fleet.site import Site, SiteFolder
from gate.model import Utc
from gate.topics import topics
from tests.gate.fleet.test_devices import made

SOON_S = 10.0
NOW = Utc(1_795_000_000.0)
LIST = "gate,district,venue,enrol\nt01-a,jkt,mall,no\nt01-b,jkt,mall,yes\nt01-c,jkt,shop,no\n"


class Fleet:
    """A site, made for the broker on this port."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = SiteFolder(folder)
        folder.mkdir()
        (folder / "keys.json").write_text('{"keys": []}')
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

    def credentials(self, gate: str) -> Tls:
        """What a device has after it has found its folder on its card."""
        here = self.folder.devices / gate
        return Tls(here / "ca.pem", here / "gate.pem", here / "gate.key")


def settings(folder: Path) -> list[str]:
    """What the site's broker is told, with its files where they were made."""
    lines = [line for line in CONFIGURATION.splitlines() if line and not line.startswith("#")]
    assert "listener 8883" in lines
    return [line.replace(FOLDER, str(folder)) for line in lines if line != "listener 8883"]


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


Comes = Callable[[str, Tls], Link]


@pytest.fixture
def comes(mall: Mall) -> Iterator[Comes]:
    """Has somebody come to the broker, and go at the end."""
    with ExitStack() as opened:

        def come(name: str, tls: Tls) -> Link:
            link = Link(Endpoint(mall.broker.host, mall.broker.port, name, tls=tls))
            opened.callback(link.close)
            return link

        yield come


def own(gate: str, venue: str = "mall") -> str:
    return topics(root="aman", district="jkt", venue=venue, gate=gate).evt


def is_let_in(link: Link) -> bool:
    return link.state.get(timeout=SOON_S) == "up"


def test_a_gate_comes_in_and_says_what_is_its_own(mall: Mall, comes: Comes) -> None:
    gate = comes("t01-a", mall.fleet.credentials("t01-a"))

    assert is_let_in(gate)
    assert gate.says(own("t01-a"))
    assert not gate.says(own("t01-b"))


def test_a_gate_with_a_key_of_its_own_comes_in_once_its_request_is_signed(
    mall: Mall, comes: Comes, tmp_path: Path
) -> None:
    key = new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "t01-b")])
    asked = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    name, certificate = signed(
        asked.public_bytes(serialization.Encoding.PEM),
        gates=["t01-a", "t01-b"],
        register=mall.fleet.register,
        terms=mall.fleet.site.certificates,
        now=NOW,
    )
    tls = Tls(mall.fleet.folder.authority, tmp_path / "gate.crt", tmp_path / "gate.key")
    (tmp_path / "gate.crt").write_bytes(pem(certificate))
    (tmp_path / "gate.key").write_bytes(key_pem(key))
    gate = comes(name, tls)

    assert is_let_in(gate)
    assert gate.says(own("t01-b"))


def test_central_comes_in_by_its_name(mall: Mall, comes: Comes) -> None:
    here = mall.fleet.folder.clients / "central"
    central = comes("central", Tls(here / "ca.pem", here / "central.pem", here / "central.key"))

    assert is_let_in(central)
    assert central.says("aman/v1/central/state")


def test_a_gate_of_another_site_is_not_let_in(mall: Mall, comes: Comes) -> None:
    theirs = mall.other.credentials("t01-a")
    stranger = comes("t01-a", Tls(mall.fleet.folder.authority, theirs.cert, theirs.key))

    assert not is_let_in(stranger)


def test_who_was_revoked_is_not_let_in_by_a_broker_that_was_told(mall: Mall, comes: Comes) -> None:
    tls = mall.fleet.credentials("t01-c")
    thief = comes("t01-c", tls)
    assert is_let_in(thief)
    thief.close()

    mall.fleet.register.revoke("t01-c", NOW)
    mall.broker.stop()
    mall.broker.start()

    assert not is_let_in(comes("t01-c", tls))
    assert is_let_in(comes("t01-a", mall.fleet.credentials("t01-a")))
