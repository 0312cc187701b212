"""What the kernel says of a process: memory, threads, open files."""

from dataclasses import dataclass
from pathlib import Path

SLACK_MB = 8.0
"""What a heap gains and loses again by itself."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """One process at one moment."""

    memory_mb: float
    """Resident (VmRSS)."""
    peak_mb: float
    """The most that was resident so far (VmHWM)."""
    threads: tuple[str, ...]
    """Their names, sorted."""
    files: int
    """Open file descriptors."""

    def holds(self, later: "Vitals") -> bool:
        """Whether a process that was so has lost no thread, leaks no file, and is as large."""
        return (
            later.threads == self.threads
            and later.files <= self.files
            and later.memory_mb <= self.memory_mb + SLACK_MB
        )

    def __str__(self) -> str:
        return f"{self.memory_mb:.1f} MB, {len(self.threads)} threads, {self.files} files"


def vitals_of(pid: int) -> Vitals:
    """proc(5). Raises OSError where there is no such process."""
    root = Path(f"/proc/{pid}")
    fields = dict(
        line.split(":", 1) for line in (root / "status").read_text(encoding="utf-8").splitlines()
    )
    return Vitals(
        memory_mb=_megabytes(fields["VmRSS"]),
        peak_mb=_megabytes(fields["VmHWM"]),
        threads=tuple(
            sorted(
                (task / "comm").read_text(encoding="utf-8").strip()
                for task in (root / "task").iterdir()
            )
        ),
        files=sum(1 for _ in (root / "fd").iterdir()),
    )


def _megabytes(kilobytes: str) -> float:
    return int(kilobytes.split(maxsplit=1)[0]) / 1024
