"""A key that never leaves the device, and the certificate that comes back."""

from pathlib import Path

import pytest
from cryptography import x509

from gate.certificates import key_in, key_pem, name_of, new_key, pem
from gate.fleet.authority import Authority, client_certificate, new_authority, request_in
from gate.provision import network
from gate.provision.card import KEPT
from gate.provision.sections import STORED
from tests.gate.provision.cards import WIFI, card
from tests.gate.provision.devices import NOW, Device, jwks, mode, new_device


@pytest.fixture(scope="module")
def authority() -> Authority:
    return new_authority("mall", NOW)


TLS = {"mqtt_password": None, "mqtt_ca": "ca.pem"}


def enrolling(folder: Path, authority: Authority) -> Device:
    device = new_device(folder)
    small = card(secrets=TLS, mqtt={"user": None, "port": 8883})
    device.provision(small, keys_json=jwks(), ca_pem=pem(authority.certificate))
    return device


def signed(device: Device, authority: Authority, name: str | None = None) -> bytes:
    request = request_in(device.places.signing_request.read_bytes())
    name = name or name_of(request)
    return pem(client_certificate(authority, name, request.public_key(), now=NOW, days=30))


def test_a_device_makes_its_key_and_asks_for_a_certificate(
    tmp_path: Path, authority: Authority
) -> None:
    device = enrolling(tmp_path, authority)
    request = request_in(device.places.signing_request.read_bytes())
    key = key_in(device.places.private_key.read_bytes())
    assert name_of(request) == "t01-a"
    assert request.public_key() == key.public_key()
    assert mode(device.places.private_key) == 0o600
    assert not any(b"PRIVATE" in path.read_bytes() for path in device.places.boot.iterdir())
    config = device.at("etc/gate/gate.toml")
    assert 'ca_file = "credential:ca.pem"' in config
    assert "key_file" not in config, "of no use to the daemon without the certificate"
    assert "gate fleet sign" in device.log()


def test_the_certificate_that_comes_back_is_taken_over(
    tmp_path: Path, authority: Authority
) -> None:
    device = enrolling(tmp_path, authority)
    key, certificate = device.places.private_key.read_bytes(), signed(device, authority)
    assert device.provision(gate_crt=certificate).problems == ()
    assert device.places.certificate.read_bytes() == certificate
    assert device.places.private_key.read_bytes() == key
    assert 'cert_file = "credential:gate.pem"' in device.at("etc/gate/gate.toml")
    assert not device.places.signing_request.exists()
    assert not device.provision().changed
    (device.places.boot / "gate.crt").unlink()
    device.provision(device.card().replace("8883", "8884").encode())
    assert 'key_file = "credential:gate.key"' in device.at("etc/gate/gate.toml")
    assert not device.places.signing_request.exists()


def test_until_then_each_start_leaves_key_and_request_as_they_are(
    tmp_path: Path, authority: Authority
) -> None:
    device = enrolling(tmp_path, authority)
    key = device.places.private_key.read_bytes()
    request = device.places.signing_request.read_bytes()
    assert not device.provision().changed
    device.provision(device.card().replace("8883", "8884").encode())
    assert device.places.private_key.read_bytes() == key
    assert device.places.signing_request.read_bytes() == request
    device.places.signing_request.unlink()
    device.provision()
    assert request_in(device.places.signing_request.read_bytes()).public_key() == (
        key_in(key).public_key()
    )


@pytest.mark.parametrize("whose", ["another key", "another gate", "nobody"])
def test_a_certificate_of_somebody_else_is_refused(
    tmp_path: Path, authority: Authority, whose: str
) -> None:
    device = enrolling(tmp_path, authority)
    other = client_certificate(authority, "t01-a", new_key().public_key(), now=NOW, days=30)
    made = {
        "another key": pem(other),
        "another gate": signed(device, authority, "t01-b"),
        "nobody": b"-----BEGIN CERTIFICATE-----\n",
    }
    (problem,) = device.provision(gate_crt=made[whose]).problems
    assert problem.path == "gate.crt"
    assert not device.places.certificate.exists()
    (device.places.boot / "gate.crt").unlink()  # the way out that is told
    device.places.signing_request.unlink()
    assert device.provision().problems == ()
    assert device.provision(gate_crt=signed(device, authority)).problems == ()
    assert device.places.certificate.exists()


def test_a_device_whose_key_was_revoked_makes_another(tmp_path: Path, authority: Authority) -> None:
    device = enrolling(tmp_path, authority)
    device.provision(gate_crt=signed(device, authority))
    key = device.places.private_key.read_bytes()
    for gone in (device.places.private_key, device.places.config, device.places.boot / "gate.crt"):
        gone.unlink()
    assert device.provision().problems == ()
    assert device.places.private_key.read_bytes() != key
    assert device.provision(gate_crt=signed(device, authority)).problems == ()


