"""When a release has shown that it works. Pure; what was seen comes in, a verdict goes out.

1. The unit becomes active (the daemon says READY) within `START_S`.
2. Then, for two watchdog periods, it is not started again: the watchdog was fed.
3. Frames come from the camera, and the broker has taken something from it, within `PROOF_S`.
4. No part is lost at the end that was there before.

What did not work before is not asked of the new release: a camera whose cable broke last week would
turn every update into a return to a release that does not see either, the one that mends the
camera among them. What was there is measured just before the trial, by the release that is in
use. And one part is enough to return: who updates cannot know what a site can do without.
"""

from dataclasses import dataclass, field, replace

START_S = 150.0
"""Longer than TimeoutStartSec= of the unit, and what importing takes on a Pi Zero."""

PROOF_S = 90.0
WATCHDOG_S = 30.0
"""Where the unit has none."""

PERIODS = 2


@dataclass(frozen=True, slots=True)
class Expected:
    """What worked before."""

    ran: bool = False
    """The lane was to run: its unit was active, or tried to be. Else there is nothing to watch."""
    answered: bool = False
    """It told how it was."""
    frames: bool = False
    broker: bool = False
    faults: frozenset[str] = field(default_factory=frozenset)
    """Parts that were lost."""


@dataclass(frozen=True, slots=True)
class Lane:
    """What a running lane says of itself (`gate.report`)."""

    frames: int
    """From the camera, since its start."""
    taken: int | None
    """Messages that the broker has acknowledged since; None where it speaks to none."""
    faults: frozenset[str]


@dataclass(frozen=True, slots=True)
class Unit:
    """What systemd says of the service."""

    state: str
    """ActiveState."""
    restarts: int
    watchdog_s: float

    @property
    def active(self) -> bool:
        """It has said READY, and not ended."""
        return self.state in {"active", "reloading"}


@dataclass(frozen=True, slots=True)
class Trial:
    """How far it has come."""

    expected: Expected
    began_at: float
    active_at: float | None = None
    restarts: int = 0
    first_frames: int | None = None
    moved: bool = False
    """Frames have come."""
    taken: bool = False
    lane: Lane | None = None
    """What it said last."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It does not work."""

    why: str


Verdict = Failed | bool
"""True: it works. False: wait."""


def expected(unit: Unit, lane: Lane | None) -> Expected:
    """What may be asked of the next release, from how this one is."""
    if lane is None:
        return Expected(ran=unit.state not in {"inactive", "unknown"})
    return Expected(
        ran=True,
        answered=True,
        frames="camera" not in lane.faults,
        broker=lane.taken is not None and "broker" not in lane.faults,
        faults=lane.faults,
    )


def looked(trial: Trial, unit: Unit, lane: Lane | None, now: float) -> tuple[Trial, Verdict]:
    """What follows from another look at it."""
    if unit.state == "failed":
        return trial, Failed("it ended, and systemd does not start it again (see journalctl)")
    if trial.active_at is None:
        if unit.restarts > 0:
            return trial, Failed("it ended during its start (see journalctl -u gate)")
        if not unit.active:
            late = now - trial.began_at >= START_S
            return trial, Failed(f"not ready within {START_S:.0f} s") if late else False
        trial = replace(trial, active_at=now, restarts=unit.restarts)
    if unit.restarts != trial.restarts or not unit.active:
        return trial, Failed("it ended and was started again (see journalctl -u gate)")
    trial = _with_lane(trial, lane)
    lasted_s = now - (trial.active_at or 0.0)
    if lasted_s < PERIODS * unit.watchdog_s:
        return trial, False
    missing = _missing(trial)
    if not missing:
        return trial, True
    return trial, Failed("; ".join(missing)) if lasted_s >= PROOF_S else False


def _with_lane(trial: Trial, lane: Lane | None) -> Trial:
    if lane is None:
        return replace(trial, lane=None)
    first = lane.frames if trial.first_frames is None else trial.first_frames
    return replace(
        trial,
        first_frames=first,
        moved=trial.moved or lane.frames > first,
        taken=trial.taken or bool(lane.taken),
        lane=lane,
    )


def _missing(trial: Trial) -> list[str]:
    """What worked before and does not now."""
    asked, lane = trial.expected, trial.lane
    if lane is None:
        return ["it does not answer on its socket (gate status)"] if asked.answered else []
    missing = ["no frames from the camera"] if asked.frames and not trial.moved else []
    if asked.broker and not trial.taken:
        missing.append("the broker has acknowledged nothing")
    if asked.answered:
        missing += [f"lost: {part}" for part in sorted(lane.faults - asked.faults)]
    return missing
