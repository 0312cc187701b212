"""`gate doctor --inside`: the same examination in the daemon's sandbox."""

import os
import sys
from pathlib import Path

from gate.doctor.sandbox import SandboxError, command
from gate.process import Runner
from gate.units import LANE

LONGEST_S = 60.0


def examined_inside(
    config: Path, *, json_: bool, verbose: bool, run: Runner, euid: int | None = None
) -> tuple[int, str]:
    """Exit code and output of `gate doctor` there. Raises SandboxError."""
    if (os.geteuid() if euid is None else euid) != 0:
        raise SandboxError("only root may take another user's place: sudo gate doctor --inside")
    unit = run("systemctl", "cat", LANE, timeout_s=5.0)
    if not unit.ok:
        raise SandboxError(f"systemd does not know {LANE} here ({unit.why})")
    words: list[str | Path] = [sys.executable, "-m", "gate", "doctor", "--within"]
    words += ["--config", config]
    words += ["--json"] if json_ else []
    words += ["--verbose"] if verbose else []
    done = run(*command(unit.out, words), timeout_s=LONGEST_S)
    if done.code not in {0, 1, 2} or not done.out:
        raise SandboxError(f"systemd-run does not start it ({done.why})")
    return done.code, done.out
