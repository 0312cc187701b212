"""People at a simulated lane: they see its lamps and push its turnstile, nothing else.

They are the truth that the gate's counts are held against: `walked` is what really happened.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from drivers.simulated.world import World

STEP_S = 0.14
"""From one beam to the next at a brisk walk."""

STEP_UP_S = 0.4
"""The one before steps away from the thermometer, the next one steps up to it."""

ANSWER_S = 6.0
"""How long a visitor looks at the lamps before giving up."""


class Seen(StrEnum):
    """What a visitor sees of a lane: one of three lamps, or none."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Wiring:
    """BCM numbers of the lane, and the level of each input while nobody is there."""

    relay: int
    relay_active_high: bool
    red: int
    amber: int
    green: int
    buzzer: int
    sensor_a: int
    sensor_b: int | None
    """None in a lane with one sensor, which counts one direction: nobody leaves through it."""
    release: int
    rest: dict[int, bool]

    def active(self, pin: int) -> dict[int, bool]:
        """The level of an input when it is active."""
        return {pin: not self.rest[pin]}

    def inactive(self, pin: int) -> dict[int, bool]:
        """The level of an input at rest."""
        return {pin: self.rest[pin]}


@dataclass(frozen=True, slots=True)
class Walk:
    """One person went through; unix seconds."""

    direction: str
    """`in` or `out`."""
    began: float
    """Before the first beam was broken."""
    ended: float
    """Before the last beam was cleared."""


@dataclass(slots=True)
class Visitors:
    """Whoever comes to one lane. One thread plays them all, one after the other."""

    world: World
    wiring: Wiring
    pause: Callable[[float], None] = time.sleep
    patience_s: float = ANSWER_S
    walked: Counter[str] = field(default_factory=Counter)
    """`in` and `out`: people who really went through."""
    walks: list[Walk] = field(default_factory=list)
    """The same people one by one."""

    def present(self, text: str, skins: Sequence[float] = ()) -> Seen:
        """Show a pass until it beeps, and do what the lamps ask: one forehead, one walk, the next.

        Returns the last lamp that decided something: GREEN when all of `skins` walked in.
        """
        seen = self._reaction_to(lambda: self.world.show(text))
        for left, skin in zip(range(len(skins) - 1, -1, -1), skins, strict=True):
            if seen is not Seen.AMBER:
                break
            self.pause(STEP_UP_S)
            seen = self._reaction_to(partial(self.world.skin, skin))
            self.world.skin(None)
            if seen is Seen.GREEN:
                self.world.show(None)
                self.walk_in()
                seen = self._await({Seen.AMBER, Seen.RED}) if left else Seen.GREEN
        self.world.show(None)
        return seen

    def check_out(self, text: str) -> bool:
        """Show a pass on the way out until it beeps; whether it did."""
        before = self._beeps()
        self.world.show(text)
        heard = self._hears_beep(before)
        self.world.show(None)
        return heard

    def walk_in(self, *, force: bool = False) -> bool:
        """Push the turnstile and go in; False where it did not give way."""
        if not (force or self._turns()):
            return False
        self._through("in", self.wiring.sensor_a, self.wiring.sensor_b)
        return True

    def follow_in(self) -> None:
        """Slip in behind somebody before the turnstile has locked."""
        self.walk_in(force=True)

    def walk_out(self) -> None:
        """Leave: nothing holds anybody back on the way out."""
        self._through("out", self.wiring.sensor_b, self.wiring.sensor_a)

    def turn_back(self) -> None:
        """Step into the lane and think better of it."""
        first = self.wiring.sensor_a
        self.world.drive(self.wiring.active(first))
        self.pause(2 * STEP_S)
        self.world.drive(self.wiring.inactive(first))
        self.pause(STEP_S)

    def alarm(self, *, active: bool) -> None:
        """The fire panel's contact."""
        pin = self.wiring.release
        self.world.drive(self.wiring.active(pin) if active else self.wiring.inactive(pin))

    def lamp(self) -> Seen:
        """Which lamp is lit."""
        for seen, pin in (
            (Seen.GREEN, self.wiring.green),
            (Seen.AMBER, self.wiring.amber),
            (Seen.RED, self.wiring.red),
        ):
            if self.world.level(pin):
                return seen
        return Seen.DARK

    def await_lamp(self, wanted: Seen) -> Seen:
        """Look until this lamp is lit, or patience ends; returns what is lit then."""
        return self._await({wanted})

    def _reaction_to(self, act: Callable[[], None]) -> Seen:
        """Do something and listen for the beep; the lamp says what it meant."""
        before = self._beeps()
        act()
        self._hears_beep(before)
        return self.lamp()

    def _beeps(self) -> int:
        return self.world.rises(self.wiring.buzzer)

    def _hears_beep(self, before: int) -> bool:
        return self.world.wait_for(lambda: self._beeps() > before, self.patience_s)

    def _await(self, wanted: set[Seen]) -> Seen:
        self.world.wait_for(lambda: self.lamp() in wanted, self.patience_s)
        return self.lamp()

    def _turns(self) -> bool:
        wiring = self.wiring
        return self.world.wait_for(
            lambda: self.world.level(wiring.relay) is wiring.relay_active_high, 1.0
        )

    def _through(self, direction: str, *beams: int | None) -> None:
        """The beams in their order, overlapping as a body does; nothing stops who is in them."""
        there = [beam for beam in beams if beam is not None]
        began = time.time()
        for levels in (*map(self.wiring.active, there), *map(self.wiring.inactive, there)):
            ended = time.time()
            self.world.drive(levels)
            self.pause(STEP_S)
        self.walks.append(Walk(direction, began, ended))
        self.walked[direction] += 1
