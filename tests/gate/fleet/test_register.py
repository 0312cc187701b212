"""The site's authority, and what it keeps of whom it has signed for."""

import ssl
import stat
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from gate.certificates import days_left, key_pem, name_of, new_key, pem
from gate.durable import Disk
from gate.fleet.authority import request_in
from gate.fleet.enrolment import signed
from gate.fleet.register import OtherKeyError, Register, RegisterError, RevokedKeyError, found
from gate.fleet.site import Certificates, SiteFolder
from gate.model import Utc
from tests.gate.fleet.tls import Files, handshake
from tests.gate.releases.machine import CutDisk, Power, PowerCutError

NOW = Utc(1_790_000_000.25)
DAY = 86_400
HOSTS = ("broker.mall.lan", "192.0.2.10")
TERMS = Certificates(days=1000, renew_days=100)


def unasked() -> bytes:
    raise AssertionError("nobody is to be asked for a passphrase")


@pytest.fixture
def folder(tmp_path: Path) -> SiteFolder:
    return site_in(tmp_path / "site")


def site_in(path: Path, passphrase: bytes | None = None) -> SiteFolder:
    path.mkdir()
    site = SiteFolder(path)
    found(site, "mall", NOW, disk=Disk(), passphrase=passphrase)
    return site


def opened(folder: SiteFolder, passphrase: Callable[[], bytes] = unasked) -> Register:
    return Register(folder, disk=Disk(), passphrase=passphrase)


def client(folder: SiteFolder, name: str = "t01-a") -> Files:
    """A client with a key and a certificate of its own, in files."""
    key = new_key()
    certificate = opened(folder).certify(name, key.public_key(), TERMS, now=NOW)
    return in_files(folder, name, certificate, key)


def broker(folder: SiteFolder) -> Files:
    key = new_key()
    certificate = opened(folder).certify_broker(HOSTS, key.public_key(), TERMS, now=NOW)
    files = in_files(folder, "broker", certificate, key)
    return replace(files, revocations=folder.revocations)


