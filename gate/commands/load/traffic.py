"""All gates and their people over real connections, in one thread."""

import time
from collections.abc import Callable
from heapq import heappop, heappush

from drivers.simulated.links import Links
from gate.commands.load.crowd import Crowd
from gate.commands.load.gate import LoadGate, Tally
from gate.commands.load.observer import Observer
from gate.commands.load.site import Site
from gate.model import Monotonic, Utc
from gate.payloads import Occ
from gate.talk import Moment

LONGEST_TURN_S = 0.1
"""How long a condition may go unlooked at while nothing happens."""

GOODBYE_S = 0.5


class Traffic:
    """Open it, then `run`. Closing twice is fine."""

    def __init__(self, site: Site, *, host: str, port: int, a_minute: float, seed: int) -> None:
        self.tally = Tally()
        self._links = Links(time.monotonic)
        self._touched: set[LoadGate] = set()
        self._due: list[tuple[Monotonic, int]] = []
        self._due_at: dict[int, Monotonic] = {}
        self.observer = Observer(self._links, host=host, port=port, root=site.root)
        self.observer.link.start()
        self.venues = {
            places[0].venue: [
                LoadGate(
                    place,
                    self._links,
                    host=host,
                    port=port,
                    tally=self.tally,
                    clock=now,
                    utc=utc,
                    on_touched=self._touched.add,
                )
                for place in places
            ]
            for places in site.places
        }
        self.gates = [gate for gates in self.venues.values() for gate in gates]
        self._number = {gate: number for number, gate in enumerate(self.gates)}
        self.crowd = Crowd(list(self.venues.values()), a_minute=a_minute, seed=seed)

    def connect(self) -> None:
        """All gates, as after a power cut in the whole town."""
        for gate in self.gates:
            gate.link.start()

    def run(self, *, until: Callable[[], bool], at_most_s: float) -> bool:
        """Let time pass until something is so; whether it became so in time."""
        give_up_at = time.monotonic() + at_most_s
        while not until():
            if time.monotonic() >= give_up_at:
                return False
            self._turn(give_up_at)
        return True

    def run_for(self, seconds: float) -> None:
        """Let time pass."""
        self.run(until=lambda: False, at_most_s=seconds)

    def close(self) -> None:
        """Say goodbye, as gates that are stopped do."""
        for gate in self.gates:
            gate.say_goodbye(_moment())
        self.run_for(GOODBYE_S)
        for gate in self.gates:
            gate.link.say_goodbye()
        self._links.turn(0.0)
        self._links.close()

    # --- what is so ---------------------------------------------------------------------------

    @property
    def all_up(self) -> bool:
        """Every gate is connected."""
        return all(gate.link.online for gate in self.gates)

    @property
    def all_may_admit(self) -> bool:
        """Every way in has a quota of central's."""
        return all(gate.has_quota for gate in self.gates if gate.place.is_entry)

    @property
    def backlog(self) -> int:
        """Events that central has not acknowledged."""
        return sum(gate.backlog for gate in self.gates)

    @property
    def events(self) -> int:
        """Everything that happened so far."""
        return sum(gate.lane.seq for gate in self.gates)

    @property
    def acknowledged(self) -> int:
        """What central has acknowledged of it."""
        return sum(gate.lane.acknowledged for gate in self.gates)

    def inside(self, venue: str) -> int:
        """People inside, as its gates have counted."""
        return sum(it.lane.totals.entered - it.lane.totals.left for it in self.venues[venue])

    def differing(self, *, since: Utc, before: dict[str, int]) -> list[str]:
        """Venues of which central has not said the right number since then, for certain.

        `before`: what each had inside by others than these gates.
        """
        return [
            venue
            for venue in self.venues
            if not _says(
                self.observer.heard.occ.get(venue),
                self.inside(venue) + before.get(venue, 0),
                since,
            )
        ]

    # --- one turn -----------------------------------------------------------------------------

    def _turn(self, give_up_at: float) -> None:
        moment = _moment()
        crowd_at = self.crowd.turn(moment.now, moment.utc)
        while self._due and self._due[0][0] <= moment.now:
            at, number = heappop(self._due)
            if self._due_at.get(number) == at:
                self._touched.add(self.gates[number])
        for gate in tuple(self._touched):
            self._touched.discard(gate)
            self._await(self._number[gate], gate.say(moment))
        ends = [give_up_at, moment.now + LONGEST_TURN_S]
        ends += [] if crowd_at is None else [crowd_at]
        ends += [self._due[0][0]] if self._due else []
        self._links.turn(max(0.0, min(ends) - time.monotonic()))

    def _await(self, number: int, due: Monotonic | None) -> None:
        if due is None:
            self._due_at.pop(number, None)
        elif self._due_at.get(number) != due:
            self._due_at[number] = due
            heappush(self._due, (due, number))


def _says(occ: Occ | None, inside: int, since: Utc) -> bool:
    if occ is None or occ.ts < since or occ.stale:
        return False
    return occ.lower == occ.inside == occ.upper == inside


def now() -> Monotonic:
    """The clock of all gates."""
    return Monotonic(time.monotonic())


def utc() -> Utc:
    """The wall clock of all gates."""
    return Utc(time.time())


def _moment() -> Moment:
    return Moment(now(), utc(), "ntp")
