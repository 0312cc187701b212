"""How soon the daemon is ready and the verbs are done, and the most memory that each held."""

import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from gate.commands.simulate.stage import Stage
from tests.bench.tables import ROOT, table

TIMES = 5
PATIENCE_S = 30.0
WELL_C = 36.2
SIMULATED = ROOT / "config" / "simulated.toml"
OBSERVED = """
import sys
from gate.cli import main
try:
    main()
finally:
    print(open("/proc/self/status").read())
"""
"""A verb that says at its end what it was."""

Figures = tuple[float, float]
"""Seconds, and MB."""


def processes() -> None:
    """The daemon until it tells systemd that it is ready, and the verbs until they have ended.

    Its memory is that after the first visitor, whom the simulated camera cost some of it.
    """
    rows = [("gate run, to READY=1", *_median(_daemon))]
    with tempfile.TemporaryDirectory() as folder, Stage(SIMULATED, Path(folder)) as stage:
        rows.append(("gate status", *_median(lambda: _verb("status", stage.file))))
        stage.stop_daemon()
        rows.append(("gate relay-safe", *_median(lambda: _verb("relay-safe", stage.file))))
    table(
        "Processes",
        ("what", "median s", "peak memory, MB"),
        *((what, f"{took:.2f}", f"{peak:.0f}") for what, took, peak in rows),
    )


def _median(measure: Callable[[], Figures]) -> Figures:
    seconds, megabytes = zip(*(measure() for _ in range(TIMES)), strict=True)
    return statistics.median(seconds), statistics.median(megabytes)


def _daemon() -> Figures:
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd,
    ):
        systemd.bind(f"{folder}/notify")
        systemd.settimeout(PATIENCE_S)
        environ = {"NOTIFY_SOCKET": f"{folder}/notify"}
        with Stage(SIMULATED, Path(folder), start=False, environ=environ) as stage:
            before = time.perf_counter()
            stage.launch_daemon()
            while b"READY=1" not in systemd.recv(4096).splitlines():
                pass
            took = time.perf_counter() - before
            stage.await_daemon()
            stage.visitors.present(stage.a_pass(), [WELL_C])
            status = Path(f"/proc/{stage.daemon_pid}/status").read_text(encoding="utf-8")
    return took, _peak(status)


def _verb(name: str, file: Path) -> Figures:
    command = [sys.executable, "-c", OBSERVED, name, "--config", str(file)]
    before = time.perf_counter()
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return time.perf_counter() - before, _peak(ended.stdout)


def _peak(status: str) -> float:
    """MB, out of /proc/PID/status."""
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak) / 1024
