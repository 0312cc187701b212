"""Processes that are killed and started again, and what else can happen to them and their links."""

import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path

from drivers.simulated.broker import Broker
from tests.chaos.gate_process import WIDTH
from tests.chaos.proxy import Proxy

CRAWL = 20_000.0
"""Bytes a second on a slow link; what comes in that time is more."""

Acts = Mapping[str, Callable[[], None]]
"""What can happen, by name."""


class Part:
    """One process, and its own way to the broker."""

    def __init__(self, name: str, way: Proxy, command: tuple[object, ...], folder: Path) -> None:
        """`command` is for python."""
        self.name = name
        self.way = way
        self._command = [sys.executable, *map(str, command)]
        self._log = folder / f"{name}.log"
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(self._command, stdout=log, stderr=log)

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait()

    def kill_for(self, dead_s: float) -> None:
        """kill -9, and again after a while."""
        self.kill()
        time.sleep(dead_s)
        self._process = self._start()

    def acts(self, draw: random.Random, dead_s: float) -> Acts:
        """What can happen to it."""
        return {
            f"{self.name} killed": lambda: self.kill_for(draw.uniform(0, dead_s)),
            f"{self.name} cut": self.way.cut,
            f"{self.name} reset": self.way.reset,
            f"{self.name} held": lambda: _hold(self.way, draw),
        }

    def slow(self, draw: random.Random) -> Acts:
        """It hears at a crawl for a while."""
        return {f"{self.name} slow": lambda: _slow(self.way, draw)}


class GatePart(Part):
    """A gate (`tests.chaos.gate_process`), its database, and what its walkers know."""

    def __init__(self, name: str, way: Proxy, folder: Path, *, version: str, rate: int) -> None:
        self.id = name
        self._database = folder / f"{name}.db"
        self._written = folder / f"{name}.written"
        module = "tests.chaos.gate_process"
        words = (self._database, way.port, version, rate, self._written, name)
        super().__init__(name, way, ("-m", module, *words), folder)

    def count_nobody_any_more(self) -> None:
        """From now on."""
        self._written.with_name(f"{self._written.name}.quiet").touch()

    @property
    def newest(self) -> int:
        """The highest number that the database has given."""
        return ask(self._database, "SELECT seq FROM sqlite_sequence WHERE name = 'events'")[0]

    @property
    def totals(self) -> tuple[int, int, int]:
        """In, out and pending, on its disk."""
        question = "SELECT entered, departed, open + unknown FROM totals"
        entered, left, pending = ask(self._database, question)
        return entered, left, pending

    @property
    def told_written(self) -> int:
        """The highest number that it ever said to be on disk."""
        with suppress(OSError):
            return int.from_bytes(self._written.read_bytes()[:WIDTH])
        return 0

    @property
    def walked(self) -> dict[int, str]:
        """Of each passage that it said to be on disk: `in` or `out`, and whose."""
        path = self._written.with_name(f"{self._written.name}.walked")
        lines = path.read_text(encoding="utf-8").splitlines()
        return {int(seq): who for seq, who in (line.split(" ", 1) for line in lines)}


def broker_killed(broker: Broker, draw: random.Random) -> Acts:
    """kill -9, and again after a while: sessions and retained messages are gone with it."""

    def kill() -> None:
        broker.kill()
        time.sleep(draw.uniform(0, 0.3))
        broker.start()

    return {"broker killed": kill}


def misfortune(acts: Acts, draw: random.Random, seconds: float) -> Counter[str]:
    """One after the other, each as often; returns what has happened."""
    troubles: Counter[str] = Counter()
    end = time.monotonic() + seconds
    deck: list[str] = []
    while time.monotonic() < end:
        time.sleep(draw.uniform(0.1, 0.5))
        deck = deck or draw.sample([*acts], len(acts))
        name = deck.pop()
        acts[name]()
        troubles[name] += 1
    return troubles


def ask(path: Path, question: str) -> tuple[int, ...]:
    """The first row, or zeros."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as db:
        row: tuple[int, ...] | None = db.execute(question).fetchone()
        if row is not None:
            return row
    return (0, 0, 0)


def _hold(way: Proxy, draw: random.Random) -> None:
    """Half open for a while: long enough now and then that the keepalive notices."""
    way.hold()
    time.sleep(draw.choice((0.3, 1.0, 3.0)))
    way.heal()


def _slow(way: Proxy, draw: random.Random) -> None:
    way.bytes_per_s = CRAWL
    time.sleep(draw.uniform(0.5, 1.5))
    way.heal()
