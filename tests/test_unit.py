"""The unit: systemd understands it, and it agrees with the daemon that it runs."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gate.config import Config
from gate.control import BEAT_S
from tests.gate.configs import ROOT

UNIT = ROOT / "systemd" / "gate.service"
INSTALLED = "/opt/aman-gate/bin/gate"


def verified(unit: Path) -> subprocess.CompletedProcess[str]:
    """What `systemd-analyze verify` says; without the program the test fails."""
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze is missing: sudo apt install systemd"
    command = [program, "verify", "--man=no", str(unit)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def placed(folder: Path, text: str) -> Path:
    """The unit with a program that is there in the place of the installed one."""
    unit = folder / "gate.service"
    unit.write_text(text.replace(INSTALLED, "/bin/true"), encoding="utf-8")
    return unit


def seconds(key: str) -> float:
    found = re.search(rf"^{key}=(\d+)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, f"the unit has no {key}"
    return float(found[1])


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    told = verified(placed(tmp_path, UNIT.read_text(encoding="utf-8")))

    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("WatchdogSec=30", "WatchdogSec=often"),
        ("RestartPreventExitStatus=78", "RestartPreventExitStatuses=78"),
        ("Type=notify", "Type=noisy"),
    ],
)
def test_a_line_that_systemd_would_ignore_is_found(tmp_path: Path, right: str, wrong: str) -> None:
    text = UNIT.read_text(encoding="utf-8")
    assert right in text

    assert verified(placed(tmp_path, text.replace(right, wrong))).stderr


def test_the_times_of_the_unit_leave_room_for_those_of_the_daemon() -> None:
    drain = Config.model_fields["gate"].annotation.model_fields["drain_s"]  # type: ignore[union-attr] # a section
    (longest_drain_s,) = [bound.le for bound in drain.metadata if hasattr(bound, "le")]

    assert seconds("WatchdogSec") >= 10 * BEAT_S
    assert seconds("TimeoutStopSec") >= longest_drain_s + 15
    assert seconds("RestartPreventExitStatus") == os.EX_CONFIG
    for verb in ("run", "reload", "relay-safe"):
        assert f"={INSTALLED} {verb}\n" in UNIT.read_text(encoding="utf-8")
