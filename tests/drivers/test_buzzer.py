"""The buzzer, on a lane with simulated pins."""

from queue import Empty, SimpleQueue
from threading import Event

import pytest

from tests.drivers.benches import BUZZER, MockBench, turnstile


def test_a_chime_sounds_its_pattern_while_the_lane_goes_on(mock: MockBench) -> None:
    heard: SimpleQueue[bool | None] = SimpleQueue()
    with turnstile(mock) as lane:
        mock.wires.on_output = lambda pin, high: heard.put(high) if pin == BUZZER else None
        lane.chime([(0.01, 0.01), (0.01, 0.0)])
        assert [heard.get(timeout=5.0) for _ in range(4)] == [True, False, True, False]


def test_a_new_chime_cuts_the_old_one_short_and_closing_silences(mock: MockBench) -> None:
    heard: SimpleQueue[bool | None] = SimpleQueue()
    lane = turnstile(mock)
    mock.wires.on_output = lambda pin, high: heard.put(high) if pin == BUZZER else None
    lane.chime([(3600.0, 0.0)])
    assert heard.get(timeout=5.0) is True
    lane.chime([(0.01, 0.0), (3600.0, 0.0)])
    assert [heard.get(timeout=5.0) for _ in range(4)] == [False, True, False, True]
    lane.close()
    assert [heard.get(timeout=5.0) for _ in range(2)] == [False, None]
    with pytest.raises(Empty):
        heard.get_nowait()


def test_an_exception_in_its_thread_goes_to_the_control_loop(mock: MockBench) -> None:
    crashed = Event()
    with turnstile(mock, on_crash=lambda _: crashed.set()) as lane:
        lane.chime([(-1.0, 0.0)])
        assert crashed.wait(timeout=5.0)
