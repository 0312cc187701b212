"""The support archive: known secrets everywhere, and none of them in it."""

import base64
import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.process import Finished
from gate.bundle.archive import LARGEST_PART, MANIFEST, Part, packed
from gate.bundle.contents import parts_of, unreadable
from gate.commands.bundle import BundleError, pack
from gate.events import RecordGrant
from gate.model import GrantId, Reason
from gate.places import Places
from tests.gate.configs import text_of
from tests.gate.test_audit import NOW
from tests.gate.test_audit import PASS as PERSON
from tests.gate.test_audit import opened as open_database

PASSWORD = 'Gate-keeper 9"ü!'
PSK = "Wolke sieben ist schon besetzt"
SMALL = "zweites-Wort-4711"
KEY_LINES = ("MHcCAQEEIIeq4NsZ0xL2Vv0k4wPm0q9oR5Z0v3q6Q0s1yT8w", "oAoGCCqGSM49AwEHoUQDQgAEa3V2")
PEM = "\n".join(["-----BEGIN EC PRIVATE KEY-----", *KEY_LINES, "-----END EC PRIVATE KEY-----"])
JWK_D = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
PASS = "AB1:6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3/XIV0W23NTDE"
NOBODY = 65534
KNOWN = (PASSWORD, PSK, SMALL, *KEY_LINES)
"""What lies in a place of its own on the device: to be found wherever else it turns up."""

EVERYTHING = "\n".join(
    [
        *(f"connecting with {secret} failed" for secret in KNOWN),
        *(f"sent {base64.b64encode(b'user:' + it.encode()).decode()}" for it in KNOWN),
        *(f"sent {base64.b64encode(it.encode()).decode()} once" for it in KNOWN),
        *(json.dumps({"said": it}) for it in KNOWN),
        *(f"dump {it.encode().hex()}" for it in KNOWN),
        PEM,
        json.dumps({"kty": "OKP", "crv": "Ed25519", "d": JWK_D, "x": "public"}),
        f"read {PASS}",
        "read WIFI:T:WPA;S:mall;P:ein-gast-wort;;",
        "trying mqtt://t01-a:in-der-adresse@broker",
        'password = "in-der-zeile"',
        "all is well otherwise",
    ]
)
SECRETS = (*KNOWN, PEM, JWK_D, PASS[4:], "ein-gast-wort", "in-der-adresse", "in-der-zeile")


