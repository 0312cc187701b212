"""MQTT over paho-mqtt: one connection after the other, for ever (`drivers.mqtt_carrier`)."""

import itertools
import time
from collections.abc import Callable, Sequence

from drivers.mqtt_carrier import Carrier, Consumer, Pace
from drivers.mqtt_endpoint import Endpoint, tls_context


class Mqtt:
    """A link to one broker: QoS 1 unless 0 is asked for; nothing is queued while it is down."""

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
        self._pace = Pace(retry_first_s, retry_longest_s)
        self._clock = clock
        self._began_at = clock()
        self._numbers = itertools.count(1)
        self._consumer: Consumer | None = None
        self._carrier: Carrier | None = None

    @property
    def alive_at(self) -> float:
        """When the network thread last went round, also while the broker is away.

        At most half a second ago, but for the time that connecting takes: the name, TCP and TLS.
        """
        return self._began_at if self._carrier is None else self._carrier.alive_at

    def start(
        self,
        *,
        subscriptions: Sequence[str],
        on_connected: Callable[[], None],
        on_disconnected: Callable[[str], None],
        on_message: Callable[[str, bytes, bool], None],
        on_published: Callable[[int, bool, str], None],
        on_denied: Callable[[str], None],
        on_crash: Callable[[BaseException], None],
        on_delivery: Callable[[str, bytes, bool, int], None] | None = None,
    ) -> None:
        """Connect, and connect again whenever the link is lost. Once.

        The callables run on the network thread and must only hand over. `on_connected` comes after
        every accepted connection (the subscriptions are asked for already); `on_disconnected` with
        a reason after every lost connection and after every attempt that failed; `on_message` with
        topic, payload and whether the broker had kept it (retained); `on_published` says for one
        message whether the broker took it, and if not, why, maybe before `publish` has returned;
        `on_denied` names a subscription that the broker refuses, and why.

        With `on_delivery` messages come there, each with a receipt for `acknowledge`; until then
        the broker keeps the message, and delivers it again on the next connection.
        """
        self._consumer = Consumer(
            subscriptions=tuple(subscriptions),
            on_connected=on_connected,
            on_disconnected=on_disconnected,
            on_message=on_message,
            on_published=on_published,
            on_denied=on_denied,
            on_crash=on_crash,
            on_delivery=on_delivery,
        )
        self._carrier = self._new_carrier(self._consumer)
        self._carrier.start()

    def publish(self, topic: str, payload: bytes, *, retain: bool, qos: int = 1) -> int | None:
        """Hand one message to the network thread; returns its number, None while offline.

        The number belongs to this connection: no message of an earlier or later one has it.
        """
        carrier = self._carrier
        return None if carrier is None else carrier.publish(topic, payload, retain, qos)

    def acknowledge(self, receipt: int) -> None:
        """What came with this receipt is safe here; the broker may forget it."""
        if self._carrier is not None:
            self._carrier.acknowledge(receipt)

    def renew(self) -> None:
        """Give up the connection and its thread, whatever they are doing, and begin anew.

        For a link that looks well and is not. The old thread may hang for ever in a call that never
        returns; it is not heard any more. `on_disconnected` is not called for it.
        """
        if self._carrier is None or self._consumer is None:
            return
        self._carrier.leave_alone()
        self._carrier = self._new_carrier(self._consumer)
        self._carrier.start()

    def close(self, *, with_will: bool, timeout_s: float = 2.0) -> None:
        """End the connection; a second time does nothing. Publishes nothing itself.

        With `with_will` the socket is dropped without a goodbye, so that the broker publishes the
        last will.
        """
        if self._carrier is not None:
            self._carrier.stop(with_will=with_will)
            self._carrier.join(timeout_s)

    def _new_carrier(self, consumer: Consumer) -> Carrier:
        return Carrier(
            self._endpoint,
            self._tls,
            consumer,
            pace=self._pace,
            numbers=self._numbers,
            clock=self._clock,
        )
