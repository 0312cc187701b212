"""`gate setup-code` over real files: a small file is signed, drawn, and read again."""

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gate.cli import app
from gate.issuing import new_key, public_jwks
from gate.keys import load_keys
from gate.provision import small_file
from tests.gate.provision.cards import card

PEM = "-----BEGIN CERTIFICATE-----\nMIIBnot really one\n-----END CERTIFICATE-----\n"


def run(*words: str | Path) -> tuple[int, str]:
    """The exit code and everything printed; an exception that nobody expected comes through."""
    result = CliRunner().invoke(app, ["setup-code", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A technician's: a key, a small file, and what that names."""
    code, said = run(
        "keygen",
        "tech-1",
        "--private",
        tmp_path / "t.jwk",
        "--public",
        tmp_path / "setup-keys.json",
    )
    assert code == 0, said
    keys = json.dumps(public_jwks(new_key("city-26")), indent=2)
    (tmp_path / "keys.json").write_text(keys)
    (tmp_path / "ca.pem").write_text(PEM)
    (tmp_path / "gate.toml").write_bytes(card(secrets={"keys": "keys.json", "mqtt_ca": "ca.pem"}))
    return tmp_path


def made(folder: Path, *more: str | Path) -> tuple[int, str]:
    return run("make", folder / "gate.toml", "--key", folder / "t.jwk", *more)


def shown(folder: Path, *more: str | Path) -> tuple[int, str]:
    pictures = sorted(folder.glob("code*.png"))
    return run("show", *pictures, "--keys", folder / "setup-keys.json", *more)


def test_a_key_for_set_up_codes_is_a_pair_like_any(folder: Path) -> None:
    assert load_keys(folder / "setup-keys.json").candidates(b"tech-1")


def test_a_drawn_code_holds_the_small_file_and_what_it_names(folder: Path) -> None:
    code, said = made(folder, "--png", folder / "code.png", "--device", "10000000abcdef01")
    assert code == 0, said

    code, said = shown(folder, "--file")

    assert code == 0, said
    assert "signed by   tech-1" in said
    assert "for         10000000abcdef01" in said
    file = small_file.read(said[said.index("# Which") :].encode())
    assert file.gate.id == "t01-a"
    assert file.secrets.mqtt_ca == PEM
    assert file.secrets.keys
    assert json.loads(file.secrets.keys) == json.loads((folder / "keys.json").read_bytes())


def test_two_codes_on_one_sheet_of_paper_are_read_too(folder: Path) -> None:
    random = "".join(sha256(bytes([number])).hexdigest() for number in range(14))
    (folder / "ca.pem").write_text(PEM.replace("not really one", random))
    code, said = made(folder, "--sheet", folder / "code.png")
    assert code == 0, said
    assert "2 codes, to be shown in any order" in said

    assert shown(folder)[0] == 0


def test_without_a_file_to_draw_into_it_is_drawn_in_the_terminal(folder: Path) -> None:
    code, said = made(folder)

    assert code == 0
    assert "1 of 1\n" in said
    assert "█" in said


def test_a_code_that_has_expired_or_that_somebody_else_signed_is_told(folder: Path) -> None:
    made(folder, "--hours", "1", "--png", folder / "code.png")

    code, said = shown(folder, "--at", "2099-01-01T00:00Z")
    assert code == 1
    assert "the set-up code has expired" in said
    run("keygen", "tech-1", "--private", folder / "u.jwk", "--public", folder / "others.json")
    code, said = run("show", folder / "code.png", "--keys", folder / "others.json")
    assert code == 1
    assert "whose signature is wrong" in said


def test_a_small_file_with_mistakes_is_signed_by_nobody(folder: Path) -> None:
    (folder / "gate.toml").write_bytes(card().replace(b"[gate]", b"[gate]\r\nnonsense = 1"))

    code, said = made(folder, "--png", folder / "code.png")

    assert code == os.EX_CONFIG
    assert "nonsense" in said
    assert not (folder / "code.png").exists()


def test_a_document_that_is_not_there_is_named(folder: Path) -> None:
    (folder / "ca.pem").unlink()

    assert made(folder) == (1, f"{folder / 'ca.pem'}: No such file or directory\n")


def test_a_picture_without_a_code_is_told(folder: Path) -> None:
    (folder / "code.png").write_bytes(b"no picture")

    assert shown(folder)[0] == 1
