"""A device takes its small file over."""

import sys
from errno import EROFS
from pathlib import Path
from typing import Any

import pytest

from gate.config import parse
from gate.durable import Disk
from gate.model import Utc
from gate.provision import network
from gate.provision.carrying import journal
from gate.provision.record import RECORD
from gate.provision.sections import STORED, Wifi
from gate.provision.steps import Put, Steps
from gate.provision.unconfigured import ISSUE
from tests.gate.provision.cards import PASSWORD, WIFI, card
from tests.gate.provision.devices import NOW, Commands, configured, jwks, mode, new_device

Change = dict[str, dict[str, object]]


def test_a_good_file_makes_the_device_what_it_says(tmp_path: Path) -> None:
    device = new_device(tmp_path)
    keys = jwks()
    outcome = device.provision(card(), keys_json=keys)

    assert (outcome.configured, outcome.problems, outcome.failed) == (True, (), ())
    assert device.at("etc/hostname") == "gate-t01-a\n"
    assert device.at("etc/hosts") == "127.0.0.1\tlocalhost\n127.0.1.1\tgate-t01-a\n"
    assert (tmp_path / "etc/localtime").readlink() == Path("/usr/share/zoneinfo/Asia/Jakarta")
    assert device.places.keys.read_bytes() == keys
    assert device.places.mqtt_password.read_text() == f"{PASSWORD}\n"
    stored = network.stored_network((tmp_path / network.CONNECTION).read_bytes())
    assert stored == ("mall gates", WIFI)
    assert "ieee80211_regdom=ID" in device.at(network.COUNTRY)
    assert "WirelessEnabled=true" in device.at(network.STATE)


def test_the_daemon_is_told_where_what_it_needs_is(tmp_path: Path) -> None:
    device = configured(tmp_path)
    config = parse(device.places.config.read_bytes(), folder=Path("/etc/gate"), here=False)
    assert config.gate.id == "t01-a"
    assert config.mqtt.password_file == Path("/etc/gate/credentials/mqtt.password")
    assert config.passes.keys == Path("/etc/gate/keys.json")


def test_secrets_are_for_root_alone_and_the_configuration_for_the_gate(tmp_path: Path) -> None:
    device = configured(tmp_path)
    places = device.places
    assert mode(places.credentials) == 0o700
    assert mode(places.mqtt_password) == mode(tmp_path / network.CONNECTION) == 0o600
    assert mode(tmp_path / RECORD) == 0o600
    assert mode(places.config) == 0o640
    assert mode(places.keys) == 0o644


def test_secrets_leave_the_card_and_the_rest_stays_as_it_was(tmp_path: Path) -> None:
    small = b"\xef\xbb\xbf" + card().replace(b"[wifi]", b"[wifi]  # the technician's remark")
    device = new_device(tmp_path)
    device.provision(small, keys_json=jwks())
    left = device.places.small_file.read_bytes()
    for secret in (PASSWORD, WIFI):
        small = small.replace(f'"{secret}"'.encode(), f'"{STORED}"'.encode())
        assert secret not in device.log()
    assert left == small


