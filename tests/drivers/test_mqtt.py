"""The link over real sockets: a real mosquitto, and a peer that sends what no broker would."""

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from typing import Literal

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from drivers.mqtt import Mqtt
from drivers.mqtt_endpoint import Endpoint, MqttError, Tls, Will
from drivers.simulated.broker import Broker
from tests.authority import Authority

SOON_S = 5.0
"""Longer than anything here takes; only a failing test waits for it."""

CONNACK = bytes([0x20, 3, 0, 0, 0])  # MQTT 5: accepted, no properties
REFUSED = bytes([0x20, 3, 0, 0x87, 0])  # not authorized


class Heard:
    """What the link told its consumer."""

    def __init__(self) -> None:
        self.link: SimpleQueue[str] = SimpleQueue()
        """`up`, or the reason why it is down."""
        self.messages: SimpleQueue[tuple[str, bytes, bool]] = SimpleQueue()
        self.answers: SimpleQueue[tuple[int, bool, str]] = SimpleQueue()
        self.denied: SimpleQueue[str] = SimpleQueue()
        self.crash: SimpleQueue[BaseException] = SimpleQueue()


def start(mqtt: Mqtt, *topics: str) -> Heard:
    heard = Heard()
    mqtt.start(
        subscriptions=topics,
        on_connected=lambda: heard.link.put("up"),
        on_disconnected=heard.link.put,
        on_message=lambda topic, payload, kept: heard.messages.put((topic, payload, kept)),
        on_published=lambda mid, ok, why: heard.answers.put((mid, ok, why)),
        on_denied=heard.denied.put,
        on_crash=heard.crash.put,
    )
    return heard


def endpoint(port: int, client_id: str = "t01-a") -> Endpoint:
    will = Will(topic="status", payload=b"lost", delay_s=0)
    return Endpoint(host="127.0.0.1", port=port, client_id=client_id, will=will)


@pytest.fixture
def link() -> Iterator[Callable[[Endpoint], Mqtt]]:
    """Makes links that hardly wait between attempts, and closes them."""
    links: list[Mqtt] = []

    def make(where: Endpoint) -> Mqtt:
        links.append(Mqtt(where, retry_first_s=0.001, retry_longest_s=0.01))
        return links[-1]

    yield make
    for made in links:
        made.close(with_will=False)


Link = Callable[[Endpoint], Mqtt]


class Peer:
    """Listens where a broker should be; every connection is played by the next script."""

    def __init__(
        self, *scripts: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None
    ) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(SOON_S)
        self._tls = tls
        self.port: int = self._listener.getsockname()[1]
        self._scripts = scripts
        self._thread = threading.Thread(target=self._play, name="peer")
        self._thread.start()

    def _play(self) -> None:
        for script in self._scripts:
            connection, _ = self._listener.accept()
            connection.settimeout(SOON_S)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                assert connection.recv(1024)[0] == 0x10, "the first packet is CONNECT"
                script(connection)
        self._listener.close()

    def join(self) -> None:
        self._thread.join(SOON_S)
        assert not self._thread.is_alive()


def answer(packet: bytes) -> Callable[[socket.socket], None]:
    """Send these bytes and hang up."""
    return lambda connection: connection.sendall(packet)


def hang_up(_: socket.socket) -> None:
    """Not a word."""


# --- with a real broker -----------------------------------------------------------------------


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_message_arrives_and_its_number_is_confirmed(
    broker: Broker, link: Link, version: Literal["5", "3.1.1"]
) -> None:
    mqtt = link(replace(endpoint(broker.port), version=version))
    heard = start(mqtt, "here")
    assert heard.link.get(timeout=SOON_S) == "up"

    number = mqtt.publish("here", b"hello", retain=False)

    assert heard.messages.get(timeout=SOON_S) == ("here", b"hello", False)
    assert heard.answers.get(timeout=SOON_S) == (number, True, "Success")


