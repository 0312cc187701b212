"""What the kernel says of a process (proc(5)), and how many files one may open."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
SPARE_FILES = 100
"""Beside the connections: logs, the database, what Python has open."""


class FilesError(Exception):
    """The system does not allow so many open files; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """One process at one moment."""

    memory_mb: float
    """Resident."""
    cpu_s: float
    """Since it began."""


def vitals(pid: int) -> Vitals:
    """Raises OSError where there is no such process."""
    root = Path(f"/proc/{pid}")
    # The name, in brackets, may have spaces and brackets in it; behind it come the numbers.
    numbers = (root / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    user, system = int(numbers[11]), int(numbers[12])
    pages = int((root / "statm").read_text(encoding="utf-8").split()[1])
    memory = pages * resource.getpagesize()
    return Vitals(memory_mb=memory / 2**20, cpu_s=(user + system) / TICKS_A_SECOND)


def machine() -> Vitals:
    """All processes together; only their time."""
    first = Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()
    user, nice, system, _idle, _waits, irq, softirq = (int(it) for it in first[1:8])
    return Vitals(0.0, (user + nice + system + irq + softirq) / TICKS_A_SECOND)


def allow_files(connections: int) -> None:
    """Raise the limit of open files as far as that needs, here and for processes started from here.

    Raises FilesError.
    """
    needed = connections + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY in {soft, hard} or needed <= soft:
        return
    if needed > hard:
        raise FilesError(
            f"{connections} connections need {needed} open files, and {hard} are allowed here."
            f" Raise the limit (as root: prlimit --nofile={needed} gate load ..., or LimitNOFILE="
            " in a unit), or take fewer gates."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
