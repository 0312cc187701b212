"""What the gate needs of a command of the operating system: `drivers.process.run` is it.

Whoever asks commands is handed a `Runner`; a test hands in one that has its answers ready. The
standard library alone: `gate.releases` goes by it before anything is installed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class Finished(Protocol):
    """How a command ended."""

    @property
    def code(self) -> int:
        """Its exit status; below 0 the signal that ended it."""

    @property
    def out(self) -> str:
        """What it printed."""

    @property
    def ok(self) -> bool:
        """Whether it says that it did what it was asked for."""

    @property
    def why(self) -> str:
        """In one line, why it failed."""


class Runner(Protocol):
    """Waits for a command; never raises for what that does."""

    def __call__(
        self,
        *command: str | Path,
        timeout_s: float = 30.0,
        env: Mapping[str, str] | None = None,
    ) -> Finished:
        """Run it, for at most so long; without `env` it has ours."""
