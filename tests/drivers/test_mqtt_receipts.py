"""Messages that the broker keeps until they are safe here: manual acknowledgement."""

from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Literal

import pytest

from drivers.mqtt import Mqtt
from drivers.mqtt_endpoint import Endpoint
from drivers.simulated.broker import Broker

SOON_S = 5.0
Version = Literal["5", "3.1.1"]


class Consumer:
    """A link whose messages come with receipts."""

    def __init__(self, port: int, version: Version) -> None:
        where = Endpoint("127.0.0.1", port, "central", version=version)
        self.link = Mqtt(where, retry_first_s=0.001, retry_longest_s=0.01)
        self.delivered: SimpleQueue[tuple[str, bytes, bool, int]] = SimpleQueue()
        self.up: SimpleQueue[str] = SimpleQueue()
        self.link.start(
            subscriptions=["here"],
            on_connected=lambda: self.up.put("up"),
            on_disconnected=lambda _: None,
            on_message=lambda *_: pytest.fail("it came without a receipt"),
            on_published=lambda *_: None,
            on_denied=lambda _: None,
            on_crash=lambda bug: self.up.put(str(bug)),
            on_delivery=lambda *facts: self.delivered.put(facts),
        )
        assert self.up.get(timeout=SOON_S) == "up"

    def next(self) -> tuple[bytes, int]:
        _, payload, _, receipt = self.delivered.get(timeout=SOON_S)
        return payload, receipt


@pytest.fixture(params=["5", "3.1.1"])
def consume(broker: Broker, request: pytest.FixtureRequest) -> Iterator[Callable[[], Consumer]]:
    made: list[Consumer] = []

    def make() -> Consumer:
        made.append(Consumer(broker.port, request.param))
        return made[-1]

    yield make
    for consumer in made:
        consumer.link.close(with_will=False)


def test_what_was_not_acknowledged_comes_again_on_the_next_connection_and_the_rest_does_not(
    consume: Callable[[], Consumer],
) -> None:
    first = consume()
    for payload in (b"one", b"two", b"three"):
        first.link.publish("here", payload, retain=False)
    receipts = dict(first.next() for _ in range(3))
    first.link.acknowledge(receipts[b"one"])
    first.link.acknowledge(receipts[b"three"])
    first.link.publish("here", b"after the acknowledgements", retain=False)
    first.next()  # the broker has read everything before it
    first.link.close(with_will=True)

    again = consume()
    came = {again.next()[0] for _ in range(2)}
    assert came == {b"two", b"after the acknowledgements"}
    with pytest.raises(Empty):
        again.delivered.get(timeout=0.2)


def test_a_receipt_of_an_older_connection_means_nothing(consume: Callable[[], Consumer]) -> None:
    first = consume()
    first.link.publish("here", b"one", retain=False)
    _, old = first.next()
    first.link.renew()
    assert first.up.get(timeout=SOON_S) == "up"
    payload, new = first.next()
    assert (payload, old == new) == (b"one", False)

    first.link.acknowledge(old)
    first.link.publish("here", b"two", retain=False)
    first.next()
    first.link.close(with_will=True)

    assert {consume().next()[0]} == {b"one"}


def test_a_message_of_qos_0_needs_no_receipt(consume: Callable[[], Consumer]) -> None:
    consumer = consume()
    consumer.link.publish("here", b"lightly", retain=False, qos=0)

    payload, receipt = consumer.next()
    consumer.link.acknowledge(receipt)
    assert (payload, receipt) == (b"lightly", 0)
