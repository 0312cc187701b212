"""The power fails after each single step: the device is the old one or the new one.

A step is one change of the disk, or one command; each change is whole (`gate.durable`). What is
ended there is started again, as at the next boot, with the card as it is then.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from gate.certificates import pem
from gate.durable import Disk
from gate.fleet.authority import new_authority
from gate.provision.carrying import journal
from gate.provision.sections import STORED
from tests.gate.provision.cards import PASSWORD, WIFI, card
from tests.gate.provision.cutting import CutDisk, Mains, each_cut
from tests.gate.provision.devices import NOW, Commands, Device, configured, jwks, new_device

KEYS, CA = jwks("k1"), pem(new_authority("mall", NOW).certificate)
NEW_PASSWORD, NEW_WIFI = "another broker's word", "incorrect horse"
SECRETS = (PASSWORD, WIFI, NEW_PASSWORD, NEW_WIFI)


def unconfigured(folder: Path) -> Device:
    device = new_device(folder)
    device.provision()
    return device


STORIES: dict[str, tuple[Callable[[Path], Device], bytes]] = {
    "first": (unconfigured, card()),
    "changed": (
        configured,
        card(
            gate={"notice_s": 3.0},
            device={"timezone": "Asia/Makassar", "name": "other"},
            wifi={"password": STORED},
            secrets={"mqtt_password": STORED},
        ),
    ),
    "new secrets": (
        configured,
        card(wifi={"password": NEW_WIFI}, secrets={"mqtt_password": NEW_PASSWORD}),
    ),
    "less": (configured, card(wifi=None, secrets={"mqtt_password": None}, mqtt={"user": None})),
    "own key": (
        configured,
        card(
            secrets={"mqtt_password": None, "mqtt_ca": "ca.pem"},
            mqtt={"user": None},
            wifi={"password": STORED},
        ),
    ),
}


def before(story: str, folder: Path) -> Device:
    device = STORIES[story][0](folder)
    device.places.boot_config.write_bytes(b"camera_auto_detect=1\n[pi4]\narm_boost=1\n")
    return device


def start(story: str) -> Callable[[Device], object]:
    """With the card of this story in it."""
    return lambda device: device.provision(STORIES[story][1], keys_json=KEYS, ca_pem=CA)


def settings_of(device: Device) -> dict[str, bytes]:
    """What a lane goes by: all but the card, what was seen of it, and a key that is made anew."""
    passed_over = ("boot/", "etc/gate/provision", "run/", "etc/gate/credentials/gate.key")
    everything = device.everything()
    return {name: data for name, data in everything.items() if not name.startswith(passed_over)}


@pytest.mark.parametrize("story", ["first", "new secrets"])
def test_after_any_step_the_next_start_makes_it_the_new_one(story: str, tmp_path: Path) -> None:
    ends_as_the_new_one(story, tmp_path)


def ends_as_the_new_one(story: str, folder: Path) -> None:
    whole = before(story, folder / "whole")
    start(story)(whole)
    new, count = settings_of(whole), 0
    secrets = tuple(word for word in SECRETS if word.encode() in STORIES[story][1])
    for device, watch in each_cut(before(story, folder / "old"), folder, secrets, start(story)):
        count += 1
        watch()
        device.disk, device.commands = CutDisk(Mains(), watch), Commands()
        outcome = device.provision()
        assert (outcome.configured, outcome.problems, outcome.failed) == (True, (), ())
        assert settings_of(device) == new
        assert not journal(device.places).exists()
        assert not any(word in device.card() for word in SECRETS)
        assert not device.provision().changed
    assert count > 6, "or nothing was tried"


@pytest.mark.parametrize("story", ["new secrets"])
def test_after_any_step_a_card_that_was_spoilt_leaves_the_old_or_the_new_one(
    story: str, tmp_path: Path
) -> None:
    old_or_new_with_a_spoilt_card(story, tmp_path)


def old_or_new_with_a_spoilt_card(story: str, folder: Path) -> None:
    """Somebody copies another file meanwhile, and that is cut."""
    whole, first = before(story, folder / "whole"), before(story, folder / "old")
    start(story)(whole)
    old, new, reached = settings_of(first), settings_of(whole), set[str]()
    another = card()[:200]
    for device, _ in each_cut(first, folder, (), start(story)):
        device.disk, device.commands = Disk(), Commands()
        outcome = device.provision(another)
        assert outcome.problems
        assert device.places.small_file.read_bytes() == another, "somebody else's file"
        after = settings_of(device)
        assert after in (old, new)
        reached.add("old" if after == old else "new")
        assert outcome.configured == ("etc/gate/gate.toml" in after)
    assert "new" in reached
