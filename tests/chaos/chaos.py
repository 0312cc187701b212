"""One chaos of a seed with a subscriber of somebody else's: what happens, and what was found."""

import random
import sqlite3
import time
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path

from drivers.simulated.broker import Broker
from tests.chaos.parts import GatePart, Part, ask, broker_killed, misfortune
from tests.chaos.proxy import Proxy
from tests.chaos.verdict import Facts

RATE = 150
"""Events a second; the gate is dead for some of them."""

QUIET_WITHIN_S = 60.0
"""After everything is whole again; the longest stall of the outbox is 30 s."""


class Chaos:
    """A gate, a broker and a subscriber, with somebody who wishes them ill."""

    def __init__(self, folder: Path, version: str, opened: ExitStack) -> None:
        self.broker = Broker(folder)
        self.broker.start()
        opened.callback(self.broker.kill)
        near = opened.enter_context(Proxy(self.broker.port))
        far = opened.enter_context(Proxy(self.broker.port))
        self._heard = folder / "central.db"
        self.gate = GatePart("t01-a", near, folder, version=version, rate=RATE)
        opened.callback(self.gate.kill)
        command = ("-m", "tests.chaos.subscriber", self._heard, far.port, version)
        self.subscriber = Part("subscriber", far, command, folder)
        opened.callback(self.subscriber.kill)

    def calm(self) -> bool:
        """Make everything whole, count nobody any more, and wait until all has arrived."""
        self.gate.way.heal()
        self.subscriber.way.heal()
        give_up_at = time.monotonic() + QUIET_WITHIN_S
        self.gate.count_nobody_any_more()
        quiet = -1
        while time.monotonic() < give_up_at:
            newest = self.gate.newest
            if newest == quiet and self._all_there():
                return True
            quiet = newest
            time.sleep(0.3)
        return False

    def _all_there(self) -> bool:
        entered, left, _ = self.gate.totals
        told = ask(self._heard, "SELECT entered, departed, seq FROM ctr")
        (heard,) = ask(self._heard, "SELECT count(*) FROM events")
        newest = self.gate.newest
        return heard >= newest and told == (entered, left, newest)

    def facts(self, troubles: Counter[str]) -> Facts:
        """What is on both sides now."""
        entered, left, _ = self.gate.totals
        times, contradictions = ask(self._heard, "SELECT times, contradictions FROM arrivals")
        with closing(sqlite3.connect(self._heard)) as db:
            kinds = (
                "SELECT seq, CASE content ->> '$.k' WHEN 'passage' THEN content ->> '$.d' END"
                " FROM events"
            )
            heard = {seq: way or "" for seq, way in db.execute(kinds)}
            ctr = db.execute("SELECT entered, departed, seq FROM ctr").fetchone()
        return Facts(
            told_written=self.gate.told_written,
            newest=self.gate.newest,
            entered=entered,
            left=left,
            heard=heard,
            ctr=ctr,
            arrived=times,
            contradictions=contradictions,
            troubles=troubles,
        )


def play(folder: Path, *, seed: int, seconds: float, version: str) -> Facts:
    """A chaos that lasts so long, and then the time until all is quiet."""
    draw = random.Random(seed)  # noqa: S311 - a story, not a secret
    with ExitStack() as opened:
        chaos = Chaos(folder, version, opened)
        acts = {
            **chaos.gate.acts(draw, dead_s=0.5),
            **chaos.subscriber.acts(draw, dead_s=0.8),
            **chaos.subscriber.slow(draw),
            **broker_killed(chaos.broker, draw),
        }
        troubles = misfortune(acts, draw, seconds)
        assert chaos.calm(), f"not quiet: {chaos.facts(troubles)}"
        return chaos.facts(troubles)
