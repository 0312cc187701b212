"""The venue: two lanes, a broker, central, troubles, and a thousand visits."""

import random
from collections import deque
from collections.abc import Callable
from functools import partial

from gate.central.link import Delivered, Word
from gate.central.site import Site
from gate.central.store import Store
from gate.central.turn import turn
from gate.central.venue import Plan
from gate.model import Utc
from gate.payloads import Status
from tests.capacity.network import Timeline
from tests.doubles.lane import EPOCHS, NOON, Lane, a_pass, read
from tests.doubles.oracle import Cut, Oracle

MIDDLE = "aman/v1/jkt/mall/g/"
HOP_S = (0.005, 0.04)
WILL_S = 25.0
BATCH_S = 0.02
"""Messages that come together are one transaction."""

LOOK_EVERY_S = 5.0
SPEAK_EVERY_S = 10.0
ARRIVE_EVERY_S = 6.0
NOTICED_WITHIN_S = 30.0
"""A half-open link is found after one or two keepalives."""

QUIET_S = 300.0


class Pipe:
    """One direction of a link: in order, and late."""

    def __init__(self, time: Timeline, draw: random.Random) -> None:
        self._time = time
        self._draw = draw
        self._free_at = 0.0

    def send(self, arrive: Callable[[], None]) -> None:
        self._free_at = max(self._free_at, self._time.now + self._draw.uniform(*HOP_S))
        self._time.at(self._free_at, arrive)


class Link:
    """Of one gate to the broker; the broker keeps its session."""

    def __init__(self, time: Timeline, draw: random.Random) -> None:
        self.up = False
        self.connection = 0
        self.to_broker = Pipe(time, draw)
        self.to_gate = Pipe(time, draw)
        self.session: deque[tuple[str, bytes]] = deque()
        """What the gate has not taken yet."""


