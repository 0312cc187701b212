"""A mosquitto and a `gate central` of one's own, on loopback and in a folder that goes away."""

import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from drivers.simulated.broker import Broker
from gate.commands.load.site import Site

LIKE_A_SITE = ("set_tcp_nodelay true", "max_queued_messages 100000", "max_inflight_messages 100")
"""As in config/mosquitto/gate.conf: central gets four retained messages of every gate at once, and
mosquitto by itself drops what is beyond a thousand."""

STOPS_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class OnDisk:
    """What central's database has of one life of a gate."""

    entered: int
    left: int
    reached: int
    """Up to here it has every event."""
    events: int


class Servers:
    """Open it, use it; when it is closed nothing runs any more. Raises BrokerError."""

    def __init__(self, site: Site, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "central"
        self._config = folder / "central.toml"
        self._opened = ExitStack()
        self._central: subprocess.Popen[bytes] | None = None
        self.broker = Broker(folder, settings=LIKE_A_SITE)
        text = site.central_toml(
            host=self.broker.host, port=self.broker.port, data_dir=str(self._data)
        )
        self._config.write_text(text, encoding="utf-8")

    def __enter__(self) -> Self:
        self._opened.enter_context(self.broker)
        self._opened.callback(self.stop_central)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._opened.close()

    def start_central(self) -> None:
        """Start the process, and no more."""
        command = [sys.executable, "-m", "gate", "central", "--config", str(self._config)]
        with (self._folder / "central.log").open("ab") as log:
            self._central = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - ourselves

    def kill_central(self) -> None:
        """kill -9."""
        if self._central is not None:
            self._central.kill()
            self._central.wait()
            self._central = None

    def stop_central(self) -> None:
        """In order; a second time does nothing."""
        if self._central is not None:
            self._central.terminate()
            try:
                self._central.wait(STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.kill_central()
            self._central = None

    @property
    def central_pid(self) -> int | None:
        """None while none runs, or when it has ended by itself."""
        running = self._central is not None and self._central.poll() is None
        return self._central.pid if running and self._central is not None else None

    def last_words(self) -> str:
        """The end of central's log."""
        try:
            return (self._folder / "central.log").read_text(encoding="utf-8", errors="replace")[
                -2000:
            ]
        except OSError:
            return ""

    @property
    def database_mb(self) -> float:
        """Central's database with its log."""
        files = ("central.db", "central.db-wal")
        return sum(self._size(name) for name in files) / 2**20

    def on_disk(self) -> Mapping[tuple[str, str], OnDisk]:
        """What central has of each gate and epoch."""
        with closing(self._read()) as db:
            rows = db.execute(
                "SELECT gate, epoch, max(told_in, seen_in), max(told_out, seen_out), reached,"
                " (SELECT count(*) FROM events WHERE events.gate = epochs.gate"
                " AND events.epoch = epochs.epoch) FROM epochs"
            ).fetchall()
        return {(gate, epoch): OnDisk(*numbers) for gate, epoch, *numbers in rows}

    def events_on_disk(self) -> int:
        """Events of all gates that nothing is missing before."""
        with closing(self._read()) as db:
            (events,) = db.execute("SELECT coalesce(sum(reached), 0) FROM epochs").fetchone()
        return int(events)

    def _read(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self._data / 'central.db'}?mode=ro", uri=True)

    def _size(self, name: str) -> int:
        try:
            return (self._data / name).stat().st_size
        except OSError:
            return 0
