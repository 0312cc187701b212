"""One attempt to reach a broker, and what came of it: the way in told apart from the refusal.

It goes the daemon's way (`drivers.mqtt_endpoint`), with another client id, and stays for a moment:
name, port, TLS, CONNECT, and one question whether this user may speak on the gate's topics.
"""

import select
import socket
import ssl
import time
from dataclasses import dataclass
from enum import StrEnum

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.reasoncodes import ReasonCode

from drivers.mqtt_endpoint import Endpoint, MqttError, connect, new_client, tls_context


class Outcome(StrEnum):
    """How far it came."""

    TAKEN = "taken"
    FILES = "files"
    """Our own TLS files cannot be used."""
    NO_NAME = "no_name"
    """The host's name leads to no address."""
    UNREACHABLE = "unreachable"
    """No way there, or no answer in time."""
    REFUSED = "refused"
    """The machine is there, and nothing listens on that port."""
    TLS = "tls"
    """The handshake failed, or the other side does not speak TLS (or does and we do not)."""
    PASSWORD = "password"
    """Bad user name or password."""
    FORBIDDEN = "forbidden"
    """Known, and not allowed: to connect, or to speak on its topics."""
    OTHER = "other"
    """Refused for another reason, which the text says."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of it."""

    outcome: Outcome
    why: str
    """In the broker's or the system's words."""


_PASSWORD = ("Bad user name or password",)
_FORBIDDEN = ("Not authorized", "Banned")
"""Names of CONNACK's reasons as paho has them, with MQTT 3.1.1, too. mosquitto says the latter of
a wrong password as well, so whoever has come with one, or with nothing, is taken for that."""


def probe(endpoint: Endpoint, *, topic: str | None = None, timeout_s: float = 5.0) -> Probed:
    """Connect once, publish nothing that anybody could see, and leave.

    With `topic`, an empty message that is not retained goes there (QoS 1), since only then a
    broker says whether one may; choose one that nobody listens to.
    """
    until = time.monotonic() + timeout_s
    try:
        tls = tls_context(endpoint.tls) if endpoint.tls else None
    except MqttError as error:
        return Probed(Outcome.FILES, str(error))
    client = new_client(endpoint, tls)
    visit = _Visit(client)
    try:
        if tls is not None:
            _shake_hands(endpoint, tls)
        connect(client, endpoint)
        while visit.reason is None and visit.carry(until):
            pass
        return visit.answer(topic, until, endpoint)
    except ssl.SSLError as error:
        return Probed(
            Outcome.TLS, getattr(error, "verify_message", "") or error.reason or str(error)
        )
    except socket.gaierror as error:
        return Probed(Outcome.NO_NAME, f"{endpoint.host}: {error.strerror}")
    except ConnectionRefusedError:
        return Probed(Outcome.REFUSED, f"nothing listens on {endpoint.host}:{endpoint.port}")
    except ConnectionResetError as error:
        return Probed(Outcome.TLS if endpoint.tls else Outcome.OTHER, str(error))
    except OSError as error:
        return Probed(Outcome.UNREACHABLE, f"{endpoint.host}: {error.strerror or error}")
    finally:
        client.disconnect()
        if (left := client.socket()) is not None:
            left.close()


def _shake_hands(endpoint: Endpoint, tls: ssl.SSLContext) -> None:
    """TLS alone. paho leaves the socket of a handshake that failed to the garbage collector."""
    place = (endpoint.host, endpoint.port)
    with (
        socket.create_connection(place, timeout=endpoint.connect_timeout_s) as plain,
        tls.wrap_socket(plain, server_hostname=endpoint.host),
    ):
        return


class _Visit:
    """One connection, carried by hand."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.reason: ReasonCode | None = None
        self._sent: ReasonCode | None = None
        client.on_connect = self._connected
        client.on_publish = self._published

    def carry(self, until: float) -> bool:
        """One round of the network; False where the connection or the time is over."""
        sock = self._client.socket()
        left_s = until - time.monotonic()
        if sock is None or left_s <= 0:
            return False
        pending = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
        writing = [sock] if self._client.want_write() else []
        readable, _, _ = select.select([sock], writing, [], 0 if pending else left_s)
        if readable or pending:
            self._client.loop_read()
        if self._client.want_write():
            self._client.loop_write()
        return True

    def answer(self, topic: str | None, until: float, endpoint: Endpoint) -> Probed:
        """What CONNECT came to, and then the question."""
        if self.reason is None:
            closed = self._client.socket() is None
            why = "the other side hung up" if closed else "no answer in time"
            hint = " (does it want TLS?)" if closed and endpoint.tls is None else ""
            return Probed(Outcome.TLS if closed else Outcome.UNREACHABLE, why + hint)
        if self.reason.is_failure:
            return Probed(_refusal(self.reason, endpoint), str(self.reason))
        if topic is not None and (refused := self._may_not(topic, until)):
            return Probed(Outcome.FORBIDDEN, f"{topic}: {refused}")
        return Probed(Outcome.TAKEN, "connected")

    def _may_not(self, topic: str, until: float) -> str:
        info: MQTTMessageInfo = self._client.publish(topic, b"", qos=1)
        while self._sent is None and info.mid and self.carry(until):
            pass
        return str(self._sent) if self._sent is not None and self._sent.is_failure else ""

    def _connected(
        self, _client: Client, _user: object, _flags: object, reason: ReasonCode, _: object
    ) -> None:
        self.reason = reason

    def _published(
        self, _client: Client, _user: object, _mid: int, reason: ReasonCode, _: object
    ) -> None:
        self._sent = reason


def _refusal(reason: ReasonCode, endpoint: Endpoint) -> Outcome:
    by_certificate = endpoint.user is None and endpoint.tls is not None
    if str(reason) in _PASSWORD:
        return Outcome.PASSWORD
    if str(reason) in _FORBIDDEN:
        return Outcome.FORBIDDEN if by_certificate else Outcome.PASSWORD
    return Outcome.OTHER
