"""`gate update`, `gate rollback`: what is said before anything is done. (What is done:
tests/gate/releases/test_updating.py.)
"""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gate.commands.update import rollback, update
from gate.durable import Disk
from gate.issuing import public_jwks
from gate.releases.layout import Layout
from gate.releases.state import Kind, Outcome, Phase, Result, State, write_outcome, write_state
from tests.gate.releases.world import KEY, Program, World


def run(*words: str | Path) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(update)
    app.command()(rollback)
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, {"0.1.0": Program(), "0.2.0": Program()})
    world.put("0.1.0")
    world.places.settings.mkdir(parents=True)
    world.places.update_keys.write_text(json.dumps(public_jwks(KEY)))
    return world


def test_a_damaged_bundle_is_refused_at_once(world: World) -> None:
    path = world.bundle("0.2.0")
    path.write_bytes(path.read_bytes()[:-1])
    code, said = run("update", path, "--here", "--root", world.layout.root)
    assert code == 1
    assert "cut short" in said
    assert not (world.layout.home / "update.json").exists()


def test_a_bundle_of_what_is_in_use_is_nothing_to_do(world: World) -> None:
    path = world.bundle("0.1.0")
    code, said = run("update", path, "--here", "--root", world.layout.root)
    assert code == 0
    assert "nothing to do; 0.1.0 is in use" in said
    code, said = run("update", "--status", "--json", "--root", world.layout.root)
    assert json.loads(said)["last"]["result"] == "nothing_to_do"


def test_a_device_without_keys_says_what_is_missing(world: World) -> None:
    world.places.update_keys.unlink()
    code, said = run("update", world.bundle("0.2.0"), "--here", "--root", world.layout.root)
    assert code == 1
    assert "update-keys.json: cannot be read" in said


def test_nothing_to_go_back_to_is_told(world: World) -> None:
    code, said = run("rollback", "--here", "--root", world.layout.root)
    assert code == 1
    assert "no release to go back to" in said


def test_one_update_at_a_time(world: World) -> None:
    state = State(Kind.UPDATE, Phase.MAKING, 0.0, "0.1.0", version="0.2.0")
    write_state(world.layout, state, Disk())
    code, said = run("update", world.bundle("0.2.0"), "--here", "--root", world.layout.root)
    assert code == 1
    assert "Another update is under way" in said
    code, said = run("update", "--status", "--root", world.layout.root)
    assert "under way: makes release 0.2.0" in said


def test_how_the_last_one_ended_is_told(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.home.mkdir(parents=True)
    assert run("update", "--status", "--root", tmp_path) == (
        0,
        "in use: no release; here: \nunder way: nothing\nlast: none yet\n",
    )
    write_outcome(
        layout,
        Outcome(Kind.UPDATE, Result.RETURNED, 0.0, "0.2.0", "0.1.0", "no frames"),
        Disk(),
    )
    code, said = run("update", "--status", "--root", tmp_path)
    assert code == 1
    assert "last: update to 0.2.0: it did not work; 0.1.0 is in use again: no frames" in said


def test_a_start_takes_what_lies_on_the_partition(world: World) -> None:
    path = world.bundle("0.1.0", at=world.places.boot / "again.gateup")
    code, said = run("update", "--resume", "--root", world.layout.root)
    assert code == 0
    assert "nothing to do" in said
    assert path.with_name("again.gateup.done").exists()
    assert run("update", "--resume", "--root", world.layout.root) == (0, "")


def test_it_is_a_bundle_or_a_question(tmp_path: Path) -> None:
    assert run("update", "--root", tmp_path)[0] == 2
    assert run("update", "--status", "--resume", "--root", tmp_path)[0] == 2
