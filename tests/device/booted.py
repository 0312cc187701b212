"""A device that was booted: what systemd makes of the units, told by a trial within the guest.

Needs the Debian package (`make deb`) in GATE_DEB, and root for making the guest's disk.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.device.guest import ROOT, SECRET, booted, installed

Facts = dict[str, Any]


@pytest.fixture(scope="module")
def steps() -> dict[str, Facts]:
    folder = ROOT / "build" / "device"
    root = installed(Path(os.environ["GATE_DEB"]), ROOT / ".make" / "roots", folder)
    told = booted(root, folder)
    for step, facts in told.items():
        assert "broken" not in facts, f"{step}: {facts['broken']}\n{facts['journal']}"
    return told


# --- the boot -------------------------------------------------------------------------------


def test_the_lane_is_ready_by_itself_and_says_how_it_is(steps: dict[str, Facts]) -> None:
    boot = steps["boot"]
    lane = boot["lane"]

    assert (boot["ready"], boot["attached"]) == (True, True), boot
    assert (lane["ActiveState"], lane["SubState"]) == ("active", "running")
    assert re.search(r"open, 0 inside", lane["StatusText"]), lane
    assert lane["StatusText"] in boot["shown"]
    assert (lane["WatchdogUSec"], lane["NRestarts"]) == ("30s", "0")


def test_nothing_that_is_started_fails(steps: dict[str, Facts]) -> None:
    assert steps["boot"]["failed"] == ""
    assert steps["boot"]["timer"] == {"ActiveState": "active"}


def test_the_lane_was_made_from_the_file_on_the_card_before_the_network_began(
    steps: dict[str, Facts],
) -> None:
    made = steps["provisioned"]

    assert made["mounted"] == ["vfat", "bootfs"]
    assert made["modes"] == {
        "/etc/gate/gate.toml": "-rw-r----- root:gate",
        "/etc/gate/credentials": "drwx------ root:root",
        "/etc/gate/credentials/mqtt.password": "-rw------- root:root",
    }
    assert made["host"] == "gate-trial"
    assert "network-pre.target" in made["before_network"]["Before"].split()
    assert "strict_gpiod" in made["firmware"]
    assert SECRET not in made["card"] + made["log"]
    assert "(stored on the device)" in made["card"]


def test_the_machine_restarts_once_for_its_firmware_and_not_again(
    steps: dict[str, Facts],
) -> None:
    """config.txt has got the gate's lines, which hold from the next start on."""
    assert steps["console"]["restarts"] == 1


def test_who_waits_for_a_configuration_does_not_start_where_there_is_one(
    steps: dict[str, Facts],
) -> None:
    assert steps["boot"]["units"]["gate-setup.service"]["ConditionResult"] == "no"


def test_a_lane_does_not_become_a_server_by_itself(steps: dict[str, Facts]) -> None:
    """At the first boot of an image systemd enables what no preset speaks of."""
    assert steps["boot"]["units"]["gate-central.service"]["ActiveState"] == "inactive"


def test_the_lane_waits_neither_for_the_network_nor_for_the_right_time(
    steps: dict[str, Facts],
) -> None:
    words = {word for value in steps["boot"]["after"].values() for word in value.split()}

    assert "gate-provision.service" in words
    assert not words & {"network-online.target", "time-sync.target", "network.target"}


def test_the_machine_has_its_watchdog_and_its_journal_is_in_memory(steps: dict[str, Facts]) -> None:
    boot = steps["boot"]

    assert boot["watchdog"] == "RuntimeWatchdogUSec=14s"
    assert "/dev/watchdog0" in boot["devices"]
    assert boot["journals"] == [True, False]


# --- the sandbox ----------------------------------------------------------------------------


def test_the_running_daemon_has_no_right_but_its_users(steps: dict[str, Facts]) -> None:
    process = steps["process"]
    status = process["status"]

    assert status["Uid"].split() == [str(process["uid"])] * 4
    assert process["uid"] > 0
    assert {int(status[name], 16) for name in ("CapBnd", "CapEff")} == {0}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert "ro" in process["root"][-1].split(",")
    assert process["memory"] == str(280 * 1024 * 1024)


def test_secrets_are_read_by_the_daemon_alone(steps: dict[str, Facts]) -> None:
    process, probe = steps["process"], steps["probe"]

    assert process["credentials"] == ["/run/credentials/gate.service"]
    for user, said in process["secrets"].items():
        assert "Permission denied" in said, user
    assert probe["credentials"]["gate_mqtt.password"] == f"{SECRET}\n"
    assert probe["secret at its source"] == "EACCES"