@pytest.fixture
def device(tmp_path: Path) -> Places:
    """A device whose every text and command tells every secret."""
    places = Places(tmp_path)
    small = f'[wifi]\nssid = "mall"\npassword = "{PSK}"\n[secrets]\nmqtt_password = "{SMALL}"\n'
    texts = {
        places.config: text_of({"gate": {"data_dir": str(places.data)}}) + commented(EVERYTHING),
        places.mqtt_password: PASSWORD + "\n",
        places.private_key: PEM + "\n",
        places.ca: "-----BEGIN CERTIFICATE-----\nMIIBpublic\n-----END CERTIFICATE-----\n",
        places.small_file: small + commented(EVERYTHING),
        places.provision_log: EVERYTHING,
        places.update_log: EVERYTHING,
        places.boot_config: EVERYTHING,
        places.boot / "cmdline.txt": EVERYTHING,
        tmp_path / "etc/os-release": EVERYTHING,
        tmp_path / "etc/NetworkManager/system-connections/mall.nmconnection": f"[x]\npsk={PSK}\n",
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    places.data.mkdir(parents=True)
    return places


def commented(text: str) -> str:
    return "".join(f"# {line}\n" for line in text.splitlines())


def talkative(*_command: str | Path, timeout_s: float = 0.0, env: object = None) -> Finished:
    """A system whose every command tells every secret, within its time."""
    assert 0 < timeout_s <= 60
    assert env is None
    return Finished(0, EVERYTHING, EVERYTHING)


def silent(*command: str | Path, timeout_s: float = 0.0, env: object = None) -> Finished:
    """A system without a single command."""
    assert env is None
    return Finished(127, "", f"{command[0]}: not there in {timeout_s:g} s")


def opened(data: bytes) -> dict[str, bytes]:
    """The files of an archive, by name."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        files = {it.name: archive.extractfile(it) for it in archive.getmembers()}
        return {name.split("/", 1)[1]: file.read() for name, file in files.items() if file}


def test_no_secret_is_in_the_archive_raw_or_in_base64(device: Places) -> None:
    parts = list(parts_of(device, device.config, device.data, talkative))

    packing = gzip.decompress(packed(parts, folder="b", now=0))

    for secret in SECRETS:
        assert secret.encode() not in packing, secret
        assert base64.b64encode(secret.encode()) not in packing, secret
    for secret in KNOWN:
        assert base64.urlsafe_b64encode(secret.encode()) not in packing
        assert base64.b64encode(b"user:" + secret.encode())[8:-4] not in packing
        assert secret.encode().hex().encode() not in packing
    assert packing.count(b"all is well otherwise") >= len(parts) - 5


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le", "utf-8-sig"])
def test_a_small_file_that_windows_saved_as_unicode_keeps_its_secrets(
    device: Places, encoding: str
) -> None:
    text = device.small_file.read_text(encoding="utf-8")
    device.small_file.write_bytes(text.encode(encoding))
    device.provision_log.write_text(f"with {SMALL}\n")

    parts = {it.name: it.text for it in parts_of(device, device.config, device.data, silent)}

    assert 'ssid = "mall"' in parts["config/small-file.toml"].replace("\0", "")
    for secret in SECRETS:
        assert not [name for name, text in parts.items() if secret in text.replace("\0", "")]


def test_a_small_file_of_brackets_alone_keeps_no_archive_back(device: Places) -> None:
    device.small_file.write_text("a = " + "[" * 20_000)
    assert list(parts_of(device, device.config, device.data, silent))


def test_a_secret_file_that_lies_elsewhere_is_looked_for_too(device: Places) -> None:
    elsewhere = device.root / "other.password"
    elsewhere.write_text("ganz-woanders\n")
    device.provision_log.write_text("with ganz-woanders\n")

    parts = parts_of(device, device.config, device.data, silent, secret_files=[elsewhere])

    assert not [part.name for part in parts if "ganz-woanders" in part.text]


def test_without_a_single_command_or_file_the_manifest_says_what_is_missing(
    tmp_path: Path,
) -> None:
    places = Places(tmp_path)

    parts = list(parts_of(places, places.config, places.data, silent))

    files = opened(packed(parts, folder="b", now=0))
    rows = [row.split("\t") for row in files[MANIFEST].decode().splitlines()]
    assert all(row[4].startswith("missing: ") for row in rows[1:])
    assert len(rows) == len(parts) + 1
    assert {*files} == {MANIFEST}


def test_the_manifest_lists_each_part_with_its_digest_in_order(device: Places) -> None:
    parts = list(parts_of(device, device.config, device.data, talkative))

    files = opened(packed(parts, folder="b", now=0))

    _, *rows = [row.split("\t") for row in files.pop(MANIFEST).decode().splitlines()]
    there = {row[0]: row[2] for row in rows if row[2] != "-"}
    assert there == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)


def test_the_same_parts_are_the_same_bytes() -> None:
    one, other = Part("a", "x", "1"), Part("b", "y", "2")
    again = packed([other, one], folder="b", now=7)
    assert packed([one, other], folder="b", now=7) == again
    assert packed([one, other], folder="b", now=8) != again


def test_of_a_part_that_is_too_large_the_end_stays_and_that_is_told() -> None:
    files = opened(packed([Part("log", "x", "a" * LARGEST_PART + "end")], folder="b", now=0))

    assert len(files["log"]) == LARGEST_PART
    assert files["log"].endswith(b"end")
    assert b"the last" in files[MANIFEST]


def test_all_together_the_archive_has_an_end() -> None:
    many = [Part(f"{number:02}", "x", "a" * LARGEST_PART) for number in range(12)]

    files = opened(packed(many, folder="b", now=0))

    assert sum(len(data) for name, data in files.items() if name != MANIFEST) <= 16 * 1024 * 1024
    assert b"the last 0 of" in files[MANIFEST]


def test_of_the_database_there_are_tables_and_counts_and_no_visit(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.data.mkdir(parents=True)
    store, _ = open_database(places.data / "gate.db")
    store.apply_all([(RecordGrant(GrantId(1), Reason.OK, PERSON), NOW)])

    parts = {it.name: it for it in parts_of(places, places.config, places.data, silent)}

    told = parts["database.txt"].text
    assert "everything fits" in told
    assert "-- events: " in told
    assert "CREATE TABLE visits" in told
    assert "-- visits: 1 rows" in told
    assert PERSON.visit not in told
    store.close()


@contextmanager
def not_root() -> Iterator[None]:
    """Root may read everything: whoever runs as root is somebody else for a while."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def test_secrets_that_may_not_be_read_are_named(
    device: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (device.credentials, *device.credentials.parents):
        if folder.is_relative_to(device.root):
            folder.chmod(0o755)
    for secret in device.credentials.iterdir():
        secret.chmod(0 if secret == device.mqtt_password else 0o644)
    monkeypatch.chdir(device.root)  # the folders above stay as they are
    here = Places(Path())
    with not_root():
        assert unreadable(here) == [str(here.mqtt_password)]
    device.credentials.chmod(0)
    with not_root():
        assert unreadable(here) == [str(here.credentials)]
    device.credentials.chmod(0o755)


def test_the_archive_is_private_and_its_listing_is_told(device: Places) -> None:
    out, elsewhere = device.root / "out.tar.gz", device.root / "elsewhere"
    elsewhere.write_text("of somebody")
    out.symlink_to(elsewhere)

    *listed, last = pack(device, device.config, out, silent, now=0)

    assert out.stat().st_mode & 0o777 == 0o600
    assert elsewhere.read_text() == "of somebody"
    assert "  config/gate.toml" in listed
    assert any(line.startswith("  gate/doctor.json: ") for line in listed)
    assert last.startswith(str(out))
    assert PASSWORD.encode() not in gzip.decompress(out.read_bytes())


def test_an_archive_that_cannot_be_written_is_a_sentence(device: Places) -> None:
    with pytest.raises(BundleError, match="Name another FILE"):
        list(pack(device, device.config, device.root / "no" / "x", silent, now=0))
