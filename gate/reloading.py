"""The configuration file while the daemon runs: is it the one in force, and may it take over?

A changed file changes nothing by itself. Asked to reload, the gate looks at the whole new file
first, with the lists it names: where anything is wrong, everything stays as it is, and the answer
says what. Where all is good the daemon drains, closes its parts and opens them again, the relay
inactive meanwhile.
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from gate.config import Config, ConfigError, load
from gate.keys import KeysError
from gate.lists import Versions, read_keys, read_others, read_revoked, signature
from gate.revocations import RevocationsError

DISK = "the disk takes nothing now: what waits in memory would be lost. Mend it first (gate status)"


ANY = Versions()


def operators(config: Config) -> Path | None:
    """The file with the keys of those who may send commands; None where none can come."""
    return config.mqtt.operators if config.mqtt.enabled else None


def unusable_lists(config: Config, highest: Versions = ANY) -> Iterator[str]:
    """What is wrong with the keys and revocations that a good configuration names.

    `highest` are the versions that have been in force; where nobody knows, any will do.
    """
    try:
        read_keys(config.passes.keys, highest.keys)
    except KeysError as error:
        yield f"passes.keys: {error}"
    for key, path in (("passes.root", config.passes.root), ("mqtt.operators", operators(config))):
        try:
            read_others(path)
        except KeysError as error:
            yield f"{key}: {error}"
    try:
        read_revoked(config.passes.revoked, highest.revoked)
    except RevocationsError as error:
        yield f"passes.revoked: {error}"


class Reloading:
    """Belongs to whoever asks: any thread, one at a time."""

    def __init__(self, file: Path, in_force: Config, *, on_good: Callable[[], None]) -> None:
        """`on_good` ends the control loop; what is to come then stands in `accepted`."""
        self._file = file
        self._in_force = in_force
        self._on_good = on_good
        self._lock = threading.Lock()
        self._seen = signature(file)
        self._state = "in force"
        self.disk_takes: Callable[[], bool] = lambda: True
        """Whether everything is on disk, and more could be; set once there is a writer."""
        self.highest: Callable[[], Versions] = lambda: ANY
        """The highest versions of the lists that have been in force; set once they are known."""
        self.accepted: Config | None = None
        """The configuration to go on with, once there is one."""

    def state(self) -> str:
        """`in force`, `changed` (a reload would take the file over) or `refused` (it would not)."""
        with self._lock:
            found = signature(self._file)
            if found != self._seen:
                self._seen = found
                self._look()
            return self._state

    def ask(self, first: Callable[[], None] = lambda: None) -> list[str]:
        """Take the file over; everything that is wrong with it, nothing where it is good.

        `first` is called before the loop is ended: what it puts on the inbox is still dealt with.
        """
        with self._lock:
            config, problems = self._look()
            if config is not None and not self.disk_takes():
                return [DISK]
            if config is not None:
                self.accepted = config
                first()
                self._on_good()
            return problems

    def _look(self) -> tuple[Config | None, list[str]]:
        try:
            config = load(self._file)
        except ConfigError as error:
            problems = [f"{it.path}: {it.what}. {it.suggestion}" for it in error.problems]
        else:
            problems = list(unusable_lists(config, self.highest()))
            self._state = "in force" if config == self._in_force else "changed"
        if problems:
            self._state = "refused"
            return None, problems
        return config, []