def test_a_file_that_has_not_changed_is_not_looked_at_again(tmp_path: Path) -> None:
    device = configured(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    outcome = device.provision()
    assert (outcome.changed, outcome.done, device.commands.given) == (False, (), [])
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_change_is_taken_over_and_what_is_stored_is_kept(tmp_path: Path) -> None:
    device = configured(tmp_path)
    changed = device.card().replace("Asia/Jakarta", "Asia/Makassar").replace("pin = 22", "pin = 23")
    assert device.provision(changed.encode()).problems == ()
    assert (tmp_path / "etc/localtime").readlink().name == "Makassar"
    assert "pin = 23" in device.at("etc/gate/gate.toml")
    assert device.places.mqtt_password.read_text() == f"{PASSWORD}\n"
    stored = network.stored_network((tmp_path / network.CONNECTION).read_bytes())
    assert stored == ("mall gates", WIFI)


def test_keys_beside_the_file_that_change_are_a_change(tmp_path: Path) -> None:
    device = configured(tmp_path)
    newer = jwks("k2", version=3)
    (done,) = device.provision(keys_json=newer).done
    assert done == "The keys of those who issue passes: stored"
    assert device.places.keys.read_bytes() == newer
    assert device.commands.given == [], "the daemon reads changed keys by itself"


@pytest.mark.parametrize(
    ("change", "verb"),
    [
        ({"secrets": {"mqtt_password": "another word"}}, "try-restart"),
        ({"gate": {"notice_s": 3.0}}, "try-reload-or-restart"),
        ({"device": {"name": "other"}}, None),
    ],
)
def test_the_daemon_is_started_again_only_for_what_it_reads(
    tmp_path: Path, change: Change, verb: str | None
) -> None:
    device = configured(tmp_path)
    stored: Change = {"wifi": {"password": STORED}, "secrets": {"mqtt_password": STORED}}
    device.provision(card(**{**stored, **change}))
    told = [given.split()[2] for given in device.commands.given if given.startswith("systemctl")]
    assert told == ([verb] if verb else [])


def test_what_the_file_names_no_more_is_gone(tmp_path: Path) -> None:
    device = configured(tmp_path)
    device.provision(card(wifi=None, secrets={"mqtt_password": None}, mqtt={"user": None}))
    assert not device.places.mqtt_password.exists()
    assert not (tmp_path / network.CONNECTION).exists()
    assert "password_file" not in device.at("etc/gate/gate.toml")


def test_anything_wrong_changes_nothing_and_is_told_beside_the_file(tmp_path: Path) -> None:
    device = configured(tmp_path)
    bad = device.card().replace("pin = 22", "pin = 99").replace("mall gates", "other mall")
    keys = jwks()
    before = {
        **device.everything(),
        "boot/firmware/gate.toml": bad.encode(),
        "boot/firmware/keys.json": keys,
    }
    outcome = device.provision(bad.encode(), keys_json=keys)
    assert outcome.configured
    assert device.everything() == before
    assert device.commands.given == []
    log = device.places.provision_log.read_bytes()
    assert log.count(b"\r\n") == log.count(b"\n")
    assert b"2026-11-" in log
    assert b"line 30, column 14, turnstile.sensor_a.pin" in log
    assert b"holds on" in log


def test_what_is_missing_beside_a_file_is_told_with_its_other_mistakes(tmp_path: Path) -> None:
    device = configured(tmp_path)
    (device.places.boot / "keys.json").unlink()
    bad = device.card().replace("pin = 22", "pin = 99").replace('"mall gates"', '"another"')
    told = [problem.path.split()[-1] for problem in device.provision(bad.encode()).problems]
    assert told == ["wifi.password", "secrets.keys", "turnstile.sensor_a.pin"]


def test_each_start_with_the_same_mistakes_writes_the_log_once(tmp_path: Path) -> None:
    device = new_device(tmp_path)
    device.provision(b"[gate]\n")
    written = device.places.provision_log.read_bytes()
    assert device.provisioner.provision(Utc(NOW + 999)).problems
    assert device.places.provision_log.read_bytes() == written, "it has the first date"


@pytest.mark.parametrize(
    ("change", "files", "path"),
    [
        ({"secrets": {"mqtt_password": STORED}}, {}, "secrets.mqtt_password"),
        ({"wifi": {"password": STORED}}, {}, "wifi.password"),
        ({"secrets": {"keys": None}}, {}, "secrets.keys"),
        ({"secrets": {"keys": "other.json"}}, {}, "secrets.keys"),
        ({}, {"keys_json": b"{}"}, "secrets.keys"),
        ({}, {"keys_json": b'{"keys": [' + b" " * 70_000}, "secrets.keys"),
        ({"secrets": {"mqtt_ca": "-----BEGIN CERTIFICATE-----\nx"}}, {}, "secrets.mqtt_ca"),
    ],
)
def test_what_a_file_needs_and_is_not_there_is_told(
    tmp_path: Path, change: Change, files: dict[str, bytes], path: str
) -> None:
    device = new_device(tmp_path)
    (problem,) = device.provision(card(**change), **{"keys_json": jwks(), **files}).problems
    assert problem.path.rpartition(" ")[2] == path
    assert not device.places.config.exists()


def test_a_stored_password_is_not_taken_to_another_network(tmp_path: Path) -> None:
    device = configured(tmp_path)
    stored: Change = {
        "wifi": {"ssid": "other", "password": STORED},
        "secrets": {"mqtt_password": STORED},
    }
    (problem,) = device.provision(card(**stored)).problems
    assert 'what is stored is for "mall gates"' in problem.what


def test_older_keys_are_refused(tmp_path: Path) -> None:
    device = new_device(tmp_path)
    device.provision(card(), keys_json=jwks(version=7))
    (problem,) = device.provision(keys_json=jwks(version=6)).problems
    assert "versions only go up" in problem.what


def test_a_zone_that_this_device_does_not_know_is_told(tmp_path: Path) -> None:
    device = new_device(tmp_path)
    small = card(device={"timezone": "Asia/Jayapura"})
    (problem,) = device.provision(small, keys_json=jwks()).problems
    assert problem.path.endswith("device.timezone")


def test_a_decoder_that_this_device_does_not_have_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, small = new_device(tmp_path), card()
    monkeypatch.setitem(sys.modules, "zxingcpp", None)  # as if it were not installed
    assert card() == small, "whoever makes the file need not have it"
    (problem,) = device.provision(small, keys_json=jwks()).problems
    assert problem.path.endswith("scanner.decoder")
    assert not device.places.config.exists()


def test_a_configuration_that_was_lost_is_made_again(tmp_path: Path) -> None:
    device = configured(tmp_path)
    lost = device.places.config.read_bytes()
    device.places.config.unlink()
    assert device.provision().problems == ()
    assert device.places.config.read_bytes() == lost


def test_a_command_that_fails_keeps_nothing_back_and_is_told(tmp_path: Path) -> None:
    device = new_device(tmp_path, commands=Commands(failing=frozenset({"hostname", "nmcli"})))
    outcome = device.provision(card(), keys_json=jwks())
    assert outcome.failed == ("hostname gate-t01-a (it would not)",)
    assert device.places.config.exists()
    assert "Only after a restart: hostname" in device.log()


@pytest.mark.parametrize("kept", [b"{}", b'{"form": 2, "steps": [], "done": []}', b"\xff"])
def test_steps_of_another_release_are_given_up(tmp_path: Path, kept: bytes) -> None:
    """Nothing has left the card before it was stored, so nothing is lost."""
    device = new_device(tmp_path)
    journal(device.places).write_bytes(kept)
    outcome = device.provision(card(), keys_json=jwks())
    assert outcome.configured
    assert "given up" in device.log()
    assert not journal(device.places).exists()


def test_without_the_group_of_the_package_nothing_is_begun(tmp_path: Path) -> None:
    device = new_device(tmp_path)
    (tmp_path / "etc/group").write_text("root:x:0:\n")
    with pytest.raises(OSError, match="no group gate"):
        device.provision(card(), keys_json=jwks())
    assert not device.places.credentials.exists()


# --- by another way than the card -------------------------------------------------------------


def test_a_file_that_came_by_the_camera_leaves_nothing_on_the_card(tmp_path: Path) -> None:
    device = new_device(tmp_path)
    small = card(secrets={"keys": jwks().decode()})
    assert device.provisioner.problems(small) == ()
    assert device.provisioner.apply(small, Utc(NOW + 999)).configured
    assert [path.name for path in device.places.boot.iterdir()] == ["gate-provision.log"]
    assert device.places.mqtt_password.exists()
    assert not device.provision().changed


def test_a_network_is_joined_by_itself(tmp_path: Path) -> None:
    device = new_device(tmp_path)
    assert device.provisioner.join(Wifi(ssid="hall", password=WIFI)) == ()
    keyfile = (tmp_path / network.CONNECTION).read_bytes()
    assert network.stored_network(keyfile) == ("hall", WIFI)
    assert mode(tmp_path / network.CONNECTION) == 0o600
    assert device.commands.given == ["nmcli connection reload", "nmcli radio wifi on"]


@pytest.mark.parametrize("next_", ["another network", "another code"])
def test_what_was_begun_is_brought_to_its_end_before_anything_else_is_stored(
    tmp_path: Path, next_: str
) -> None:
    """Who carried it out was killed, and the machine was not."""
    device = new_device(tmp_path)
    begun = Steps(steps=(Put(path="etc/gate/begun", data=b"x"),), done=())
    journal(device.places).write_bytes(begun.kept())
    if next_ == "another network":
        device.provisioner.join(Wifi(ssid="hall", password=WIFI))
    else:
        device.provisioner.apply(card(secrets={"keys": jwks().decode()}), NOW)
    assert device.at("etc/gate/begun") == "x"
    assert not journal(device.places).exists()


# --- a card that takes nothing ----------------------------------------------------------------


class WriteProtected(Disk):
    """A kernel that has met a fault on the FAT partition lets nobody write there any more."""

    def write(self, path: Path, data: bytes, *more: Any, **named: Any) -> None:
        if path.parent.name == "firmware":
            raise OSError(EROFS, "Read-only file system", str(path))
        super().write(path, data, *more, **named)


def test_a_card_that_takes_nothing_leaves_a_gate_that_works_and_what_is_left_for_later(
    tmp_path: Path,
) -> None:
    device = new_device(tmp_path)
    device.provision()
    device.disk = WriteProtected()
    for small in (card(), None):
        with pytest.raises(OSError, match="Read-only"):
            device.provision(small, keys_json=jwks())
        assert device.places.config.exists()
        assert not (tmp_path / ISSUE).exists(), "it is configured"
    assert WIFI in device.card()
    device.disk = Disk()
    assert device.provision().problems == ()
    assert WIFI not in device.card()


def test_a_device_without_a_file_says_so_also_where_the_card_takes_nothing(tmp_path: Path) -> None:
    device = new_device(tmp_path)
    device.places.boot_config.write_text("[all]\n")
    device.disk = WriteProtected()
    assert not device.provision().configured
    assert "Copy gate.toml" in device.at(ISSUE)
    assert device.provision().done == ("config.txt could not be written (Read-only file system)",)


# --- not configured ---------------------------------------------------------------------------


def test_a_device_without_a_file_says_so_on_lamp_screen_and_card(tmp_path: Path) -> None:
    device = new_device(tmp_path)
    led = tmp_path / "sys/class/leds/ACT"
    led.mkdir(parents=True)
    for attribute in ("trigger", "delay_on", "delay_off"):
        (led / attribute).write_text("none [mmc0] timer")
    assert not device.provision().configured
    assert "NOT CONFIGURED" in device.log()
    assert "Copy gate.toml" in device.at(ISSUE)
    assert ((led / "trigger").read_text(), (led / "delay_on").read_text()) == ("timer", "100")

    device.provision(card(), keys_json=jwks())
    assert not (tmp_path / ISSUE).exists()
    assert (led / "trigger").read_text() == "mmc0"


def test_a_bad_first_file_is_told_on_the_screen(tmp_path: Path) -> None:
    device = new_device(tmp_path)
    device.provision(b'[gate]\nid = "A"\n')
    assert "line 2, column 1, gate.id" in device.at(ISSUE)


def test_a_file_that_windows_called_otherwise_is_told(tmp_path: Path) -> None:
    device = new_device(tmp_path)
    (device.places.boot / "gate.toml.txt").write_bytes(card())
    (problem,) = device.provision().problems
    assert problem.path == "gate.toml.txt"
    assert "ends of names" in device.log()
