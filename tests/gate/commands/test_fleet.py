"""`gate fleet` and `gate card`, as a technician types them."""

import json
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from gate.certificates import new_key, same_key
from gate.cli import app
from gate.issuing import new_key as new_jwk
from gate.issuing import public_jwks
from gate.provision.small_file import read

LIST = "gate,district,venue,enrol\nt01-a,pusat,mall,no\nt01-b,pusat,mall,yes\n"


class Technician:
    """At a site's folder, with the list of its devices."""

    def __init__(self, folder: Path) -> None:
        self.site = folder / "mall"
        self.card = folder / "bootfs"
        self.card.mkdir()
        for name in ("config.txt", "cmdline.txt"):
            (self.card / name).touch()
        self.list = folder / "devices.csv"
        self.list.write_text(LIST)

    def types(self, *words: str | Path, code: int = 0, text: str = "") -> str:
        done = CliRunner().invoke(app, [str(word) for word in words], input=text)
        assert done.exit_code == code, done.output
        return done.output

    def fleet(self, verb: str, *words: str | Path, code: int = 0, text: str = "") -> str:
        return self.types("fleet", verb, *words, "--site", self.site, code=code, text=text)

    def begins(self, *words: str | Path) -> None:
        self.types("fleet", "init", self.site, "--broker", "broker.lan", *words)
        (self.site / "keys.json").write_text(json.dumps(public_jwks(new_jwk("city-26"))))


@pytest.fixture
def technician(tmp_path: Path) -> Technician:
    return Technician(tmp_path)


