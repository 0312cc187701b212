"""The units: systemd understands them, they keep out what they may, and agree with the programs."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gate.config import Config
from gate.config.credentials import FOLDER
from gate.control import BEAT_S
from gate.places import Places
from gate.units import CENTRAL, LANE, SERVICES
from tests.gate.configs import ROOT

UNITS = ROOT / "systemd"

INSTALLED = sorted(unit.name for unit in UNITS.glob("*.service"))
PROGRAMS = ("/usr/bin/gate", "/opt/gate/current/bin/python")

MOST_EXPOSED = {
    "gate.service": 1.3,
    "gate-central.service": 1.1,
    "gate-clock.service": 0.5,
    # root, who writes settings, releases and other people's files; and tells the radio its country
    "gate-provision.service": 2.4,
    "gate-setup.service": 2.8,  # with the camera
    "gate-setup-code.service": 2.4,
    "gate-update.service": 2.4,  # a shell says READY for it, before Python is there
}
"""What `systemd-analyze security` says of each, at most; 10 is a unit without any of it."""


def asked(*words: str, units: Path | None = None) -> subprocess.CompletedProcess[str]:
    """What `systemd-analyze` says; without the program the test fails."""
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze is missing: sudo apt install systemd"
    environ = os.environ | ({} if units is None else {"SYSTEMD_UNIT_PATH": f"{units}:"})
    return subprocess.run(
        [program, *words], capture_output=True, text=True, timeout=60, check=False, env=environ
    )


def test_the_program_knows_each_unit_by_its_name() -> None:
    assert sorted(SERVICES) == INSTALLED


def placed(folder: Path, right: str = "", wrong: str = "") -> list[str]:
    """All units, with programs that are there in the place of the installed ones."""
    for unit in UNITS.glob("gate*.*"):
        text = unit.read_text(encoding="utf-8").replace(right, wrong)
        for program in PROGRAMS:
            text = text.replace(program, "/bin/true")
        (folder / unit.name).write_text(text, encoding="utf-8")
    return [str(unit) for unit in folder.iterdir()]


def verified(folder: Path, right: str = "", wrong: str = "") -> subprocess.CompletedProcess[str]:
    return asked("verify", "--man=no", *placed(folder, right, wrong), units=folder)


def values(key: str, unit: str = LANE) -> list[str]:
    text = (UNITS / unit).read_text(encoding="utf-8")
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


def seconds(key: str, unit: str = LANE) -> float:
    (value,) = values(key, unit)
    return float(value)


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    told = verified(tmp_path)

    assert (told.returncode, told.stderr) == (0, "")


def test_a_line_that_systemd_would_ignore_is_found(tmp_path: Path) -> None:
    for right, wrong in (
        ("WatchdogSec=30", "WatchdogSec=often"),
        ("RestartPreventExitStatus=78", "RestartPreventExitStatuses=78"),
        ("OnClockChange=yes", "OnClockChanges=yes"),
    ):
        assert any(right in unit.read_text(encoding="utf-8") for unit in UNITS.glob("gate*.*"))
        assert verified(tmp_path, right, wrong).stderr


@pytest.mark.parametrize("unit", SERVICES)
def test_no_unit_is_more_exposed_than_it_was(unit: str) -> None:
    most = round(MOST_EXPOSED[unit] * 10)
    told = asked("security", "--offline=true", f"--threshold={most}", str(UNITS / unit))

    assert told.returncode == 0, told.stdout.splitlines()[-1]


def test_one_line_of_the_sandbox_less_is_found(tmp_path: Path) -> None:
    text = (UNITS / LANE).read_text(encoding="utf-8")
    (tmp_path / LANE).write_text(text.replace("ProtectClock=yes", ""), encoding="utf-8")

    told = asked("security", "--offline=true", "--threshold=13", str(tmp_path / LANE))

    assert told.returncode != 0


def test_the_times_of_the_unit_leave_room_for_those_of_the_daemon() -> None:
    drain = Config.model_fields["gate"].annotation.model_fields["drain_s"]  # type: ignore[union-attr] # a section
    (longest_drain_s,) = [bound.le for bound in drain.metadata if hasattr(bound, "le")]

    assert seconds("WatchdogSec") >= 10 * BEAT_S
    assert seconds("TimeoutStopSec") >= longest_drain_s + 15
    assert values("ExecStart") == ["/usr/bin/gate run"]
    assert values("ExecReload") == ["/usr/bin/gate reload"]
    assert values("ExecStopPost") == ["/usr/bin/gate relay-safe"]


@pytest.mark.parametrize("unit", [LANE, CENTRAL])
def test_a_daemon_is_started_again_for_ever_but_not_with_a_configuration_to_mend(unit: str) -> None:
    assert values("Restart", unit) == ["always"]
    assert values("StartLimitIntervalSec", unit) == ["0"]
    assert seconds("RestartPreventExitStatus", unit) == os.EX_CONFIG
    assert values("Type", unit) == ["notify"]


@pytest.mark.parametrize("unit", [LANE, CENTRAL])
def test_secrets_are_handed_on_under_the_names_that_the_configuration_has(unit: str) -> None:
    name, folder = values("LoadCredential", unit)[0].split(":")

    assert Path(folder) == FOLDER == Places().credentials
    assert f"{name}_" == "gate_"
    assert values("SetCredential", unit) == [f"{name}:none"], "a lane without secrets starts too"


def test_nothing_waits_for_the_network_or_the_right_time() -> None:
    for unit in SERVICES:
        for key in ("After", "Requires", "Wants", "BindsTo", "Requisite"):
            for value in values(key, unit):
                assert not {"time-sync.target", "network-online.target", "network.target"} & set(
                    value.split()
                ), unit


def test_the_groups_of_the_daemon_are_those_that_udev_gives_its_devices() -> None:
    rules = (ROOT / "config/udev/60-aman-gate.rules").read_text(encoding="utf-8")
    users = (ROOT / "config/sysusers/aman-gate.conf").read_text(encoding="utf-8")

    groups = set(re.findall(r'GROUP="(\w+)"', rules))
    assert groups == set(re.findall(r"^m gate (\w+)$", users, re.MULTILINE))
    assert groups <= set(re.findall(r"^g (\w+) ", users, re.MULTILINE))


@pytest.mark.parametrize(
    ("current", "proven", "under_way", "ready"),
    [
        ("0.1.0", "0.1.0", False, True),
        ("0.1.0", "0.1.0", True, False),
        ("0.2.0", "0.1.0", False, False),
        ("0.1.0", None, False, True),
        ("0.3.0", "0.1.0", False, False),  # leads nowhere
    ],
)
def test_an_update_is_carried_on_by_the_proven_release_before_the_lane_starts(
    tmp_path: Path, current: str, proven: str | None, under_way: bool, ready: bool
) -> None:
    """READY is said at once only where nothing is under way; else the program says it."""
    for version in ("0.1.0", "0.2.0"):
        python = tmp_path / "releases" / version / "bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\necho {version} "$@"\n')
        python.chmod(0o755)
    (tmp_path / "systemd-notify").write_text("#!/bin/sh\necho ready\n")
    (tmp_path / "systemd-notify").chmod(0o755)
    for link, version_ in (("current", current), ("proven", proven)):
        if version_:
            (tmp_path / link).symlink_to(f"releases/{version_}")
    if under_way:
        (tmp_path / "update.json").touch()
    unit = (UNITS / "gate-update.service").read_text(encoding="utf-8")
    (line,) = re.findall(r"^ExecStart=/bin/sh -c '(.*?)'$", unit, re.MULTILINE | re.DOTALL)
    script = line.replace("\\\n", "").replace("$$", "$").replace("/opt/gate", str(tmp_path))

    said = subprocess.run(
        ["/bin/sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
    ).stdout.splitlines()

    assert said == ["ready"] * ready + [f"{proven or current} -I -m gate update --resume"]
    assert {LANE, CENTRAL} <= set(values("Before", "gate-update.service")[0].split())
    assert values("Type", "gate-update.service") == ["notify"]
