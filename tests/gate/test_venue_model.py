"""Random lives of a venue: several gates, a network that loses, repeats and mixes up, and people.

Each gate is its desk, its neighbours and a disk that lags behind; between them messages lie about
until somebody delivers them, in any order. The reference is a list of people.
"""

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gate.desk import Desk
from gate.elsewhere import CutOff, Heard, PageHeard
from gate.events import Count, EndGrant, PassAccepted, Record, RecordGrant
from gate.issuing import issue, new_key, public_jwks
from gate.keys import parse_keys
from gate.link import Arrived
from gate.model import Direction, End, GrantId, Monotonic, Pass, Reason, Utc, VisitId
from gate.neighbours import Neighbours
from gate.passes import verify
from gate.payloads import Ask, Evt, EvtItem
from gate.revocations import Revocations
from gate.rows import EventRow, Kind, row_of
from gate.talk import Moment
from gate.topics import topics
from gate.venue import Policy
from gate.visits import VisitRules, held
from tests.scripted_central import Central

NOON = Utc(1_800_000_000.0)
KEY = new_key("a")
KEYS = parse_keys(json.dumps(public_jwks(KEY)).encode(), source="test")
TEXTS = [
    issue(key=KEY, venue="m", issued_at=NOON, valid_from=NOON, expires=Utc(NOON + 80_000), party=n)
    for n in (1, 3)
]
NAMES = ("g-a", "g-b", "g-c")
EPOCHS = {"g-a": "0000000a", "g-b": "0000000b", "g-c": "0000000c"}
REACHED: Counter[str] = Counter()
"""What the lives have been through."""


def pass_of(text: str) -> Pass:
    verified = verify(text.encode(), keys=KEYS, venue="m", now=NOON, skew_s=60)
    assert isinstance(verified, Pass)
    return verified


PASSES = [pass_of(text) for text in TEXTS]


@dataclass
class Person:
    """Somebody who came on a pass, and where they are."""

    visit: VisitId
    where: Literal["granted", "inside", "left"]
    at: str


@dataclass
class Member:
    """One gate: what it knows in memory, and the part of that which is on its disk."""

    name: str
    deny: bool
    log: list[EvtItem] = field(default_factory=list)
    waiting: list[Record | Heard] = field(default_factory=list)
    told: set[tuple[str, int]] = field(default_factory=set)
    """What has been counted here of the others' events, or should have been."""
    told_on_disk: set[tuple[str, int]] = field(default_factory=set)
    marks: Counter[str] = field(default_factory=Counter)
    since: int = 0
    ids: int = 0

    def __post_init__(self) -> None:
        self.desk, self.disk = self._new_desk(), self._new_desk()
        self.neighbours = self._new_neighbours()

    def _new_desk(self) -> Desk:
        return Desk(
            venue="m",
            gate=self.name,
            scan=Direction.IN,
            keys=KEYS,
            skew_s=60,
            rules=VisitRules(),
            revoked=Revocations(),
            visits={},
            policy=Policy(1, frozenset(NAMES), 9, self.deny, Revocations()),
        )

    def _new_neighbours(self) -> Neighbours:
        return Neighbours(
            gate=self.name,
            topics=topics(root="aman", district="d", venue="m", gate=self.name),
            since=self.since,
            asks=True,
            on_news=self.learn,
            new_id=self._new_id,
            chance=lambda: 0.5,
        )

    def _new_id(self) -> str:
        self.ids += 1
        return f"{self.ids:016x}"

    def learn(self, news: Heard | CutOff) -> None:
        """As `gate.ledger` does."""
        if isinstance(news, CutOff):
            self.desk.cut_off = news.cut_off
        else:
            self.desk.hear(news, NOON)
            self.waiting.append(news)

    def flush(self, now: Utc) -> None:
        for one in self.waiting:
            if isinstance(one, Record):
                self.disk.note(one, now)
            else:
                self.disk.hear(one, now)
                self.since = one.mark if isinstance(one, PageHeard) else self.since
        self.waiting.clear()
        self.told_on_disk = set(self.told)

    def append(self, row: EventRow, now: Utc) -> Evt:
        """The next event, as it is published."""
        item = EvtItem(
            seq=len(self.log) + 1,
            at=now,
            kind=row.kind,
            direction=row.direction,
            visit=row.visit,
            n=row.n,
            reason=row.reason,
            detail=row.detail,
        )
        self.log.append(item)
        return Evt(gate=self.name, epoch=EPOCHS[self.name], events=(item,))

    def record(self, record: Record, now: Utc) -> Evt:
        """It happens, and is on disk, and all that was heard before with it."""
        self.desk.note(record, now)
        self.waiting.append(record)
        self.flush(now)
        return self.append(row_of(record), now)

    def power_cut(self, now: Utc) -> Evt | None:
        """The memory is gone; what was open has no end."""
        open_ = sum(visit.granted for visit in self.disk.visits.values())
        for id_, visit in self.disk.visits.items():
            self.disk.visits[id_] = replace(visit, granted=0)
        self.desk = self._new_desk()
        self.desk.visits = dict(self.disk.visits)
        self.waiting.clear()
        self.told, self.marks = set(self.told_on_disk), Counter()
        self.neighbours = self._new_neighbours()
        if not open_:
            return None
        return self.append(EventRow(Kind.RECOVERED, n=open_, detail="power"), now)


