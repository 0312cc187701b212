"""MQTT over paho-mqtt: one connection after the other, for ever.

Every connection gets a paho client of its own. paho keeps what was published and not yet confirmed
in memory and sends it again by itself after a reconnect, past its own window and after newer
messages; with a new client there is nothing left to send, and the outbox on disk stays the only
queue. The network loop is ours (paho's interface for external loops), because paho's own thread
dies silently when something raises in it, waits without jitter, and cannot be stopped in a bounded
time.

paho's callbacks only hand over facts. An exception in the consumer's code goes to `on_crash`; what
paho raises about bytes that are not MQTT is a lost connection like any other.
"""

import logging
import random
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from drivers.backoff import retry_pause_s
from drivers.mqtt_endpoint import Endpoint, connect, new_client, tls_context

_log = logging.getLogger(__name__)

POLL_S = 0.5
"""How often the loop looks at the keepalive when nothing comes."""

GOODBYE_S = 1.0
"""How long the DISCONNECT may take to leave."""

STEADY_S = 30.0
"""A connection that lasted this long was a good one: the back-off begins anew."""


@dataclass(frozen=True, slots=True)
class _Consumer:
    subscriptions: tuple[str, ...]
    on_connected: Callable[[], None]
    on_disconnected: Callable[[str], None]
    on_message: Callable[[str, bytes, bool], None]
    on_published: Callable[[int, bool, str], None]
    on_crash: Callable[[BaseException], None]


