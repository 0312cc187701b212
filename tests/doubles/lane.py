"""One gate over simulated wires: control loop, ledger, desk and neighbours are the product's."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from gate import events as ev
from gate.allowance import Allowance, Share
from gate.control import CodeSeen, Control, Fact, Inbox
from gate.desk import Desk
from gate.elsewhere import CutOff, Heard
from gate.events import Measure, Record
from gate.issuing import issue, new_key, public_jwks
from gate.keys import parse_keys
from gate.ledger import Ledger
from gate.link import Arrived
from gate.model import Direction, Lamp, Monotonic, Pass, Reason, Sound, Utc, Verdict
from gate.neighbours import Neighbours
from gate.occupancy import Totals
from gate.passage import PassageSettings
from gate.passes import verify
from gate.payloads import Ack, Ctr, Evt, EvtItem, Status
from gate.relay import RelaySettings
from gate.revocations import Revocations
from gate.rows import row_of
from gate.showing import Showing
from gate.state import Gate, Idle, Settings
from gate.talk import Moment
from gate.topics import topics
from gate.venue import Policy
from gate.visits import VisitRules
from tests.capacity.network import Timeline

NOON = 1_772_427_600.0
"""2026-03-02 12:00 in Jakarta: no business day ends in the afternoon."""

KEY = new_key("a")
KEYS = parse_keys(json.dumps(public_jwks(KEY)).encode(), source="test")
EPOCHS = {"t01-a": "0000000a", "t01-b": "0000000b"}
BATCH = 50

LOOKS_AGAIN_S = 0.5
"""A phone that stays in front of the camera is looked at again after so long."""


def a_pass(party: int) -> bytes:
    now = Utc(NOON)
    return issue(
        key=KEY,
        venue="mall",
        issued_at=now,
        valid_from=now,
        expires=Utc(NOON + 80_000),
        party=party,
    ).encode()


class Unseen:
    """Lights and sounds that nobody looks at, and that never break."""

    def show(self, *, relay: bool, wide: bool, lamp: Lamp) -> None:
        pass

    def chime(self, sound: Sound) -> None:
        pass

    def mend(self) -> None:
        pass


def read(text: bytes) -> Pass:
    """As a gate reads it."""
    verified = verify(text, keys=KEYS, venue="mall", now=Utc(NOON), skew_s=60)
    assert isinstance(verified, Pass)
    return verified


@dataclass
class Lane:
    """Ends that the control loop needs, and the outbox; `say` puts a payload on the link."""

    name: str
    deny: bool
    time: Timeline
    draw: random.Random
    say: Callable[[str, bytes], None]
    on_record: Callable[[str, Record, float], None]
    log: list[EvtItem] = field(default_factory=list)
    acknowledged: int = 0
    believes_up: bool = False
    denied: int = 0
    marked: int = 0
    """Grants with the mark that it was cut off."""
    _stored_at: float = 0.0
    _due: float = 0.0
    _told_at: float = 0.0
    _ids: int = 0

    def __post_init__(self) -> None:
        self.desk = Desk(
            venue="mall",
            gate=self.name,
            scan=Direction.IN,
            keys=KEYS,
            skew_s=60,
            rules=VisitRules(),
            revoked=Revocations(),
            visits={},
            policy=Policy(1, frozenset(EPOCHS), 10_000, self.deny, Revocations()),
        )
        self.neighbours = Neighbours(
            gate=self.name,
            topics=topics(root="aman", district="jkt", venue="mall", gate=self.name),
            since=0,
            asks=True,
            on_news=self._learn,
            new_id=self._new_id,
            chance=self.draw.random,
        )
        self.ledger = Ledger(
            totals=Totals(),
            allowance=Allowance(Share(10_000)),
            desk=self.desk,
            recorder=self,
            timed=lambda: True,
        )
        settings = Settings()
        showing = Showing(Unseen(), broken=RuntimeError, settings=settings, relay=RelaySettings())
        self.control = Control(
            inbox=Inbox(),
            gate=Gate(),
            settings=settings,
            passage=PassageSettings(),
            ledger=self.ledger,
            showing=showing,
            thermometer=self,
            look_again=self._look_again,
            on_condition=lambda *_: None,
            beat=lambda: None,
            on_end=lambda _: None,
            drain_s=10.0,
            monotonic=lambda: Monotonic(self.time.now - NOON),
            utc=lambda: Utc(self.time.now),
        )

    # --- people -------------------------------------------------------------------------------

    def show(self, text: bytes) -> None:
        """A phone in front of the camera. What the gate does not know, it denies while cut off."""
        alone, known = self.desk.is_alone, set(self.desk.visits)
        was_free = isinstance(self.control.gate.dialog, Idle)
        self._handle(CodeSeen(text))
        dialog = self.control.gate.dialog
        if not was_free or not alone or not self.deny:
            return
        if isinstance(dialog, Idle):
            self.denied += 1
        else:
            assert dialog.party.pass_ is not None
            assert dialog.party.pass_.visit in known, "denied is whom it does not know"

    def leave(self, pass_: Pass) -> None:
        """Somebody has shown the pass on the way out, and leaves."""
        self.ledger.note(ev.Count(Direction.OUT, Reason.OK, pass_=pass_), Utc(self.time.now))

    def _handle(self, fact: Fact) -> None:
        self.control.handle(fact)
        due = self.control.deadline()
        if due is not None and NOON + due > self.time.now and NOON + due != self._due:
            self._due = NOON + due
            self.time.at(self._due, self._time_passes)

    def _time_passes(self) -> None:
        self._handle(ev.TimePassed())

    def _look_again(self, text: bytes) -> None:
        self.time.after(LOOKS_AGAIN_S, lambda: self.show(text))

    # --- what the control loop needs -----------------------------------------------------------

    def measure(self, measure: Measure) -> None:
        """A healthy person takes a moment."""
        answer = ev.Measured(measure.ticket, Verdict.ADMIT, 36.4)
        self.time.after(self.draw.uniform(0.5, 2.0), lambda: self._handle(answer))

    def stop_measuring(self) -> None:
        """The answer comes all the same, and nobody waits for it."""

    def come_near(self, near: bool | None) -> None:
        """Nobody is wired to."""

    def submit(self, record: Record, at: Utc) -> None:
        """It goes to disk, in order, and from there to whoever listens."""
        self.on_record(self.name, record, self.time.now)
        row = row_of(record)
        item = EvtItem(
            seq=len(self.log) + 1,
            at=at,
            kind=row.kind,
            direction=row.direction,
            visit=row.visit,
            n=row.n,
            reason=row.reason,
            detail=row.detail,
        )
        self.log.append(item)
        disk_s = self.draw.uniform(0.003, 0.02)
        self._stored_at = max(self._stored_at, self.time.now + disk_s)
        self.time.at(self._stored_at, lambda: self._stored(record, item))

    def keep(self, name: str, version: int, payload: bytes) -> None:
        """Nothing of that is said here."""

    def hear(self, heard: Heard) -> None:
        """The power does not fail here."""

    def _stored(self, record: Record, item: EvtItem) -> None:
        self._say_events((item,))
        self.tell()
        if isinstance(record, ev.RecordGrant):
            self.marked += record.reason == Reason.CUT_OFF
            self._handle(ev.GrantStored(record.grant))
            if self.draw.random() > 0.05:  # else they have thought better of it
                walks_s = self.draw.uniform(1.0, 4.0)
                self.time.after(walks_s, lambda: self._handle(ev.Passed(Direction.IN)))

    # --- the link -------------------------------------------------------------------------------

    def connected(self) -> None:
        """After an absence: everything that is not acknowledged."""
        self.believes_up = True
        self.neighbours.link(up=True, central=False, moment=self._moment())
        status = Status(gate=self.name, state="online", boot=1, mode="normal")
        self.say("status", status.encode())
        self.tell(at_once=True)
        waiting = self.log[self.acknowledged :]
        for first in range(0, len(waiting), BATCH):
            self._say_events(tuple(waiting[first : first + BATCH]))

    def central(self, *, there: bool) -> None:
        """Central has said so, or its last will."""
        if self.believes_up:
            self.neighbours.link(up=True, central=there, moment=self._moment())
            self._speak()

    def disconnected(self) -> None:
        """It is noticed now."""
        self.believes_up = False
        self.neighbours.link(up=False, central=False, moment=self._moment())

    def heard(self, topic: str, payload: bytes) -> None:
        """The broker has delivered this."""
        word = topic.rsplit("/", 1)[1]
        if word == "ack":
            self.acknowledged = max(self.acknowledged, Ack.parse(payload).seq)
        elif word in {"evt", "ans"}:
            self.neighbours.hear(Arrived(topic, payload, retained=False), self._moment())
            self._speak()

    def tell(self, *, at_once: bool = False) -> None:
        """Totals, once a second at most."""
        if not at_once and self.time.now - self._told_at < 1.0:
            return
        self._told_at = self.time.now
        totals = self.ledger.totals
        ctr = Ctr(
            gate=self.name,
            epoch=EPOCHS[self.name],
            entered=totals.entered,
            left=totals.left,
            pending=totals.pending,
            seq=len(self.log),
            ts=Utc(self.time.now),
            clk="ntp",
        )
        self.say("ctr", ctr.encode())

    def speak_if_due(self) -> None:
        """What nobody asks for."""
        if self.believes_up:
            self.tell()
            self._speak()

    def _say_events(self, events: tuple[EvtItem, ...]) -> None:
        evt = Evt(gate=self.name, epoch=EPOCHS[self.name], events=events)
        self.say("evt", evt.encode())

    def _speak(self) -> None:
        for word in self.neighbours.say(self._moment()):
            self.say("ask", word.payload)

    def _learn(self, news: Heard | CutOff) -> None:
        self._handle(news)

    def _moment(self) -> Moment:
        return Moment(Monotonic(self.time.now - NOON), Utc(self.time.now), "ntp")

    def _new_id(self) -> str:
        self._ids += 1
        return f"{self._ids:016x}"
