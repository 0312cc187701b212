"""Many MQTT connections in one thread: a thousand gates need not be a thousand threads.

paho's interface for external loops over one selector. Every connection has a paho client of its
own, made anew when it is lost, as in `drivers.mqtt_carrier`; here whoever owns the gates turns the
loop, and everything runs on that thread. An exception in a callable ends it: this is for tools.
"""

import random
import selectors
from collections.abc import Callable
from heapq import heappop, heappush

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from drivers.backoff import retry_pause_s
from drivers.mqtt_carrier import Consumer
from drivers.mqtt_endpoint import Endpoint, connect, new_client

AT_ONCE = 50
"""Connections opened in one turn: those that are up have to be carried, too."""

MISC_EVERY_S = 1.0
"""How often paho looks at the keepalives."""

RETRY_FIRST_S, RETRY_LONGEST_S = 1.0, 10.0


class Links:
    """The loop. Closing twice is fine."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._links: list[OneLink] = []
        self._to_open: list[tuple[float, int]] = []
        self._writing: set[OneLink] = set()
        self._full: set[OneLink] = set()
        """Those whose socket took no more."""
        self._misc_at = 0.0

    def add(self, endpoint: Endpoint, consumer: Consumer) -> "OneLink":
        """A link that is not started yet. Of the consumer's callables `on_crash` is not used."""
        link = OneLink(len(self._links), endpoint, consumer, self)
        self._links.append(link)
        return link

    def turn(self, wait_s: float) -> None:
        """Carry what there is to carry; waits for it, `wait_s` at most."""
        now = self._clock()
        for _ in range(AT_ONCE):
            if not self._to_open or self._to_open[0][0] > now:
                break
            self._links[heappop(self._to_open)[1]].open()
        self._write()
        busy = bool(self._to_open) and self._to_open[0][0] <= now
        for key, events in self._selector.select(0.0 if busy else wait_s):
            link: OneLink = key.data
            link.carry(readable=bool(events & selectors.EVENT_READ))
        if now >= self._misc_at:
            self._misc_at = now + MISC_EVERY_S
            for link in self._links:
                link.keep_alive()
        self._write()

    def close(self) -> None:
        """Drop every connection without a goodbye."""
        for link in self._links:
            link.drop()
        self._selector.close()

    # --- for the links ------------------------------------------------------------------------

    def open_in(self, pause_s: float, number: int) -> None:
        """A link is down."""
        heappush(self._to_open, (self._clock() + pause_s, number))

    def opened(self, link: "OneLink", fd: int) -> None:
        """A link has a socket."""
        self._selector.register(fd, selectors.EVENT_READ, link)

    def closes(self, link: "OneLink", fd: int) -> None:
        """A socket is about to be closed."""
        self._selector.unregister(fd)
        self._writing.discard(link)
        self._full.discard(link)

    def wants_to_write(self, link: "OneLink") -> None:
        """There is something to send."""
        self._writing.add(link)

    def _write(self) -> None:
        writing, self._writing = self._writing, set()
        for link in writing:
            fd = link.write()
            if fd is not None and link.wants_to_write is not (link in self._full):
                self._listen(link, fd)

    def _listen(self, link: "OneLink", fd: int) -> None:
        """Whether the selector is to tell when a socket takes something again."""
        if link.wants_to_write:
            self._full.add(link)
            self._selector.modify(fd, selectors.EVENT_READ | selectors.EVENT_WRITE, link)
        else:
            self._full.discard(link)
            self._selector.modify(fd, selectors.EVENT_READ, link)


