"""The writer: the one thread that writes to the database.

The deciding thread hands over a record and goes on; it learns by `on_stored` that a grant is on
disk. Records that wait together go into one transaction (one flush of the disk for all of them).
When the disk does not take them, nothing is dropped: the same records are tried again, in their
order, until it does.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from gate.elsewhere import Heard
from gate.events import Record, RecordGrant
from gate.kept import Kept
from gate.lists import Versions
from gate.model import GrantId, Monotonic, Utc
from gate.schema import DiskError
from gate.store import NO_VERSIONS, Change, Store
from gate.tasks import (
    Acknowledge,
    Flush,
    Hear,
    Holding,
    Keep,
    Mark,
    Note,
    Remember,
    Stop,
    Task,
    Write,
)
from gate.temperature.upkeep import Remembered

ForTheDisk = Hear | Write | Keep | Remember
"""What changes rows, in its order."""

BATCH = 64
"""Records in one transaction, at most."""

FIRST_RETRY_S = 0.2
LAST_RETRY_S = 5.0


@dataclass(frozen=True, slots=True)
class Retention:
    """How long rows are kept (`[store]` in the configuration)."""

    keep_visits_s: float = 3600.0
    """After the pass has expired."""
    retain_s: float = 30 * 86400.0
    """Ended grants, and events where nobody acknowledges them."""
    by_age: bool = True
    """Nobody acknowledges: events go by their age. Else they wait for central, however long."""
    purge_every_s: float = 3600.0


class Writer:
    """Carries records to the disk. Every `on_...` is called on the writer's thread."""

    def __init__(
        self,
        *,
        store: Store,
        retention: Retention,
        clock: Callable[[], Monotonic],
        purge_at: Callable[[], Utc | None],
        on_stored: Callable[[GrantId], None],
        on_written: Callable[[int], None],
        on_lost: Callable[[str], None],
        on_back: Callable[[], None],
        on_crash: Callable[[BaseException], None],
        idle_s: float = 0.5,
    ) -> None:
        """`purge_at` is the wall clock, None while it is unsure: then nothing is purged.

        `on_stored` says that a grant is on disk, `on_written` the highest event number on disk;
        `on_lost` (with the reason) and `on_back` are said once each; `on_crash` ends the thread.
        After `idle_s` without a record it shows that it is alive and looks whether to purge.
        """
        self._store = store
        self._retention = retention
        self._clock = clock
        self._purge_at = purge_at
        self._on_stored = on_stored
        self._on_written = on_written
        self._on_lost = on_lost
        self._on_back = on_back
        self._on_crash = on_crash
        self._idle_s = idle_s
        self._tasks: SimpleQueue[Task] = SimpleQueue()
        self._giving_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._holding = Holding(BATCH)
        self._sent = 0
        self._told = False
        self._lost = False
        self._next_purge_at = clock()
        self._alive_at = clock()

    @property
    def alive_at(self) -> Monotonic:
        """When the thread last went round; while the disk is lost at most every 5 seconds."""
        return self._alive_at

    def start(self) -> None:
        """Begin to write; once."""
        self._thread.start()

    def submit(self, record: Record, at: Utc) -> None:
        """Hand over one record that happened at `at`. Never waits."""
        self._tasks.put(Write(record, at))

    def acknowledge(self, epoch: str, seq: int) -> None:
        """Central has all events up to `seq` of this epoch on its disk. Never waits."""
        self._tasks.put(Acknowledge(epoch, seq))

    def note_sent(self, seq: int) -> None:
        """The broker has taken all events up to `seq`. Never waits.

        Goes to disk with the next record: after a power cut the last events may be sent twice,
        and the card is not worn for it.
        """
        self._sent = max(self._sent, seq)

    def note_told(self) -> None:
        """The broker has taken totals or events since the start. Never waits.

        Goes to disk with the next record, or at the end.
        """
        self._told = True

    def mark_behind(self, then: Callable[[], None]) -> None:
        """Have the next opening begin a new epoch; `then` is called when that is on disk."""
        self._tasks.put(Mark(then))

    def note_versions(self, versions: Versions) -> None:
        """These lists are in force. Never waits."""
        self._tasks.put(Note(versions))

    def keep(self, name: str, version: int, payload: bytes) -> None:
        """A word of central's that is in force, for the next start. Never waits.

        When it is on disk, `on_written` is called.
        """
        self._tasks.put(Keep(Kept(name, version, payload)))

    def remember(self, known: Remembered) -> None:
        """What is known of the thermometer and its people, for the next start. Never waits."""
        self._tasks.put(Remember(known))

    def hear(self, heard: Heard) -> None:
        """What others told of visits. Never waits.

        Goes to disk with the next record, or after a while: what a power cut takes is asked for
        again (`gate.neighbours`), and the card is not worn for it.
        """
        self._tasks.put(Hear(heard))

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was handed over before is on disk; False when time is up.

        Something is written in any case, so that the disk shows whether it takes anything.
        """
        flush = Flush()
        self._tasks.put(flush)
        return flush.done.wait(timeout_s)

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Write what is waiting and end; False where the disk did not take it in time."""
        if not self._thread.is_alive():
            return self._tasks.empty()
        self._tasks.put(Stop())
        self._thread.join(timeout_s)
        all_on_disk = not self._thread.is_alive()
        self._giving_up.set()
        self._thread.join(2 * FIRST_RETRY_S)
        return all_on_disk

    def _run(self) -> None:
        try:
            while self._round():
                pass
        except Exception as bug:
            self._on_crash(bug)

    def _round(self) -> bool:
        """Write what is waiting; False when it is time to end."""
        self._alive_at = self._clock()
        tasks = self._holding.release(self._waiting(), self._clock())
        if not tasks:
            self._purge_if_due()
        elif not self._write_until_taken(tasks):
            return False
        for task in tasks:
            if isinstance(task, Flush):
                task.done.set()
        return not any(isinstance(task, Stop) for task in tasks)

    def _write_until_taken(self, tasks: list[Task]) -> bool:
        """One transaction for all of `tasks`; False when told to give up while the disk fails."""
        retry_s = FIRST_RETRY_S
        while True:
            try:
                self._write(tasks)
            except DiskError as fault:
                self._say_lost(str(fault))
            else:
                return True
            if self._giving_up.wait(retry_s):
                return False
            retry_s = min(2 * retry_s, LAST_RETRY_S)
            self._alive_at = self._clock()

    def _write(self, tasks: list[Task]) -> None:
        changes = [_change_of(task) for task in tasks if isinstance(task, ForTheDisk)]
        records = [task.record for task in tasks if isinstance(task, Write)]
        acknowledged = [(task.epoch, task.seq) for task in tasks if isinstance(task, Acknowledge)]
        noted = [task.versions for task in tasks if isinstance(task, Note)]
        words = [task.word for task in tasks if isinstance(task, Keep)]
        marks = [task for task in tasks if isinstance(task, Mark)]
        flushing = any(isinstance(task, Flush) for task in tasks)
        seq = self._store.apply_all(
            changes,
            acknowledged=acknowledged,
            sent=self._sent,
            versions=noted[-1] if noted else NO_VERSIONS,
            told=self._told,
            behind=bool(marks),
            prove=flushing,
        )
        self._say_back()
        for record in records:
            if isinstance(record, RecordGrant):
                self._on_stored(record.grant)
        if records or words:
            self._on_written(seq)
        for mark in marks:
            mark.then()

    def _waiting(self) -> list[Task]:
        """The tasks that are there already; none after an idle while."""
        tasks: list[Task] = []
        try:
            tasks.append(self._tasks.get(timeout=self._idle_s))
            while len(tasks) < BATCH:
                tasks.append(self._tasks.get_nowait())
        except Empty:
            pass
        return tasks

    def _purge_if_due(self) -> None:
        now, wall = self._clock(), self._purge_at()
        if now < self._next_purge_at or wall is None:
            return
        keep = self._retention
        try:
            purged = self._store.purge(
                wall,
                keep_visits_s=keep.keep_visits_s,
                retain_s=keep.retain_s,
                by_age=keep.by_age,
            )
        except DiskError as fault:
            self._say_lost(str(fault))
            return
        self._say_back()
        if not purged.more:
            self._next_purge_at = Monotonic(now + keep.purge_every_s)

    def _say_lost(self, reason: str) -> None:
        if not self._lost:
            self._lost = True
            self._on_lost(reason)

    def _say_back(self) -> None:
        if self._lost:
            self._lost = False
            self._on_back()


def _change_of(task: ForTheDisk) -> Change:
    match task:
        case Write(record, at):
            return record, at
        case Hear(heard):
            return heard
        case Keep(word):
            return word
        case Remember(known):
            return known
