"""The daemon's pulse: the deciding thread looks at every part, and says outside that all live.

What that means is in `gate.life`. Nothing here waits.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gate.life import Heart, Proof, look
from gate.model import Monotonic

log = logging.getLogger(__name__)


class Watcher(Protocol):
    """Who ends this process when there are no signs of life (`drivers.systemd`)."""

    def watchdog(self) -> None:
        """A sign of life."""

    def status(self, text: str) -> None:
        """How the lane is, in one line."""


@dataclass(frozen=True, slots=True)
class Vital:
    """A part that has to prove itself alive, at least every `budget_s`."""

    name: str
    """The name of its thread."""
    alive_at: Callable[[], Monotonic]
    budget_s: float


class Pulse:
    """Belongs to the deciding thread, which calls `beat` in each of its rounds.

    `line` makes the line for people; it is given who is overdue.
    """

    def __init__(
        self,
        *,
        vitals: Sequence[Vital],
        every_s: float,
        watcher: Watcher,
        line: Callable[[tuple[str, ...]], str],
        clock: Callable[[], Monotonic],
    ) -> None:
        self._vitals = tuple(vitals)
        self._watcher = watcher
        self._line = line
        self._clock = clock
        self._heart = Heart(every_s, due_at=clock())

    def deadline(self) -> Monotonic:
        """When `beat` has to be called at the latest."""
        return self._heart.due_at

    def beat(self) -> None:
        """Look, when it is time; a sign of life where nobody is overdue; the line in any case.

        The clock is read here and not handed in: a moment from before the loop waited would
        make everybody look alive.
        """
        now = self._clock()
        if now < self._heart.due_at:
            return
        proofs = [Proof(vital.name, vital.alive_at(), vital.budget_s) for vital in self._vitals]
        before, self._heart = self._heart, look(self._heart, proofs, now)
        self._tell_changes(before.overdue, proofs, now)
        if not self._heart.overdue:
            self._watcher.watchdog()
        self._watcher.status(self._line(self._heart.overdue))

    def _tell_changes(
        self, before: tuple[str, ...], proofs: Sequence[Proof], now: Monotonic
    ) -> None:
        """Once when a part falls silent, for who reads the log after a restart; once when back."""
        for proof in proofs:
            if (proof.name in self._heart.overdue) == (proof.name in before):
                continue
            if proof.name in before:
                log.warning("%s goes round again", proof.name)
            else:
                log.error("%s hangs: no round for %.0f s", proof.name, now - proof.alive_at)