def request(name: str) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return builder.sign(new_key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_from_an_empty_folder_to_a_card(technician: Technician) -> None:
    technician.begins()
    assert stat.S_IMODE(technician.site.stat().st_mode) == 0o700
    assert "t01-a                 made" in technician.fleet("make", technician.list)
    said = technician.types(
        "card", "write", "t01-a", "--to", technician.card, "--site", technician.site
    )
    assert "Eject the card" in said
    assert read((technician.card / "gate.toml").read_bytes()).gate.id == "t01-a"
    assert (technician.card / "gate.key").exists()
    assert "5 folders" not in technician.fleet("make")  # the list of last time
    assert "until 20" in technician.fleet("list")


def test_a_device_with_a_key_of_its_own_asks_once_and_gets_its_certificate(
    technician: Technician,
) -> None:
    technician.begins()
    technician.fleet("make", technician.list)
    said = technician.types(
        "card", "write", "t01-b", "--to", technician.card, "--site", technician.site
    )
    assert f"gate fleet sign {technician.card / 'gate.csr'}" in said
    asked = technician.card / "gate.csr"
    asked.write_bytes(request("t01-b"))
    assert "t01-b: " in technician.fleet("sign", asked)
    given = x509.load_pem_x509_certificate((technician.card / "gate.crt").read_bytes())
    wanted = x509.load_pem_x509_csr(asked.read_bytes()).public_key()
    assert same_key(given.public_key(), wanted)
    technician.fleet("sign", asked)
    again = x509.load_pem_x509_certificate((technician.card / "gate.crt").read_bytes())
    assert again == given
    assert "as it was" not in technician.fleet("make")
    assert (technician.site / "devices" / "t01-b" / "gate.crt").exists()


def test_a_request_is_signed_for_a_gate_of_the_list_and_for_one_key(
    technician: Technician,
) -> None:
    technician.begins()
    technician.fleet("make", technician.list)
    asked = technician.card / "gate.csr"
    asked.write_bytes(request("t01-c"))
    assert 'asks for "t01-c", which is no gate of this fleet. Is it t01-' in technician.fleet(
        "sign", asked, code=1
    )
    asked.write_bytes(request("t01-a"))  # whose key was made here
    assert "--replace t01-a" in technician.fleet("sign", asked, code=1)
    assert not (technician.card / "gate.crt").exists()
    assert "restart mosquitto" in technician.fleet("sign", asked, "--replace", "t01-a")
    assert len(crl(technician)) == 1


def test_a_stolen_device_is_revoked_and_its_card_written_no_more(technician: Technician) -> None:
    technician.begins()
    technician.fleet("make", technician.list)
    said = technician.fleet("revoke", "t01-a")
    assert "t01-a: revoked" in said
    assert "restart mosquitto" in said
    assert len(crl(technician)) == 1
    assert "was revoked before" in technician.fleet("revoke", "t01-a")
    assert "Did you mean t01-a?" in technician.fleet("revoke", "t01-x", code=1)
    listed = technician.fleet("list", code=1)
    assert "revoked; another key: gate fleet make --replace" in listed
    card = ("card", "write", "t01-a", "--to", technician.card, "--site", technician.site)
    assert "t01-a was revoked" in technician.types(*card, code=1)
    technician.fleet("make", "--replace", "t01-a")
    technician.types(*card)


def crl(technician: Technician) -> list[x509.RevokedCertificate]:
    at_broker = technician.site / "broker" / "site.crl"
    return [*x509.load_pem_x509_crl(at_broker.read_bytes())]


def test_the_list_for_programs_says_what_is_to_be_done(technician: Technician) -> None:
    technician.begins()
    technician.fleet("make", technician.list)
    technician.list.write_text(LIST.replace("t01-a", "t01-c"))
    technician.fleet("make", technician.list)
    found = {it["name"]: it for it in json.loads(technician.fleet("list", "--json", code=1))}
    assert found["t01-a"]["todo"] == "no longer in the list: gate fleet revoke t01-a"
    assert found["t01-b"]["todo"].startswith("waits for its gate.csr")
    assert found["t01-c"]["days"] in {1824, 1825}
    assert not found["t01-c"]["warns"]


def test_a_list_with_mistakes_makes_nothing(technician: Technician) -> None:
    technician.begins()
    (technician.site / "keys.json").unlink()
    technician.list.write_text(LIST.replace("pusat", "Pusat", 1).replace("yes", "perhaps"))
    said = technician.fleet("make", technician.list, code=78)
    assert "3 problems" in said
    assert "keys.json is missing" in said
    assert "line 2, column B (district)" in said
    assert "line 3, column D (enrol)" in said
    assert not (technician.site / "devices").exists()
    assert not (technician.site / "devices.csv").exists()


def test_keys_that_no_device_would_take_are_told(technician: Technician) -> None:
    technician.begins()
    (technician.site / "operators.json").write_text(json.dumps({"keys": [new_jwk("ops")]}))
    assert "is a private key" in technician.fleet("make", technician.list, code=78)


def test_a_name_that_nobody_has_is_not_replaced(technician: Technician) -> None:
    technician.begins()
    said = technician.fleet("make", technician.list, "--replace", "t01-z", code=1)
    assert "--replace t01-z" in said
    assert not (technician.site / "devices").exists()


def test_the_authority_may_have_a_passphrase(technician: Technician, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("four words are easy\n")
    technician.begins("--passphrase-file", secret)
    assert b"ENCRYPTED" in (technician.site / "ca.key").read_bytes()
    technician.fleet("make", technician.list, "--passphrase-file", secret)
    technician.fleet("make")  # nothing is to be signed
    secret.write_text("another\n")
    said = technician.fleet("revoke", "t01-a", "--passphrase-file", secret, code=1)
    assert "is not its passphrase" in said


def test_a_short_passphrase_and_a_second_authority_are_refused(
    technician: Technician, tmp_path: Path
) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("short\n")
    begin = ("fleet", "init", technician.site, "--broker", "broker.lan")
    assert "12 characters" in technician.types(*begin, "--passphrase-file", secret, code=1)
    assert not technician.site.exists()
    technician.types(*begin)
    key = (technician.site / "ca.key").read_bytes()
    assert "has its authority" in technician.types(*begin, code=1)
    assert (technician.site / "ca.key").read_bytes() == key


def test_a_broker_that_is_no_host_is_told_before_anything_is_made(technician: Technician) -> None:
    begin = ("fleet", "init", technician.site, "--broker", "mqtt://broker.lan")
    assert "broker.hosts" in technician.types(*begin, code=78)
    assert not (technician.site / "ca.key").exists()
    assert not (technician.site / "site.toml").exists()


def test_outside_of_a_site_the_way_there_is_told(technician: Technician) -> None:
    assert "gate fleet init" in technician.fleet("list", code=1)
    said = technician.types("card", "write", "t01-a", "--site", technician.site, code=1)
    assert "gate fleet init" in said


def test_a_device_that_was_not_made_is_told_with_those_that_were(technician: Technician) -> None:
    technician.begins()
    technician.fleet("make", technician.list)
    said = technician.types("card", "write", "t01-x", "--site", technician.site, code=1)
    assert "Made were: t01-a, t01-b" in said


@pytest.mark.parametrize("option", [(), ("--semicolon",)])
def test_the_template_can_be_made_as_it_is(technician: Technician, option: tuple[str, ...]) -> None:
    technician.begins()
    technician.list.write_text(technician.types("fleet", "template", *option))
    technician.fleet("make", technician.list)
