"""A real mosquitto on a free loopback port, for the tests that need a broker."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

STARTS_WITHIN_S = 10.0


class Broker:
    """One mosquitto. Nothing is kept on disk: killed, it has forgotten everything."""

    host = "127.0.0.1"

    def __init__(self, directory: Path, *, acl: str = "", settings: Sequence[str] = ()) -> None:
        """`acl` is the text of a mosquitto ACL file; empty means that everybody may do all.

        `settings` are more lines for the listener in mosquitto.conf.
        """
        found = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
        assert found, "mosquitto is not installed; these tests need a real broker"
        self._program = found
        self.port = _free_port()
        self._config = directory / f"mosquitto-{self.port}.conf"
        lines = [
            f"listener {self.port} {self.host}",
            "allow_anonymous true",
            "persistence false",
            f"log_dest file {directory / f'mosquitto-{self.port}.log'}",
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

    def start(self) -> None:
        """Start, on the same port every time, and wait until it accepts."""
        assert self._process is None, "it runs already"
        process = subprocess.Popen([self._program, "-c", str(self._config)])
        self._process = process
        give_up_at = time.monotonic() + STARTS_WITHIN_S
        while not self._accepts():
            assert time.monotonic() < give_up_at, "mosquitto does not accept"
            assert process.poll() is None, f"mosquitto ended with {process.returncode}"
            try:
                process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue

    def stop(self) -> None:
        """End it in order; a second time does nothing."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9: no goodbye to anybody, and the retained messages are gone."""
        self._end(signal.SIGKILL)

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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
