"""One chaos of a seed: what happens, and what was found afterwards."""

import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from drivers.simulated.broker import Broker
from tests.chaos.gate_process import WIDTH
from tests.chaos.proxy import Proxy
from tests.chaos.verdict import Facts

RATE = 150
"""Events a second; the gate is dead for some of them."""

QUIET_WITHIN_S = 60.0
"""After everything is whole again; the longest stall of the outbox is 30 s."""

CRAWL = 20_000.0
"""Bytes a second to a slow subscriber; what comes in that time is more."""


class Chaos:
    """A gate, a broker and a subscriber, with somebody who wishes them ill."""

    def __init__(self, folder: Path, version: str, opened: ExitStack) -> None:
        self._folder = folder
        self._version = version
        self.broker = Broker(folder)
        self.broker.start()
        opened.callback(self.broker.kill)
        self.near = opened.enter_context(Proxy(self.broker.port))
        self.far = opened.enter_context(Proxy(self.broker.port))
        self.database, self._heard = folder / "gate.db", folder / "central.db"
        self._written = folder / "written"
        self._gate = self._start_gate()
        self._subscriber = self._start_subscriber()
        opened.callback(self._end)

    def _run(self, module: str, *words: object) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"tests.chaos.{module}", *map(str, words)]
        with (self._folder / f"{module}.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log)

    def _start_gate(self) -> subprocess.Popen[bytes]:
        return self._run(
            "gate_process", self.database, self.near.port, self._version, RATE, self._written
        )

    def _start_subscriber(self) -> subprocess.Popen[bytes]:
        return self._run("subscriber", self._heard, self.far.port, self._version)

    # --- what can happen --------------------------------------------------------------------

    def kill_gate(self, dead_s: float) -> None:
        """kill -9, and again after a while."""
        _kill(self._gate)
        time.sleep(dead_s)
        self._gate = self._start_gate()

    def kill_subscriber(self, dead_s: float) -> None:
        """kill -9, and again after a while."""
        _kill(self._subscriber)
        time.sleep(dead_s)
        self._subscriber = self._start_subscriber()

    def kill_broker(self, dead_s: float) -> None:
        """kill -9: sessions and retained messages are gone with it."""
        self.broker.kill()
        time.sleep(dead_s)
        self.broker.start()

    # --- the end ----------------------------------------------------------------------------

    def _end(self) -> None:
        _kill(self._gate)
        _kill(self._subscriber)

    def calm(self) -> bool:
        """Make everything whole, count nobody any more, and wait until all has arrived."""
        self.near.heal()
        self.far.heal()
        give_up_at = time.monotonic() + QUIET_WITHIN_S
        self._written.with_name("written.quiet").touch()
        quiet = -1
        while time.monotonic() < give_up_at:
            newest = self._newest()
            if newest == quiet and self._all_there():
                return True
            quiet = newest
            time.sleep(0.3)
        return False

    def _all_there(self) -> bool:
        totals = self._ask(self.database, "SELECT entered, departed FROM totals")
        told = self._ask(self._heard, "SELECT entered, departed, seq FROM ctr")
        (heard,) = self._ask(self._heard, "SELECT count(*) FROM events")
        newest = self._newest()
        return heard >= newest and told == (*totals, newest)

    def facts(self, troubles: Counter[str]) -> Facts:
        """What is on both sides now."""
        entered, left = self._ask(self.database, "SELECT entered, departed FROM totals")
        times, contradictions = self._ask(self._heard, "SELECT times, contradictions FROM arrivals")
        with closing(sqlite3.connect(self._heard)) as db:
            kinds = (
                "SELECT seq, CASE content ->> '$.k' WHEN 'passage' THEN content ->> '$.d' END"
                " FROM events"
            )
            heard = {seq: way or "" for seq, way in db.execute(kinds)}
            ctr = db.execute("SELECT entered, departed, seq FROM ctr").fetchone()
        return Facts(
            told_written=self._told(),
            newest=self._newest(),
            entered=entered,
            left=left,
            heard=heard,
            ctr=ctr,
            arrived=times,
            contradictions=contradictions,
            troubles=troubles,
        )

    def _told(self) -> int:
        with suppress(OSError):
            return int.from_bytes(self._written.read_bytes()[:WIDTH])
        return 0

    def _newest(self) -> int:
        return self._ask(self.database, "SELECT seq FROM sqlite_sequence WHERE name = 'events'")[0]

    def _ask(self, path: Path, question: str) -> tuple[int, ...]:
        with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as db:
            row: tuple[int, ...] | None = db.execute(question).fetchone()
            if row is not None:
                return row
        return (0, 0, 0)


def play(folder: Path, *, seed: int, seconds: float, version: str) -> Facts:
    """A chaos that lasts so long, and then the time until all is quiet."""
    draw = random.Random(seed)  # noqa: S311 - a story, not a secret
    troubles: Counter[str] = Counter()
    with ExitStack() as opened:
        chaos = Chaos(folder, version, opened)
        acts: dict[str, Callable[[], None]] = {
            "gate killed": lambda: chaos.kill_gate(draw.uniform(0, 0.5)),
            "subscriber killed": lambda: chaos.kill_subscriber(draw.uniform(0, 0.8)),
            "broker killed": lambda: chaos.kill_broker(draw.uniform(0, 0.3)),
            "gate cut": chaos.near.cut,
            "gate reset": chaos.near.reset,
            "gate held": lambda: _held(chaos.near, draw),
            "subscriber cut": chaos.far.cut,
            "subscriber reset": chaos.far.reset,
            "subscriber held": lambda: _held(chaos.far, draw),
            "subscriber slow": lambda: _slow(chaos.far, draw),
        }
        end = time.monotonic() + seconds
        deck: list[str] = []
        while time.monotonic() < end:
            time.sleep(draw.uniform(0.1, 0.5))
            deck = deck or draw.sample([*acts], len(acts))
            name = deck.pop()
            acts[name]()
            troubles[name] += 1
        assert chaos.calm(), f"not quiet: {chaos.facts(troubles)}"
        return chaos.facts(troubles)


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _held(proxy: Proxy, draw: random.Random) -> None:
    """Half open for a while: long enough now and then that the keepalive notices."""
    proxy.hold()
    time.sleep(draw.choice((0.3, 1.0, 3.0)))
    proxy.heal()


def _slow(proxy: Proxy, draw: random.Random) -> None:
    proxy.bytes_per_s = CRAWL
    time.sleep(draw.uniform(0.5, 1.5))
    proxy.heal()