def test_while_offline_nothing_is_taken_and_nothing_is_sent_later(
    broker: Broker, link: Link
) -> None:
    """paho would queue it in memory, send it some day, and lose it at a power cut."""
    mqtt = link(endpoint(broker.port))
    assert mqtt.publish("here", b"before the start", retain=False) is None
    heard = start(mqtt, "here")
    assert heard.link.get(timeout=SOON_S) == "up"
    broker.kill()
    assert heard.link.get(timeout=SOON_S) != "up"

    assert mqtt.publish("here", b"while offline", retain=False) is None
    broker.start()
    while heard.link.get(timeout=SOON_S) != "up":
        pass
    mqtt.publish("here", b"now", retain=False)

    assert heard.messages.get(timeout=SOON_S) == ("here", b"now", False)


def test_numbers_of_two_connections_are_never_the_same(broker: Broker, link: Link) -> None:
    mqtt = link(endpoint(broker.port))
    heard = start(mqtt)
    assert heard.link.get(timeout=SOON_S) == "up"
    first = mqtt.publish("here", b"1", retain=False)
    broker.kill()
    broker.start()
    while heard.link.get(timeout=SOON_S) != "up":
        pass

    second = mqtt.publish("here", b"2", retain=False)

    assert first is not None
    assert second is not None
    assert second > first + 60_000


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_what_came_for_us_while_we_were_away_arrives_when_we_are_back(
    broker: Broker, link: Link, version: Literal["5", "3.1.1"]
) -> None:
    ours = replace(endpoint(broker.port), version=version)
    first = link(ours)
    heard = start(first, "ack")
    assert heard.link.get(timeout=SOON_S) == "up"
    first.publish("ack", b"subscribed", retain=False)
    assert heard.messages.get(timeout=SOON_S) == ("ack", b"subscribed", False)
    first.close(with_will=False)
    other = link(endpoint(broker.port, "central"))
    other_heard = start(other)
    assert other_heard.link.get(timeout=SOON_S) == "up"
    other.publish("ack", b"2380", retain=False)
    other_heard.answers.get(timeout=SOON_S)

    again = start(link(ours), "ack")

    assert again.messages.get(timeout=SOON_S) == ("ack", b"2380", False)


def test_what_the_broker_had_kept_is_told_from_what_is_said_now(broker: Broker, link: Link) -> None:
    other = link(endpoint(broker.port, "central"))
    other_heard = start(other)
    assert other_heard.link.get(timeout=SOON_S) == "up"
    other.publish("state", b"kept", retain=True)
    other_heard.answers.get(timeout=SOON_S)

    heard = start(link(endpoint(broker.port)), "state")

    assert heard.messages.get(timeout=SOON_S) == ("state", b"kept", True)
    other.publish("state", b"now", retain=True)
    assert heard.messages.get(timeout=SOON_S) == ("state", b"now", False)


def test_a_publish_that_the_broker_denies_is_reported_as_not_taken(
    tmp_path: Path, link: Link
) -> None:
    """paho counts it as published; only the reason code tells."""
    strict = Broker(tmp_path, acl="topic write allowed\n")
    strict.start()
    try:
        mqtt = link(endpoint(strict.port))
        heard = start(mqtt)
        assert heard.link.get(timeout=SOON_S) == "up"

        number = mqtt.publish("forbidden", b"", retain=False)

        assert heard.answers.get(timeout=SOON_S) == (number, False, "Not authorized")
    finally:
        mqtt.close(with_will=False)
        strict.stop()


@pytest.mark.parametrize(("with_will", "expected"), [(True, b"lost"), (False, b"marker")])
def test_the_last_will_speaks_when_we_go_without_a_goodbye_and_only_then(
    broker: Broker, link: Link, with_will: bool, expected: bytes
) -> None:
    watcher = link(endpoint(broker.port, "watcher"))
    watching = start(watcher, "status")
    assert watching.link.get(timeout=SOON_S) == "up"
    mqtt = link(endpoint(broker.port))
    assert start(mqtt).link.get(timeout=SOON_S) == "up"

    mqtt.close(with_will=with_will)
    if not with_will:
        watcher.publish("status", b"marker", retain=False)

    assert watching.messages.get(timeout=SOON_S) == ("status", expected, False)


