"""The daemon as systemd sees it, and its relay, from before the start until after the end."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.simulated.visitors import Seen
from gate.commands.simulate.stage import Stage

SIMULATED = Path(__file__).parents[2] / "config" / "simulated.toml"
RELAY = 17
WELL_C = 36.2
SOON_S = 20.0


class Systemd:
    """The socket that a service tells how it is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(SOON_S)

    def hear_until(self, told: Callable[[str], bool]) -> str:
        """Listen until a line that `told` wants; fails when none comes."""
        while True:
            for line in self._socket.recv(4096).decode().splitlines():
                self.heard.append(line)
                if told(line):
                    return line

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    opened = Systemd(tmp_path / "notify")
    yield opened
    opened.close()


def relay_safe(stage: Stage) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gate", "relay-safe", "--config", str(stage.file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_a_service_is_ready_alive_reloads_and_stops_and_its_relay_moves_for_visitors_alone(
    systemd: Systemd, tmp_path: Path
) -> None:
    environ = {"NOTIFY_SOCKET": str(systemd.path)}
    with Stage(SIMULATED, tmp_path, environ=environ) as stage:
        systemd.hear_until("READY=1".__eq__)
        systemd.hear_until("WATCHDOG=1".__eq__)
        line = systemd.hear_until(lambda line: line.startswith("STATUS=open"))
        assert line == "STATUS=open, 0 inside, 0 waiting to be sent"
        assert stage.world.rises(RELAY) == 0

        assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN
        systemd.hear_until(lambda line: "1 inside" in line)
        assert stage.world.rises(RELAY) == 1

        stage.signal_daemon(signal.SIGHUP)
        systemd.hear_until("RELOADING=1".__eq__)
        systemd.hear_until("READY=1".__eq__)
        systemd.hear_until("WATCHDOG=1".__eq__)

        stage.signal_daemon(signal.SIGTERM)
        systemd.hear_until("STOPPING=1".__eq__)
        assert stage.daemon_ends(SOON_S) == 0
        assert stage.world.rises(RELAY) == 1


def test_whoever_finds_the_relay_on_after_the_end_makes_it_safe(tmp_path: Path) -> None:
    """The daemon is killed while somebody walks; what systemd runs then needs nothing of it."""
    with Stage(SIMULATED, tmp_path) as stage:
        stage.visitors.alarm(active=True)
        assert stage.wait_until(lambda: stage.world.level(RELAY) is True, SOON_S)
        stage.kill_daemon()
        turned = len(stage.world.history(RELAY))
        stage.file.write_text(stage.file.read_text(encoding="utf-8") + "\n[nonsense]\n")

        done = relay_safe(stage)

        assert (done.returncode, done.stderr) == (0, "")
        levels = [change.level for change in stage.world.history(RELAY)[turned:]]
        assert levels == [False, None]
