"""The clocks of the machine, and the gate's time (`gate.timekeeping` has the rules)."""

import logging
import threading
from typing import Protocol

from gate.events import PartBack, PartLost
from gate.model import Monotonic, Utc
from gate.timekeeping import (
    TOLERANCE_S,
    Belief,
    ClockState,
    Reading,
    believe,
    first_belief,
    news,
    span,
)

log = logging.getLogger(__name__)


class Clock(Protocol):
    """The clocks of the machine (`drivers.kernel_clock`)."""

    def monotonic(self) -> float:
        """Seconds that never jump."""

    def wall(self) -> float:
        """Seconds since 1970, right or wrong."""

    def synchronised(self) -> bool:
        """Whether a time service keeps the wall clock."""


class Timekeeper:
    """Holds what the gate believes of its clocks: one immutable value.

    `begin` and `look` belong to the deciding thread, `look` once a second or so; `now`, `state`
    and `vouch` are for any thread, as is `monotonic`. `released` is the floor of rule 5.
    """

    def __init__(self, clock: Clock, *, released: Utc) -> None:
        self._clock = clock
        self._released = released
        self._word = threading.Event()
        self._told: Belief | None = None
        self._belief = first_belief(self._read(), newest=Utc(0), released=released)

    def begin(self, newest: Utc) -> Utc:
        """Start anew, with the time of the newest record on disk (0: none); the time by that."""
        self._belief = first_belief(self._read(), newest=newest, released=self._released)
        return self.now()

    def look(self) -> tuple[PartLost | PartBack, ...]:
        """Look at the wall clock; what is to be told, once when it is lost and once when back."""
        before = self._belief
        self._belief = after = believe(before, self._read(), released=self._released)
        moved_s = after.zero - before.zero
        if abs(moved_s) > TOLERANCE_S:
            log.warning(
                "the time was set %s by %s", "ahead" if moved_s > 0 else "back", span(moved_s)
            )
        told, self._told = self._told, after
        return news(told, after)

    def monotonic(self) -> Monotonic:
        """Seconds that never jump: all that is waited for is measured by them."""
        return Monotonic(self._clock.monotonic())

    def now(self) -> Utc:
        """The gate's time."""
        return self._belief.at(self.monotonic())

    @property
    def state(self) -> ClockState:
        """Who vouches for it: `ntp` a time service, `rtc` nobody, but nothing contradicts it."""
        return self._belief.state

    @property
    def founded(self) -> bool:
        """Whether the time rests on a wall clock at all, and not only on the newest record."""
        return self._belief.founded

    def vouch(self) -> None:
        """A person says that the wall clock is right as it is now; the next look believes it."""
        self._word.set()

    def _read(self) -> Reading:
        """The clocks. Who sets one between the two questions to the kernel is not vouched for."""
        word = self._word.is_set()
        if word:
            self._word.clear()
        kept = self._clock.synchronised()
        wall, now = Utc(self._clock.wall()), self.monotonic()
        return Reading(wall, now, vouched=(kept and self._clock.synchronised()) or word)
