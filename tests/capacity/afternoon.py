"""One afternoon: people, gates, network and the real central, in simulated time."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from gate.central.hearing import WORDS
from gate.central.link import Delivered, Word
from gate.central.site import Site
from gate.central.store import Store
from gate.central.turn import turn
from gate.central.venue import Plan
from gate.model import Utc
from gate.payloads import Payload
from tests.capacity.gate import SimulatedGate, a_pass
from tests.capacity.network import Timeline, Weather
from tests.capacity.people import Crowd, Party, parties

NOON = 1_772_427_600.0
"""2026-03-02 12:00 in Jakarta: no business day ends in the afternoon."""

LIMIT = 60
RETRY_S = 3.0
"""A party that waits shows the pass again so often."""

SCREENING_S = 1.5
CTR_AT_MOST_EVERY_S = 1.0
CTR_AT_LEAST_EVERY_S = 60.0
RESEND_S = 10.0
WILL_S = 25.0
LOOK_EVERY_S = 15.0
MIDDLE = "aman/v1/jkt/mall/g/"


@dataclass
class Score:
    """What came of it."""

    parties: int = 0
    turned_away: int = 0
    highest: int = 0
    """Most people inside at once."""
    inside: int = 0
    beyond_limit: int = 0
    """Moments with more people inside, or with a grant to come in, than the limit."""
    walked: list[int] = field(default_factory=lambda: [0, 0])
    unseen: int = 0
    """People who slipped in while the power went; they are within `pending`."""
    counted_inside: int = 0
    """By central, at the end."""

    @property
    def refused_share(self) -> float:
        """Of all parties, in percent."""
        return 100 * self.turned_away / max(1, self.parties)


class Afternoon:
    """See above; `troubles` are moments with something that happens then."""

    def __init__(
        self,
        seed: int,
        *,
        crowd: Crowd,
        weather: Weather,
        quota_s: float = 3600.0,
        reserve: int = 0,
    ) -> None:
        self.time = Timeline(NOON)
        self.score = Score()
        self._draw = random.Random(seed)  # noqa: S311 - weather, not secrets
        self._weather = weather
        self._crowd = crowd
        self._parties = parties(crowd, seed)
        names = [f"g{number}" for number in range(len(crowd.doors))]
        plan = Plan("mall", "jkt", "Mall", tuple(names), licensed=LIMIT, reserve=reserve)
        self._store = Store(":memory:", now=Utc(NOON))
        self._plans, self._quota_s = [plan], quota_s
        self._site: Site | None = Site(self._store, [plan], quota_s=quota_s, now=Utc(NOON))
        self._retained: dict[str, bytes] = {}
        self._unheard: list[Delivered] = []
        """What the broker keeps for central while that is away."""
        self.gates = [
            SimulatedGate(name, "entry" if weight else "exit", partial(self._from_gate, number))
            for number, (name, weight) in enumerate(zip(names, crowd.doors, strict=True))
        ]
        self._told_at = [0.0] * len(names)
        self._tell_planned = [False] * len(names)

    # --- the broker -----------------------------------------------------------------------------

    def _from_gate(self, number: int, word: str, payload: Payload) -> None:
        if not self.gates[number].up:
            return
        topic = f"{MIDDLE}g{number}/{word}"
        data = payload.encode()
        if word in {"ctr", "status", "meta"}:
            self._retained[topic] = data
        for delay in self._weather.delays(self._draw):
            self.time.after(delay, partial(self._to_central, _delivered(topic, data)))

    def _to_central(self, message: Delivered) -> None:
        if self._site is None:
            self._unheard.append(message)
        else:
            self._turn([message], due=False)

    def _turn(self, messages: list[Delivered], *, due: bool) -> None:
        assert self._site is not None
        for word in turn(self._site, messages, [], Utc(self.time.now), due=due).words:
            self._from_central(word)

    def _from_central(self, word: Word) -> None:
        if word.retain:
            self._retained[word.topic] = word.payload
        if not word.topic.startswith(MIDDLE):
            return
        name, kind = word.topic.removeprefix(MIDDLE).split("/")
        number = int(name[1:])
        # QoS 1: what is lost on the way comes, after a while
        for delay in self._weather.delays(self._draw) or [self._draw.uniform(5, 20)]:
            self.time.after(delay, partial(self._to_gate, number, kind, word.payload))

    def _to_gate(self, number: int, kind: str, payload: bytes) -> None:
        gate = self.gates[number]
        if not gate.up or not gate.running:
            return
        before = gate.allowance
        gate.hear(kind, payload)
        if gate.allowance != before:
            self.tell_soon(number)

    # --- troubles -------------------------------------------------------------------------------

    def cut(self, number: int, seconds: float) -> None:
        """The gate is cut off for a while; the broker says so after the will's delay."""
        gate = self.gates[number]
        gate.up = False
        lost = f'{{"s":"aman.status/1","gate":"g{number}","state":"lost","boot":0}}'.encode()
        topic = f"{MIDDLE}g{number}/status"
        self.time.after(WILL_S, lambda: None if gate.up else self._say_lost(topic, lost))
        self.time.after(seconds, partial(self.join, number))

    def join(self, number: int) -> None:
        """The link is there again."""
        gate = self.gates[number]
        if not gate.running:
            return
        gate.up = True
        for kind in ("ack", "quota"):
            kept = self._retained.get(f"{MIDDLE}g{number}/{kind}")
            if kept is not None:
                gate.hear(kind, kept)
        gate.introduce(Utc(self.time.now))

    def cut_power(self, number: int, seconds: float) -> None:
        """The gate is dark for a while; of those on their way, some have slipped in unseen."""
        gate = self.gates[number]
        if not gate.running:
            return
        slipped_in = sum(self._draw.random() < 0.5 for _ in range(gate.totals.open))
        self.score.inside += slipped_in
        self.score.unseen += slipped_in
        gate.cut_power()
        self.cut(number, seconds + 1)
        self.time.after(seconds, gate.start)

    def stop_central(self, seconds: float) -> None:
        """Killed, and started again on its own disk."""
        self._site = None

        def start() -> None:
            self._site = Site(
                self._store, self._plans, quota_s=self._quota_s, now=Utc(self.time.now)
            )
            for topic, payload in list(self._retained.items()):
                if topic.rsplit("/", 1)[-1] in WORDS:
                    self._turn([_delivered(topic, payload, retained=True)], due=False)
            unheard, self._unheard = self._unheard, []
            for message in unheard:
                self._turn([message], due=False)

        self.time.after(seconds, start)

    def _say_lost(self, topic: str, payload: bytes) -> None:
        self._retained[topic] = payload
        self._to_central(_delivered(topic, payload))

    # --- the gates' own time --------------------------------------------------------------------

    def tell_soon(self, number: int) -> None:
        """`ctr` and new events: at once, but `ctr` at most once a second."""
        gate, now = self.gates[number], self.time.now
        if not gate.running or not gate.up:
            return
        gate.tell_events(gate.sent + 1)
        if self._tell_planned[number]:
            return
        self._tell_planned[number] = True

        def tell() -> None:
            self._tell_planned[number] = False
            self._told_at[number] = self.time.now
            if gate.running:
                gate.tell(Utc(self.time.now))

        self.time.at(max(now, self._told_at[number] + CTR_AT_MOST_EVERY_S), tell)

    def _every(self, pause_s: float, act: Callable[[], None]) -> None:
        def again() -> None:
            act()
            self.time.after(pause_s, again)

        self.time.after(pause_s, again)

    def _look(self) -> None:
        if self._site is not None:
            self._turn([], due=True)

    def _resend(self, number: int) -> None:
        gate = self.gates[number]
        if gate.running and gate.acknowledged < len(gate.log):
            gate.tell_events(gate.acknowledged + 1)

    # --- people ---------------------------------------------------------------------------------

    def _arrive(self, party: Party) -> None:
        self.score.parties += 1
        self._show(party, self.time.now + party.patience_s, told=False)

    def _show(self, party: Party, until: float, *, told: bool) -> None:
        gate, now = self.gates[party.gate], Utc(self.time.now)
        if gate.admits(party.size, now):
            self._admit(party, 0)
            return
        if gate.running and not told:
            gate.refuse(a_pass(party.number, party.size), now)
            self.tell_soon(party.gate)
        if self.time.now + RETRY_S > until:
            self.score.turned_away += 1
            return
        again = partial(self._show, party, until, told=gate.running)
        self.time.after(RETRY_S, again)

    def _admit(self, party: Party, person: int) -> None:
        if person == party.size:
            return
        gate, pass_ = self.gates[party.gate], a_pass(party.number, party.size)
        if gate.grant(pass_, Utc(self.time.now)):
            self.tell_soon(party.gate)
            boot = gate.boots
            walk = party.walks[person]
            act = (
                partial(self._enter, party, boot) if walk > 0 else partial(self._lapse, party, boot)
            )
            self.time.after(abs(walk), act)
        self.time.after(SCREENING_S, partial(self._admit, party, person + 1))

    def _enter(self, party: Party, boot: int) -> None:
        gate = self.gates[party.gate]
        if not gate.running or gate.boots != boot:
            return  # dark, or the grant has no lane any more
        gate.walk_in(a_pass(party.number, party.size), Utc(self.time.now), granted=True)
        self.score.inside += 1
        self.score.walked[0] += 1
        self.tell_soon(party.gate)
        self.time.after(party.stays_s, partial(self._leave, party))

    def _lapse(self, party: Party, boot: int) -> None:
        gate = self.gates[party.gate]
        if gate.running and gate.boots == boot:
            gate.lapse(a_pass(party.number, party.size), Utc(self.time.now))
            self.tell_soon(party.gate)

    def _leave(self, party: Party) -> None:
        if self.time.now > NOON + self._crowd.hours * 3600:
            return  # the quiet minutes: who is still inside stays
        gate = self.gates[party.leaves_by]
        if not gate.running:  # a dark lane counts nobody; they take another one
            gate = next(it for it in self.gates if it.running)
        gate.walk_out(Utc(self.time.now))
        self.score.inside -= 1
        self.score.walked[1] += 1
        self.tell_soon(self.gates.index(gate))

    # --- the afternoon --------------------------------------------------------------------------

    def _check(self) -> None:
        self.score.highest = max(self.score.highest, self.score.inside)
        granted = sum(it.totals.entered - it.totals.left + it.totals.pending for it in self.gates)
        self.score.beyond_limit += max(granted, self.score.inside) > LIMIT

    def play(self) -> Score:
        """All of it, and some quiet minutes at the end."""
        for number in range(len(self.gates)):
            self.join(number)
            self._every(CTR_AT_LEAST_EVERY_S, partial(self.tell_soon, number))
            self._every(RESEND_S, partial(self._resend, number))
        self._every(LOOK_EVERY_S, self._look)
        for party in self._parties:
            self.time.at(NOON + party.arrives, partial(self._arrive, party))
        self.time.run(NOON + self._crowd.hours * 3600 + 600, self._check)
        assert self._site is not None
        venue = self._site.by_id["mall"]
        self.score.counted_inside = venue.occupancy(Utc(self.time.now)).inside
        return self.score


def _delivered(topic: str, payload: bytes, *, retained: bool = False) -> Delivered:
    return Delivered(topic, payload, retained, receipt=0)


def perfect(crowd: Crowd, seed: int) -> Score:
    """The same people, and somebody at every door who knows everything at once."""
    time, score = Timeline(NOON), Score()
    taken = 0

    def show(party: Party, until: float) -> None:
        nonlocal taken
        if taken + party.size <= LIMIT:
            taken += party.size
            for person, walk in enumerate(party.walks):
                at = person * SCREENING_S + abs(walk)
                time.after(at + (party.stays_s if walk > 0 else 0), leave)
        elif time.now + RETRY_S > until:
            score.turned_away += 1
        else:
            time.after(RETRY_S, partial(show, party, until))

    def leave() -> None:
        nonlocal taken
        taken -= 1

    def arrive(party: Party) -> None:
        score.parties += 1
        show(party, time.now + party.patience_s)

    for party in parties(crowd, seed):
        time.at(NOON + party.arrives, partial(arrive, party))
    time.run(NOON + crowd.hours * 3600 + 600, lambda: None)
    return score
