"""Commands of the operating system: asked, with an end, and never through a shell."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NOT_FOUND = 127
"""What a shell says of a command that is not there (POSIX, Shell and Utilities 2.8.2)."""

TIMED_OUT = 124
"""What timeout(1) says."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended."""

    code: int
    """Its exit status; below 0 the signal that ended it."""
    out: str
    err: str

    @property
    def ok(self) -> bool:
        """Whether it says that it did what it was asked for."""
        return self.code == 0

    @property
    def why(self) -> str:
        """In one line, why it failed: the last that it said."""
        said = (self.err.strip() or self.out.strip()).splitlines()
        return said[-1].strip() if said else f"exit status {self.code}"


def run(
    *command: str | Path,
    timeout_s: float = 30.0,
    env: Mapping[str, str] | None = None,
    text: str = "",
) -> Finished:
    """Wait for a command; `text` is its input. Never raises for what the command does.

    One that is not there has status 127; one that is not done in time is killed and has 124.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(  # noqa: S603 - a list of words; no shell reads it
            words,
            input=text,
            capture_output=True,
            timeout=timeout_s,
            check=False,
            env=None if env is None else dict(env),
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        return Finished(TIMED_OUT, "", f"{words[0]}: no end within {timeout_s:g} s")
    except OSError as error:
        return Finished(NOT_FOUND, "", f"{words[0]}: {error.strerror}")
    return Finished(done.returncode, done.stdout, done.stderr)
