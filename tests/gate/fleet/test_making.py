"""Folders for devices, clients and the broker: made once, kept, renewed, replaced."""

import shutil
import stat
from collections.abc import Collection
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509

from gate.certificates import days_left, key_in, name_of, same_key
from gate.durable import Disk
from gate.fleet.devices import Device
from gate.fleet.making import BROKER, Made, Maker, Outcome
from gate.fleet.register import Register, RegisterError, found
from gate.fleet.site import SiteFolder
from gate.model import Utc
from tests.gate.fleet.test_devices import SITE, made
from tests.gate.releases.machine import CutDisk, Power, PowerCutError

NOW = Utc(1_790_000_000.0)
DAY = 86_400
HEAD = "gate,district,venue,enrol\n"
ONE = HEAD + "t01-a,pusat,mall,no\n"
OWN = HEAD + "t01-a,pusat,mall,yes\n"
TWO = ONE + "t01-b,pusat,mall,yes\n"


@pytest.fixture
def folder(tmp_path: Path) -> SiteFolder:
    return site_in(tmp_path / "site")


def site_in(path: Path) -> SiteFolder:
    path.mkdir()
    folder = SiteFolder(path)
    found(folder, "mall", NOW, disk=Disk())
    (path / "keys.json").write_text('{"keys": []}')
    return folder


def make(
    folder: SiteFolder,
    text: str = TWO,
    *,
    now: Utc = NOW,
    replace: Collection[str] = (),
    disk: Disk | None = None,
) -> dict[str, Made]:
    disk = disk or Disk()
    devices = listed(text)
    register = Register(folder, disk=disk, passphrase=bytes)
    maker = Maker(folder, SITE, register, disk=disk, now=now, replace=replace)
    return {it.name: it for it in maker.make(devices)}


@cache
def listed(text: str) -> list[Device]:
    return made(text)


def outcomes(done: dict[str, Made]) -> dict[str, Outcome]:
    return {name: it.outcome for name, it in done.items()}


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def tree(folder: SiteFolder) -> dict[str, bytes]:
    return {
        path.relative_to(folder.root).as_posix(): path.read_bytes()
        for path in folder.root.rglob("*")
        if path.is_file()
    }


def is_revoked(folder: SiteFolder, certificate: x509.Certificate) -> bool:
    return Register(folder, disk=Disk(), passphrase=bytes).is_revoked(certificate)


def test_everybody_gets_what_is_theirs(folder: SiteFolder) -> None:
    done = make(folder)
    assert outcomes(done) == {
        "t01-a": Outcome.MADE,
        "t01-b": Outcome.WAITS,
        "central": Outcome.MADE,
        "desk": Outcome.MADE,
        BROKER: Outcome.MADE,
    }
    assert {path.name for path in (folder.devices / "t01-a").iterdir()} == {
        *("gate.toml", "keys.json", "ca.pem", "gate.pem", "gate.key"),
    }
    assert {path.name for path in (folder.devices / "t01-b").iterdir()} == {
        *("gate.toml", "keys.json", "ca.pem"),
    }
    assert name_of(certificate(folder.clients / "desk" / "desk.pem")) == "desk"
    assert "user t01-b\n" in (folder.broker / "gate.acl").read_text()
    for secret in (
        folder.devices / "t01-a" / "gate.key",
        folder.devices / "t01-a" / "gate.toml",
        folder.broker / "broker.key",
    ):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_made_again_nothing_is_made_anew(folder: SiteFolder) -> None:
    make(folder)
    before = tree(folder)
    assert set(outcomes(make(folder, now=Utc(NOW + DAY))).values()) == {
        Outcome.SAME,
        Outcome.WAITS,
    }
    assert tree(folder) == before


def test_what_has_changed_is_changed_and_the_key_stays(folder: SiteFolder) -> None:
    make(folder, ONE)
    key = (folder.devices / "t01-a" / "gate.key").read_bytes()
    (folder.root / "operators.json").write_text('{"keys": []}')
    done = make(folder, ONE.replace("mall", "shop") + "t01-c,pusat,shop,no\n")
    assert done["t01-a"].outcome is Outcome.CHANGED
    assert done["t01-c"].outcome is Outcome.MADE
    assert done["central"].outcome is Outcome.SAME
    assert done[BROKER].outcome is Outcome.CHANGED  # its rules
    assert (folder.devices / "t01-a" / "gate.key").read_bytes() == key
    assert (folder.devices / "t01-a" / "operators.json").exists()


def test_near_its_end_a_certificate_is_renewed_for_the_same_key(folder: SiteFolder) -> None:
    make(folder, ONE)
    key = (folder.devices / "t01-a" / "gate.key").read_bytes()
    late = Utc(NOW + (1825 - 180) * DAY)
    assert set(outcomes(make(folder, ONE, now=late)).values()) == {Outcome.CHANGED}
    assert (folder.devices / "t01-a" / "gate.key").read_bytes() == key
    for path in ("devices/t01-a/gate.pem", "clients/central/central.pem", "broker/broker.crt"):
        assert days_left(certificate(folder.root / path), late) == 1825
    assert set(outcomes(make(folder, ONE, now=late)).values()) == {Outcome.SAME}


