"""Bytes, junk and well-formed lies for the real loop, while the gates of a good venue go on."""

import logging
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gate.central.hearing import LARGEST, WORDS
from gate.central.loop import Loop
from gate.central.site import Site
from gate.central.store import Store
from gate.central.venue import Plan
from gate.central.wishes import Correct, Recount, SetLimit, Wish
from gate.model import LAST_MOMENT, Direction, Monotonic, Utc
from gate.payloads import Ack, Ask, Ctr, Evt, EvtItem, Lane, Meta, Payload, Res, Status
from tests.gate.central.benches import MORNING, Lane0, passage, visit
from tests.gate.central.test_loop import FakeLink
from tests.junk import junk

GOOD = Plan("mall", "jkt", "Mall", ("a", "b", "x"), licensed=100)
WILD = Plan("wild", "jkt", "Wild", ("w1", "w2", "w3"), licensed=100, reserve=3)
STEP_S = 0.05
GOOD_ONE_IN = 20
"""Messages of which one is a good gate's."""

NUMBERS = (0, 1, 2, 3, 50, 2380, 10**6, LARGEST - 1, LARGEST, LARGEST + 1, 2**53 - 1)
SEQS = (*NUMBERS, 2**63 - 2, 2**63 - 1)
KINDS = (
    *("granted", "passage", "lapsed", "withdrawn", "refused", "alarm", "release", "recovered"),
    *("mode", "command", "selftest", "recount", "of next year"),
)
REASONS = (None, "active", "over", "full", "tailgate", "unclosed", "power", "forced", "\x00")