def in_files(
    folder: SiteFolder, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> Files:
    crt, private = folder.root / f"{name}.crt", folder.root / f"{name}.key"
    crt.write_bytes(pem(certificate))
    private.write_bytes(key_pem(key))
    return Files(folder.authority, crt, private)


@pytest.mark.parametrize("host", HOSTS)
def test_a_gate_and_the_broker_of_a_site_believe_each_other(folder: SiteFolder, host: str) -> None:
    assert handshake(broker(folder), client(folder), host) == "t01-a"


def test_a_broker_of_another_name_is_not_believed(folder: SiteFolder) -> None:
    with pytest.raises(ssl.SSLError, match="mismatch"):
        handshake(broker(folder), client(folder), "elsewhere.lan")


def test_a_gate_of_another_site_is_not_believed(folder: SiteFolder, tmp_path: Path) -> None:
    stranger = replace(client(site_in(tmp_path / "other")), ca=folder.authority)
    with pytest.raises(ssl.SSLError):
        handshake(broker(folder), stranger, HOSTS[0])


def test_a_gate_with_a_stolen_certificate_is_no_broker_and_a_broker_is_no_gate(
    folder: SiteFolder,
) -> None:
    at_broker, at_gate = broker(folder), client(folder, HOSTS[0])
    with pytest.raises(ssl.SSLError):
        handshake(replace(at_gate, revocations=folder.revocations), client(folder), HOSTS[0])
    with pytest.raises(ssl.SSLError):
        handshake(at_broker, at_broker, HOSTS[0])


def test_who_is_revoked_is_not_believed_and_everybody_else_is(folder: SiteFolder) -> None:
    at_broker, stolen, kept = broker(folder), client(folder, "t01-a"), client(folder, "t01-b")
    for _ in range(2):
        opened(folder).revoke("t01-a", NOW)  # the second time changes nothing
    assert handshake(at_broker, kept, HOSTS[0]) == "t01-b"
    with pytest.raises(ssl.SSLError):
        handshake(at_broker, stolen, HOSTS[0])
    register = opened(folder)
    assert len(list(register.revocations)) == 1
    assert register.of("t01-a") is None
    assert register.revocations.next_update_utc == register.certificate.not_valid_after_utc


def test_nobody_leaves_the_list_and_its_number_goes_up(folder: SiteFolder) -> None:
    numbers = [crl_number(opened(folder))]
    for name in ("t01-a", "t01-b"):
        client(folder, name)
        opened(folder).revoke(name, NOW)
        numbers.append(crl_number(opened(folder)))
    assert numbers == [1, 2, 3]
    assert len(list(opened(folder).revocations)) == 2


def crl_number(register: Register) -> int:
    return register.revocations.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def test_the_same_key_gets_the_same_certificate_until_it_is_near_its_end(
    folder: SiteFolder,
) -> None:
    key = new_key().public_key()
    first = opened(folder).certify("t01-a", key, TERMS, now=NOW)
    later = Utc(NOW + 899 * DAY)
    assert opened(folder).certify("t01-a", key, TERMS, now=later) == first
    renewed = opened(folder).certify("t01-a", key, TERMS, now=Utc(NOW + 900 * DAY))
    assert days_left(renewed, NOW) == 1900
    assert opened(folder).of("t01-a") == renewed
    assert not opened(folder).is_revoked(first)  # until the device has the next


def test_a_second_key_for_the_same_name_is_no_accident(folder: SiteFolder) -> None:
    first = opened(folder).certify("t01-a", new_key().public_key(), TERMS, now=NOW)
    other = new_key().public_key()
    with pytest.raises(OtherKeyError, match="--replace"):
        opened(folder).certify("t01-a", other, TERMS, now=NOW)
    second = opened(folder).certify("t01-a", other, TERMS, now=NOW, replace=True)
    register = opened(folder)
    assert register.of("t01-a") == second
    assert register.is_revoked(first)
    with pytest.raises(RevokedKeyError, match="was revoked"):
        register.certify("t01-a", first.public_key(), TERMS, now=NOW, replace=True)
    assert register.of("t01-a") == second


def test_a_device_that_believes_in_the_date_of_its_image_reaches_the_broker(
    folder: SiteFolder,
) -> None:
    key = new_key().public_key()
    certificate = opened(folder).certify_broker(HOSTS, key, TERMS, now=NOW)
    image = Utc(NOW - 700 * DAY)
    for found_ in (certificate, opened(folder).certificate):
        assert found_.not_valid_before_utc.timestamp() <= image


def test_a_broker_whose_clock_is_behind_the_list_of_the_revoked_lets_everybody_in(
    tmp_path: Path,
) -> None:
    ahead = Utc(time.time() + 30 * DAY)  # of the broker, and of the two who shake hands here
    folder = SiteFolder(tmp_path / "ahead")
    folder.root.mkdir()
    found(folder, "ahead", ahead, disk=Disk())
    at_broker, stolen, kept = broker(folder), client(folder, "t01-a"), client(folder, "t01-b")
    opened(folder).revoke("t01-a", ahead)
    assert handshake(at_broker, kept, HOSTS[0]) == "t01-b"
    with pytest.raises(ssl.SSLError, match="revoked"):
        handshake(at_broker, stolen, HOSTS[0])


def test_no_certificate_outlives_the_authority(folder: SiteFolder) -> None:
    register = opened(folder)
    late = Utc(NOW + 19 * 365 * DAY)
    certificate = register.certify(
        "t01-a", new_key().public_key(), Certificates(days=3650, renew_days=1), now=late
    )
    assert certificate.not_valid_after_utc == register.certificate.not_valid_after_utc


# --- the authority's own files ---------------------------------------------------------------


def test_the_authoritys_key_is_its_owners_alone(folder: SiteFolder) -> None:
    assert stat.S_IMODE(folder.authority_key.stat().st_mode) == 0o600


def test_the_power_may_fail_while_an_authority_is_made(tmp_path: Path) -> None:
    """Until it is whole there is none, and it is made anew."""
    folder, cuts = SiteFolder(tmp_path), 0
    while cuts < 10:
        try:
            found(folder, "mall", NOW, disk=CutDisk(Power(cuts)))
            break
        except PowerCutError:
            cuts += 1
    assert cuts == 4
    client(folder)  # signed with the key that belongs to it


def test_a_site_gets_one_authority(folder: SiteFolder) -> None:
    with pytest.raises(RegisterError, match="has its authority"):
        found(folder, "mall", NOW, disk=Disk())


def test_a_passphrase_is_asked_for_when_something_is_signed_and_has_to_be_right(
    tmp_path: Path,
) -> None:
    folder, asked = site_in(tmp_path / "site", b"correct horse"), []

    def ask() -> bytes:
        asked.append(True)
        return b"correct horse"

    assert b"ENCRYPTED" in folder.authority_key.read_bytes()
    register, key = opened(folder, ask), new_key().public_key()
    assert register.of("t01-a") is None
    assert asked == []
    for _ in range(2):
        register.certify("t01-a", key, TERMS, now=NOW)
    register.certify("t01-b", new_key().public_key(), TERMS, now=NOW)
    assert asked == [True]
    with pytest.raises(RegisterError, match="not its passphrase"):
        opened(folder, lambda: b"wrong").revoke("t01-a", NOW)


def test_a_key_of_another_backup_signs_nothing(folder: SiteFolder, tmp_path: Path) -> None:
    other = site_in(tmp_path / "other")
    folder.authority_key.write_bytes(other.authority_key.read_bytes())
    with pytest.raises(RegisterError, match="do not belong together"):
        client(folder)


def test_a_folder_that_is_no_site_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="gate fleet init"):
        opened(SiteFolder(tmp_path))


