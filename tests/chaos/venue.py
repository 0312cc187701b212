"""One chaos of a seed with the real central: what happens, and what was found afterwards."""

import json
import random
import sqlite3
import time
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from drivers.simulated.broker import Broker
from gate.central.site import Site
from gate.central.store import Store
from gate.model import Utc
from tests.assembled_central import plan
from tests.chaos.central_verdict import GateFacts, VenueFacts
from tests.chaos.chaos import QUIET_WITHIN_S
from tests.chaos.parts import GatePart, Part, ask, broker_killed, misfortune
from tests.chaos.proxy import Proxy

GATES = ("t01-a", "t01-b")
RATE = 100
"""Events a second of each gate."""

ROOM = 50_000
LOOK_EVERY_S = 0.3

EPOCH_OF = (
    "SELECT told_in, told_out, pending, seq, reached FROM epochs WHERE gate = '{}'"
    " ORDER BY number DESC"
)

CONFIG = """
[central]
data_dir = "central"

[mqtt]
host = "127.0.0.1"
port = {port}
protocol = {protocol}
keepalive_s = 5

[[venue]]
id = "mall"
district = "jkt"
gates = ["t01-a", "t01-b"]
capacity = {room}
at_day_end = "carry"
"""


class Chaos:
    """Two gates of a venue, a broker and `gate central`, with somebody who wishes them ill."""

    def __init__(self, folder: Path, version: str, opened: ExitStack) -> None:
        self.broker = Broker(folder)
        self.broker.start()
        opened.callback(self.broker.kill)
        ways = [opened.enter_context(Proxy(self.broker.port)) for _ in range(3)]
        self._database = folder / "central" / "central.db"
        self.gates = [
            GatePart(name, way, folder, version=version, rate=RATE)
            for name, way in zip(GATES, ways, strict=False)
        ]
        for gate in self.gates:
            opened.callback(gate.kill)
        config = folder / "central.toml"
        text = CONFIG.format(port=ways[-1].port, protocol=5 if version == "5" else 4, room=ROOM)
        config.write_text(text, encoding="utf-8")
        command = ("-m", "gate", "central", "--config", config)
        self.central = Part("central", ways[-1], command, folder)
        opened.callback(self.central.kill)

    def calm(self, listener: "Listener") -> bool:
        """Make everything whole, count nobody any more, and wait until all has arrived."""
        for part in (*self.gates, self.central):
            part.way.heal()
        for gate in self.gates:
            gate.count_nobody_any_more()
        give_up_at = time.monotonic() + QUIET_WITHIN_S
        quiet = [-1]
        while time.monotonic() < give_up_at:
            newest = [gate.newest for gate in self.gates]
            if newest == quiet and self._all_there(listener):
                return True
            quiet = newest
            time.sleep(LOOK_EVERY_S)
        return False

    def _all_there(self, listener: "Listener") -> bool:
        inside = sum(gate.totals[0] - gate.totals[1] for gate in self.gates)
        return listener.occ[1] == inside and all(
            ask(self._database, EPOCH_OF.format(gate.id))
            == (*gate.totals, gate.newest, gate.newest)
            for gate in self.gates
        )

    def facts(self, listener: "Listener", troubles: Counter[str]) -> VenueFacts:
        """What is on every side now; central is killed for it, and read from its disk."""
        self.central.kill()
        now = Utc(time.time())
        store = Store(self._database, now=now)
        with closing(store):
            gates = tuple(_facts_of(gate, store.db) for gate in self.gates)
            site = Site(store, [plan(*GATES, capacity=ROOM)], quota_s=3600.0, now=now)
            known = site.by_id["mall"].occupancy(now)
            (doubles,) = store.db.execute("SELECT count(*) FROM doubles").fetchone()
        bounds = (known.lower, known.inside, known.upper)
        return VenueFacts(gates, bounds, listener.occ, doubles, troubles)


def _facts_of(gate: GatePart, db: sqlite3.Connection) -> GateFacts:
    lives = db.execute(
        "SELECT max(told_in, seen_in), max(told_out, seen_out), pending, reached FROM epochs"
        " WHERE gate = ? ORDER BY number",
        (gate.id,),
    ).fetchall()
    events = db.execute(
        "SELECT seq, CASE kind WHEN 'passage' THEN direction || ' ' || visit ELSE '' END"
        " FROM events WHERE gate = ?",
        (gate.id,),
    )
    by_visits = db.execute(
        "SELECT coalesce(sum(entered), 0), coalesce(sum(departed), 0) FROM places WHERE gate = ?",
        (gate.id,),
    )
    return GateFacts(
        name=gate.id,
        walked=gate.walked,
        told_written=gate.told_written,
        newest=gate.newest,
        totals=gate.totals,
        lives=tuple((entered, left, pending) for entered, left, pending, _ in lives),
        reached=lives[-1][3],
        events=dict(events),
        by_visits=by_visits.fetchone(),
    )


class Listener:
    """Hears how many are inside, as anybody would."""

    def __init__(self, port: int, opened: ExitStack) -> None:
        self.occ = (0, -1, 0)
        client = Client(CallbackAPIVersion.VERSION2)
        client.on_message = lambda _client, _user, message: self._take(bytes(message.payload))
        client.connect("127.0.0.1", port)
        client.subscribe("aman/v1/jkt/mall/occ")
        client.loop_start()
        opened.callback(client.loop_stop)
        opened.callback(client.disconnect)

    def _take(self, payload: bytes) -> None:
        said = json.loads(payload)
        self.occ = said["lower"], said["inside"], said["upper"]


def play_venue(folder: Path, *, seed: int, seconds: float, version: str) -> VenueFacts:
    """A chaos that lasts so long, and then the time until all is quiet."""
    draw = random.Random(seed)  # noqa: S311 - a story, not a secret
    with ExitStack() as opened:
        chaos = Chaos(folder, version, opened)
        acts = {
            **chaos.gates[0].acts(draw, dead_s=0.5),
            **chaos.gates[1].acts(draw, dead_s=0.5),
            **chaos.central.acts(draw, dead_s=0.5),
            **chaos.central.slow(draw),
            **broker_killed(chaos.broker, draw),
        }
        troubles = misfortune(acts, draw, seconds)
        listener = Listener(chaos.broker.port, opened)
        quiet = chaos.calm(listener)
        facts = chaos.facts(listener, troubles)
        assert quiet, f"not quiet: {facts}"
        return facts
