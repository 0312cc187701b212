"""`gate run` where it cannot begin: what it says, and whether systemd should try again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gate.issuing import new_key, public_jwks
from tests.gate.configs import ROOT, Changes, text_of

SIMULATED: Changes = {
    "passes": {"keys": "keys.json"},
    "turnstile": {"source": "simulated"},
    "simulation": {"wires": "wires.sock"},
}


def run(folder: Path, changes: Changes, *, keys: str) -> tuple[int, str]:
    """The exit code and the last words of a daemon with this configuration."""
    (folder / "keys.json").write_text(keys, encoding="utf-8")
    file = folder / "gate.toml"
    lane = {"gate": {"data_dir": str(folder), **changes.get("gate", {})}}
    file.write_text(text_of({**SIMULATED, **changes, **lane}), encoding="utf-8")
    command = [sys.executable, "-m", "gate", "run", "--config", str(file)]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False, cwd=ROOT
    )
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stderr


@pytest.mark.parametrize(
    ("changes", "keys", "says"),
    [
        ({"gate": {"id": "A"}}, "{}", "gate.id"),
        ({}, "{}", "keys.json"),
    ],
)
def test_what_somebody_has_to_mend_ends_for_good(
    tmp_path: Path, changes: Changes, keys: str, says: str
) -> None:
    code, said = run(tmp_path, changes, keys=keys)

    assert code == 78
    assert says in said


def test_a_folder_that_cannot_be_made_may_be_possible_later(tmp_path: Path) -> None:
    (tmp_path / "card").touch()  # where a card is mounted some day
    keys = json.dumps(public_jwks(new_key("city-26")))

    code, said = run(tmp_path, {"gate": {"data_dir": "card/data"}}, keys=keys)

    assert code == 1
    assert f"{tmp_path / 'card' / 'data'} cannot be made: Not a directory" in said
