"""What the lane shows: the posture, brought to the turnstile whenever it differs.

Belongs to the deciding thread. A turnstile that does not answer is lost, told once; it is mended
(its lines opened again) and shown the posture of that moment, after a while, again and again, until
it is back, told once. What was to be shown meanwhile is nobody's to remember: levels are derived.
"""

from collections.abc import Callable
from typing import Protocol

from gate.events import PartBack, PartLost
from gate.model import Lamp, Monotonic, Part, Sound
from gate.posture import posture
from gate.relay import (
    Coil,
    RelaySettings,
    at_turnstile,
    at_wide_gate,
    coil_deadline,
    coil_step,
)
from gate.state import Gate, Settings

FIRST_RETRY_S = 0.5
LAST_RETRY_S = 10.0


class Turnstile(Protocol):
    """What is needed of the lane's outputs. Its failures are the exception class `broken`."""

    def show(self, *, relay: bool, wide: bool, lamp: Lamp) -> None:
        """The coils of the entry relay and of the wide gate's, and the light, at once."""

    def chime(self, sound: Sound) -> None:
        """A sound, without waiting for its end."""

    def mend(self) -> None:
        """Let go of all lines and open them again."""


class Showing:
    """Brings postures to the turnstile; what it returns are events for the machine."""

    def __init__(
        self,
        turnstile: Turnstile,
        *,
        broken: type[Exception],
        settings: Settings,
        relay: RelaySettings,
        wide: RelaySettings | None = None,
    ) -> None:
        """`wide` where there is a wide gate."""
        self._turnstile = turnstile
        self._broken = broken
        self._settings = settings
        self._relay = relay
        self._wide = wide
        self._coil = Coil()
        self._wide_coil = Coil()
        self._shown: tuple[bool, bool, Lamp] | None = None
        self._retry_at: Monotonic | None = None
        self._retry_s = FIRST_RETRY_S

    def update(self, gate: Gate, now: Monotonic) -> tuple[PartLost | PartBack, ...]:
        """Show what this state of the machine wants shown at `now`."""
        self._step_coils(gate, now)
        wanted = (self._coil.on, self._wide_coil.on, posture(gate, self._settings).lamp)
        if self._retry_at is not None:
            return self._try_again(wanted, now) if now >= self._retry_at else ()
        if wanted == self._shown:
            return ()
        return self._attempt(lambda: self._show(wanted), now)

    def chime(self, sound: Sound, now: Monotonic) -> tuple[PartLost | PartBack, ...]:
        """Make a sound, unless the turnstile is lost."""
        if self._retry_at is not None:
            return ()
        return self._attempt(lambda: self._turnstile.chime(sound), now)

    def lost(self, why: str, now: Monotonic) -> tuple[PartLost | PartBack, ...]:
        """Somebody else noticed that the wires do not answer (an input could not be read)."""
        if self._retry_at is not None:
            return ()
        self._retry_at = Monotonic(now + self._retry_s)
        return (PartLost(Part.TURNSTILE, why),)

    def deadline(self) -> Monotonic | None:
        """When `update` is due although nothing happens."""
        due = (self._retry_at, coil_deadline(self._coil), coil_deadline(self._wide_coil))
        return min((moment for moment in due if moment is not None), default=None)

    def _step_coils(self, gate: Gate, now: Monotonic) -> None:
        if self._wide is None:
            self._coil = coil_step(self._coil, gate, now, self._relay)
        else:
            self._coil = coil_step(self._coil, at_turnstile(gate), now, self._relay)
            self._wide_coil = coil_step(self._wide_coil, at_wide_gate(gate), now, self._wide)

    def _attempt(self, act: Callable[[], None], now: Monotonic) -> tuple[PartLost | PartBack, ...]:
        try:
            act()
        except self._broken as fault:
            return self.lost(str(fault), now)
        return ()

    def _try_again(
        self, wanted: tuple[bool, bool, Lamp], now: Monotonic
    ) -> tuple[PartLost | PartBack, ...]:
        try:
            self._turnstile.mend()
            self._show(wanted)
        except self._broken:
            self._retry_s = min(2 * self._retry_s, LAST_RETRY_S)
            self._retry_at = Monotonic(now + self._retry_s)
            return ()
        self._retry_at, self._retry_s = None, FIRST_RETRY_S
        return (PartBack(Part.TURNSTILE),)

    def _show(self, wanted: tuple[bool, bool, Lamp]) -> None:
        relay, wide, lamp = wanted
        self._turnstile.show(relay=relay, wide=wide, lamp=lamp)
        self._shown = wanted
