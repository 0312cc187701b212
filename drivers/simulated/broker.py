"""A real mosquitto of one's own on a free loopback port: started, killed and started again."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

STARTS_WITHIN_S = 10.0


class BrokerError(Exception):
    """mosquitto cannot be started; the text says why and what to do."""


class Broker:
    """One mosquitto. Unless it `keeps` on disk what it knows, it has forgotten all when killed."""

    host = "127.0.0.1"

    def __init__(
        self,
        directory: Path,
        *,
        acl: str = "",
        settings: Sequence[str] = (),
        keeps: bool = False,
    ) -> None:
        """`acl` is the text of a mosquitto ACL file; empty means that everybody may do all.

        `settings` are more lines for the listener in mosquitto.conf. Raises BrokerError.
        """
        # Debian has it in /usr/sbin, which is not in everybody's path
        found = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if found is None:
            raise BrokerError("mosquitto is not installed: sudo apt install mosquitto")
        self._program = found
        self.port = _free_port()
        self._config = directory / f"mosquitto-{self.port}.conf"
        self._log = directory / f"mosquitto-{self.port}.log"
        lines = [
            f"listener {self.port} {self.host}",
            "allow_anonymous true",
            *(_keeping(directory, self.port) if keeps else ["persistence false"]),
            f"log_dest file {self._log}",
            *settings,
        ]
        if os.geteuid() == 0:  # else it becomes user mosquitto, who may not read our directory
            lines.append("user root")
        if acl:
            acl_file = directory / f"mosquitto-{self.port}.acl"
            acl_file.write_text(acl, encoding="utf-8")
            lines.append(f"acl_file {acl_file}")
        self._config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process; None while none runs."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start, on the same port every time, and wait until it accepts."""
        if self._process is not None:
            raise BrokerError("it runs already")
        self._process = subprocess.Popen(  # noqa: S603 - our own configuration
            [self._program, "-c", str(self._config)],
            stderr=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C is for whoever has started it, and who will stop it
        )
        give_up_at = time.monotonic() + STARTS_WITHIN_S
        while not self._accepts():
            ended = self._process.poll()
            if ended is not None or time.monotonic() > give_up_at:
                raise BrokerError(f"mosquitto does not accept (exit {ended}); see {self._log}")
            try:
                self._process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue

    def stop(self) -> None:
        """End it in order; a second time does nothing."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9: no goodbye to anybody, and what is not on disk is gone."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(10)
            self._process = None

    def _accepts(self) -> bool:
        try:
            socket.create_connection((self.host, self.port), timeout=1).close()
        except OSError:
            return False
        return True


def _keeping(directory: Path, port: int) -> list[str]:
    """Sessions and messages to disk, whenever two of them have changed (mosquitto.conf(5))."""
    return [
        "persistence true",
        f"persistence_location {directory}/",
        f"persistence_file mosquitto-{port}.db",
        "autosave_on_changes true",
        "autosave_interval 1",
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
