"""What the stories have in common: lanes that are like the simulated one but for some settings."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from gate.commands.simulate.stage import Stage

SIMULATED = Path(__file__).parents[2] / "config" / "simulated.toml"
SETTLE_S = 20.0
PATIENCE_S = 10.0
WELL_C = 36.2
KEY, ATTENDANT = 26, 25

Staged = Callable[..., Stage]


def events(stage: Stage, kind: str) -> list[dict[str, object]]:
    """All of a kind that the listener heard, in their order."""
    return [event for event in stage.tally.events() if event["k"] == kind]


def eventually(stage: Stage, seen: Callable[[], bool]) -> bool:
    """Whether it comes to this, before patience ends."""
    return stage.wait_until(seen, PATIENCE_S)


def gate(stage: Stage, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of `gate`, for this lane."""
    command = [sys.executable, "-m", "gate", *words, "--config", str(stage.file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