class Mqtt:
    """A link to one broker. Everything is QoS 1; nothing is queued while it is down."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        retry_first_s: float = 2.0,
        retry_longest_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises MqttError where the TLS files cannot be used."""
        self._endpoint = endpoint
        self._tls = None if endpoint.tls is None else tls_context(endpoint.tls)
        self._retry_first_s = retry_first_s
        self._retry_longest_s = retry_longest_s
        self._clock = clock
        self._random = random.SystemRandom()
        self._consumer: _Consumer | None = None
        self._online: tuple[Client, int] | None = None
        self._connections = 0
        self._connected_at: float | None = None
        self._why = ""
        self._stopping = threading.Event()
        self._with_will = False
        self._alive_at = clock()
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_out.settimeout(0)
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    @property
    def alive_at(self) -> float:
        """When the network thread last went round, also while the broker is away.

        At most `POLL_S` ago, but for the time that connecting takes: the name, TCP and TLS.
        """
        return self._alive_at

    def start(
        self,
        *,
        subscriptions: Sequence[str],
        on_connected: Callable[[], None],
        on_disconnected: Callable[[str], None],
        on_message: Callable[[str, bytes, bool], None],
        on_published: Callable[[int, bool, str], None],
        on_crash: Callable[[BaseException], None],
    ) -> None:
        """Connect, and connect again whenever the link is lost. Once.

        The callables run on the network thread and must only hand over. `on_connected` comes after
        every accepted connection (the subscriptions are asked for already); `on_disconnected` with
        a reason after every lost connection and after every attempt that failed; `on_message` with
        topic, payload and whether the broker had kept it (retained); `on_published` says for one
        message whether the broker took it, and if not, why, maybe before `publish` has returned.
        """
        self._consumer = _Consumer(
            subscriptions=tuple(subscriptions),
            on_connected=on_connected,
            on_disconnected=on_disconnected,
            on_message=on_message,
            on_published=on_published,
            on_crash=on_crash,
        )
        self._thread.start()

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> int | None:
        """Hand one message to the network thread; returns its number, None while offline.

        The number belongs to this connection: no message of an earlier or later one has it.
        """
        online = self._online
        if online is None:
            return None
        client, connection = online
        info = client.publish(topic, payload, qos=1, retain=retain)
        self._wake()
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return None
        return _number(connection, info.mid)

    def close(self, *, with_will: bool, timeout_s: float = 2.0) -> None:
        """End the connection; a second time does nothing. Publishes nothing itself.

        With `with_will` the socket is dropped without a goodbye, so that the broker publishes the
        last will.
        """
        self._with_will = self._with_will or with_will
        self._stopping.set()
        self._wake()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout_s)
        if not self._thread.is_alive():
            self._wake_in.close()
            self._wake_out.close()

    # --- the network thread -----------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._connect_for_ever()
        except Exception as bug:
            self._listener.on_crash(bug)

    def _connect_for_ever(self) -> None:
        attempt = 0
        while not self._stopping.is_set():
            self._connections += 1
            self._connected_at = None
            self._why = "no answer"
            self._one_connection()
            self._online = None
            if not self._stopping.is_set():
                self._hand_over(self._listener.on_disconnected, self._why)
                attempt = 0 if self._was_steady() else attempt + 1
                self._rest(
                    retry_pause_s(
                        attempt,
                        first_s=self._retry_first_s,
                        longest_s=self._retry_longest_s,
                        chance=self._random.random(),
                    )
                )

    def _rest(self, pause_s: float) -> None:
        """Wait before the next attempt; in short pieces, since a long pause is no lack of life."""
        self._alive_at = self._clock()
        while pause_s > 0 and not self._stopping.wait(min(pause_s, POLL_S)):
            self._alive_at = self._clock()
            pause_s -= POLL_S

    def _one_connection(self) -> None:
        """From CONNECT until the socket is closed."""
        client = self._new_client()
        try:
            connect(client, self._endpoint)
            while (sock := client.socket()) is not None and not self._stopping.is_set():
                self._wait_and_carry(client, sock)
            self._leave(client)
        except OSError as problem:
            self._why = str(problem) or type(problem).__name__
        except Exception as problem:
            # paho lets what it cannot read out in many forms; the lane must not suffer for it.
            self._why = f"{type(problem).__name__}: {problem}"
            _log.exception("the MQTT connection broke")
        finally:
            if (sock := client.socket()) is not None:
                sock.close()

    def _wait_and_carry(self, client: Client, sock: Any) -> None:
        """One round: wait for the socket or for something to send, then let paho work."""
        self._alive_at = self._clock()
        buffered = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
        writing = [sock] if client.want_write() else []
        readable, _, _ = select.select(
            [sock, self._wake_in], writing, [], 0 if buffered else POLL_S
        )
        if self._wake_in in readable:
            self._wake_in.recv(4096)
        if sock in readable or buffered:
            client.loop_read()
        if client.want_write():
            client.loop_write()
        client.loop_misc()

    def _leave(self, client: Client) -> None:
        """Say goodbye, which makes the broker forget the will; or just go, which does not."""
        if self._with_will or self._online is None:
            return
        client.disconnect()
        give_up_at = self._clock() + GOODBYE_S
        while (sock := client.socket()) is not None and self._clock() < give_up_at:
            select.select([], [sock], [], GOODBYE_S)
            client.loop_write()

    def _was_steady(self) -> bool:
        began = self._connected_at
        return began is not None and self._clock() - began >= STEADY_S

    def _wake(self) -> None:
        with suppress(OSError):  # full: the loop is awake already; closed: there is no loop
            self._wake_out.send(b"!")

    # --- paho's callbacks, on the network thread --------------------------------------------

    def _new_client(self) -> Client:
        client = new_client(self._endpoint, self._tls)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        # With a callback here paho leaves the writing to the loop, whoever publishes.
        client.on_socket_register_write = self._on_wants_to_write
        return client

    def _on_connect(
        self, client: Client, _user: object, _flags: object, reason: ReasonCode, _: object
    ) -> None:
        if reason.is_failure:
            self._why = f"refused: {reason}"
            return
        for topic in self._listener.subscriptions:
            client.subscribe(topic, qos=1)
        self._connected_at = self._clock()
        self._online = (client, self._connections)
        self._hand_over(self._listener.on_connected)

    def _on_disconnect(
        self, _client: Client, _user: object, _flags: object, reason: ReasonCode, _: object
    ) -> None:
        if self._online is not None:
            self._why = f"connection lost: {reason}"
        self._online = None

    def _on_message(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        facts = (message.topic, bytes(message.payload), message.retain)
        self._hand_over(self._listener.on_message, *facts)

    def _on_publish(
        self, _client: Client, _user: object, mid: int, reason: ReasonCode, _: object
    ) -> None:
        number = _number(self._connections, mid)
        self._hand_over(self._listener.on_published, number, not reason.is_failure, str(reason))

    def _on_subscribe(
        self, _client: Client, _user: object, _mid: int, reasons: list[ReasonCode], _: object
    ) -> None:
        for reason in reasons:
            if reason.is_failure:
                _log.warning("the broker refused a subscription: %s", reason)

    def _on_wants_to_write(self, _client: Client, _user: object, _sock: object) -> None:
        self._wake()

    @property
    def _listener(self) -> _Consumer:
        if self._consumer is None:
            raise AssertionError("the network thread runs before start()")
        return self._consumer

    def _hand_over(self, tell: Callable[..., None], *facts: object) -> None:
        """Call the consumer; what goes wrong there is a bug, and ends this thread loudly."""
        try:
            tell(*facts)
        except Exception as bug:
            self._with_will = True
            self._stopping.set()
            self._listener.on_crash(bug)


def _number(connection: int, mid: int) -> int:
    """paho's 16-bit packet id, made unique over the connections."""
    return connection << 16 | mid
