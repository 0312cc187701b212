"""What the writer is asked to do, and which of it may wait. No disk here."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from gate.elsewhere import Heard
from gate.events import Record
from gate.kept import Kept
from gate.lists import Versions
from gate.model import Monotonic, Utc
from gate.temperature.upkeep import Remembered

HOLD_S = 5.0
"""How long what others told may wait for a record to go to disk with."""


@dataclass(frozen=True, slots=True)
class Write:
    """A record, and when it happened."""

    record: Record
    at: Utc


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Central has the events of this epoch up to here."""

    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class Note:
    """The lists in force."""

    versions: Versions


@dataclass(frozen=True, slots=True)
class Keep:
    """A word of central's."""

    word: Kept


@dataclass(frozen=True, slots=True)
class Remember:
    """What is known of the thermometer and its people."""

    known: Remembered


@dataclass(frozen=True, slots=True)
class Mark:
    """The next opening begins a new epoch; `then` is called when that is on disk."""

    then: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Hear:
    """What other gates told of visits."""

    heard: Heard


@dataclass(frozen=True, slots=True)
class Flush:
    """Somebody waits until all before it is on disk."""

    done: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Stop:
    """The last task."""


Task = Write | Acknowledge | Note | Keep | Remember | Mark | Hear | Flush | Stop


class Holding:
    """Keeps what can wait until something else goes to disk, so that it costs no flush."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: list[Task] = []
        self._since = Monotonic(0.0)

    def release(self, tasks: list[Task], now: Monotonic) -> list[Task]:
        """What is to be written now, in its order; nothing while there is time."""
        if all(isinstance(task, Hear | Remember) for task in tasks):
            if not self._held:
                self._since = now
            self._held += tasks
            if now < self._since + HOLD_S and len(self._held) < self._most:
                return []
            tasks = []
        held, self._held = self._held, []
        return [*held, *tasks]