class Flood:
    """One central with a good venue and a wild one; see `flooded`."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311 - a story, not a secret
        self.now = 0.0
        self.slowest_s = 0.0
        self.receipt = 0
        self.passages = 0
        self.link = FakeLink()
        self.crashed: list[BaseException] = []
        self.good = {gate: Lane0() for gate in GOOD.gates}
        self.store = Store(folder / "central.db", now=Utc(MORNING))
        self.site = Site(self.store, [WILD, GOOD], quota_s=3600.0, now=Utc(MORNING))
        self.loop = Loop(
            site=self.site,
            link=self.link,
            root="aman",
            utc=lambda: Utc(MORNING + self.now),
            clock=lambda: Monotonic(self.now),
            on_crash=self.crashed.append,
        )
        self.loop.listen()
        self.link.on["on_connected"]()
        self.wishes = [self.loop.wish(wish) for wish in self.some_wishes()]
        for gate in GOOD.gates:
            self.connect("mall", gate, "exit" if gate == "x" else "entry")
        for gate in WILD.gates:
            self.connect("wild", gate, "entry")

    @property
    def utc(self) -> Utc:
        return Utc(MORNING + self.now)

    @property
    def inside(self) -> int:
        """People in the good venue, by what its gates have told."""
        return sum(lane.entered - lane.left for lane in self.good.values())

    def deliver(self, venue: str, gate: str, word: str, payload: bytes, retained: bool) -> None:
        """One message, and a turn of the loop."""
        self.receipt += 1
        self.link.on["on_delivery"](
            f"aman/v1/jkt/{venue}/g/{gate}/{word}", payload, retained, self.receipt
        )
        self.now += STEP_S
        began = time.thread_time()
        self.loop.view()
        self.loop.step(wait=False)
        self.slowest_s = max(self.slowest_s, time.thread_time() - began)

    def say(self, venue: str, payload: Payload, *, retained: bool = False) -> None:
        word = payload.s.split("/")[0].removeprefix("aman.")
        gate = getattr(payload, "gate", "w1")
        self.deliver(venue, gate, word, payload.encode(), retained)

    def connect(self, venue: str, gate: str, scan: Any) -> None:
        self.say(
            venue,
            Meta(
                gate=gate,
                venue=venue,
                district="jkt",
                epoch="7f3c2a91",
                software="aman-gate",
                hardware="none",
                lane=Lane(scan=scan, sensors="two_beams"),
                ts=self.utc,
            ),
        )
        self.say(venue, Status(gate=gate, state="online", boot=1, mode="normal"))

    # --- a good gate ----------------------------------------------------------------------------

    def behave(self) -> None:
        """Somebody comes in or leaves, and the gate says so."""
        gate = self.draw.choice(GOOD.gates)
        lane = self.good[gate]
        out = self.inside > 0 and (gate == "x" or self.draw.random() < 0.3)
        if not out and gate == "x":
            return
        seq = len(lane.log) + 1
        self.passages += 1
        way = Direction.OUT if out else Direction.IN
        item = passage(seq, way, self.utc, visit=visit(self.passages), n=1)
        lane.log.append(item)
        lane.entered += not out
        lane.left += out
        self.say("mall", Evt(gate=gate, epoch=lane.epoch, events=(item,)))
        self.say(
            "mall",
            Ctr(
                gate=gate,
                epoch=lane.epoch,
                entered=lane.entered,
                left=lane.left,
                pending=0,
                seq=seq,
                ts=self.utc,
                clk="ntp",
            ),
        )

    # --- nonsense -------------------------------------------------------------------------------

    def misbehave(self) -> None:
        """Junk on some topic, or a lie of a gate of the wild venue."""
        draw = self.draw
        match draw.randrange(5):
            case 0:
                word = draw.choice([*WORDS])
                place = draw.choice([("mall", "zz"), ("nowhere", "a"), ("wild", "w1")])
                self.deliver(*place, word, junk(draw, WORDS[word]), draw.random() < 0.3)
            case 1:  # a good gate's topic, by a broker without rights; its own `ack` is central's
                word = draw.choice([it for it in WORDS if it != "ack"])
                gate = draw.choice(GOOD.gates)
                self.deliver("mall", gate, word, junk(draw, WORDS[word]), draw.random() < 0.3)
            case _:
                with suppress(ValidationError):  # not even well-formed
                    self.say("wild", self.lie(), retained=draw.random() < 0.3)

    def lie(self) -> Payload:
        draw = self.draw
        gate = draw.choice(WILD.gates)
        fresh = f"{draw.getrandbits(32):08x}"
        epoch = draw.choice(["7f3c2a91"] * 6 + ["00000002"] * 2 + [fresh])
        match draw.randrange(7):
            case 0 | 1:
                return Ctr(
                    gate=gate,
                    epoch=epoch,
                    entered=self.number(),
                    left=self.number(),
                    pending=self.number(),
                    seq=draw.choice(SEQS),
                    qv=draw.choice([None, *NUMBERS, int(self.utc)]),
                    uncertain=draw.random() < 0.2,
                    ts=self.moment(),
                    clk=draw.choice(["ntp", "rtc", "unsure", ""]),
                )
            case 2 | 3:
                count = draw.choice((1, 2, 50))
                first = draw.choice((1, draw.randrange(200), draw.choice(SEQS)))
                events = tuple(self.event(first + number) for number in range(count))
                return Evt(gate=gate, epoch=epoch, events=events)
            case 4:
                return Status(
                    gate=gate,
                    state=draw.choice(["online", "online", "offline", "lost"]),
                    boot=self.number(),
                    backlog=self.number(),
                    mode=draw.choice([None, "normal", "locked", "mad"]),
                )
            case 5:
                return Ask(gate=gate, id="00" * 8, since=self.number())
            case _:
                ack = Ack(epoch=epoch, seq=draw.choice(SEQS))
                res = Res(gate=gate, id="00" * 8, ok=True, code="done", ts=self.moment())
                return draw.choice([ack, res])

    def number(self) -> int:
        return self.draw.choice(NUMBERS)

    def event(self, seq: int) -> EvtItem:
        draw = self.draw
        return EvtItem(
            seq=seq,
            at=self.moment(),
            kind=draw.choice(KINDS),
            direction=draw.choice([None, Direction.IN, Direction.OUT]),
            visit=draw.choice([None, visit(draw.randrange(30))]),
            n=draw.choice([None, 1, 4, 20, *NUMBERS]),
            reason=draw.choice(REASONS),
            detail=draw.choice([None, "power", "x" * 256]),
        )

    def moment(self) -> Utc:
        past = self.utc - self.draw.choice((0.0, 1.0, 100.0, 9000.0, 86_400.0 * 40))
        return Utc(self.draw.choice((past, past, 0.0, self.utc + 7200, LAST_MOMENT)))

    def some_wishes(self) -> list[Wish]:
        return [
            Recount("wild", self.draw.choice((0, 7, -1, 2**70)), "ani", "\ud800"),
            Correct("wild", self.draw.choice((0, 3, -(2**70))), "ani", "x" * 5000),
            SetLimit("wild", self.draw.choice((0, 50, 2**70)), "ani"),
        ]


def flooded(folder: Path, seed: int, messages: int) -> Flood:
    """So many messages; raises where something stopped or a good gate's number was touched."""
    with _silence():
        flood = Flood(folder, seed)
        for number in range(messages):
            if number % GOOD_ONE_IN == 0:
                flood.behave()
            if number % 100 == 0:
                flood.wishes += [flood.loop.wish(wish) for wish in flood.some_wishes()]
            flood.misbehave()
        for _ in range(3):
            flood.now += 1
            flood.loop.step(wait=False)
    receipts = [what for topic, what in flood.link.notes if topic == "acknowledged"]
    assert receipts == list(range(1, flood.receipt + 1)), "the broker may forget all, in order"
    assert all(wish.done() for wish in flood.wishes)
    assert not flood.crashed
    mall = next(it for it in flood.loop.view().venues if it.id == "mall")
    assert (mall.inside, mall.stale, mall.condition) == (flood.inside, (), "open"), mall
    assert {it.kind for it in mall.alarms} <= {"unlisted"}, mall.alarms
    for gate, lane in flood.good.items():
        if lane.log:
            epoch = flood.site.by_id["mall"].people.epoch(gate, lane.epoch)
            assert (epoch.reached, epoch.entered) == (len(lane.log), lane.entered)
    flood.store.close()
    return flood


@contextmanager
def _silence() -> Iterator[None]:
    """Each line of the log would be about nonsense."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR - 1)
    try:
        yield
    finally:
        logging.disable(before)