def test_who_comes_back_within_the_delay_of_the_will_was_never_lost(
    broker: Broker, link: Link
) -> None:
    """A short cut is no news (MQTT 5, 3.1.3.2.2)."""
    watcher = link(endpoint(broker.port, "watcher"))
    watching = start(watcher, "status")
    assert watching.link.get(timeout=SOON_S) == "up"
    will = Will(topic="status", payload=b"lost", delay_s=2)
    where = replace(endpoint(broker.port), will=will)
    for _ in range(2):
        mqtt = link(where)
        heard = start(mqtt)
        assert heard.link.get(timeout=SOON_S) == "up"
        mqtt.close(with_will=True)
    gone_at = time.monotonic()

    assert watching.messages.get(timeout=SOON_S) == ("status", b"lost", False)
    assert time.monotonic() - gone_at >= 1.0
    assert watching.messages.empty()


def test_who_knows_the_password_is_let_in_and_nobody_else(tmp_path: Path, link: Link) -> None:
    file, word = tmp_path / "passwords", "open sesame"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(file), "t01-a", word], check=True)
    settings = ["allow_anonymous false", f"password_file {file}"]
    with Broker(tmp_path, settings=settings) as broker:
        for user, password, said in (
            ("t01-a", word, "up"),
            ("t01-a", "guessed", "refused: Not authorized"),
            (None, None, "refused: Not authorized"),
        ):
            who = replace(endpoint(broker.port), user=user, password=password)
            mqtt = link(who)
            heard = start(mqtt)
            assert heard.link.get(timeout=SOON_S) == said
            mqtt.close(with_will=False)


def test_closing_twice_is_fine_and_so_is_closing_what_never_started(broker: Broker) -> None:
    mqtt = Mqtt(endpoint(broker.port))

    mqtt.close(with_will=False)
    mqtt.close(with_will=True)


def test_a_bug_in_the_consumer_is_reported_and_the_will_speaks(broker: Broker, link: Link) -> None:
    """In paho it would end the network thread without a word, and is_connected() stays True."""

    def broken(*_: object) -> None:
        raise KeyError("broken")

    watcher = link(endpoint(broker.port, "watcher"))
    watching = start(watcher, "status")
    assert watching.link.get(timeout=SOON_S) == "up"
    crash: SimpleQueue[BaseException] = SimpleQueue()
    mqtt = link(endpoint(broker.port))

    mqtt.start(
        subscriptions=["here"],
        on_connected=lambda: None,
        on_disconnected=lambda _: None,
        on_message=broken,
        on_published=lambda *_: None,
        on_denied=lambda _: None,
        on_crash=crash.put,
    )
    watcher.publish("here", b"trouble", retain=True)

    assert isinstance(crash.get(timeout=SOON_S), KeyError)
    assert watching.messages.get(timeout=SOON_S) == ("status", b"lost", False)


def test_a_link_whose_thread_hangs_is_made_anew_and_the_old_one_is_not_heard(
    broker: Broker, link: Link
) -> None:
    """In paho a thread that hangs or has died shows nowhere: is_connected() stays True."""
    over, hangs, ups = threading.Event(), threading.Event(), SimpleQueue[str]()
    answers: SimpleQueue[int] = SimpleQueue()

    def hang(*_: object) -> None:
        hangs.set()
        over.wait(SOON_S)

    mqtt = link(endpoint(broker.port))
    mqtt.start(
        subscriptions=["here"],
        on_connected=lambda: ups.put("up"),
        on_disconnected=ups.put,
        on_message=hang,
        on_published=lambda mid, _taken, _why: answers.put(mid),
        on_denied=ups.put,
        on_crash=lambda bug: ups.put(str(bug)),
    )
    assert ups.get(timeout=SOON_S) == "up"
    first = mqtt.publish("here", b"trouble", retain=False)
    assert hangs.wait(SOON_S)
    stuck = mqtt.publish("there", b"never sent", retain=False)

    mqtt.renew()

    assert ups.get(timeout=SOON_S) == "up"
    sent = mqtt.publish("there", b"sent", retain=False)
    over.set()
    assert answers.get(timeout=SOON_S) in {first, sent}
    assert sent not in {None, first, stuck}
    mqtt.close(with_will=False)
    assert ups.empty()
    assert stuck not in {answers.get_nowait() for _ in range(answers.qsize())}


