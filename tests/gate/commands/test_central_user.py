"""`gate central user` over real files."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gate.central.web.users import Users
from gate.cli import app
from gate.commands.central.user import USERS

PASSWORD = "three plain words"


def run(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["central", "user", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The file of users to be, and one with a password."""
    secret = tmp_path / "secret"
    secret.write_text(f"{PASSWORD}\nnot this line\n")
    return tmp_path / "users.json", secret


def test_a_user_is_made_changed_and_removed(files: tuple[Path, Path]) -> None:
    users, secret = files
    options = "--users", users, "--password-file", secret
    assert run("anna", *options) == (0, "anna may sign in\n")
    assert Users(users).check("anna", PASSWORD)
    assert run("anna", *options) == (0, "anna has another password\n")
    assert run("budi", *options)[0] == 0
    assert run("anna", "--users", users, "--remove") == (0, "anna may no longer sign in\n")
    assert run("budi", "--users", users, "--remove")[0] == 1


@pytest.mark.parametrize("password", [b"", b"short\n", b"\xff\xfe" * 9])
def test_a_bad_password_is_a_sentence(files: tuple[Path, Path], password: bytes) -> None:
    users, secret = files
    secret.write_bytes(password)
    code, output = run("anna", "--users", users, "--password-file", secret)
    assert code == 1
    assert "Traceback" not in output
    assert not users.exists()


def test_files_that_are_not_there_are_told(files: tuple[Path, Path], tmp_path: Path) -> None:
    users, secret = files
    assert run("anna", "--users", users, "--password-file", tmp_path / "none")[0] == 1
    code, output = run("anna", "--users", tmp_path / "none" / "u", "--password-file", secret)
    assert code == 1
    assert "No such file" in output


def test_without_a_file_of_its_own_it_is_beside_the_database(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    _, secret = files
    config = tmp_path / "central.toml"
    config.write_text(
        f'[central]\ndata_dir = "{tmp_path}/data"\n[mqtt]\nhost = "broker"\n'
        '[[venue]]\nid = "mall"\ndistrict = "jkt"\ncapacity = 9\ngates = ["t01-a"]\n'
    )
    assert run("anna", "--config", config, "--password-file", secret)[0] == 0
    assert Users(tmp_path / "data" / USERS).check("anna", PASSWORD)
    config.write_text("")
    code, output = run("anna", "--config", config, "--password-file", secret)
    assert code == 78
    assert "Traceback" not in output


@pytest.mark.parametrize(("again", "made"), [(PASSWORD, True), ("another password", False)])
def test_at_a_console_it_is_asked_for_twice_and_not_shown(
    files: tuple[Path, Path], again: str, made: bool
) -> None:
    users, _ = files
    console, terminal = pty.openpty()
    asking = subprocess.Popen(
        [sys.executable, "-m", "gate", "central", "user", "anna", "--users", users],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    seen = b""
    for prompt, answer in ((b"Password: ", PASSWORD), (b"Once more: ", again)):
        while prompt not in seen:
            seen += os.read(console, 1024)
        os.write(console, answer.encode() + b"\n")
    while b"anna may sign in" not in seen and b"not the same" not in seen:
        seen += os.read(console, 1024)
    assert asking.wait(10) == (0 if made else 1)
    os.close(console)
    os.close(terminal)
    assert PASSWORD.encode() not in seen
    assert users.exists() is made
