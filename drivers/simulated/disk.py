"""A disk that can be broken: it stands between SQLite and the operating system.

Product code opens its database as always. While a `SimulatedDisk` is in place, the files in its
directory meet its fault, and everything that is done to them can be written down.
"""

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from drivers.simulated import vfs

Fault = Literal["slow", "full", "read_only", "failing"]
"""Each sync takes `slow_s`; nothing can be written; mounted read-only, as the kernel does when a
card makes errors (and then a write to an open file is an error like any other); each sync fails."""

WRITE_FAULTS: dict[Fault | None, int] = {
    "full": sqlite3.SQLITE_FULL,
    "read_only": sqlite3.SQLITE_IOERR_WRITE,
}


@dataclass(frozen=True, slots=True)
class Wrote:
    """These bytes were written at this offset."""

    file: str
    at: int
    contents: bytes


@dataclass(frozen=True, slots=True)
class Truncated:
    """What was beyond `size` bytes was cut off."""

    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Synced:
    """Everything written to the file so far is on the disk."""

    file: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """The file has gone; not `durable`: a power cut may bring it back."""

    file: str
    durable: bool


Change = Wrote | Truncated | Synced | Deleted


class SimulatedDisk:
    """The disk below the database files in `folder`, from now until `close`.

    `fault` and `recorder` may be set from any thread. The recorder gets every change after it has
    happened, in the thread that made it; files are named without their directory.
    Raises vfs.TapError where this Python's SQLite cannot be reached.
    """

    def __init__(
        self,
        folder: Path,
        *,
        slow_s: float = 2.0,
        recorder: Callable[[Change], None] | None = None,
    ) -> None:
        self.slow_s = slow_s
        self.recorder = recorder
        self._folder = folder
        self._fault: Fault | None = None
        self._mended = threading.Event()
        vfs.install(folder, self)

    @property
    def fault(self) -> Fault | None:
        """What is wrong with the disk; None: nothing. A slow sync ends when it is mended."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._fault = fault
        if fault == "slow":
            self._mended.clear()
        else:
            self._mended.set()

    def close(self) -> None:
        """Mend it, and leave files that are opened from now on alone; a second time is fine.

        Connections that are open stay with this disk.
        """
        self.fault = None
        vfs.uninstall(self._folder, self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    # --- what SQLite asks for ----------------------------------------------------------------

    def open(self, _file: str, flags: int, go: Callable[[int], int]) -> int:
        """Opening on a read-only disk gives no more than reading, and makes no file."""
        if self._fault == "read_only":
            writing = vfs.OPEN_READWRITE | vfs.OPEN_CREATE
            return go((flags & ~writing) | vfs.OPEN_READONLY)
        return go(flags)

    def write(self, file: str, at: int, contents: bytes, go: Callable[[], int]) -> int:
        """A full disk takes none, not even over what is there: cards and log-structured file
        systems need room for that too.
        """
        refused = WRITE_FAULTS.get(self._fault)
        return self._noted(go(), Wrote(file, at, contents)) if refused is None else refused

    def truncate(self, file: str, size: int, go: Callable[[], int]) -> int:
        """A full disk lets go of what it has; a read-only one does not."""
        if self._fault == "read_only":
            return sqlite3.SQLITE_IOERR_TRUNCATE
        return self._noted(go(), Truncated(file, size))

    def sync(self, file: str, go: Callable[[], int]) -> int:
        """The moment at which a disk shows what it is worth."""
        if self._fault == "failing":
            return sqlite3.SQLITE_IOERR_FSYNC
        if self._fault == "slow":
            self._mended.wait(self.slow_s)
        return self._noted(go(), Synced(file))

    def delete(self, file: str, go: Callable[[], int], *, durable: bool) -> int:
        """A full disk lets go of what it has; a read-only one does not."""
        if self._fault == "read_only":
            return sqlite3.SQLITE_IOERR_DELETE
        return self._noted(go(), Deleted(file, durable))

    def _noted(self, code: int, change: Change) -> int:
        if code == vfs.OK and self.recorder is not None:
            self.recorder(change)
        return code