class Life(RuleBasedStateMachine):
    """A venue of three gates and central."""

    @initialize(deny=st.booleans())
    def begin(self, deny: bool) -> None:
        self.now = NOON
        self.central = Central(visits_a_page=1)
        self.gates = {name: Member(name, deny) for name in NAMES}
        self.deny = deny
        self.linked: set[str] = set()
        self.to_gates: list[tuple[str, str, bytes]] = []
        self.to_central: list[Evt] = []
        self.people: list[Person] = []
        for name in NAMES:
            self.turn_link(name, up=True)
        self.all_is_heard()

    # --- people -------------------------------------------------------------------------------

    def at(self, where: str, visit: VisitId) -> list[Person]:
        return [p for p in self.people if p.where == where and p.visit == visit]

    def publish(self, evt: Evt) -> None:
        """To central it comes sooner or later; to a gate that is cut off, never."""
        self.to_central.append(evt)
        for name in sorted(self.linked - {evt.gate}):
            self.to_gates.append((name, f"aman/v1/d/m/g/{evt.gate}/evt", evt.encode()))

    def moment(self) -> Moment:
        return Moment(Monotonic(self.now - NOON), self.now, "ntp")

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 1), come=st.integers(1, 3))
    def show(self, name: str, which: int, come: int) -> None:
        """Somebody shows a pass; some of those who may come get their grants."""
        gate, pass_ = self.gates[name], PASSES[which]
        known = pass_.visit in gate.desk.visits
        alone = gate.desk.cut_off
        shown = gate.desk.judge(TEXTS[which].encode(), self.now, sure=True)
        if alone and self.deny and not known:
            assert not isinstance(shown, PassAccepted)
            REACHED["denied"] += 1
            return
        if not isinstance(shown, PassAccepted):
            return
        assert (shown.reason is Reason.CUT_OFF) is alone
        taken = sum(p.visit == pass_.visit for p in self.people)
        for _ in range(min(come, shown.places)):
            if taken >= pass_.party:
                self.must_be_excused(gate, pass_.visit, alone=alone)
            taken += 1
            self.people.append(Person(pass_.visit, "granted", name))
            record = RecordGrant(GrantId(1), shown.reason, pass_)
            self.publish(gate.record(record, self.now))

    def must_be_excused(self, gate: Member, visit: VisitId, *, alone: bool) -> None:
        """A double: only who is cut off, or has not been told yet, may admit one."""
        events = {
            (other.name, item.seq)
            for other in self.gates.values()
            for item in other.log
            if item.visit == visit and other is not gate
        }
        REACHED["double while cut off" if alone else "double in the window"] += 1
        assert alone or events - gate.told

    @rule(first=st.sampled_from(NAMES), second=st.sampled_from(NAMES), which=st.integers(0, 1))
    def show_at_two(self, first: str, second: str, which: int) -> None:
        """Two phones with the same picture."""
        for name in (first, second):
            self.show(name, which, 3)

    @precondition(lambda self: any(p.where == "granted" for p in self.people))
    @rule(walks=st.booleans())
    def use_a_grant(self, walks: bool) -> None:
        person = next(p for p in self.people if p.where == "granted")
        self.end(person, walks=walks)

    def end(self, person: Person, *, walks: bool) -> None:
        pass_ = next(p for p in PASSES if p.visit == person.visit)
        if walks:
            person.where = "inside"
            record: Record = Count(Direction.IN, Reason.OK, GrantId(1), pass_)
        else:
            self.people.remove(person)
            record = EndGrant(GrantId(1), End.LAPSED, pass_)
        self.publish(self.gates[person.at].record(record, self.now))

    @precondition(lambda self: any(p.where == "inside" for p in self.people))
    @rule(name=st.sampled_from(NAMES))
    def leave(self, name: str) -> None:
        person = next(p for p in self.people if p.where == "inside")
        REACHED["out by another gate"] += person.at != name
        person.where, person.at = "left", name
        pass_ = next(p for p in PASSES if p.visit == person.visit)
        record = Count(Direction.OUT, Reason.OK, pass_=pass_)
        self.publish(self.gates[name].record(record, self.now))

    @rule(name=st.sampled_from(NAMES), rarely=st.integers(0, 3))
    def power_cut(self, name: str, rarely: int) -> None:
        if rarely:
            return
        REACHED["power cut"] += 1
        self.people = [p for p in self.people if p.where != "granted" or p.at != name]
        self.linked.discard(name)  # and the broker keeps what it has for the gate
        evt = self.gates[name].power_cut(self.now)
        if evt is not None:
            self.publish(evt)

    @rule(seconds=st.sampled_from((1, 30, 200)))
    def wait(self, seconds: int) -> None:
        """No grant lasts for minutes."""
        if seconds > 100:
            for person in [p for p in self.people if p.where == "granted"]:
                self.end(person, walks=False)
        self.now = Utc(self.now + seconds)
        self.speak()

    # --- the network --------------------------------------------------------------------------

    @rule(name=st.sampled_from(NAMES), up=st.booleans())
    def turn_link(self, name: str, up: bool) -> None:
        """Up again, central is there. Down, what is on its way to the gate may be lost."""
        neighbours = self.gates[name].neighbours
        if up and name not in self.linked:
            self.linked.add(name)
            neighbours.link(up=True, central=False, moment=self.moment())
            neighbours.link(up=True, central=True, moment=self.moment())
        elif not up and name in self.linked:
            self.linked.discard(name)
            neighbours.link(up=False, central=False, moment=self.moment())
            self.to_gates = [it for it in self.to_gates if it[0] != name]
        self.speak()

    def speak(self) -> None:
        for name in sorted(self.linked):
            for word in self.gates[name].neighbours.say(self.moment()):
                answer = self.central.answer(Ask.parse(word.payload))
                topic = f"aman/v1/d/m/g/{name}/ans"
                self.to_gates.append((name, topic, answer.encode()))

    @precondition(lambda self: self.to_central)
    @rule(which=st.integers(0, 9))
    def central_hears(self, which: int) -> None:
        self.central.take(self.to_central.pop(which % len(self.to_central)))

    @precondition(lambda self: self.to_gates)
    @rule(which=st.integers(0, 9), again=st.booleans())
    def gate_hears(self, which: int, again: bool) -> None:
        which %= len(self.to_gates)
        REACHED["out of order"] += which > 0
        REACHED["twice"] += again
        self.deliver(*(self.to_gates[which] if again else self.to_gates.pop(which)))

    @precondition(lambda self: self.to_gates)
    @rule(which=st.integers(0, 9))
    def broker_loses(self, which: int) -> None:
        REACHED["lost"] += 1
        self.to_gates.pop(which % len(self.to_gates))

    @rule()
    def all_is_heard(self) -> None:
        while self.to_central:
            self.central.take(self.to_central.pop(0))
        while self.to_gates:
            self.deliver(*self.to_gates.pop(0))

    def deliver(self, name: str, topic: str, payload: bytes) -> None:
        gate = self.gates[name]
        self.note_told(gate, topic, payload)
        gate.neighbours.hear(Arrived(topic, payload, retained=False), self.moment())
        self.speak()

    def note_told(self, gate: Member, topic: str, payload: bytes) -> None:
        """What this message lets the gate know."""
        said = json.loads(payload)
        if topic.endswith("/evt"):
            for item in said["ev"]:
                if item["seq"] > gate.marks[said["gate"]]:
                    gate.marks[said["gate"]] = item["seq"]
                    gate.told.add((said["gate"], item["seq"]))
            return
        if said["id"] != f"{gate.ids:016x}":
            return
        listed = {it["v"] for it in said["visits"]}
        for upto in said["upto"]:
            for item in self.gates[upto["gate"]].log[: upto["seq"]]:
                if not said["more"] or item.visit in listed:
                    gate.told.add((upto["gate"], item.seq))

    @invariant()
    def memory_and_disk_agree(self) -> None:
        for gate in getattr(self, "gates", {}).values():
            if not gate.waiting:
                assert gate.desk.visits == gate.disk.visits

    def teardown(self) -> None:
        """In the end all is told, and nobody is open any more: everybody knows the same."""
        if not hasattr(self, "gates"):
            return
        self.wait(200)
        self.all_is_heard()
        for name in NAMES:
            self.turn_link(name, up=False)
            self.turn_link(name, up=True)
        for _ in range(5):
            self.all_is_heard()
            self.wait(61)
        for gate in self.gates.values():
            assert not gate.desk.cut_off
            for pass_ in PASSES:
                self.all_know(gate, pass_.visit)

    def all_know(self, gate: Member, visit_id: VisitId) -> None:
        inside, left = len(self.at("inside", visit_id)), len(self.at("left", visit_id))
        visit = gate.desk.visits.get(visit_id)
        if visit is None:
            assert (inside, left) == (0, 0)
            return
        REACHED["everybody knows"] += 1
        assert (visit.inside, visit.left, visit.ahead) == (inside, left, 0), gate.name
        assert (visit.granted, held(visit, self.now)) == (0, 0)


def test_gates_that_have_heard_all_agree_and_double_only_who_was_not_told() -> None:
    REACHED.clear()
    run_state_machine_as_test(
        Life,
        settings=settings(max_examples=80, stateful_step_count=40, derandomize=True, deadline=None),
    )

    turns = {"denied", "double while cut off", "double in the window", "out by another gate"}
    network = {"power cut", "out of order", "twice", "lost", "everybody knows"}
    assert {name for name, times in REACHED.items() if times} >= turns | network, REACHED
