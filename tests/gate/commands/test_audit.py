"""`gate audit`, as it is called from a shell."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from gate.commands.audit import audit
from gate.events import Count
from gate.model import Direction, Reason, Utc
from gate.opening import open_store
from gate.reader import Reader
from gate.visits import VisitRules

NOW = Utc(1_772_357_400.0)


def gate_audit(*arguments: str | Path) -> Result:
    app = typer.Typer()
    app.command("audit")(audit)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with three people who left."""
    path = tmp_path / "gate.db"
    store, _ = open_store(path, venue="mall", gate="t01-a", rules=VisitRules(), now=lambda _: NOW)
    with closing(store):
        store.apply_all([(Count(Direction.OUT, Reason.OK), NOW)] * 3)
    return path


def head(path: Path) -> str:
    with closing(Reader(path)) as reader:
        return reader.standing().head.hex()


def test_a_database_that_fits_is_told_with_what_is_in_it(path: Path) -> None:
    result = gate_audit(path, "--head", head(path).upper(), "--seq", "3")

    assert result.exit_code == 0
    assert "gate t01-a of mall, epoch " in result.output
    assert "1 to 3" in result.output
    assert head(path) in result.output
    assert "0 in, 3 out, 0 pending" in result.output
    assert result.output.endswith("Everything fits.\n")


def test_the_first_break_is_told_with_what_is_stored_what_should_be_and_what_to_do(
    path: Path,
) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE events SET direction = 'in' WHERE seq > 1")

    result = gate_audit(path)

    assert result.exit_code == 1
    assert "BROKEN   event 2 or its link is not what was written" in result.output
    assert "stored   " in result.output
    assert "expected " in result.output
    assert "Keep this file as it is" in result.output


def test_everything_as_json(path: Path) -> None:
    fits = json.loads(gate_audit(path, "--json").output)
    broken = json.loads(gate_audit(path, "--json", "--head", "ab" * 32, "--seq", "4").output)

    assert (fits["intact"], fits["first"], fits["last"], fits["out"]) == (True, 1, 3, 3)
    assert fits["head"] == head(path)
    assert broken["intact"] is False
    assert broken["broken"]["seq"] == 4
    assert broken["broken"]["stored"] == "nothing"


def test_what_cannot_be_read_is_2(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database")

    assert gate_audit(tmp_path / "absent.db").exit_code == 2
    assert gate_audit(tmp_path).exit_code == 2
    result = gate_audit(tmp_path / "notes.txt", "--json")
    assert result.exit_code == 2
    assert json.loads(result.output)["error"]


@pytest.mark.parametrize(
    "arguments", [["--head", "ab" * 32], ["--seq", "3"], ["--head", "abc", "--seq", "3"]]
)
def test_half_a_head_is_refused(path: Path, arguments: list[str]) -> None:
    assert gate_audit(path, *arguments).exit_code == 2
