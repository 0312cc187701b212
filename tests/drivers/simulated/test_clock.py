"""Clocks that the world moves, over the real socket."""

import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from tempfile import mkdtemp

import pytest

from drivers.simulated.clock import SimulatedClock
from drivers.simulated.disk import SimulatedDisk
from drivers.simulated.frames import Scene
from drivers.simulated.mlx90614 import SimulatedMlx90614
from drivers.simulated.wires import Wires
from drivers.simulated.world import World

HOUR = 3600.0
crashes: SimpleQueue[BaseException] = SimpleQueue()


class Heard(SimulatedClock):
    """Remembers when it was set, so that a test can wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.news: SimpleQueue[float] = SimpleQueue()

    def set(self, *, flown_s: float, ahead_s: float, synchronised: bool) -> None:
        super().set(flown_s=flown_s, ahead_s=ahead_s, synchronised=synchronised)
        self.news.put(ahead_s)

    def ahead_s(self) -> float:
        return self.wall() - time.time()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "wires.sock") as world:
        yield world
    assert crashes.empty()


def wires(folder: Path, clock: SimulatedClock) -> Wires:
    return Wires(
        path=folder / "wires.sock",
        at_rest={},
        chip=SimulatedMlx90614(clock=lambda: 0.0, seed=1),
        scene=Scene(width=640, height=480, seed=1),
        clock=clock,
        disk=SimulatedDisk(Path(mkdtemp(dir=folder))),
        on_crash=crashes.put,
    )


@pytest.mark.usefixtures("world")
def test_without_a_word_of_the_world_the_clock_is_right_and_kept(tmp_path: Path) -> None:
    clock = Heard()
    with wires(tmp_path, clock):
        assert abs(clock.ahead_s()) < 1
        assert clock.synchronised()


def test_a_gate_that_attaches_finds_the_clock_as_the_world_has_set_it(
    world: World, tmp_path: Path
) -> None:
    world.set_clock(ahead_s=-HOUR, synchronised=False)
    for clock in (Heard(), Heard()):  # the second is a gate that was started again
        with wires(tmp_path, clock):
            assert clock.news.get(timeout=5.0) == -HOUR
            assert clock.ahead_s() == pytest.approx(-HOUR, abs=1)
            assert not clock.synchronised()


def test_the_world_sets_the_clock_of_a_running_gate(world: World, tmp_path: Path) -> None:
    clock = Heard()
    with wires(tmp_path, clock):
        world.set_clock(ahead_s=HOUR, synchronised=False)
        assert clock.news.get(timeout=5.0) == HOUR
        assert clock.ahead_s() == pytest.approx(HOUR, abs=1)
        assert not clock.synchronised()
        world.set_clock(ahead_s=0.0, synchronised=True)
        assert clock.news.get(timeout=5.0) == 0.0
        assert clock.synchronised()


def test_time_that_flies_moves_all_clocks_and_sets_none(world: World, tmp_path: Path) -> None:
    clock = Heard()
    with wires(tmp_path, clock):
        before = clock.monotonic()
        world.set_clock(ahead_s=HOUR, synchronised=True)
        world.let_fly(2 * HOUR)
        assert [clock.news.get(timeout=5.0) for _ in range(2)] == [HOUR, HOUR]
        assert clock.monotonic() - before == pytest.approx(2 * HOUR, abs=1)
        assert clock.ahead_s() == pytest.approx(3 * HOUR, abs=1)
        assert world.now() - time.time() == pytest.approx(2 * HOUR, abs=1)
        assert clock.synchronised()
