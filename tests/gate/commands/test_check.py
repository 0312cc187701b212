"""`gate check` over real files."""

import json
import tomllib
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gate.commands.check import check
from gate.commands.configured import loaded
from gate.issuing import new_key, public_jwks
from tests.gate.configs import Changes, text_of

EX_CONFIG = 78
"""sysexits.h; the unit does not restart the gate after it."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A good configuration with good keys."""
    (tmp_path / "keys.json").write_text(json.dumps(public_jwks(new_key("city-26"))))
    return written(tmp_path, {})


def written(folder: Path, changes: Changes) -> Path:
    """A file with the smallest configuration, changed."""
    file = folder / "gate.toml"
    passes = {"keys": "keys.json", **changes.get("passes", {})}
    file.write_text(text_of({**changes, "passes": passes}))
    return file


def run(*words: str | Path) -> tuple[int, str]:
    """The exit code and everything printed; an exception that nobody expected comes through."""
    app = typer.Typer()
    app.command()(check)
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_a_good_file_gets_one_line(file: Path) -> None:
    code, output = run("--config", file)
    assert code == 0
    assert output == f"{file}: good, gate t01-a of mall-t01, entry, screening hard\n"


def test_every_problem_is_printed_with_its_key_and_a_way_out(file: Path) -> None:
    written(file.parent, {"gate": {"id": "A"}, "turnstile": {"opne_for_s": 5, "open_for_s": 0}})
    code, output = run("--config", file)
    assert code == EX_CONFIG
    assert output.startswith(f"{file}: 3 problems\n")
    assert 'gate.id: "A" is not a-z, 0-9 and -, up to 32 characters.\n    For example' in output
    assert "turnstile.open_for_s: 0 s is outside 1 to 60 s.\n    The default is 8.0." in output
    assert "turnstile.opne_for_s: is no key that the gate knows.\n    Did you mean" in output


def test_what_is_in_force_can_be_read_back(file: Path) -> None:
    code, output = run("--config", file, "--show")
    assert code == 0
    assert tomllib.loads(output)["passes"]["keys"] == str(file.parent / "keys.json")
    assert "limit_c = 37.3  # default" in output


def test_a_wrong_file_is_not_shown_but_explained(file: Path) -> None:
    written(file.parent, {"gate": {"id": "A"}})
    code, output = run("--config", file, "--show")
    assert code == EX_CONFIG
    assert output.startswith(f"{file}: 1 problem\n")


def test_lists_that_the_gate_could_not_use_are_problems(file: Path) -> None:
    written(file.parent, {"passes": {"revoked": "revoked.txt"}})
    (file.parent / "keys.json").write_text("{}")
    (file.parent / "revoked.txt").write_text("nonsense")
    code, output = run("--config", file)
    assert code == EX_CONFIG
    assert output.startswith(f"{file}: 2 problems\npasses.keys: ")
    assert "passes.revoked: " in output


def test_another_verb_gets_a_good_configuration_or_ends(file: Path) -> None:
    assert loaded(file).gate.id == "t01-a"
    written(file.parent, {"gate": {"id": "A"}})
    with pytest.raises(typer.Exit) as ended:
        loaded(file)
    assert ended.value.exit_code == EX_CONFIG


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    code, output = run("--config", tmp_path / "nowhere.toml")
    assert code == EX_CONFIG
    assert "No such file" in output
