"""The network thread of an MQTT link: one paho client after the other, until it is left alone.

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
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from drivers.backoff import retry_pause_s
from drivers.mqtt_endpoint import Endpoint, connect, new_client

_log = logging.getLogger(__name__)

POLL_S = 0.5
"""How often the loop looks at the keepalive when nothing comes."""

GOODBYE_S = 1.0
"""How long the DISCONNECT may take to leave."""

STEADY_S = 30.0
"""A connection that lasted this long was a good one: the back-off begins anew."""

TAKEN_OVER = "Session taken over"
"""The reason of a DISCONNECT (MQTT 5, 3.14.2.1, 0x8E) as paho names it."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who is told; every callable runs on the network thread and must only hand over."""

    subscriptions: tuple[str, ...]
    on_connected: Callable[[], None]
    on_disconnected: Callable[[str], None]
    on_message: Callable[[str, bytes, bool], None]
    on_published: Callable[[int, bool, str], None]
    on_denied: Callable[[str], None]
    on_crash: Callable[[BaseException], None]
    on_delivery: Callable[[str, bytes, bool, int], None] | None = None
    """Instead of `on_message`: with a receipt, without which the broker delivers it again."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait between attempts to connect."""

    first_s: float
    longest_s: float


class Carrier:
    """One network thread, from its start until it is stopped or left alone."""

    def __init__(
        self,
        endpoint: Endpoint,
        tls: ssl.SSLContext | None,
        consumer: Consumer,
        *,
        pace: Pace,
        numbers: Iterator[int],
        clock: Callable[[], float],
    ) -> None:
        """`numbers` gives each connection one that no other has, whoever made it."""
        self._endpoint = endpoint
        self._tls = tls
        self._listener = consumer
        self._pace = pace
        self._numbers = numbers
        self._clock = clock
        self._random = random.SystemRandom()
        self._online: tuple[Client, int] | None = None
        self._connection = 0
        self._connected_at: float | None = None
        self._why = ""
        self._asked: dict[int | None, str] = {}
        self._stopping = threading.Event()
        self._with_will = False
        self._alone = False
        self._alive_at = clock()
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_out.settimeout(0)
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    @property
    def alive_at(self) -> float:
        """When the thread last went round."""
        return self._alive_at

    def start(self) -> None:
        """Begin to connect; once."""
        self._thread.start()

    def publish(self, topic: str, payload: bytes, retain: bool, qos: int) -> int | None:
        """Hand one message over; returns its number, None while offline."""
        online = self._online
        if online is None:
            return None
        client, connection = online
        info = client.publish(topic, payload, qos=qos, retain=retain)
        self._wake()
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return None
        return _number(connection, info.mid)

    def acknowledge(self, receipt: int) -> None:
        """Tell the broker that a message is safe; nothing where its connection is gone."""
        online = self._online
        if online is not None and receipt >> 16 == online[1]:
            online[0].ack(receipt & 0xFFFF, 1)
            self._wake()

    def leave_alone(self) -> None:
        """Nobody listens to this thread any more; it ends when it can, if ever."""
        self._alone = True
        self._online = None
        self.stop(with_will=True)

    def stop(self, *, with_will: bool) -> None:
        """Ask the thread to end; a second time does nothing. Never waits."""
        self._with_will = self._with_will or with_will
        self._stopping.set()
        self._wake()

    def join(self, timeout_s: float) -> None:
        """Wait for its end, and let go of what only it used."""
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout_s)
        if not self._thread.is_alive():
            self._close_wake()

    def _close_wake(self) -> None:
        self._wake_in.close()
        self._wake_out.close()

    # --- the network thread -----------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._connect_for_ever()
        except Exception as bug:
            self._hand_over(self._listener.on_crash, bug)
        finally:
            if self._alone:
                self._close_wake()

    def _connect_for_ever(self) -> None:
        attempt = 0
        while not self._stopping.is_set():
            self._connection = next(self._numbers)
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
                        first_s=self._pace.first_s,
                        longest_s=self._pace.longest_s,
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
        client.manual_ack_set(self._listener.on_delivery is not None)
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
            _, mid = client.subscribe(topic, qos=1)
            self._asked[mid] = topic
        self._connected_at = self._clock()
        self._online = None if self._alone else (client, self._connection)
        self._hand_over(self._listener.on_connected)

    def _on_disconnect(
        self, _client: Client, _user: object, _flags: object, reason: ReasonCode, _: object
    ) -> None:
        if self._online is not None:
            self._why = f"connection lost: {reason}"
            if reason == TAKEN_OVER:
                self._why += " by another client with our id; gate ids are unique over the broker"
        self._online = None

    def _on_message(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        facts = (message.topic, bytes(message.payload), message.retain)
        if self._listener.on_delivery is None:
            self._hand_over(self._listener.on_message, *facts)
        else:
            receipt = _number(self._connection, message.mid) if message.qos else 0
            self._hand_over(self._listener.on_delivery, *facts, receipt)

    def _on_publish(
        self, _client: Client, _user: object, mid: int, reason: ReasonCode, _: object
    ) -> None:
        number = _number(self._connection, mid)
        self._hand_over(self._listener.on_published, number, not reason.is_failure, str(reason))

    def _on_subscribe(
        self, _client: Client, _user: object, mid: int, reasons: list[ReasonCode], _: object
    ) -> None:
        topic = self._asked.pop(mid, "a subscription")
        for reason in reasons:
            if reason.is_failure:
                self._hand_over(self._listener.on_denied, f"{topic}: {reason}")

    def _on_wants_to_write(self, _client: Client, _user: object, _sock: object) -> None:
        self._wake()

    def _hand_over(self, tell: Callable[..., None], *facts: object) -> None:
        """Call the consumer; what goes wrong there is a bug, and ends this thread loudly."""
        if self._alone:
            return
        try:
            tell(*facts)
        except Exception as bug:
            self._with_will = True
            self._stopping.set()
            self._listener.on_crash(bug)


def _number(connection: int, mid: int) -> int:
    """paho's 16-bit packet id, made unique over the connections."""
    return connection << 16 | mid
