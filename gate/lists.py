"""Keys and revocations while their files change: what is in force, and what may take over.

A thread of its own looks at the files every second and reads what has changed, so that the deciding
thread never reads a file. The last good list stays in force where a new one is bad or older than
what has been in force before; that is told once, and once when it is good again.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gate.keys import KeysError, KeySet, load_keys
from gate.model import Monotonic, Utc
from gate.revocations import Revocations, RevocationsError, load_revocations

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Versions:
    """The highest version of each list that has ever been in force here."""

    keys: int = 0
    revoked: int = 0

    def raised(self, by: "Versions") -> "Versions":
        """The higher one of each."""
        return Versions(max(self.keys, by.keys), max(self.revoked, by.revoked))


@dataclass(frozen=True, slots=True)
class Lists:
    """What passes are checked with."""

    keys: KeySet
    revoked: Revocations

    @property
    def versions(self) -> Versions:
        """The versions of these lists."""
        return Versions(self.keys.version, self.revoked.version)


@dataclass(frozen=True, slots=True)
class Files:
    """Where the lists are."""

    keys: Path
    revoked: Path | None


def read_lists(files: Files, highest: Versions, now: Utc) -> Lists:
    """The lists in their files. Raises KeysError or RevocationsError, also for older ones."""
    lists = Lists(load_keys(files.keys), load_revocations(files.revoked, now))
    if lists.keys.version < highest.keys:
        raise KeysError(_older(files.keys, lists.keys.version, highest.keys))
    if lists.revoked.version < highest.revoked:
        raise RevocationsError(_older(files.revoked, lists.revoked.version, highest.revoked))
    return lists


class ListKeeper:
    """The thread. `on_new` hears of the lists in force at the start, and of those that take over.

    `on_crash` hears of a bug, which ends the thread.
    """

    def __init__(
        self,
        files: Files,
        in_force: Lists,
        highest: Versions,
        *,
        clock: Callable[[], Monotonic],
        utc: Callable[[], Utc],
        on_new: Callable[[Lists], None],
        on_crash: Callable[[BaseException], None],
    ) -> None:
        self._files = files
        self._in_force = in_force
        self._highest = highest.raised(in_force.versions)
        self._clock = clock
        self._utc = utc
        self._on_new = on_new
        self._on_crash = on_crash
        self._seen = _signatures(files)
        self._refused = ""
        self._alive_at = clock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lists", daemon=True)

    @property
    def alive_at(self) -> Monotonic:
        """When the thread last went round; every second."""
        return self._alive_at

    @property
    def state(self) -> str:
        """`in force`, or why the lists in the files are refused."""
        return f"refused: {self._refused}" if self._refused else "in force"

    def start(self) -> None:
        """Begin to look; once."""
        self._on_new(self._in_force)
        self._thread.start()

    def stop(self) -> None:
        """End; a second time is fine."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Read the files where they have changed since the last look."""
        signatures = _signatures(self._files)
        if signatures == self._seen:
            return
        self._seen = signatures
        try:
            lists = read_lists(self._files, self._highest, self._utc())
        except (KeysError, RevocationsError) as error:
            self._refused = str(error)
            log.error("the lists in force stay: %s", error)  # noqa: TRY400 - no bug: the text says it all
            return
        if self._refused:
            log.warning("the lists in the files are good again")
            self._refused = ""
        if lists != self._in_force:
            log.warning("new lists are in force: %s", lists.versions)
            self._in_force = lists
            self._highest = self._highest.raised(lists.versions)
            self._on_new(lists)

    def _run(self) -> None:
        try:
            while not self._stopping.wait(LOOK_EVERY_S):
                self._alive_at = self._clock()
                self.look()
        except Exception as bug:
            self._on_crash(bug)


def _older(path: Path | None, version: int, highest: int) -> str:
    return (
        f"{path}: version {version} is older than {highest}, which has been in force here. Bring"
        " the newest one, or write it anew with a higher version."
    )


def _signatures(files: Files) -> list[tuple[int, int, int] | None]:
    return [_signature(path) for path in (files.keys, files.revoked) if path is not None]


def _signature(path: Path) -> tuple[int, int, int] | None:
    """What changes when somebody writes or replaces the file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