# --- with a peer that is no good broker -------------------------------------------------------


def test_a_refused_connection_is_not_taken_for_a_connection(link: Link) -> None:
    """Frigate sets `connected = True` here."""
    peer = Peer(answer(REFUSED), hang_up)
    mqtt = link(endpoint(peer.port))

    heard = start(mqtt)

    assert heard.link.get(timeout=SOON_S) == "refused: Not authorized"
    assert mqtt.publish("here", b"", retain=False) is None
    peer.join()


def test_why_the_broker_hung_up_is_told(link: Link) -> None:
    """Two gates with the same id throw each other out; a technician has to see that."""
    session_taken_over = bytes([0xE0, 2, 0x8E, 0])
    peer = Peer(answer(CONNACK + session_taken_over))

    heard = start(link(endpoint(peer.port)))

    assert heard.link.get(timeout=SOON_S) == "up"
    assert heard.link.get(timeout=SOON_S) == (
        "connection lost: Session taken over by another client with our id; gate ids are unique"
        " over the broker"
    )
    peer.join()


def test_a_subscription_that_the_broker_refuses_is_named(link: Link) -> None:
    """mosquitto grants them all and filters; others say no here."""

    def refuse(connection: socket.socket) -> None:
        connection.sendall(CONNACK)
        asked = connection.recv(1024)
        connection.sendall(b"\x90\x04" + asked[2:4] + b"\x00\x87")
        connection.recv(1024)

    peer = Peer(refuse)
    mqtt = link(endpoint(peer.port))
    heard = start(mqtt, "here/cmd")

    assert heard.denied.get(timeout=SOON_S) == "here/cmd: Not authorized"
    mqtt.close(with_will=False)
    peer.join()


def test_reconnecting_never_gives_up(link: Link) -> None:
    """Others stop after 10 or 60 attempts, and the gate is silent until somebody restarts it."""
    accepted = threading.Event()

    def accept(connection: socket.socket) -> None:
        connection.sendall(CONNACK)
        accepted.wait(SOON_S)

    peer = Peer(*[hang_up, answer(REFUSED)] * 35, accept)
    heard = start(link(endpoint(peer.port)))

    said = [heard.link.get(timeout=SOON_S) for _ in range(71)]
    accepted.set()

    assert "up" not in said[:70]
    assert said[70] == "up"
    peer.join()


@pytest.mark.parametrize(
    "junk",
    [
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="HTTP"),
        pytest.param(b"\x20\x03\x00\x00\x7f", id="properties longer than the packet"),
        pytest.param(b"\x20\x00", id="empty CONNACK"),
        pytest.param(b"\xff" * 64, id="length without an end"),
        pytest.param(CONNACK + b"\x32\x02\xff\xff", id="topic longer than the packet"),
        pytest.param(CONNACK + b"\x30\x06\x00\x02\xff\xfe\x00!", id="topic that is no UTF-8"),
        pytest.param(CONNACK + b"\x40\x02\x00\x07", id="answer to what nobody sent"),
    ],
)
def test_bytes_that_are_not_mqtt_cost_the_connection_and_no_more(link: Link, junk: bytes) -> None:
    waits = threading.Event()

    def behave(connection: socket.socket) -> None:
        connection.sendall(CONNACK)
        waits.wait(SOON_S)

    peer = Peer(answer(junk), behave)
    heard = start(link(endpoint(peer.port)))

    said = [heard.link.get(timeout=SOON_S)]
    while said.count("up") < 1 + junk.startswith(CONNACK):
        said.append(heard.link.get(timeout=SOON_S))
    waits.set()

    assert any(word != "up" for word in said)
    assert heard.crash.empty()
    assert heard.messages.empty()
    peer.join()


