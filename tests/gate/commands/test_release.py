"""`gate release`: from a key to a bundle that a gate takes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gate.commands.release import app
from gate.keys import load_keys
from gate.releases.bundle import read_files, read_manifest
from tests.gate.releases.machine import wheels_in


def run(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A bundle, with its keys beside it."""
    pair = ("--private", tmp_path / "key.jwk", "--public", tmp_path / "update-keys.json")
    assert run("keygen", "releases-26", *pair)[0] == 0
    wheels = wheels_in(tmp_path / "wheels", "1.2.3")
    (wheels / "notes.txt").touch()
    words = ("--version", "1.2.3", "--arch", "arm64", "--minimum", "1.0")
    code, said = run("make", wheels, "--key", tmp_path / "key.jwk", *words, "--out", tmp_path)
    assert (code, "in 2 files" in said) == (0, True)
    return tmp_path / "aman-gate-1.2.3-arm64.gateup"


def test_a_gate_takes_what_was_made(made: Path) -> None:
    with made.open("rb") as file:
        manifest = read_manifest(file, load_keys(made.with_name("update-keys.json")))
        names = [name for name, _ in read_files(file, manifest)]
    assert (manifest.version, manifest.minimum) == ("1.2.3", "1.0")
    assert names == ["aman_gate-1.2.3-py3-none-any.whl", "requirements.lock"]


def test_it_is_shown_and_nothing_damaged_is(made: Path) -> None:
    keys = made.with_name("update-keys.json")
    code, said = run("show", made, "--keys", keys)
    assert code == 0
    assert "release 1.2.3 for arm64, whole" in said
    code, said = run("show", made, "--json")
    assert json.loads(said)["files"]["requirements.lock"]["size"] > 0
    data = bytearray(made.read_bytes())
    data[-1500] ^= 1
    made.write_bytes(data)
    code, said = run("show", made, "--keys", keys)
    assert code == 1
    assert "damaged" in said


def test_a_bundle_is_made_once(made: Path) -> None:
    words = ("--key", made.with_name("key.jwk"), "--version", "1.2.3", "--arch", "arm64")
    code, said = run("make", made.with_name("wheels"), *words, "--out", made.parent)
    assert code == 1
    assert "a release is made once" in said


def test_what_no_gate_would_take_is_not_made(made: Path) -> None:
    words = ("--key", made.with_name("key.jwk"), "--version", "1.2.4", "--out", made.parent)
    code, said = run("make", made.with_name("wheels"), *words)
    assert code == 1
    assert "without requirements.lock or the program itself" in said
    assert not made.with_name("aman-gate-1.2.4-all.gateup").exists()
