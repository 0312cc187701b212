"""Secrets by name: where they are read, and what is said where they are not."""

from pathlib import Path

import pytest

from gate.config import parse
from gate.config.credentials import FOLDER, name_at, place
from tests.gate.configs import Changes, problems_of, text_of

NAMES = ("mqtt.password", "ca.pem", "gate_a-1")


def with_password(path: str) -> Changes:
    return {"mqtt": {"user": "t01-a", "password_file": path}}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("environ", [{}, {"CREDENTIALS_DIRECTORY": "/run/credentials/gate"}])
def test_a_name_has_one_place_and_the_place_has_that_name(
    name: str, environ: dict[str, str]
) -> None:
    placed = place(name, environ)

    assert placed == (Path("/run/credentials/gate") / f"gate_{name}" if environ else FOLDER / name)
    assert name_at(placed, environ) == name


@pytest.mark.parametrize("name", ["", ".", "..", "../gate.toml", "a/b", ".hidden", "a" * 65, "é"])
def test_what_leads_out_of_the_folder_is_no_name(name: str, tmp_path: Path) -> None:
    assert place(name, {}) is None

    (problem,) = problems_of(tmp_path, with_password(f"credential:{name}"))
    assert problem.path == "mqtt.password_file"


def test_a_file_that_is_none_of_them_has_no_name() -> None:
    assert name_at(Path("/etc/gate/keys.json"), {}) is None
    assert name_at(Path("/run/c/other_ca.pem"), {"CREDENTIALS_DIRECTORY": "/run/c"}) is None


def test_the_daemon_reads_what_its_unit_handed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "gate_mqtt.password").write_text("open sesame\n", encoding="utf-8")

    config = parse(text_of(with_password("credential:mqtt.password")).encode(), folder=Path("/etc"))

    assert config.mqtt.password_file == tmp_path / "gate_mqtt.password"


def test_one_that_is_not_there_is_told_with_where_to_put_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    (problem,) = problems_of(tmp_path, with_password("credential:mqtt.password"))

    assert problem.path == "mqtt.password_file"
    assert problem.what == f'"{tmp_path}/gate_mqtt.password" does not exist'
    assert problem.suggestion.startswith("Put it into /etc/gate/credentials/mqtt.password as root")