def test_what_was_not_confirmed_is_not_sent_again_behind_our_back(link: Link) -> None:
    """paho would, past its window and after newer messages; a stale `ctr` would be the last."""
    received: SimpleQueue[bytes] = SimpleQueue()

    def take_one(connection: socket.socket) -> None:
        connection.sendall(CONNACK)
        received.put(connection.recv(1024))

    peer = Peer(take_one, take_one)
    mqtt = link(endpoint(peer.port))
    heard = start(mqtt)
    assert heard.link.get(timeout=SOON_S) == "up"
    mqtt.publish("ctr", b"old", retain=True)
    assert b"old" in received.get(timeout=SOON_S)
    while heard.link.get(timeout=SOON_S) != "up":
        pass

    mqtt.publish("ctr", b"new", retain=True)

    packet = received.get(timeout=SOON_S)
    assert b"new" in packet
    assert b"old" not in packet
    peer.join()


def test_a_peer_that_falls_silent_is_found_out(link: Link) -> None:
    silent = threading.Event()

    def fall_silent(connection: socket.socket) -> None:
        connection.sendall(CONNACK)
        silent.wait(SOON_S)

    peer = Peer(fall_silent)
    heard = start(link(replace(endpoint(peer.port), keepalive_s=1)))
    assert heard.link.get(timeout=SOON_S) == "up"

    assert heard.link.get(timeout=SOON_S) == "connection lost: Keep alive timeout"
    silent.set()
    peer.join()


def test_a_name_that_nobody_knows_is_a_lost_connection(link: Link) -> None:
    heard = start(link(replace(endpoint(1883), host="broker.invalid..")))

    assert heard.link.get(timeout=SOON_S) != "up"
    assert heard.link.get(timeout=SOON_S) != "up"
    assert heard.crash.empty()


def test_the_connect_packet_says_who_we_are_and_keeps_the_session(link: Link) -> None:
    """MQTT 5, 3.1.2: clean start off, will retained at QoS 1, user and password."""
    packets: SimpleQueue[bytes] = SimpleQueue()
    word = "turnstile"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        where = replace(endpoint(port), user="gate", password=word, keepalive_s=45)
        start(link(where))
        connection, _ = listener.accept()
        with connection:
            packets.put(connection.recv(1024))

    packet = packets.get(timeout=SOON_S)
    assert packet[2:9] == b"\x00\x04MQTT\x05"
    assert packet[9] == 0b1110_1100  # user, password, will retained, will QoS 1, will
    assert packet[10:12] == (45).to_bytes(2, "big")
    assert b"\x11" + (7 * 86400).to_bytes(4, "big") in packet  # session expiry
    assert b"\x00\x05t01-a" in packet
    assert b"\x00\x04gate" in packet
    assert b"\x00\x09turnstile" in packet


def test_everything_is_said_and_heard_with_qos_1(link: Link) -> None:
    """QoS 2 loses messages when a consumer is killed; QoS 0 when anything is."""
    heard: SimpleQueue[bytes] = SimpleQueue()
    subscribed = threading.Event()

    def listen(connection: socket.socket) -> None:
        connection.sendall(CONNACK)
        heard.put(connection.recv(1024))
        subscribed.set()
        heard.put(connection.recv(1024))

    peer = Peer(listen)
    mqtt = link(endpoint(peer.port))
    start(mqtt, "here")
    assert subscribed.wait(SOON_S)
    mqtt.publish("there", b"!", retain=False)

    subscribe, publish = heard.get(timeout=SOON_S), heard.get(timeout=SOON_S)
    assert (subscribe[0], subscribe[-1]) == (0x82, 1)
    assert publish[0] == 0x32  # PUBLISH, QoS 1, not retained, not said before
    peer.join()


# --- signs of life ----------------------------------------------------------------------------


