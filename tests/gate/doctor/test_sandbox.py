"""What of the daemon's unit a command gets that stands in for the daemon."""

from pathlib import Path

import pytest

from drivers.process import Finished
from gate.commands.doctor.inside import examined_inside
from gate.doctor.sandbox import SandboxError, command
from gate.process import Runner

UNIT = Path(__file__).parents[3] / "systemd" / "gate.service"


def properties(unit: str) -> list[str]:
    words = command(unit, ["gate", "doctor"])
    assert words[0] == "systemd-run"
    assert words[words.index("--") :] == ["--", "gate", "doctor"]
    return [word.removeprefix("--property=") for word in words if word.startswith("--property=")]


def test_the_sandbox_is_the_units_and_starting_is_not() -> None:
    given = properties(UNIT.read_text(encoding="utf-8"))

    assert {"User=gate", "ProtectSystem=strict", "DevicePolicy=closed"} <= {*given}
    assert "DeviceAllow=char-dma_heap rw" in given
    assert "WorkingDirectory=/run/gate" in given
    assert not [it for it in given if it.startswith(("Exec", "Type", "Watchdog", "Restart"))]


def test_the_running_lanes_folder_outlives_the_command() -> None:
    given = properties("[Service]\nRuntimeDirectory=gate\nRuntimeDirectoryPreserve=no\n")

    assert given == ["RuntimeDirectory=gate", "RuntimeDirectoryPreserve=yes"]


def test_a_drop_in_follows_what_it_changes_and_an_empty_value_stays() -> None:
    """As `systemctl cat` has them, one after the other."""
    text = """# /usr/lib/systemd/system/gate.service
[Unit]
Description=x=y
[Service]
SystemCallFilter=@system-service \\
    @chown
# remark
# /etc/systemd/system/gate.service.d/more.conf
[Service]
SystemCallFilter=
ReadWritePaths=%S/more
"""
    assert properties(text)[:-1] == [
        "SystemCallFilter=@system-service @chown",
        "SystemCallFilter=",
        "ReadWritePaths=/var/lib/more",
    ]


def test_a_text_without_a_service_is_no_sandbox() -> None:
    with pytest.raises(SandboxError):
        command("[Unit]\nDescription=x\n", ["gate"])


def scripted(*answers: Finished, asked: list[str]) -> Runner:
    said = iter(answers)

    def run(*words: str | Path, timeout_s: float = 0.0, env: object = None) -> Finished:
        assert timeout_s
        assert env is None
        asked.append(" ".join(map(str, words)))
        return next(said)

    return run


def test_inside_the_same_examination_is_made_and_its_exit_code_is_ours() -> None:
    asked: list[str] = []
    run = scripted(
        Finished(0, "[Service]\nUser=gate\n", ""), Finished(2, '{"level"', ""), asked=asked
    )

    told = examined_inside(Path("/etc/gate/gate.toml"), json_=True, verbose=False, run=run, euid=0)

    assert told == (2, '{"level"')
    assert asked[0] == "systemctl cat gate.service"
    assert "--property=User=gate" in asked[1]
    assert asked[1].endswith("-m gate doctor --within --config /etc/gate/gate.toml --json")


def test_where_systemd_is_not_it_is_said(tmp_path: Path) -> None:
    asked: list[str] = []
    run = scripted(
        Finished(1, "", "System has not been booted with systemd as init system"), asked=asked
    )

    with pytest.raises(SandboxError, match="has not been booted with systemd"):
        examined_inside(tmp_path, json_=False, verbose=False, run=run, euid=0)


def test_who_is_not_root_may_not_take_the_daemons_place(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="sudo gate doctor --inside"):
        examined_inside(tmp_path, json_=False, verbose=False, run=scripted(asked=[]), euid=1000)


def test_a_sandbox_that_cannot_be_made_is_said_and_is_no_finding(tmp_path: Path) -> None:
    run = scripted(
        Finished(0, "[Service]\nUser=gate\n", ""),
        Finished(1, "", "Unknown assignment: Users=gate"),
        asked=[],
    )

    with pytest.raises(SandboxError, match="Unknown assignment"):
        examined_inside(tmp_path, json_=False, verbose=False, run=run, euid=0)
