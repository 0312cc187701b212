"""What a device makes of its folder, year after year: the provisioner's code, in a folder."""

from pathlib import Path

import pytest

from gate.certificates import days_left, pem
from gate.durable import Disk
from gate.fleet.card import write
from gate.fleet.enrolment import signed
from gate.fleet.making import SIGNED
from gate.fleet.register import Register
from gate.fleet.site import SiteFolder
from gate.model import Utc
from tests.gate.fleet.test_devices import SITE
from tests.gate.fleet.test_making import DAY, NOW, ONE, OWN, certificate, is_revoked, make, site_in
from tests.gate.provision.devices import Device, jwks, new_device

LATE = Utc(NOW + 1700 * DAY)


@pytest.fixture
def folder(tmp_path: Path) -> SiteFolder:
    made = site_in(tmp_path / "site")
    (made.root / "keys.json").write_bytes(jwks())
    return made


@pytest.fixture
def device(tmp_path: Path) -> Device:
    made = new_device(tmp_path / "device")
    for name in ("config.txt", "cmdline.txt"):
        (made.places.boot / name).touch()
    return made


def start(folder: SiteFolder, device: Device) -> None:
    """Write the card, and start the device with it."""
    write(folder.devices / "t01-a", device.places.boot, "t01-a", disk=Disk())
    outcome = device.provision()
    assert outcome.problems == ()
    assert outcome.failed == ()


def sign(folder: SiteFolder, device: Device) -> None:
    asked = device.places.signing_request.read_bytes()
    register = Register(folder, disk=Disk(), passphrase=bytes)
    terms = SITE.certificates
    _, given = signed(asked, gates=["t01-a"], register=register, terms=terms, now=NOW)
    (folder.devices / "t01-a" / SIGNED).write_bytes(pem(given))


@pytest.mark.parametrize("text", [ONE, OWN], ids=["key made here", "its own key"])
def test_a_certificate_that_was_renewed_reaches_the_device(
    folder: SiteFolder, device: Device, text: str
) -> None:
    make(folder, text)
    start(folder, device)
    if text is OWN:
        sign(folder, device)
        start(folder, device)
    key = device.places.private_key.read_bytes()
    assert days_left(certificate(device.places.certificate), LATE) == 125

    make(folder, text, now=LATE)
    start(folder, device)

    assert days_left(certificate(device.places.certificate), LATE) == 1825
    assert device.places.private_key.read_bytes() == key


def test_a_key_that_was_replaced_reaches_the_device(folder: SiteFolder, device: Device) -> None:
    make(folder, ONE)
    start(folder, device)
    before = certificate(device.places.certificate)

    make(folder, ONE, replace=["t01-a"])
    start(folder, device)

    assert is_revoked(folder, before)
    assert not is_revoked(folder, certificate(device.places.certificate))


def test_no_secret_stays_on_the_card(folder: SiteFolder, device: Device) -> None:
    make(folder, ONE)
    start(folder, device)

    left = {path.name: path.read_bytes() for path in device.places.boot.iterdir()}
    assert b"PRIVATE KEY" not in b"".join(left.values())
