"""Central of a simulation: `gate central --web` as a process of its own, its database on disk."""

import secrets
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from drivers.simulated.broker import Broker
from gate.commands.simulate.adapting import StageError, Tables, written
from gate.commands.simulate.lane import END_S, READY_S, wait_until

ZONE = "Asia/Jakarta"
USER = "manager"
READY = "The manager's page: "
CENTRAL = (sys.executable, "-m", "gate", "central")


class Server:
    """Central for one venue, in `folder`; a context manager. `url` is there within it."""

    def __init__(
        self,
        folder: Path,
        *,
        broker: Broker,
        root: str,
        district: str,
        venue: str,
        gates: Sequence[str],
        limit: int,
    ) -> None:
        folder.mkdir(mode=0o700)
        half_a_day_on = datetime.now(ZoneInfo(ZONE)) + timedelta(hours=12)
        tables: Tables = {
            "central": {"data_dir": str(folder)},
            "mqtt": {"host": broker.host, "port": broker.port, "root": root},
            "web": {"port": 0},
            "[venue]": {  # in double brackets: one of a list
                "id": venue,
                "district": district,
                "gates": list(gates),
                "capacity": limit,
                "timezone": ZONE,
                "day_ends": f"{half_a_day_on:%H:%M}",  # a morning has one day, whenever it is
            },
        }
        self._file = folder / "central.toml"
        self._file.write_text(written(tables), encoding="utf-8")
        self._log = folder / "central.log"
        self.password = secrets.token_urlsafe(12)
        _make_user(self._file, self.password)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = [*CENTRAL, "--config", str(self._file), "--web"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                command,
                stdout=log,
                stderr=log,
                process_group=0,  # Ctrl-C is for the simulation, which ends it in order
            )
        wait_until(lambda: self._has_ended() or bool(self._told()), READY_S)
        self.url = self._told()
        if not self.url:
            last_words = self.last_words()
            self.stop()
            raise StageError(f"central did not start: {last_words}")
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def stop(self) -> int | None:
        """SIGTERM; returns its exit code, None where it had been stopped before."""
        if self._process is None:
            return None
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(END_S)
        self._process = None
        return code

    def last_words(self, lines_at_most: int = 5) -> str:
        """The end of its log."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-lines_at_most:])

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _told(self) -> str:
        """The address of the page; empty as long as it was not told."""
        said = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return next((line.removeprefix(READY) for line in said if line.startswith(READY)), "")


def _make_user(config: Path, password: str) -> None:
    """As it is done at the console. Raises StageError."""
    file = config.with_name("password")
    file.write_text(password, encoding="utf-8")
    made = subprocess.run(  # noqa: S603 - ourselves
        [*CENTRAL, "user", USER, "--config", str(config), "--password-file", str(file)],
        capture_output=True,
        text=True,
        timeout=READY_S,
        check=False,
    )
    file.unlink()
    if made.returncode != 0:
        raise StageError(f"nobody can sign in to the manager's page: {made.stderr or made.stdout}")
