"""The daemon as systemd sees it, and its relay, from before the start until after the end."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest

from drivers.simulated.visitors import Seen
from gate.commands.simulate.stage import Stage
from gate.settings import budgets
from gate.status import ask
from tests.stories.lanes import WELL_C, Staged

RELAY, WIRED = 17, 'relay = { pin = 17, active = "high" }'
SOON_S = 20.0


class Systemd:
    """The socket that a service tells how it is."""

    def __init__(self, path: Path) -> None:
        self.environ = {"NOTIFY_SOCKET": str(path)}
        self.heard: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))

    def hear_until(self, told: Callable[[str], bool]) -> str:
        """Listen until a line that `told` wants; fails when none comes."""
        end = monotonic() + SOON_S
        while True:
            self._socket.settimeout(max(0.0, end - monotonic()))
            for line in self._socket.recv(4096).decode().splitlines():
                self.heard.append(line)
                if told(line):
                    return line

    def hear_status(self, *words: str) -> list[str]:
        """Listen until the line for people has these words; all that was said meanwhile."""
        before = len(self.heard)
        self.hear_until(lambda line: line.startswith("STATUS=") and all(w in line for w in words))
        return self.heard[before:]

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


def gone(stage: Stage) -> bool:
    """Whether nobody drives the wires any more, once the world has noticed."""
    return stage.world.wait_for(lambda: not stage.world.attached(), SOON_S)


@pytest.mark.parametrize("active", ["high", "low"])
def test_a_service_is_ready_alive_reloads_and_stops_and_its_relay_moves_for_visitors_alone(
    systemd: Systemd, staged: Staged, active: str
) -> None:
    stage = staged((WIRED, WIRED.replace("high", active)), environ=systemd.environ)
    systemd.hear_until("READY=1".__eq__)
    systemd.hear_until("WATCHDOG=1".__eq__)
    line = systemd.hear_until(lambda line: line.startswith("STATUS=open"))
    assert line == "STATUS=open, 0 inside, 0 waiting to be sent"
    high = ask(stage.config.status_socket, "pins")["high"]  # looking at the wires moves none
    assert isinstance(high, dict)
    assert high[str(RELAY)] is (active == "low")

    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN
    systemd.hear_until(lambda line: "1 inside" in line)

    stage.signal_daemon(signal.SIGHUP)
    systemd.hear_until("RELOADING=1".__eq__)
    systemd.hear_until("READY=1".__eq__)
    systemd.hear_until("WATCHDOG=1".__eq__)

    stage.signal_daemon(signal.SIGTERM)
    systemd.hear_until("STOPPING=1".__eq__)
    assert stage.daemon_ends(SOON_S) == 0
    assert gone(stage)
    free = active == "high"
    levels = [change.level for change in stage.world.history(RELAY)]
    assert levels == [not free, free, not free, None, not free, None]


def test_no_sign_of_life_comes_while_one_part_hangs_though_the_lane_goes_on(
    systemd: Systemd, staged: Staged
) -> None:
    """The thermometer's bus holds a transfer for ever; nothing else is wrong."""
    stage = staged(environ=systemd.environ)
    stage.world.break_part("thermometer", "hang")
    for _ in range(3):  # seconds: in each the thermometer is asked several times
        systemd.hear_until("WATCHDOG=1".__eq__)
    stage.world.let_fly(budgets(stage.config)["thermometer"] + 1.0)
    systemd.hear_status("HANGS: thermometer;")

    stage.visitors.alarm(active=True)
    said = systemd.hear_status("HANGS: thermometer;", "RELEASED")
    stage.visitors.alarm(active=False)
    said += systemd.hear_status("HANGS: thermometer;", "count uncertain")
    assert "WATCHDOG=1" not in said

    stage.world.break_part("thermometer", None)
    assert "HANGS" not in systemd.hear_until(lambda line: line.startswith("STATUS="))
    systemd.hear_until("WATCHDOG=1".__eq__)


def test_whoever_finds_the_relay_on_after_the_end_makes_it_safe(staged: Staged) -> None:
    """The daemon is killed while somebody walks; what systemd runs then needs nothing of it."""
    stage = staged()
    stage.visitors.alarm(active=True)
    assert stage.wait_until(lambda: stage.world.level(RELAY) is True, SOON_S)
    stage.kill_daemon()
    assert gone(stage)
    turned = len(stage.world.history(RELAY))
    stage.file.write_text(stage.file.read_text(encoding="utf-8") + "\n[nonsense]\n")

    done = relay_safe(stage)

    assert (done.returncode, done.stderr) == (0, "")
    assert gone(stage)
    levels = [change.level for change in stage.world.history(RELAY)[turned:]]
    assert levels == [False, None]