def test_a_damaged_register_says_where_to_take_it_from(folder: SiteFolder) -> None:
    (folder.issued / "00.pem").write_text("half")
    with pytest.raises(RegisterError, match="backup"):
        opened(folder)


# --- requests of devices ---------------------------------------------------------------------


def request(name: str, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def test_a_request_says_who_asks_for_which_key() -> None:
    key = new_key()
    asked = request_in(request("t01-a", key))
    assert name_of(asked) == "t01-a"
    assert asked.public_key() == key.public_key()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no certificate request"),
        (request("t01-a", new_key())[:300], "no certificate request"),
        (request("t01-a", rsa.generate_private_key(65537, 2048)), "P-256"),
        (request("t01-a", ec.generate_private_key(ec.SECP192R1())), "P-256"),
    ],
)
def test_a_request_that_cannot_be_used_says_why(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        request_in(data)


@pytest.mark.parametrize(
    "name", ["\x1b[2J", "t01-a\nt01-b", "t01-a ", "T01-A", "t01-a\0", "\u202et01"]
)
def test_a_name_with_odd_characters_is_no_gate_and_is_told_without_them(
    folder: SiteFolder, name: str
) -> None:
    data, register = request(name, new_key()), opened(folder)
    with pytest.raises(ValueError, match="is no gate of this fleet") as raised:
        signed(data, gates=["t01-a", "t01-b"], register=register, terms=TERMS, now=NOW)
    assert str(raised.value).isprintable()


def test_a_request_whose_name_somebody_has_changed_is_damaged() -> None:
    der = x509.load_pem_x509_csr(request("t01-a", new_key())).public_bytes(
        serialization.Encoding.DER
    )
    altered = x509.load_der_x509_csr(der.replace(b"t01-a", b"t01-b"))
    with pytest.raises(ValueError, match="damaged"):
        request_in(altered.public_bytes(serialization.Encoding.PEM))
