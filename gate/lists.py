"""Keys and revocations while their files change: what is in force, and what may take over.

A thread of its own looks at the files every second and reads what has changed, so that the deciding
thread never reads a file. The last good list stays in force where a new one is bad or older than
what has been in force before; that is told once, and once when it is good again. Each list for
itself: bad keys keep no revocation away.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from gate.keys import KeysError, KeySet, load_keys
from gate.model import Monotonic
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


def read_keys(path: Path, highest: int) -> KeySet:
    """The keys at `path`. Raises KeysError, also where their version is below the `highest`."""
    keys = load_keys(path)
    if keys.version < highest:
        raise KeysError(_older(path, keys.version, highest))
    return keys


def read_revoked(path: Path | None, highest: int) -> Revocations:
    """The list at `path`; an empty one without a path, whatever there was before.

    Raises RevocationsError, also where its version is below the `highest`.
    """
    revoked = load_revocations(path)
    if path is not None and revoked.version < highest:
        raise RevocationsError(_older(path, revoked.version, highest))
    return revoked


def read_others(path: Path | None) -> KeySet:
    """Keys that sign no passes: the site's, or operators'. None at all without a path.

    Raises KeysError.
    """
    return KeySet() if path is None else load_keys(path)


def read_lists(files: Files, highest: Versions) -> Lists:
    """The lists in their files. Raises KeysError or RevocationsError, also for older ones."""
    return Lists(read_keys(files.keys, highest.keys), read_revoked(files.revoked, highest.revoked))


List = TypeVar("List", KeySet, Revocations)


class _Watched(Generic[List]):
    """One file, and why what is in it is refused."""

    def __init__(self, path: Path, read: Callable[[Path, int], List]) -> None:
        self.refused = ""
        self._path = path
        self._read: Callable[[Path, int], List] = read
        self._seen: tuple[int, ...] | None = None
        """None at first: the file may have changed since it was read at the start."""

    def look(self, in_force: List) -> List:
        """The list in the file where that has changed and is good, else the one in force."""
        # The signature first: what is written after it shows at the next look. A file that is
        # away has none, and is tried again each time.
        found = signature(self._path)
        if found is not None and found == self._seen:
            return in_force
        try:
            fresh = self._read(self._path, in_force.version)
        except (KeysError, RevocationsError) as error:
            unreadable = isinstance(error.__cause__, OSError)
            self._seen = None if unreadable else found
            self._refuse(str(error))
            return in_force
        self._seen = found
        if self.refused:
            log.warning("%s is good again", self._path)
            self.refused = ""
        return fresh

    def _refuse(self, why: str) -> None:
        if why != self.refused:
            log.error("the list in force stays: %s", why)
        self.refused = why


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
        on_new: Callable[[Lists], None],
        on_crash: Callable[[BaseException], None],
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._keys = _Watched(files.keys, read_keys)
        self._revoked = _Watched(files.revoked, read_revoked) if files.revoked else None
        self._in_force = in_force
        self._highest = highest.raised(in_force.versions)
        self._clock = clock
        self._on_new = on_new
        self._on_crash = on_crash
        self._look_every_s = look_every_s
        self._alive_at = clock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lists", daemon=True)

    @property
    def alive_at(self) -> Monotonic:
        """When the thread last went round; every second."""
        return self._alive_at

    @property
    def highest(self) -> Versions:
        """The highest versions that have ever been in force; safe to read from any thread."""
        return self._highest

    @property
    def state(self) -> str:
        """`in force`, or why the lists in the files are refused."""
        files = (self._keys, self._revoked)
        refused = [file.refused for file in files if file and file.refused]
        return f"refused: {'; '.join(refused)}" if refused else "in force"

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
        before = self._in_force
        keys = self._keys.look(before.keys)
        revoked = self._revoked.look(before.revoked) if self._revoked else before.revoked
        lists = Lists(keys, revoked)
        if lists != before:
            log.info("new lists are in force: %s", lists.versions)
            self._in_force = lists
            self._highest = self._highest.raised(lists.versions)
            self._on_new(lists)

    def _run(self) -> None:
        try:
            while not self._stopping.wait(self._look_every_s):
                self._alive_at = self._clock()
                self.look()
        except Exception as bug:
            self._on_crash(bug)


def _older(path: Path, version: int, highest: int) -> str:
    return (
        f"{path}: version {version} is older than {highest}, which has been in force here. Bring"
        " the newest one, or write it anew with a higher version."
    )


def signature(path: Path) -> tuple[int, ...] | None:
    """What changes when somebody writes or replaces the file, or lets others read it.

    None where there is none.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
