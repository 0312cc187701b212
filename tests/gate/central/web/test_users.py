"""The file of those who may sign in."""

import json
import stat
from pathlib import Path

import pytest

from gate.central.web.users import Users, UsersError, read_users, remove_user, set_password

PASSWORD = "three plain words"


def test_a_password_is_right_for_its_name_alone(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    assert set_password(path, "anna", PASSWORD)
    assert set_password(path, "budi", "four plain words")
    users = Users(path)

    assert users.check("anna", PASSWORD) == users.hash_of("anna")
    assert users.check("anna", "four plain words") is None
    assert users.check("cici", PASSWORD) is None
    assert users.check("anna", "\udcff") is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert PASSWORD not in path.read_text()
    assert [one.name for one in tmp_path.iterdir()] == ["users.json"]


def test_a_change_counts_at_once_and_a_broken_file_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "users.json"
    set_password(path, "anna", PASSWORD)
    users = Users(path)

    assert not set_password(path, "anna", "another password")
    assert users.check("anna", PASSWORD) is None
    assert users.check("anna", "another password")

    path.write_text("no JSON")
    assert users.hash_of("anna")
    assert users.hash_of("anna")
    assert len(caplog.records) == 1, "told once"

    path.unlink()
    set_password(path, "budi", PASSWORD)
    assert users.hash_of("anna") is None
    assert users.check("budi", PASSWORD)


def test_without_a_user_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsersError, match=r"gate central user NAME --users .*users\.json"):
        Users(tmp_path / "users.json")


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    set_password(path, "anna", PASSWORD)
    path.chmod(0o640)
    with pytest.raises(UsersError, match="chmod 600"):
        Users(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"users": 7}',
        '{"users": {"Anna B": "$argon2id$"}}',
        '{"users": {"a": 7}}',
        '{"users": {"anna": "plain"}}',
        "[" * 5000,
        "\x00",
        "\xff",
    ],
)
def test_what_is_no_file_of_users_is_said_without_a_traceback(tmp_path: Path, text: str) -> None:
    path = tmp_path / "users.json"
    path.touch(0o600)
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsersError, match="gate central user"):
        read_users(path)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        *((name, PASSWORD) for name in ["Anna", "", "a" * 33, "-a", "../a"]),
        *(("anna", word) for word in ["short", "x" * 129, "two lines\nof a password"]),
    ],
)
def test_a_bad_name_or_password_is_refused(tmp_path: Path, name: str, password: str) -> None:
    with pytest.raises(UsersError):
        set_password(tmp_path / "users.json", name, password)
    assert not list(tmp_path.iterdir())


def test_a_user_can_be_removed_but_for_the_last(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    set_password(path, "anna", PASSWORD)
    with pytest.raises(UsersError, match="last user"):
        remove_user(path, "anna")
    set_password(path, "budi", PASSWORD)
    remove_user(path, "anna")
    with pytest.raises(UsersError, match="no user"):
        remove_user(path, "anna")
    assert list(json.loads(path.read_text())["users"]) == ["budi"]
