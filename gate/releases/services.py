"""The daemon as systemd and its own socket show it: stopped, started, and watched.

systemctl is a command that is handed in, and so are clock and pause. Where there is no systemd (a
chroot, a container) the lane is somebody else's: nothing is stopped, started or watched.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gate.process import Runner
from gate.releases.trial import (
    WATCHDOG_S,
    Expected,
    Failed,
    Lane,
    Trial,
    Unit,
    expected,
    looked,
)
from gate.units import LANE, properties

LOOK_S = 2.0
"""How often the lane is looked at."""

SETTLE_S = 90.0
"""How long a lane that has just been started is waited for, before it is taken as it is."""

STOP_S = 150.0
"""Longer than TimeoutStopSec= of the unit: whoever has a grant walks through first."""

_UNITS_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|min|h)")


@dataclass(frozen=True, slots=True)
class Services:
    """The lane's daemon on this device."""

    run: Runner
    ask: Callable[[], dict[str, object] | None]
    """Puts `status` to the lane's socket; None where nobody answers."""
    clock: Callable[[], float]
    """Seconds that never jump."""
    pause: Callable[[float], None]

    def unit(self, name: str = LANE) -> Unit:
        """What systemd says of it."""
        return unit_of(properties(self.run, name, "ActiveState", "NRestarts", "WatchdogUSec"))

    def lane(self) -> Lane | None:
        """What it says of itself; None where it does not answer."""
        said = self.ask()
        return None if said is None else lane_of(said)

    def stop(self) -> str | None:
        """End it, after those who have a grant; why not, or None."""
        said = self.run("systemctl", "stop", LANE, timeout_s=STOP_S)
        return None if said.ok else said.why

    def start(self) -> None:
        """Have systemd start it; whether it runs is seen by looking."""
        self.run("systemctl", "reset-failed", LANE, timeout_s=30.0)
        self.run("systemctl", "start", "--no-block", LANE, timeout_s=30.0)

    def settled(self) -> Expected:
        """How the lane is now; one that was started a moment ago is given the time it needs."""
        began = self.clock()
        while True:
            unit, lane = self.unit(), self.lane()
            waits = unit.state == "activating" or (
                unit.active and (lane is None or lane.faults or lane.taken == 0)
            )
            if not waits or self.clock() - began >= SETTLE_S:
                return expected(unit, lane if unit.active else None)
            self.pause(LOOK_S)

    def watch(self, asked: Expected) -> str | None:
        """Look at the lane until it has shown that it works, or not: then why."""
        trial = Trial(asked, self.clock())
        while True:
            self.pause(LOOK_S)
            trial, verdict = looked(trial, self.unit(), self.lane(), self.clock())
            if isinstance(verdict, Failed):
                return verdict.why
            if verdict:
                return None


def unit_of(said: Mapping[str, str]) -> Unit:
    """The unit with these properties; one that nothing is known of has none."""
    restarts = said.get("NRestarts", "")
    return Unit(
        said.get("ActiveState", "unknown"),
        int(restarts) if restarts.isdecimal() else 0,
        span_s(said.get("WatchdogUSec", "")) or WATCHDOG_S,
    )


def span_s(text: str) -> float:
    """Seconds in a span as systemd prints it (systemd.time(7)): `30s`, `1min 30s`; 0 for none."""
    return sum(float(number) * _UNITS_S[unit] for number, unit in _SPAN.findall(text))


def lane_of(said: dict[str, object]) -> Lane:
    """The lane in an answer of `gate status --json`; what is missing there was not seen."""
    frames, taken, faults = said.get("frames"), said.get("taken"), said.get("faults")
    return Lane(
        frames=frames if isinstance(frames, int) else 0,
        taken=taken if isinstance(taken, int) else None,
        faults=frozenset(map(str, faults)) if isinstance(faults, list) else frozenset(),
    )
