"""The stage of a simulation: a broker, a lane's daemon, the world around it, and a listener.

Everything is real but the wires: mosquitto on a free loopback port, `gate run` as a process of its
own, its database on disk. The world outlives the daemon and the broker, so both can be killed.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from time import monotonic, sleep
from types import MappingProxyType
from typing import Any, Self

from drivers.simulated.broker import Broker
from drivers.simulated.tally import Tally
from drivers.simulated.visitors import Visitors, Wiring
from drivers.simulated.world import World
from gate.config import Config, load
from gate.config.text import toml_value
from gate.issuing import issue, new_key, public_jwks
from gate.model import Utc
from gate.status import ask

READY_S = 15.0
END_S = 10.0
QUIET_S = 0.4
LOOK_EVERY_S = 0.1


class StageError(Exception):
    """The simulation cannot be set up; the text says what to do."""


class Stage:
    """Sets everything up in `folder` from the configuration at `base`; a context manager.

    The lane is started too, unless `start` is False: then that is the caller's business. `environ`
    is added to its environment.
    """

    def __init__(
        self,
        base: Path,
        folder: Path,
        *,
        start: bool = True,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.folder = folder
        self._start = start
        self._environ = {**os.environ, **environ}
        self._opened = ExitStack()
        self._key = new_key("sim")
        self._forger = new_key("sim")
        (folder / "keys.json").write_text(json.dumps(public_jwks(self._key)), encoding="utf-8")
        self.broker = Broker(folder)
        self.file = folder / "gate.toml"
        self.file.write_text(_adapted(base, folder, self.broker.port), encoding="utf-8")
        self.config: Config = load(self.file)
        assert self.config.simulation, "the adapted file has one"  # noqa: S101
        self.database = self.config.gate.data_dir / "gate.db"
        self._daemon: subprocess.Popen[bytes] | None = None
        self.world = World(self.config.simulation.wires)
        self._opened.callback(self.world.close)
        self.visitors = Visitors(self.world, _wiring(self.config))
        self.world.drive(self.visitors.wiring.rest)

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            opened.push(self._opened.pop_all())
            self.broker.start()
            opened.callback(self.broker.stop)
            self.tally = opened.enter_context(
                Tally(host=self.broker.host, port=self.broker.port, root=self.config.mqtt.root)
            )
            opened.callback(self.stop_daemon)
            if self._start:
                self.start_daemon()
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._opened.close()

    def start_daemon(self) -> None:
        """Start the lane and wait until it is attached to the wires and answers."""
        self.launch_daemon()
        self.await_daemon()

    def launch_daemon(self) -> None:
        """Start the lane's process, and no more."""
        command = [sys.executable, "-m", "gate", "run", "--config", str(self.file)]
        with (self.folder / "gate.log").open("ab") as log:
            self._daemon = subprocess.Popen(  # noqa: S603 - ourselves
                command, stdout=log, stderr=log, env=self._environ
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
        try:
            return ask(self.config.status_socket, "status")
        except (OSError, ValueError):
            return None

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
        end = monotonic() + timeout_s
        while not seen():
            if monotonic() > end:
                return False
            sleep(LOOK_EVERY_S)
        return True

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
        now = int(self.world.now())
        start = now if hours > 0 else now + int(hours * 3600) - 3600
        return issue(
            key=self._forger if forged else self._key,
            venue=venue or self.config.gate.venue,
            issued_at=Utc(start),
            valid_from=Utc(start),
            expires=Utc(now + int(hours * 3600)),
            party=party,
            staff=staff,
            assisted=assisted,
        )

    def on_disk(self) -> tuple[int, int]:
        """People in and out by the totals in the database."""
        entered, left = self._ask_disk("SELECT entered, departed FROM totals")
        return entered, left

    def settle(self, timeout_s: float) -> bool:
        """Wait until nothing is on its way any more: all counted, on disk, heard, acknowledged."""
        return self._stays(lambda: self._all_counted() and self._all_told(), timeout_s)

    def settle_after_kills(self, timeout_s: float) -> bool:
        """The same where the lane cannot have seen everybody: what is on disk is heard."""
        return self._stays(self._all_told, timeout_s)

    def _stays(self, quiet: Callable[[], bool], timeout_s: float) -> bool:
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

    def _all_counted(self) -> bool:
        return self.on_disk() == (self.visitors.walked["in"], self.visitors.walked["out"])

    def _all_told(self) -> bool:
        status = self.status()
        (newest,) = self._ask_disk(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'events'"
        )
        return (
            status is not None
            and status["backlog"] == 0
            and self.tally.reached() == newest
            and self.on_disk() == (status["in"], status["out"]) == self.tally.totals()
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


def _adapted(base: Path, folder: Path, port: int) -> str:
    """The configuration at `base`, with its files in `folder` and the broker on `port`."""
    try:
        tables: dict[str, dict[str, Any]] = tomllib.loads(base.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StageError(
            f"{base} cannot be read ({error}): start in the project's folder, or name a simulated"
            " configuration with --config"
        ) from error
    if "simulation" not in tables:
        raise StageError(f"{base} is no simulated configuration: it has no [simulation]")
    tables["gate"]["data_dir"] = str(folder / "data")
    tables["passes"]["keys"] = str(folder / "keys.json")
    tables["simulation"]["wires"] = str(folder / "wires.sock")
    tables.setdefault("mqtt", {}).update(host=Broker.host, port=port)
    tables.setdefault("store", {})["acknowledged"] = True  # the listener does
    (folder / "data").mkdir(exist_ok=True)
    os.chmod(folder, 0o700)  # noqa: PTH101 - private: it holds sockets
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key} = {toml_value(value)}\n" for key, value in keys.items())
        for name, keys in tables.items()
    )


def _wiring(config: Config) -> Wiring:
    lane = config.turnstile
    inputs = (lane.sensor_a, lane.sensor_b, lane.release, lane.attendant, lane.key)
    signs = (lane.lamp_red, lane.lamp_amber, lane.lamp_green, lane.buzzer)
    if None in signs:
        raise StageError("the simulated lane needs three lamps and a buzzer")
    red, amber, green, buzzer = (sign.pin for sign in signs if sign)
    return Wiring(
        relay=lane.relay.pin,
        relay_active_high=lane.relay.active_high,
        red=red,
        amber=amber,
        green=green,
        buzzer=buzzer,
        sensor_a=lane.sensor_a.pin,
        sensor_b=lane.sensor_b.pin if lane.sensor_b else None,
        release=lane.release.pin,
        rest={line.pin: not line.active_high for line in inputs if line},
    )
