"""What paho-mqtt does that a gate must survive, seen at paho itself.

docs/mqtt.md names for each the test that shows how the gate survives it. A test that fails here
means that paho has changed: good news, and a reason to look at `drivers/mqtt_carrier.py` again.
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from drivers.simulated.broker import Broker

SOON_S = 10.0
Make = Callable[[], Client]


@pytest.fixture
def paho() -> Iterator[Make]:
    """Makes clients, and ends them."""
    made: list[Client] = []

    def make() -> Client:
        made.append(Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5))
        return made[-1]

    yield make
    for client in made:
        client.disconnect()
        client.loop_stop()


def connected(client: Client, broker: Broker) -> Client:
    up = threading.Event()
    client.on_connect = lambda *_: up.set()
    client.connect(broker.host, broker.port)
    client.loop_start()
    assert up.wait(SOON_S)
    return client


def test_what_is_published_offline_is_refused_and_sent_all_the_same(
    broker: Broker, paho: Make
) -> None:
    heard: SimpleQueue[bytes] = SimpleQueue()
    listener, client = connected(paho(), broker), paho()
    subscribed = threading.Event()
    listener.on_message = lambda _c, _u, message: heard.put(bytes(message.payload))
    listener.on_subscribe = lambda *_: subscribed.set()
    listener.subscribe("late", qos=1)
    assert subscribed.wait(SOON_S)

    info = client.publish("late", b"told to be refused", qos=1)

    assert info.rc == MQTTErrorCode.MQTT_ERR_NO_CONN
    connected(client, broker)
    assert heard.get(timeout=SOON_S) == b"told to be refused"
    with pytest.raises(RuntimeError):
        info.is_published()


def test_what_waits_is_in_memory_and_beyond_65535_it_is_dropped(paho: Make) -> None:
    client = paho()
    for _ in range(65_535):
        client.publish("a", b"", qos=1)

    assert client.publish("a", b"lost", qos=1).rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE


def test_what_the_broker_refuses_counts_as_published(tmp_path: Path, paho: Make) -> None:
    with Broker(tmp_path, acl="topic read #\n") as broker:
        client = connected(paho(), broker)
        failed: SimpleQueue[bool] = SimpleQueue()
        client.on_publish = lambda _c, _u, _mid, reason, _p: failed.put(reason.is_failure)

        info = client.publish("forbidden", b"", qos=1)

        assert failed.get(timeout=SOON_S)
        info.wait_for_publish(SOON_S)
        assert info.is_published()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_exception_in_a_callback_ends_the_thread_and_the_client_says_that_it_is_connected(
    broker: Broker, paho: Make
) -> None:
    client = connected(paho(), broker)
    before = {thread for thread in threading.enumerate() if thread.name.startswith("paho")}

    def broken(*_: object) -> None:
        raise KeyError("broken")

    client.on_publish = broken
    client.publish("a", b"", qos=1)

    for thread in before:
        thread.join(SOON_S)
        assert not thread.is_alive()
    assert client.is_connected()
