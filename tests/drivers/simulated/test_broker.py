"""The mosquitto of simulations, killed while a subscriber is away."""

from pathlib import Path
from queue import Empty, SimpleQueue

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from drivers.simulated.broker import Broker
from gate.commands.simulate.lane import wait_until

SOON_S = 10.0
TOPICS = ("lane/walked", "lane/left", "lane/waits")


def session(broker: Broker, heard: SimpleQueue[bytes]) -> Client:
    """A subscriber whose session outlives its connection."""
    client, subscribed = (
        Client(CallbackAPIVersion.VERSION2, "s", clean_session=False),
        SimpleQueue[int](),
    )
    client.on_connect = lambda client, *_: client.subscribe([(topic, 1) for topic in TOPICS])
    client.on_subscribe = lambda _client, _data, mid, *_: subscribed.put(mid)
    client.on_message = lambda _client, _data, message: heard.put(bytes(message.payload))
    client.connect(broker.host, broker.port)
    client.loop_start()
    subscribed.get(timeout=SOON_S)
    return client


def away(client: Client) -> None:
    client.disconnect()
    client.loop_stop()


def knows_all(folder: Path) -> bool:
    """Whether what is on disk has every subscription."""
    return any(
        all(topic.encode() in kept.read_bytes() for topic in TOPICS) for kept in folder.glob("*.db")
    )


@pytest.mark.parametrize("keeps", [True, False])
def test_only_a_broker_that_keeps_sessions_tells_later_what_came_after_it_was_killed(
    tmp_path: Path, keeps: bool
) -> None:
    heard: SimpleQueue[bytes] = SimpleQueue()
    with Broker(tmp_path, keeps=keeps) as broker:
        away(session(broker, heard))
        assert not keeps or wait_until(lambda: knows_all(tmp_path), SOON_S)
        broker.kill()
        broker.start()
        gate = Client(CallbackAPIVersion.VERSION2)
        gate.connect(broker.host, broker.port)
        gate.loop_start()
        gate.publish(TOPICS[0], b"walked in", qos=1).wait_for_publish(SOON_S)
        late = session(broker, heard)
        gate.publish(TOPICS[0], b"the next", qos=1)
        told = [heard.get(timeout=SOON_S)]
        if keeps:
            told.append(heard.get(timeout=SOON_S))
        away(gate)
        away(late)

    assert told == ([b"walked in", b"the next"] if keeps else [b"the next"])
    with pytest.raises(Empty):
        heard.get_nowait()