def test_what_a_lane_needs_is_let_through(steps: dict[str, Facts]) -> None:
    probe = steps["probe"]

    for needed in (
        "state",
        "working directory",
        "board",
        "tcp",
        "tcp6",
        "unix",
        "netlink",
        "broker",
    ):
        assert probe[needed] == "yes", needed
    for device in ("camera", "media", "heap", "bus", "pins"):
        assert probe["devices"][f"/dev/probe-{device}"] not in {"EPERM", "EACCES"}, device
    for device in ("camera", "media", "bus"):
        assert probe["devices"][f"/dev/probe-{device}"] == "yes", device


@pytest.mark.parametrize(
    ("what", "errors"),
    [
        ("etc", {"EROFS"}),
        ("usr", {"EROFS"}),
        ("release", {"EROFS"}),
        ("home", {"EACCES", "EPERM"}),
        ("other processes", {"ENOENT"}),
        ("packet", {"EAFNOSUPPORT"}),
        ("executable memory", {"EPERM", "EACCES"}),
        ("another namespace", {"EPERM"}),
        ("another user", {"EPERM"}),
        ("kernel's clock", {"EPERM"}),
        ("host name", {"EPERM"}),
    ],
)
def test_what_no_lane_needs_is_kept_out(
    steps: dict[str, Facts], what: str, errors: set[str]
) -> None:
    assert steps["probe"][what] in errors


@pytest.mark.parametrize("device", ["memory", "disk"])
def test_no_other_device_is_opened_whoever_may(steps: dict[str, Facts], device: str) -> None:
    assert steps["probe"]["devices"][f"/dev/probe-{device}"] == "EPERM"


@pytest.mark.parametrize("step", ["without secrets", "with an empty folder"])
def test_a_lane_without_secrets_starts_too(steps: dict[str, Facts], step: str) -> None:
    assert steps[step]["failed"] == "", steps[step]["journal"]
    assert "gate_mqtt.password" not in steps[step]["credentials"]


def test_who_keeps_the_clock_is_known_in_the_sandbox_and_asked_again_when_it_is_set(
    steps: dict[str, Facts],
) -> None:
    clock = steps["clock"]

    assert steps["probe"]["clock kept"] is True
    assert steps["without secrets"]["clock kept"] is False, "nobody vouched for it then"
    assert (clock["kept"], clock["heard"], clock["after"]) == (True, True, False), clock


def test_the_doctor_examines_a_running_lane_from_inside_of_its_sandbox(
    steps: dict[str, Facts],
) -> None:
    doctor = steps["doctor"]
    told = json.loads(doctor["out"])

    assert told["schema"] == "aman.doctor/1"
    assert told["findings"], doctor
    assert "NOT-EXAMINED" not in {finding["code"] for finding in told["findings"]}
    assert doctor["home"], "the daemon's working directory is the daemon's"
    assert doctor["after"]["MainPID"] == doctor["before"]["MainPID"]


# --- whatever becomes of it -----------------------------------------------------------------


def test_a_daemon_that_hangs_is_killed_its_relay_made_safe_and_another_started(
    steps: dict[str, Facts],
) -> None:
    hang = steps["hang"]

    assert (hang["killed"], hang["again"]) == (True, True), hang
    assert hang["killed_s"] < 60
    assert any("Watchdog timeout" in line for line in hang["journal"])
    assert int(hang["after"]["NRestarts"]) == int(hang["before"]["NRestarts"]) + 1
    # Nobody drives the relay; relay-safe does, and lets go; then the next daemon.
    assert hang["relay"] == [None, False, None, False]


def test_a_configuration_to_mend_ends_it_with_a_safe_relay_and_it_is_not_tried_again(
    steps: dict[str, Facts],
) -> None:
    broken = steps["misconfigured"]
    first, later = broken["first"], broken["later"]

    assert (first["ActiveState"], first["ExecMainStatus"]) == ("failed", str(os.EX_CONFIG))
    assert (later["ActiveState"], later["NRestarts"]) == ("failed", first["NRestarts"])
    assert any("nonsense" in line for line in broken["journal"])
    assert broken["relay"][-3:] == [None, False, None], "made safe, and nobody has it now"


def test_central_is_ready_with_its_own_secret_and_says_how_it_is(steps: dict[str, Facts]) -> None:
    central = steps["central"]

    assert central["started"], central
    assert central["unit"]["ActiveState"] == "active"
    assert central["unit"]["StatusText"].startswith("1 venue, 0 inside"), central