class OneLink:
    """One connection after the other, as one client."""

    def __init__(self, number: int, endpoint: Endpoint, consumer: Consumer, loop: Links) -> None:
        self.number = number
        self._endpoint = endpoint
        self._consumer = consumer
        self._loop = loop
        self._client: Client | None = None
        self._connection = 0
        self._attempt = 0
        self._online = False
        self._refused = ""

    @property
    def online(self) -> bool:
        """Whether the broker has accepted us."""
        return self._online

    @property
    def wants_to_write(self) -> bool:
        """Whether something waits to be sent."""
        return self._client is not None and self._client.want_write()

    def start(self) -> None:
        """Open it by one of the next turns, and again whenever it is lost; once."""
        self._loop.open_in(0.0, self.number)

    def publish(self, topic: str, payload: bytes, *, retain: bool, qos: int = 1) -> int | None:
        """The number of the message, unlike all others of this link; None while offline."""
        if not self._online or self._client is None:
            return None
        info = self._client.publish(topic, payload, qos=qos, retain=retain)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return None
        return self._connection << 16 | info.mid

    def say_goodbye(self) -> None:
        """Disconnect in order, so that the broker forgets the will; no other connection follows."""
        if self._client is not None:
            self._online = False
            self._client.on_disconnect = None
            self._client.disconnect()

    # --- for the loop -------------------------------------------------------------------------

    def open(self) -> None:
        """Connect; on failure again later."""
        self._connection += 1
        self._refused = ""
        client = new_client(self._endpoint, None)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_socket_close = lambda _client, _user, sock: self._loop.closes(self, sock.fileno())
        # With a callback here paho leaves the writing to the loop, whoever publishes.
        client.on_socket_register_write = lambda *_: self._loop.wants_to_write(self)
        self._client = client
        client.on_socket_open = lambda _client, _user, sock: self._loop.opened(self, sock.fileno())
        try:
            connect(client, self._endpoint)
        except OSError as problem:
            self._lost(str(problem))

    def carry(self, *, readable: bool) -> None:
        """The socket is ready."""
        if self._client is None:
            return
        if readable:
            self._client.loop_read()
        self._loop.wants_to_write(self)

    def write(self) -> int | None:
        """Send what waits; the descriptor of the socket, or None where there is none any more."""
        client = self._client
        if client is not None and client.want_write():
            client.loop_write()
        if client is None or client is not self._client:  # writing has shown that it is lost
            return None
        sock = client.socket()
        return None if sock is None else sock.fileno()

    def keep_alive(self) -> None:
        """Look at the clock."""
        if self._client is not None:
            self._client.loop_misc()

    def drop(self) -> None:
        """Close the socket, and be done."""
        client, self._client = self._client, None
        self._online = False
        if client is not None:
            client.on_disconnect = None
            if (sock := client.socket()) is not None:
                self._loop.closes(self, sock.fileno())
                client.on_socket_close = None
                sock.close()

    def _lost(self, why: str) -> None:
        self._online = False
        self._client = None
        self._consumer.on_disconnected(why)
        pause_s = retry_pause_s(
            self._attempt,
            first_s=RETRY_FIRST_S,
            longest_s=RETRY_LONGEST_S,
            chance=random.random(),  # noqa: S311 - a pause, not a secret
        )
        self._attempt += 1
        self._loop.open_in(pause_s, self.number)

    # --- paho's callbacks ---------------------------------------------------------------------

    def _on_connect(
        self, client: Client, _user: object, _flags: object, reason: ReasonCode, _: object
    ) -> None:
        if reason.is_failure:
            self._refused = f"refused: {reason}"  # and the broker closes
            return
        for topic in self._consumer.subscriptions:
            client.subscribe(topic, qos=1)
        self._online, self._attempt = True, 0
        self._consumer.on_connected()

    def _on_disconnect(
        self, client: Client, _user: object, _flags: object, reason: ReasonCode, _: object
    ) -> None:
        if client is self._client:
            self._lost(self._refused or str(reason))

    def _on_message(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        self._consumer.on_message(message.topic, bytes(message.payload), message.retain)

    def _on_publish(
        self, _client: Client, _user: object, mid: int, reason: ReasonCode, _: object
    ) -> None:
        number = self._connection << 16 | mid
        self._consumer.on_published(number, not reason.is_failure, str(reason))

    def _on_subscribe(
        self, _client: Client, _user: object, _mid: int, reasons: list[ReasonCode], _: object
    ) -> None:
        for reason in reasons:
            if reason.is_failure:
                self._consumer.on_denied(str(reason))
