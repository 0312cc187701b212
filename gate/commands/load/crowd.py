"""Who comes to the gates of many venues, and who leaves; by a clock that is an argument.

At each gate people come in at random (a Poisson process), at the same rate everywhere: parties at
the ways in, one after the other at the ways out, as long as anybody is inside.
"""

import random
from collections import deque
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import count

from gate.commands.load.gate import LoadGate
from gate.events import Count, RecordGrant, RecordRefusal
from gate.model import Direction, GrantId, Monotonic, Pass, Reason, RefusalCode, Utc, VisitId

SIZES, WEIGHTS = (1, 2, 3, 4, 5), (30, 35, 15, 15, 5)
MEAN_SIZE = sum(a * b for a, b in zip(SIZES, WEIGHTS, strict=True)) / sum(WEIGHTS)
WALK_S = 2.0
"""From the grant to the passage."""

PASS_S = 12 * 3600.0
LONGEST_QUEUE = 20

Act = Callable[[Monotonic, Utc], None]
Due = tuple[Monotonic, int, Act]
"""When, in which order, and what happens then."""


class Crowd:
    """All the people; `turn` lets happen what is due."""

    def __init__(self, venues: Sequence[Sequence[LoadGate]], *, a_minute: float, seed: int) -> None:
        """`a_minute`: people at each gate."""
        self._every_s = 60.0 / a_minute
        self._walk_s = min(WALK_S, self._every_s / 2)
        self._random = random.Random(seed)  # noqa: S311 - people, not secrets
        self._order = count()
        self._arrivals: list[Due] = []
        self._walks: list[Due] = []
        self.refused = 0
        """Parties that were told that it is full."""
        self._doors: list[_WayIn | _WayOut] = []
        for gates in venues:
            inside: deque[Pass] = deque()
            self._doors += [
                (_WayIn if gate.place.is_entry else _WayOut)(self, gate, inside) for gate in gates
            ]

    @property
    def is_quiet(self) -> bool:
        """Nobody is under way."""
        return not self._walks

    def begin(self, now: Monotonic, utc: Utc, *, waiting: int = 0) -> None:
        """People come, from now on; so many parties stand at each way in already."""
        for door in self._doors:
            door.open(now, utc, waiting)

    def end(self) -> None:
        """Nobody comes any more; who is in a lane walks on."""
        self._arrivals.clear()
        for door in self._doors:
            door.shut()

    def turn(self, now: Monotonic, utc: Utc) -> Monotonic | None:
        """Let happen what is due; when there is more."""
        for queue in (self._walks, self._arrivals):
            while queue and queue[0][0] <= now:
                heappop(queue)[2](now, utc)
        return min((queue[0][0] for queue in (self._walks, self._arrivals) if queue), default=None)

    # --- for the doors ------------------------------------------------------------------------

    def after_a_walk(self, now: Monotonic, act: Act) -> None:
        """When somebody has walked through."""
        heappush(self._walks, (Monotonic(now + self._walk_s), next(self._order), act))

    def at_random(self, now: Monotonic, people: float, act: Act) -> None:
        """When the next come; so many on the average."""
        pause_s = self._random.expovariate(1 / (self._every_s * people))
        heappush(self._arrivals, (Monotonic(now + pause_s), next(self._order), act))

    def party(self, utc: Utc) -> Pass:
        """Some people with one pass."""
        size = self._random.choices(SIZES, WEIGHTS)[0]
        visit = VisitId(f"{self._random.getrandbits(96):024x}")
        return Pass(visit, size, utc, Utc(utc + PASS_S))


class _WayOut:
    """One gate by which people leave, one after the other, as long as anybody is inside."""

    def __init__(self, crowd: Crowd, gate: LoadGate, inside: deque[Pass]) -> None:
        self._crowd = crowd
        self._gate = gate
        self._inside = inside

    def open(self, now: Monotonic, _utc: Utc, _waiting: int) -> None:
        """Somebody will leave."""
        self._crowd.at_random(now, 1, self._leaves)

    def shut(self) -> None:
        """Nobody is in it for longer than a moment."""

    def _leaves(self, now: Monotonic, _utc: Utc) -> None:
        if self._inside:
            self._gate.record(Count(Direction.OUT, Reason.OK, pass_=self._inside.popleft()))
        self._crowd.at_random(now, 1, self._leaves)


class _WayIn:
    """One gate with a queue of parties, of whom one after the other gets a grant and walks."""

    def __init__(self, crowd: Crowd, gate: LoadGate, inside: deque[Pass]) -> None:
        self._crowd = crowd
        self._gate = gate
        self._inside = inside
        self._grants = count(1)
        self._queue: deque[Pass] = deque(maxlen=LONGEST_QUEUE)
        self._busy = False

    def open(self, now: Monotonic, utc: Utc, waiting: int) -> None:
        """Some stand there, others will come."""
        self._queue.extend(self._crowd.party(utc) for _ in range(waiting))
        self._crowd.at_random(now, MEAN_SIZE, self._comes)
        self._next_party(now, utc)

    def shut(self) -> None:
        """The queue goes home."""
        self._queue.clear()

    def _comes(self, now: Monotonic, utc: Utc) -> None:
        self._queue.append(self._crowd.party(utc))
        self._crowd.at_random(now, MEAN_SIZE, self._comes)
        if not self._busy:
            self._next_party(now, utc)

    def _next_party(self, now: Monotonic, utc: Utc) -> None:
        self._busy = False
        while self._queue and not self._busy:
            party = self._queue.popleft()
            if self._right(utc) < party.party:
                self._crowd.refused += 1
                self._gate.record(RecordRefusal(RefusalCode.FULL, pass_=party))
            else:
                self._busy = True
                self._admit(party, party.party, now)

    def _admit(self, party: Pass, left: int, now: Monotonic) -> None:
        """One person of it, and after that one the others."""
        grant = GrantId(next(self._grants))
        self._gate.record(RecordGrant(grant, Reason.OK, party))

        def walks(now: Monotonic, utc: Utc) -> None:
            self._gate.record(Count(Direction.IN, Reason.OK, grant, party))
            self._inside.append(party)
            if left > 1 and self._right(utc) >= 1:
                self._admit(party, left - 1, now)
            else:
                self._next_party(now, utc)

        self._crowd.after_a_walk(now, walks)

    def _right(self, utc: Utc) -> int:
        return self._gate.lane.right(utc) or 0
