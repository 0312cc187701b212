"""One lane of a simulation: its daemon, its database, and the world around it.

Everything is real but the wires: `gate run` as a process of its own, its database on disk. The
world outlives the daemon, so that it can be killed.
"""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from types import MappingProxyType
from typing import Any, Self

from drivers.simulated.broker import Broker
from drivers.simulated.tally import Tally
from drivers.simulated.visitors import Visitors
from drivers.simulated.world import World
from gate.commands.simulate.adapting import Changes, StageError, adapt, read_base, wiring_of
from gate.commands.simulate.issuer import Issuer
from gate.config import Config, load
from gate.model import Utc
from gate.status import answer_of, ask

READY_S = 30.0
END_S = 10.0
QUIET_S = 0.4
LOOK_EVERY_S = 0.1


class Lane:
    """A lane in `folder`, from the configuration at `base` with `changes`; a context manager.

    Its world is there from the beginning, its daemon within the context. `environ` is added to the
    daemon's environment.
    """

    def __init__(
        self,
        base: Path,
        folder: Path,
        *,
        broker: Broker,
        issuer: Issuer,
        changes: Changes = MappingProxyType({}),
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.folder = folder
        self.broker = broker
        self.file = adapt(
            read_base(base), folder, port=broker.port, keys=issuer.keys, changes=changes
        )
        self.config: Config = load(self.file)
        assert self.config.simulation, "the adapted file has one"  # noqa: S101
        self.database = self.config.gate.data_dir / "gate.db"
        self._issuer = issuer
        self._environ = {**os.environ, **environ}
        self._daemon: subprocess.Popen[bytes] | None = None
        wiring = wiring_of(self.config)
        self.world = World(self.config.simulation.wires)
        self.visitors = Visitors(self.world, wiring)
        self.world.drive(wiring.rest)

    def __enter__(self) -> Self:
        try:
            self.start_daemon()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the daemon, and let the world disappear; a second time is fine."""
        self.stop_daemon()
        self.world.close()

    @property
    def id(self) -> str:
        """The gate's."""
        return self.config.gate.id

    def start_daemon(self) -> None:
        """Start the lane and wait until it is attached to the wires and answers."""
        self.launch_daemon()
        self.await_daemon()

    def launch_daemon(self) -> None:
        """Start the lane's process, and no more."""
        command = [sys.executable, "-m", "gate", "run", "--config", str(self.file)]
        with (self.folder / "gate.log").open("ab") as log:
            self._daemon = subprocess.Popen(  # noqa: S603 - ourselves
                command,
                stdout=log,
                stderr=log,
                env=self._environ,
                process_group=0,  # Ctrl-C is for the simulation, which ends it in order
            )

    def await_daemon(self) -> None:
        """Wait until the lane that was launched is attached to the wires and answers."""
        assert self._daemon, "launched before"  # noqa: S101
        end = monotonic() + READY_S
        while not (self.world.attached() and self.status()):
            if monotonic() > end or self._daemon.poll() is not None:
                raise StageError(f"the lane did not start: {self.last_words()}")
            sleep(LOOK_EVERY_S)

    @property
    def daemon_pid(self) -> int:
        """The process of the running daemon."""
        assert self._daemon, "it has ended already"  # noqa: S101 - a mistake of the caller
        return self._daemon.pid

    def kill_daemon(self) -> int | None:
        """kill -9; returns the exit code, which is another one where the lane had ended before."""
        return self._end(signal.SIGKILL)

    def stop_daemon(self) -> int | None:
        """SIGTERM; returns its exit code."""
        return self._end(signal.SIGTERM)

    def signal_daemon(self, number: signal.Signals) -> None:
        """Send a signal to the running daemon."""
        assert self._daemon, "nobody is there to hear it"  # noqa: S101 - a mistake of the caller
        self._daemon.send_signal(number)

    def daemon_ends(self, timeout_s: float) -> int:
        """Wait for its end; returns its exit code."""
        assert self._daemon, "it has ended already"  # noqa: S101 - a mistake of the caller
        return self._daemon.wait(timeout_s)

    def status(self) -> dict[str, Any] | None:
        """What the lane says of itself; None while it does not answer."""
        return answer_of(self.config.status_socket) or None

    def says(self, key: str, value: object) -> bool:
        """Whether the lane answers, and says this of itself."""
        status = self.status()
        return status is not None and status[key] == value

    def is_lost(self, part: str) -> bool:
        """Whether the lane answers, and says that it has lost this part."""
        status = self.status()
        return status is not None and part in status["faults"]

    def wait_until(self, seen: Callable[[], bool], timeout_s: float) -> bool:
        """Look again and again; False when time is up."""
        return wait_until(seen, timeout_s)

    def recount(self) -> None:
        """Somebody counts the people inside."""
        ask(self.config.status_socket, "recount")

    def a_pass(
        self,
        party: int = 1,
        *,
        hours: float = 4.0,
        venue: str | None = None,
        staff: bool = False,
        assisted: bool = False,
        forged: bool = False,
    ) -> str:
        """A pass of this venue, valid now; with negative hours one that has expired."""
        return self._issuer.a_pass(
            party,
            venue=venue or self.config.gate.venue,
            now=Utc(self.world.now()),
            hours=hours,
            staff=staff,
            assisted=assisted,
            forged=forged,
        )

    def on_disk(self) -> tuple[int, int]:
        """People in and out by the totals in the database."""
        entered, left = self._ask_disk("SELECT entered, departed FROM totals")
        return entered, left

    def has_counted_all(self) -> bool:
        """Whether everybody who walked is on disk."""
        return self.on_disk() == (self.visitors.walked["in"], self.visitors.walked["out"])

    def has_told_all(self, tally: Tally) -> bool:
        """Whether all that is on disk was heard, and acknowledged."""
        status = self.status()
        (newest,) = self._ask_disk(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'events'"
        )
        return (
            status is not None
            and status["backlog"] == 0
            and tally.reached(self.id) == newest
            and self.on_disk() == (status["in"], status["out"]) == tally.totals(self.id)
        )

    def _ask_disk(self, question: str) -> tuple[int, ...]:
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as db:
            row: tuple[int, ...] = db.execute(question).fetchone()
        return row

    def last_words(self, lines_at_most: int = 5) -> str:
        """The end of the daemon's log."""
        lines = (self.folder / "gate.log").read_text(encoding="utf-8", errors="replace")
        return "\n".join(lines.splitlines()[-lines_at_most:])

    def _end(self, how: signal.Signals) -> int | None:
        if self._daemon is None:
            return None
        self._daemon.send_signal(how)
        code = self._daemon.wait(END_S)
        self._daemon = None
        return code


def wait_until(seen: Callable[[], bool], timeout_s: float) -> bool:
    """Look again and again; False when time is up."""
    end = monotonic() + timeout_s
    while not seen():
        if monotonic() > end:
            return False
        sleep(LOOK_EVERY_S)
    return True


def stays(quiet: Callable[[], bool], timeout_s: float) -> bool:
    """Wait until it is quiet, and stays so for a while; False when time is up."""
    end = monotonic() + timeout_s
    quiet_since = None
    while monotonic() < end:
        if not quiet():
            quiet_since = None
        elif quiet_since is None:
            quiet_since = monotonic()
        elif monotonic() > quiet_since + QUIET_S:
            return True
        sleep(LOOK_EVERY_S)
    return False
