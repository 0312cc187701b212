"""The coil of the entry relay: held while the entry is free, or pulsed once a person. Pure.

A turnstile that the gate holds open itself wants a level (*hold*). One with a controller of its
own wants a short contact for each person and locks again by itself after one turn (*pulse*).

1. While the entry is not free the coil is off, at once, whatever was under way.
2. While the lane is open to all (release, mode *free*) it is on, whatever the type: a controller
   takes a lasting contact for "stay open".
3. *hold*: it is on while the entry is free.
4. *pulse*: each open grant gets one pulse of `pulse_s`, the oldest first, and after each a pause of
   the same length: controllers count contacts, and two that run into each other are one.
5. A grant that ended before its pulse came gets none.

A lane may have a second relay, for a wide gate beside the turnstile. Then grants of passes that ask
for it free the wide gate and not the turnstile; what is open to all is open at both (rule 2). Each
coil is stepped with the half of the state that concerns it (`at_turnstile`, `at_wide_gate`).
"""

from dataclasses import dataclass, replace
from typing import Literal

from gate.machine import entry_free
from gate.model import GrantId, Mode, Monotonic
from gate.state import Gate

NO_GRANT = GrantId(0)


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """What the turnstile wants of its contact."""

    type: Literal["hold", "pulse"] = "hold"
    pulse_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Coil:
    """What the coil is, and what it still has to do."""

    on: bool = False
    until: Monotonic | None = None
    """When the pulse, or the pause after it, is over."""
    pulsed: GrantId = NO_GRANT
    """Grants up to this number have had their pulse."""


def at_turnstile(gate: Gate) -> Gate:
    """The state as the turnstile of a lane with a wide gate sees it."""
    return replace(gate, grants=tuple(grant for grant in gate.grants if not grant.assisted))


def at_wide_gate(gate: Gate) -> Gate:
    """The state as the wide gate sees it."""
    return replace(gate, grants=tuple(grant for grant in gate.grants if grant.assisted))


def coil_step(coil: Coil, gate: Gate, now: Monotonic, settings: RelaySettings) -> Coil:
    """The coil at `now`, for this state of the machine."""
    if not entry_free(gate):
        return Coil(until=_pause(coil, now, settings), pulsed=coil.pulsed)
    if settings.type == "hold" or gate.release or gate.mode is Mode.FREE:
        return Coil(on=True, pulsed=coil.pulsed)
    if coil.until is None and coil.on:  # it was on for all: the next contact is an edge again
        coil = Coil(until=Monotonic(now + settings.pulse_s), pulsed=coil.pulsed)
    elif coil.until is not None and now >= coil.until:
        coil = Coil(until=_pause(coil, coil.until, settings, now), pulsed=coil.pulsed)
    if coil.until is not None:
        return coil
    owed = [grant.id for grant in gate.grants if not grant.shut and grant.id > coil.pulsed]
    if not owed:
        return coil
    return Coil(on=True, until=Monotonic(now + settings.pulse_s), pulsed=owed[0])


def coil_deadline(coil: Coil) -> Monotonic | None:
    """When `coil_step` is due although nothing happens."""
    return coil.until


def _pause(
    coil: Coil, since: Monotonic, settings: RelaySettings, now: Monotonic | None = None
) -> Monotonic | None:
    """Until when the contact has to rest: after a pulse that ended at `since`, or still."""
    now = since if now is None else now
    over = Monotonic(since + settings.pulse_s) if coil.on else coil.until
    return over if over is not None and over > now else None