def test_a_revoked_device_gets_another_key_when_that_is_asked_for(folder: SiteFolder) -> None:
    make(folder, ONE)
    stolen = certificate(folder.devices / "t01-a" / "gate.pem")
    Register(folder, disk=Disk(), passphrase=bytes).revoke("t01-a", NOW)
    left = make(folder, ONE)
    assert left["t01-a"].outcome is Outcome.LEFT
    assert "--replace t01-a" in left["t01-a"].why
    assert left["central"].outcome is Outcome.SAME
    assert make(folder, ONE, replace=["t01-a"])["t01-a"].outcome is Outcome.CHANGED
    now_ = certificate(folder.devices / "t01-a" / "gate.pem")
    assert not same_key(now_.public_key(), stolen.public_key())
    assert not is_revoked(folder, now_)
    assert (folder.broker / "site.crl").read_bytes() == folder.revocations.read_bytes()


def test_a_folder_that_was_lost_does_not_make_a_second_device_of_that_name(
    folder: SiteFolder,
) -> None:
    make(folder, ONE)
    lost = certificate(folder.devices / "t01-a" / "gate.pem")
    Disk().remove(folder.devices / "t01-a")
    left = make(folder, ONE)["t01-a"]
    assert left.outcome is Outcome.LEFT
    assert "a key that is gone" in left.why
    make(folder, ONE, replace=["t01-a"])
    assert is_revoked(folder, lost)


def test_a_device_may_change_to_a_key_of_its_own_and_back(folder: SiteFolder) -> None:
    make(folder, ONE)
    here = folder.devices / "t01-a"
    first = certificate(here / "gate.pem")
    assert "its key was made here" in make(folder, OWN)["t01-a"].why
    assert make(folder, OWN, replace=["t01-a"])["t01-a"].outcome is Outcome.WAITS
    assert is_revoked(folder, first)
    assert not (here / "gate.key").exists()
    assert not (here / "gate.pem").exists()
    assert make(folder, ONE)["t01-a"].outcome is Outcome.CHANGED


def test_the_broker_under_another_name_gets_another_certificate(folder: SiteFolder) -> None:
    make(folder, ONE)
    moved = SITE.model_copy(
        update={"broker": SITE.broker.model_copy(update={"hosts": ["mqtt.mall.lan"]})}
    )
    register = Register(folder, disk=Disk(), passphrase=bytes)
    maker = Maker(folder, moved, register, disk=Disk(), now=NOW)
    assert {it.name: it.outcome for it in maker.make(made(ONE, site=moved))} == {
        "t01-a": Outcome.CHANGED,
        "central": Outcome.SAME,
        "desk": Outcome.SAME,
        BROKER: Outcome.CHANGED,
    }


def test_a_damaged_key_says_where_to_take_it_from(folder: SiteFolder) -> None:
    make(folder, ONE)
    (folder.devices / "t01-a" / "gate.key").write_text("half")
    with pytest.raises(RegisterError, match="backup"):
        make(folder, ONE)


def whole(folder: SiteFolder) -> None:
    """What has to be right, however often the power failed."""
    here, register = folder.devices / "t01-a", Register(folder, disk=Disk(), passphrase=bytes)
    has = register.of("t01-a")
    assert has == certificate(here / "gate.pem")
    assert same_key(has.public_key(), key_in((here / "gate.key").read_bytes()).public_key())
    assert not register.is_revoked(has)
    assert (folder.broker / "site.crl").read_bytes() == folder.revocations.read_bytes()


def test_the_power_may_fail_after_every_single_step(folder: SiteFolder) -> None:
    """Each time it goes on by one step: nothing is half made, and nothing is signed for twice."""
    cuts = 0
    while cuts < 100:
        try:
            make(folder, ONE, disk=CutDisk(Power(1)))
            break
        except PowerCutError:
            cuts += 1
    assert 20 < cuts < 100
    whole(folder)
    assert len([*folder.issued.iterdir()]) == 4


def test_the_power_may_fail_before_the_broker_gets_its_list(folder: SiteFolder) -> None:
    make(folder, ONE)
    with pytest.raises(PowerCutError):
        Register(folder, disk=CutDisk(Power(1)), passphrase=bytes).revoke("t01-a", NOW)
    assert folder.brokers_revocations.read_bytes() != folder.revocations.read_bytes()

    assert Register(folder, disk=Disk(), passphrase=bytes).revoke("t01-a", NOW) == 0

    assert folder.brokers_revocations.read_bytes() == folder.revocations.read_bytes()


def test_the_power_may_fail_while_a_key_is_replaced(folder: SiteFolder, tmp_path: Path) -> None:
    make(folder, ONE)
    for step in range(100):
        cut = SiteFolder(shutil.copytree(folder.root, tmp_path / str(step)))
        try:
            make(cut, ONE, replace=["t01-a"], disk=CutDisk(Power(step)))
            break
        except PowerCutError:
            again = make(cut, ONE)
            if again["t01-a"].outcome is Outcome.LEFT:  # revoked, and nobody has asked again yet
                make(cut, ONE, replace=["t01-a"])
        whole(cut)
    assert step > 4
