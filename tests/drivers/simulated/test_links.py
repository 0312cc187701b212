"""Many connections in one thread, to a real mosquitto."""

import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from drivers.mqtt_carrier import Consumer
from drivers.mqtt_endpoint import Endpoint, Will
from drivers.simulated.broker import Broker
from drivers.simulated.links import Links, OneLink

SOON_S = 10.0
LARGE = b"x" * 20_000_000
"""More than a socket takes at once."""


class Said:
    """What the consumers of some links were told."""

    def __init__(self) -> None:
        self.messages: SimpleQueue[tuple[str, bytes, bool]] = SimpleQueue()
        self.published: list[tuple[int, bool, str]] = []
        self.lost: list[str] = []

    def consumer(self, *topics: str) -> Consumer:
        return Consumer(
            subscriptions=topics,
            on_connected=lambda: None,
            on_disconnected=self.lost.append,
            on_message=lambda *message: self.messages.put(message),
            on_published=lambda *answer: self.published.append(answer),
            on_denied=lambda _why: None,
            on_crash=lambda _bug: None,
        )


def turn(links: Links, until: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + SOON_S
    while not until():
        assert time.monotonic() < give_up_at
        links.turn(0.05)


def started(links: Links, said: Said, port: int, name: str, *topics: str) -> OneLink:
    will = Will("will", name.encode(), delay_s=0)
    link = links.add(Endpoint("127.0.0.1", port, name, will), said.consumer(*topics))
    link.start()
    return link


def test_a_hundred_links_say_and_hear_in_one_thread(tmp_path: Path) -> None:
    links, said = Links(time.monotonic), Said()
    with Broker(tmp_path) as broker:
        all_ = [started(links, said, broker.port, f"g{n}", f"to/{n}") for n in range(100)]
        assert all_[0].publish("to/1", b"too soon", retain=False) is None
        turn(links, lambda: all(link.online for link in all_))

        numbers = [
            link.publish(f"to/{(n + 1) % 100}", b"%d" % n, retain=False)
            for n, link in enumerate(all_)
        ]
        turn(links, lambda: said.messages.qsize() == 100 and len(said.published) == 100)

        heard = {said.messages.get()[:2] for _ in range(100)}
        assert heard == {(f"to/{(n + 1) % 100}", b"%d" % n) for n in range(100)}
        assert sorted(answer[0] for answer in said.published) == sorted(n or 0 for n in numbers)
        links.close()
        links.close()


def test_what_a_socket_does_not_take_at_once_arrives(tmp_path: Path) -> None:
    links, said = Links(time.monotonic), Said()
    with Broker(tmp_path) as broker:
        link = started(links, said, broker.port, "a")
        turn(links, lambda: link.online)

        number = link.publish("large", LARGE, retain=False)
        turn(links, lambda: bool(said.published))

        assert said.published[0][:2] == (number, True)
        links.close()


def test_a_lost_link_is_made_again_and_numbers_differ(tmp_path: Path) -> None:
    links, said = Links(time.monotonic), Said()
    with Broker(tmp_path) as broker:
        link = started(links, said, broker.port, "a")
        turn(links, lambda: link.online)
        before = link.publish("x", b"", retain=False)

        broker.kill()
        link.publish("x", LARGE, retain=False)  # so that it is the writing that fails
        turn(links, lambda: not link.online)
        assert link.publish("x", b"", retain=False) is None
        broker.start()
        turn(links, lambda: link.online)

        assert said.lost
        assert link.publish("x", b"", retain=False) != before
        links.close()


def test_a_goodbye_forgets_the_will_and_a_dropped_link_does_not(tmp_path: Path) -> None:
    links, others, said = Links(time.monotonic), Links(time.monotonic), Said()
    with Broker(tmp_path) as broker:
        watcher = started(links, said, broker.port, "w", "will")
        polite = started(others, Said(), broker.port, "polite")
        rude = started(others, Said(), broker.port, "rude")
        turn(links, lambda: watcher.online)
        turn(others, lambda: polite.online and rude.online)

        polite.say_goodbye()
        turn(others, lambda: not polite.wants_to_write)
        others.close()
        turn(links, lambda: said.messages.qsize() > 0)
        links.turn(0.05)

        assert said.messages.get()[1] == b"rude"
        assert said.messages.empty()
        links.close()
