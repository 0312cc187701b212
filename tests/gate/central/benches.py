"""A venue without a broker: gates say payloads, and what central says is looked at."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from gate.central.link import Delivered, Word
from gate.central.picture import picture
from gate.central.site import Site
from gate.central.store import Store
from gate.central.turn import Turned, turn
from gate.central.venue import Plan, Venue
from gate.central.view import VenueView
from gate.central.wishes import Outcome, Wish
from gate.model import Direction, Utc, VisitId
from gate.payloads import Ctr, Evt, EvtItem, Lane, Malformed, Meta, Payload, Status, decode

MORNING = 1_772_418_600.0
"""2026-03-02 09:30 in Jakarta; the business day began at 03:00."""

EPOCH = "7f3c2a91"
PLACE = "aman/v1/jkt/mall/g/"
P = TypeVar("P", bound=Payload)


def event(seq: int, kind: str, at: float = MORNING, **more: Any) -> EvtItem:
    return EvtItem.model_construct(
        **{
            "seq": seq,
            "at": Utc(at),
            "kind": kind,
            "direction": None,
            "visit": None,
            "n": None,
            "reason": None,
            "detail": None,
            **more,
        }
    )


def passage(seq: int, direction: Direction, at: float = MORNING, **more: Any) -> EvtItem:
    return event(seq, "passage", at, direction=direction, **more)


def visit(number: int) -> VisitId:
    return VisitId(f"{number:024x}")


@dataclass
class Lane0:
    """What one gate has said so far."""

    epoch: str = EPOCH
    log: list[EvtItem] = field(default_factory=list)
    entered: int = 0
    left: int = 0
    pending: int = 0
    qv: int | None = None
    uncertain: bool = False


class Bench:
    """One venue `mall` of gates `a`, `b` (ways in) and `x` (a way out)."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        capacity: int = 100,
        gates: Iterable[str] = ("a", "b", "x"),
        now: float = MORNING,
        **plan: Any,
    ) -> None:
        self.now = now
        self.plan = Plan("mall", "jkt", "Mall", tuple(gates), licensed=capacity, **plan)
        self.store = Store(folder / "central.db" if folder else ":memory:", now=Utc(now))
        self.words: list[Word] = []
        self.lanes = {gate: Lane0() for gate in gates}
        self.begin()

    def begin(self) -> None:
        """Central starts, on the disk that there is."""
        self.site = Site(self.store, [self.plan], quota_s=3600.0, now=Utc(self.now))

    @property
    def venue(self) -> Venue:
        return self.site.by_id["mall"]

    def view(self) -> VenueView:
        return picture(self.venue, Utc(self.now))

    def turn(
        self, *deliveries: Delivered, wishes: Iterable[Wish] = (), due: bool = False
    ) -> Turned:
        done = turn(self.site, deliveries, list(wishes), Utc(self.now), due=due)
        self.words += done.words
        return done

    def wish(self, wish: Wish) -> Outcome:
        (outcome,) = self.turn(wishes=[wish]).outcomes
        assert outcome is not None
        return outcome

    def pass_time(self, seconds: float) -> None:
        """And look at what is due then."""
        self.now += seconds
        self.turn(due=True)

    def said(self, model: type[P], gate: str = "", word: str = "") -> list[P]:
        """What central has said to a gate, or to all of the venue."""
        topic = f"{PLACE}{gate}/{word}" if gate else f"aman/v1/jkt/mall/{word}"
        found = [decode(model, it.payload) for it in self.words if it.topic == topic]
        return [it for it in found if not isinstance(it, Malformed)]

    # --- gates ----------------------------------------------------------------------------------

    def say(self, gate: str, payload: Payload, *, retained: bool = False) -> Turned:
        """A gate says something; central hears it."""
        word = payload.s.split("/")[0].removeprefix("aman.")
        topic = f"{PLACE}{gate}/{word}"
        return self.turn(Delivered(topic, payload.encode(), retained, receipt=7))

    def connect(self, gate: str, scan: str = "entry", mode: str = "normal") -> None:
        """A gate comes online and says what it has to."""
        lane = Lane(scan="entry" if scan == "entry" else "exit", sensors="two_beams")
        self.say(
            gate,
            Meta(
                gate=gate,
                venue="mall",
                district="jkt",
                epoch=self.lanes[gate].epoch,
                software="aman-gate 0.1.0",
                hardware="bench",
                lane=lane,
                ts=Utc(self.now),
            ),
        )
        self.say(gate, Status(gate=gate, state="online", boot=1, mode=mode))
        self.ctr(gate)

    def open(self) -> None:
        """All gates come online, `x` as a way out."""
        for gate in self.lanes:
            self.connect(gate, "exit" if gate == "x" else "entry")
        self.turn(due=True)
        self.adopt()

    def ctr(self, gate: str, **changes: Any) -> None:
        """A gate tells its totals."""
        lane = self.lanes[gate]
        for name, value in changes.items():
            setattr(lane, name, value)
        self.say(
            gate,
            Ctr(
                gate=gate,
                epoch=lane.epoch,
                entered=lane.entered,
                left=lane.left,
                pending=lane.pending,
                seq=len(lane.log),
                qv=lane.qv,
                uncertain=lane.uncertain,
                ts=Utc(self.now),
                clk="ntp",
            ),
        )

    def adopt(self) -> None:
        """Every gate goes by its newest quota, and says so."""
        for gate, lane in self.lanes.items():
            newest = self.quota(gate)
            if newest is not None and newest != lane.qv:
                self.ctr(gate, qv=newest)

    def quota(self, gate: str) -> int | None:
        """The version of the newest quota that central has for it."""
        epoch = self.venue.people.newest.get(gate)
        given = None if epoch is None else self.venue.quotas.newest(epoch)
        return None if given is None else given.version

    def happen(self, gate: str, *kinds: str, ctr: bool = True, **more: Any) -> None:
        """Events at a gate: `in`, `out`, or a kind; told at once."""
        lane = self.lanes[gate]
        first = len(lane.log)
        for kind in kinds:
            seq = len(lane.log) + 1
            if kind in {"in", "out"}:
                lane.log.append(passage(seq, Direction(kind), self.now, **more))
                lane.entered += kind == "in"
                lane.left += kind == "out"
            else:
                lane.log.append(event(seq, kind, self.now, **more))
        self.tell(gate, first)
        if ctr:
            self.ctr(gate)

    def tell(self, gate: str, first: int = 0, last: int | None = None) -> None:
        """A gate tells its events from this place in its log on."""
        lane = self.lanes[gate]
        if events := lane.log[first:last]:
            self.say(gate, Evt(gate=gate, epoch=lane.epoch, events=tuple(events)))