def test_a_device_that_was_set_up_by_its_camera_takes_its_certificate_over_too(
    tmp_path: Path, authority: Authority
) -> None:
    device = new_device(tmp_path)
    ca = pem(authority.certificate).decode()
    documents = {"mqtt_password": None, "mqtt_ca": ca, "keys": jwks().decode()}
    small = card(secrets=documents, mqtt={"user": None})
    assert device.provisioner.apply(small, NOW).configured
    assert WIFI not in device.at(KEPT)
    certificate = signed(device, authority)
    assert device.provision(gate_crt=certificate).problems == ()
    assert device.places.certificate.read_bytes() == certificate
    assert network.stored_network((tmp_path / network.CONNECTION).read_bytes()) is not None
    assert not device.places.small_file.exists()
    assert not device.provision().changed


def test_another_gate_id_asks_for_another_certificate(tmp_path: Path, authority: Authority) -> None:
    device = enrolling(tmp_path, authority)
    device.provision(gate_crt=signed(device, authority))
    (device.places.boot / "gate.crt").unlink()
    device.provision(device.card().replace('id = "t01-a"', 'id = "t01-b"').encode())
    assert name_of(request_in(device.places.signing_request.read_bytes())) == "t01-b"
    assert "cert_file" not in device.at("etc/gate/gate.toml")


@pytest.mark.parametrize("name", ["mqtt_ca", "mqtt_cert"])
def test_a_key_in_a_file_of_certificates_does_not_stay_on_the_card(
    tmp_path: Path, authority: Authority, name: str
) -> None:
    device, key = new_device(tmp_path), new_key()
    own = client_certificate(authority, "t01-a", key.public_key(), now=NOW, days=30)
    files = {"mqtt_ca": pem(authority.certificate), "mqtt_cert": pem(own)}
    files[name] += key_pem(key)
    named = {**TLS, "mqtt_cert": "gate.pem", "mqtt_key": "gate.key"}
    (problem,) = device.provision(
        card(secrets=named, mqtt={"user": None}),
        keys_json=jwks(),
        ca_pem=files["mqtt_ca"],
        gate_pem=files["mqtt_cert"],
        gate_key=key_pem(key),
    ).problems
    assert f"secrets.{name}" in problem.path
    assert "holds a private key" in problem.what


def test_a_key_that_travels_on_the_card_leaves_it(tmp_path: Path, authority: Authority) -> None:
    device, key = new_device(tmp_path), new_key()
    own = client_certificate(authority, "t01-a", key.public_key(), now=NOW, days=30)
    device.provision(
        card(secrets={**TLS, "mqtt_cert": "gate.pem", "mqtt_key": "gate.key"}, mqtt={"user": None}),
        keys_json=jwks(),
        ca_pem=pem(authority.certificate),
        gate_pem=pem(own),
        gate_key=key_pem(key),
    )
    assert device.places.private_key.read_bytes() == key_pem(key)
    assert not (device.places.boot / "gate.key").exists()
    assert (device.places.boot / "gate.pem").exists()
    assert f'mqtt_key = "{STORED}"' in device.card()
    assert not device.provision().changed


@pytest.mark.parametrize("key", [b"junk", b"-----BEGIN PRIVATE KEY-----\nhunter2\n", b"", None])
def test_a_key_that_is_none_is_told_and_not_repeated(
    tmp_path: Path, authority: Authority, key: bytes | None
) -> None:
    device = new_device(tmp_path)
    own = client_certificate(authority, "t01-a", new_key().public_key(), now=NOW, days=30)
    small = card(
        secrets={**TLS, "mqtt_cert": "gate.pem", "mqtt_key": "gate.key"}, mqtt={"user": None}
    )
    ca, other = pem(authority.certificate), key_pem(new_key())
    files = {"ca_pem": ca, "gate_pem": pem(own), "gate_key": other if key is None else key}
    (problem,) = device.provision(small, keys_json=jwks(), **files).problems
    assert "another key" in problem.what if key is None else "no private key" in problem.what
    assert "hunter2" not in device.log()
    assert (device.places.boot / "gate.key").exists()


def test_what_is_asked_for_is_a_request_as_any_authority_reads_it(
    tmp_path: Path, authority: Authority
) -> None:
    data = enrolling(tmp_path, authority).places.signing_request.read_bytes()
    assert x509.load_pem_x509_csr(data).is_signature_valid