class Mall:
    """See above."""

    def __init__(self, seed: int, *, deny: bool, visits: int) -> None:
        self.time = Timeline(NOON)
        self.oracle = Oracle()
        self._draw = random.Random(seed)  # noqa: S311 - people and weather, not secrets
        self._visits = visits
        plan = Plan("mall", "jkt", "Mall", tuple(EPOCHS), licensed=10_000)
        self.store = Store(":memory:", now=Utc(NOON))
        self._plans = [plan]
        self._central: Site | None = None
        self._to_central = Pipe(self.time, self._draw)
        self._unread: list[Delivered] = []
        self._links = {name: Link(self.time, self._draw) for name in EPOCHS}
        self.lanes = {
            name: Lane(
                name=name,
                deny=deny,
                time=self.time,
                draw=self._draw,
                say=partial(self._from_gate, name),
                on_record=self.oracle.see,
            )
            for name in EPOCHS
        }

    # --- the broker -----------------------------------------------------------------------------

    def _from_gate(self, name: str, word: str, payload: bytes) -> None:
        link = self._links[name]
        if link.up:
            link.to_broker.send(partial(self._at_broker, name, link.connection, word, payload))

    def _at_broker(self, name: str, connection: int, word: str, payload: bytes) -> None:
        if self._links[name].connection != connection:
            return  # it was on its way when the link was cut
        topic = f"{MIDDLE}{name}/{word}"
        if word == "evt":
            for other in self._links:
                self._for_gate(other, topic, payload)
        self._for_central(topic, payload)

    def _for_gate(self, name: str, topic: str, payload: bytes) -> None:
        link = self._links[name]
        link.session.append((topic, payload))
        if link.up:
            link.to_gate.send(partial(self._at_gate, name, link.connection))

    def _at_gate(self, name: str, connection: int) -> None:
        link = self._links[name]
        if link.connection == connection and link.session:
            self.lanes[name].heard(*link.session.popleft())

    # --- central --------------------------------------------------------------------------------

    def _for_central(self, topic: str, payload: bytes) -> None:
        message = Delivered(topic, payload, retained=False, receipt=0)
        self._to_central.send(partial(self._at_central, message))

    def _at_central(self, message: Delivered) -> None:
        self._unread.append(message)
        if len(self._unread) == 1:
            self.time.after(BATCH_S, self._read)

    def _read(self) -> None:
        if self._central is not None and self._unread:
            self._turn(due=False)

    def _turn(self, *, due: bool) -> None:
        assert self._central is not None
        unread, self._unread = self._unread, []
        for word in turn(self._central, unread, [], Utc(self.time.now), due=due).words:
            self._to_central.send(partial(self._from_central, word))

    def _from_central(self, word: Word) -> None:
        if word.topic.startswith(MIDDLE):
            self._for_gate(word.topic.removeprefix(MIDDLE).split("/")[0], word.topic, word.payload)

    def _start_central(self) -> None:
        self._central = Site(self.store, self._plans, quota_s=3600.0, now=Utc(self.time.now))
        for name in EPOCHS:
            self._say_online(name)
        self._turn(due=False)
        self._tell_of_central(there=True)

    def stop_central(self, seconds: float) -> None:
        """Killed, and started again on its own disk."""
        self.oracle.cuts.append(Cut("central", self.time.now, self.time.now + seconds))
        self._central = None
        self._tell_of_central(there=False)
        self.time.after(seconds, self._start_central)

    def _tell_of_central(self, *, there: bool) -> None:
        for name, link in self._links.items():
            if link.up:
                tell = partial(self._hears_of_central, name, link.connection, there=there)
                link.to_gate.send(tell)

    def _hears_of_central(self, name: str, connection: int, *, there: bool) -> None:
        if self._links[name].connection == connection:
            self.lanes[name].central(there=there)

    # --- links ----------------------------------------------------------------------------------

    def cut(self, name: str, seconds: float, *, unnoticed_s: float, forgets: bool) -> None:
        """The link is dead; the gate notices after a while, and the broker may forget it."""
        link = self._links[name]
        self.oracle.cuts.append(Cut(name, self.time.now, self.time.now + seconds))
        link.up, link.connection = False, link.connection + 1
        self.time.after(unnoticed_s, self.lanes[name].disconnected)
        self.time.after(WILL_S, partial(self._speak_will, name, link.connection))
        if forgets:
            self.time.after(seconds, link.session.clear)
        self.time.after(seconds, partial(self.join, name))

    def join(self, name: str) -> None:
        """The link is there again."""
        link = self._links[name]
        link.up, link.connection = True, link.connection + 1
        self.lanes[name].connected()
        for _ in range(len(link.session)):
            link.to_gate.send(partial(self._at_gate, name, link.connection))
        there = self._central is not None
        link.to_gate.send(partial(self._hears_of_central, name, link.connection, there=there))

    def _speak_will(self, name: str, connection: int) -> None:
        if self._links[name].connection == connection:
            lost = Status(gate=name, state="lost", boot=1)
            self._for_central(f"{MIDDLE}{name}/status", lost.encode())

    def _say_online(self, name: str) -> None:
        """As the broker has kept it."""
        if self._links[name].up:
            status = Status(gate=name, state="online", boot=1)
            self._for_central(f"{MIDDLE}{name}/status", status.encode())

    # --- a long afternoon -----------------------------------------------------------------------

    def play(self) -> None:
        """All visits, all troubles, and a quiet end in which everybody hears everything."""
        self._start_central()
        for name in EPOCHS:
            self.join(name)
        end = self._let_people_come()
        self._let_trouble_come(end)
        until = end + QUIET_S
        self._every(LOOK_EVERY_S, self._look)
        for lane in self.lanes.values():
            self._every(SPEAK_EVERY_S, lane.speak_if_due)
        self.time.run(until, lambda: None)

    def _let_people_come(self) -> float:
        draw, at = self._draw, NOON + 10.0
        for _ in range(self._visits):
            at += draw.expovariate(1 / ARRIVE_EVERY_S)
            party = draw.choice((1, 1, 2, 3, 4))
            text = a_pass(party)
            first, other = draw.sample([*EPOCHS], 2)
            self.time.at(at, partial(self.lanes[first].show, text))
            if draw.random() < 0.4:  # somebody has a copy
                later_s = draw.choice((0.02, 0.1, 5.0, 60.0, 600.0)) * draw.uniform(0.1, 1.5)
                where = other if draw.random() < 0.9 else first
                self.time.at(at + later_s, partial(self.lanes[where].show, text))
            if draw.random() < 0.3:
                for _ in range(draw.randint(1, party)):
                    stays_s = draw.uniform(60.0, 900.0)
                    gate = draw.choice([*EPOCHS])
                    self.time.at(at + stays_s, partial(self._leave, gate, text))
        return at + 900.0

    def _leave(self, gate: str, text: bytes) -> None:
        pass_ = read(text)
        truth = self.oracle.visits.get(pass_.visit)
        if truth is not None and truth.inside:
            self.lanes[gate].leave(pass_)

    def _let_trouble_come(self, end: float) -> None:
        draw = self._draw
        for name in EPOCHS:
            at = NOON
            while (at := at + draw.expovariate(1 / 200.0)) < end - 200.0:
                silent = draw.random() < 0.5
                unnoticed_s = draw.uniform(1.0, NOTICED_WITHIN_S) if silent else 0.0
                seconds = unnoticed_s + draw.uniform(1.0, 120.0)
                cut = partial(self.cut, name, seconds, unnoticed_s=unnoticed_s)
                self.time.at(at, partial(cut, forgets=draw.random() < 0.3))
                at += seconds + 5.0
        at = NOON
        while (at := at + draw.expovariate(1 / 600.0)) < end - 200.0:
            seconds = draw.uniform(3.0, 60.0)
            self.time.at(at, partial(self.stop_central, seconds))
            at += seconds + 5.0

    def _look(self) -> None:
        if self._central is not None:
            self._turn(due=True)

    def _every(self, pause_s: float, act: Callable[[], None]) -> None:
        def again() -> None:
            act()
            self.time.after(pause_s, again)

        self.time.after(pause_s, again)
