"""Kills the daemon at chosen moments, starts it again, and writes down each of its lives."""

import random
import threading
import time
from collections.abc import Callable, Sequence

from gate.commands.simulate.stage import Stage
from tests.killing.facts import Life, Moment, read_disk

BEFORE_READY = frozenset({Moment.MAKING, Moment.STARTING, Moment.OPENING})
LONGEST_WAIT_S = 8.0
"""For a moment that does not come: then the lane is killed all the same."""

DEAD_S = (0.1, 0.5)
"""Until the lane is started again; what it said last has been heard by then."""


class Killer:
    """One life for each of `moments`; `lives` is complete when `run` has returned."""

    def __init__(self, stage: Stage, draw: random.Random, moments: Sequence[Moment]) -> None:
        self.lives: list[Life] = []
        self.failed: Exception | None = None
        self._stage = stage
        self._draw = draw
        self._moments = moments
        self._thread = threading.Thread(target=self._run, name="killer")

    @property
    def at_work(self) -> bool:
        """Whether there is somebody left to kill."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin; once."""
        self._thread.start()

    def join(self) -> None:
        """Wait for the end; raises what went wrong."""
        self._thread.join()
        if self.failed is not None:
            raise self.failed

    def _run(self) -> None:
        try:
            for moment in self._moments:
                self.lives.append(self._life(moment))
                time.sleep(self._draw.uniform(*DEAD_S))
        except Exception as error:
            self.failed = error

    def _life(self, moment: Moment) -> Life:
        stage, launched, ready = self._stage, time.time(), None
        written_at = self._written_at()
        stage.launch_daemon()
        if moment not in BEFORE_READY:
            stage.await_daemon()
            ready, written_at = time.time(), self._written_at()
        self._await(moment, written_at)
        killed = time.time()
        code = stage.kill_daemon()
        dead = time.time()
        return Life(
            launched=launched,
            ready=ready,
            killed=killed,
            dead=dead,
            code=code,
            moment=moment,
            disk=read_disk(stage.database),
        )

    def _await(self, moment: Moment, written_at: int) -> None:
        uniform = self._draw.uniform
        match moment:
            case Moment.MAKING:
                _poll(self._stage.database.exists)
                time.sleep(uniform(0, 0.012))
            case Moment.STARTING:
                time.sleep(uniform(0, 1.2))
            case Moment.OPENING | Moment.WRITING:
                _poll(lambda: self._written_at() != written_at)
            case Moment.FREED:
                self._see(self._freed)
            case Moment.DAWDLING:
                self._see(self._freed)
                time.sleep(uniform(0, 0.4))
            case Moment.WALKING:
                self._see(self._somebody_in_the_beams)
                time.sleep(uniform(0, 0.4))
            case Moment.COUNTING:
                self._see(self._somebody_in_the_beams)
                self._see(lambda: not self._somebody_in_the_beams())
                time.sleep(uniform(0, 0.04))
            case Moment.BACKLOG:
                self._await_a_backlog()
            case Moment.ANY:
                time.sleep(uniform(0, 3))

    def _await_a_backlog(self) -> None:
        """The broker is away while things happen, and the lane has begun to catch up."""
        broker, tally = self._stage.broker, self._stage.tally
        broker.kill()
        enough = self._newest() + self._draw.randint(2, 4)
        _poll(lambda: self._newest() >= enough, every_s=0.05)
        heard = tally.reached()
        broker.start()
        _poll(lambda: tally.reached() > heard, timeout_s=3.0)
        time.sleep(self._draw.uniform(0, 0.05))

    def _newest(self) -> int:
        disk = read_disk(self._stage.database)
        return disk.newest if disk else 0

    def _see(self, what: Callable[[], bool]) -> None:
        self._stage.world.wait_for(what, LONGEST_WAIT_S)

    def _freed(self) -> bool:
        wiring = self._stage.visitors.wiring
        return self._stage.world.level(wiring.relay) is wiring.relay_active_high

    def _somebody_in_the_beams(self) -> bool:
        world, wiring = self._stage.world, self._stage.visitors.wiring
        beams = (wiring.sensor_a, wiring.sensor_b)
        return any(world.driven(beam) is not wiring.rest[beam] for beam in beams if beam)

    def _written_at(self) -> int:
        """When something was last written to the write-ahead log; 0 where there is none."""
        log = self._stage.database.with_name("gate.db-wal")
        try:
            return log.stat().st_mtime_ns
        except FileNotFoundError:
            return 0


def _poll(
    there: Callable[[], bool], *, timeout_s: float = LONGEST_WAIT_S, every_s: float = 0.0005
) -> None:
    """For what nobody tells: look until it is there, or time is up."""
    give_up_at = time.monotonic() + timeout_s
    while not there() and time.monotonic() < give_up_at:
        time.sleep(every_s)