class Clock:
    """Gives 1, 2, 3 ...; `passes` waits until the network thread has noted one of its moments."""

    def __init__(self) -> None:
        self._moments = count(1)
        self._given: SimpleQueue[int] = SimpleQueue()

    def __call__(self) -> float:
        moment = next(self._moments)
        self._given.put(moment)
        return moment

    def passes(self) -> None:
        while not self._given.empty():
            self._given.get_nowait()
        for _ in range(2):  # it has noted the first when it asks for the second
            self._given.get(timeout=SOON_S)


def test_a_link_that_waits_a_long_time_for_its_next_attempt_is_alive() -> None:
    clock = Clock()
    mqtt = Mqtt(endpoint(port=1), retry_first_s=3600, retry_longest_s=3600, clock=clock)
    heard = start(mqtt)
    assert "refused" in heard.link.get(timeout=SOON_S)

    before = mqtt.alive_at
    clock.passes()

    assert mqtt.alive_at > before
    mqtt.close(with_will=False)


def test_a_link_on_which_nothing_happens_is_alive(broker: Broker) -> None:
    clock = Clock()
    mqtt = Mqtt(endpoint(broker.port), clock=clock)
    heard = start(mqtt)
    assert heard.link.get(timeout=SOON_S) == "up"

    before = mqtt.alive_at
    clock.passes()

    assert mqtt.alive_at > before
    mqtt.close(with_will=False)


# --- TLS --------------------------------------------------------------------------------------


def test_with_mutual_tls_a_message_arrives_and_without_our_certificate_none(
    tmp_path: Path, link: Link
) -> None:
    authority = Authority(tmp_path)
    server_cert, server_key = authority.issue("broker")
    cert, key = authority.issue("t01-a")
    settings = [
        f"cafile {authority.certificate}",
        f"certfile {server_cert}",
        f"keyfile {server_key}",
        "require_certificate true",
    ]
    broker = Broker(tmp_path, settings=settings)
    broker.start()
    try:
        known = Tls(ca=authority.certificate, cert=cert, key=key)
        mqtt = link(replace(endpoint(broker.port), tls=known))
        heard = start(mqtt, "here")
        stranger = link(replace(endpoint(broker.port, "x"), tls=Tls(ca=authority.certificate)))
        stranger_heard = start(stranger)

        assert heard.link.get(timeout=SOON_S) == "up"
        mqtt.publish("here", b"x" * 100_000, retain=False)
        assert heard.messages.get(timeout=SOON_S) == ("here", b"x" * 100_000, False)
        assert stranger_heard.link.get(timeout=SOON_S) != "up"
    finally:
        mqtt.close(with_will=False)
        stranger.close(with_will=False)
        broker.stop()


def test_messages_that_share_a_tls_record_arrive_without_waiting(
    tmp_path: Path, link: Link
) -> None:
    """The first read empties the socket; the rest waits inside the TLS layer, unseen by select."""
    authority = Authority(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*authority.issue("broker"))
    received = threading.Event()

    def send_many(connection: socket.socket) -> None:
        connection.sendall(CONNACK + b"\x30\x06\x00\x02ab\x00!" * 40)
        received.wait(SOON_S)

    peer = Peer(send_many, tls=server)
    began = time.monotonic()
    heard = start(link(replace(endpoint(peer.port), tls=Tls(ca=authority.certificate))))

    for _ in range(40):
        assert heard.messages.get(timeout=SOON_S) == ("ab", b"!", False)
    received.set()

    assert time.monotonic() - began < SOON_S
    peer.join()


def test_tls_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    with pytest.raises(MqttError, match=r"nowhere\.crt"):
        Mqtt(replace(endpoint(8883), tls=Tls(ca=tmp_path / "nowhere.crt")))


def test_paho_still_has_the_interface_that_the_loop_is_made_of() -> None:
    """All of it is public; a paho without one of these would fail in the network thread."""
    client = Client(CallbackAPIVersion.VERSION2)
    parts = ["loop_read", "loop_write", "loop_misc", "want_write", "socket", "tls_set_context"]

    assert all(callable(getattr(client, part)) for part in parts)
