"""The configuration: what is accepted, and everything that is said about a wrong key."""

import os
from collections.abc import Callable
from pathlib import Path
from traceback import format_exception

import pytest
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from gate.config import ConfigError, load, parse
from gate.config.fields import bounds_of, choices_of, type_of
from gate.config.variants import TRAITS
from gate.model import Direction, Mode
from tests.gate.configs import (
    Changes,
    config_of,
    every_key,
    problems_in,
    problems_of,
    setting,
    text_of,
)

# --- a good file ----------------------------------------------------------------------------


def test_the_smallest_file_gives_every_other_key_its_default(tmp_path: Path) -> None:
    config = config_of(tmp_path, {})
    assert config.gate.mode is Mode.NORMAL
    assert config.screening.limit_c == 37.3
    assert config.turnstile.sensor_a.pull == "up"
    assert config.simulation is None


def test_paths_begin_in_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "k").touch()
    config = config_of(
        tmp_path, {"gate": {"data_dir": "data"}, "passes": {"keys": "k"}, "status": {"socket": "s"}}
    )
    assert config.passes.keys == tmp_path / "k"
    assert config.gate.data_dir == tmp_path / "data"
    assert config.status_socket == tmp_path / "data" / "s"


def test_a_file_is_found_by_a_relative_path_too(tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_text(text_of({}))
    relative = Path(os.path.relpath(tmp_path / "gate.toml"))
    assert load(relative).passes.keys.is_absolute()


def test_a_configuration_cannot_be_changed(tmp_path: Path) -> None:
    config = config_of(tmp_path, {})
    with pytest.raises(ValidationError, match="frozen"):
        config.gate.id = "other"


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
    ],
    ids=["BOM", "CRLF", "BOM and CRLF"],
)
def test_what_editors_on_windows_write_is_accepted(
    tmp_path: Path, encode: Callable[[str], bytes]
) -> None:
    assert parse(encode(text_of({})), folder=tmp_path).gate.id == "t01-a"


@pytest.mark.parametrize("variant", TRAITS)
def test_the_guard_band_covers_the_uncertainty_of_the_variant(tmp_path: Path, variant: str) -> None:
    changes: Changes = {"thermometer": {"variant": variant}, "screening": {"mode": "soft"}}
    config = config_of(tmp_path, changes)
    uncertainty_c = TRAITS[config.thermometer.variant or "DAA"].uncertainty_c
    assert uncertainty_c <= config.guard_c < uncertainty_c + 0.1


def test_a_guard_band_of_the_sites_own_is_taken(tmp_path: Path) -> None:
    assert config_of(tmp_path, {"screening": {"guard_c": 0.5}}).guard_c == 0.5


def test_one_sensor_counts_where_the_camera_looks_unless_said_otherwise(tmp_path: Path) -> None:
    two = {"sensor_b": {"pin": 23, "active": "high"}}
    leaving: Changes = {"gate": {"scan": "exit"}, "screening": {"mode": "off"}}
    assert config_of(tmp_path, {}).one_sensor_direction is Direction.IN
    assert config_of(tmp_path, leaving).one_sensor_direction is Direction.OUT
    assert config_of(tmp_path, {"turnstile": two}).one_sensor_direction is None


# --- each key by itself ---------------------------------------------------------------------

Key = tuple[str, str, FieldInfo]


def each(*, having: Callable[[FieldInfo], object]) -> pytest.MarkDecorator:
    """Run the test for every key of the models whose field has something."""
    keys = [key for key in every_key() if having(key[2])]
    return pytest.mark.parametrize("key", keys, ids=[f"{key[0]}.{key[1]}" for key in keys])


def found(tmp_path: Path, key: Key, value: object) -> list[str]:
    """What is wrong with this value of this key by itself: not what the rules have to say."""
    section, name, _ = key
    problems = problems_of(tmp_path, setting(section, name, value))
    alone = ("is outside", "is none of", "is not a", "is not true", "is not 1 to 128")
    path = f"{section}.{name}"
    return [it.what for it in problems if it.path == path and any(a in it.what for a in alone)]


@each(having=bounds_of)
def test_a_number_is_accepted_up_to_either_end_of_its_range(tmp_path: Path, key: Key) -> None:
    low, high = bounds_of(key[2]) or (0, 0)
    kind, step = (float, 0.001) if type_of(key[2]) == "a number" else (int, 2)
    assert found(tmp_path, key, kind(low)) == []
    assert found(tmp_path, key, kind(high)) == []
    assert "outside" in found(tmp_path, key, kind(low - step))[0]
    assert "outside" in found(tmp_path, key, kind(high + step))[0]


@each(having=bounds_of)
def test_what_is_no_number_of_ours_is_refused(tmp_path: Path, key: Key) -> None:
    for value in (float("nan"), float("inf"), 10**30, "1", True):
        assert found(tmp_path, key, value) != [], value


@each(having=lambda field: not bounds_of(field))
def test_a_number_is_refused_where_none_belongs(tmp_path: Path, key: Key) -> None:
    assert found(tmp_path, key, 987_654_321) != []


@each(having=choices_of)
def test_each_choice_is_accepted_and_nothing_else(tmp_path: Path, key: Key) -> None:
    for choice in choices_of(key[2]):
        assert found(tmp_path, key, choice) == []
    assert "is none of" in found(tmp_path, key, "nonsense")[0]


@pytest.mark.parametrize("value", ["", "Mall", "a" * 33, "a b", "a/b", "a\n"])
def test_a_name_that_could_not_stand_in_a_topic_is_refused(tmp_path: Path, value: str) -> None:
    for key in ("id", "venue", "district"):
        (problem,) = problems_of(tmp_path, {"gate": {key: value}})
        assert problem.path == f"gate.{key}"


# --- what is said about it ------------------------------------------------------------------


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    changes: Changes = {
        "gate": {"id": None, "scan": "entrance"},
        "screening": {"limt_c": 37.3, "admit_floor_c": "34,5"},
        "turnstile": {
            "open_for_s": 8000,
            "relay": {"pin": 22, "active": "high"},
            "lamp_red": {"pin": 99, "active": "hgh"},
        },
        "passes": {"keys": "nowhere.json"},
        "mqqt": {"port": 1883},
    }
    assert {problem.path: problem.suggestion for problem in problems_of(tmp_path, changes)} == {
        "gate.id": 'Add it, for example id = "t01-a"',
        "gate.scan": 'Did you mean "entry"?',
        "screening.limt_c": "Did you mean limit_c?",
        "screening.admit_floor_c": "Write 34.5, without quotes; the unit is °C.",
        "turnstile.open_for_s": "Is that in milliseconds? Write 8.",
        "turnstile.lamp_red.pin": "For example 17.",
        "turnstile.lamp_red.active": 'Did you mean "high"?',
        "mqqt": "Did you mean mqtt?",
        "turnstile.sensor_a.pin": "Free are 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,"
        " 19, 20, 21, 23, 25, 26, 27.",
        "passes.keys": "Put the file there, readable for the gate.",
    }


def test_an_error_says_every_problem_in_its_text(tmp_path: Path) -> None:
    changes: Changes = {"gate": {"id": "A", "venue": "B"}}
    with pytest.raises(ConfigError, match=r"(?s)gate\.id: .*gate\.venue: "):
        config_of(tmp_path, changes)


def test_an_empty_file_is_told_every_required_key(tmp_path: Path) -> None:
    paths = {problem.path for problem in problems_in("", tmp_path)}
    assert paths == {
        "gate.id",
        "gate.venue",
        "gate.district",
        "passes.keys",
        "thermometer.variant",
        "turnstile.relay",
        "turnstile.sensor_a",
        "turnstile.release",
    }


@pytest.mark.parametrize(
    ("section", "key", "value", "suggestion"),
    [
        ("turnstile", "open_for_ms", 8000, "Did you mean open_for_s?"),
        ("gate", "Mode", "normal", "Did you mean mode?"),
        ("scanner", "skew_s", 5.0, "It belongs into [passes]."),
        ("store", "colour", "red", "Take it out. config/gate.toml names every key."),
        ("screening", "limit_c", 99.1, "Is that in Fahrenheit? Write 37.3."),
        ("screening", "limit_c", 310.45, "Is that in kelvin? Write 37.3."),
        ("visit", "rest_s", 10, "The default is 300.0."),
        ("visit", "rest_s", "300 s", "Write 300, without quotes; the unit is s."),
        ("mqtt", "port", "1883", "Write 1883, without quotes."),
        ("mqtt", "enabled", "yes", "Write true or false, without quotes."),
        ("mqtt", "user", 17, 'Write "17", in quotes.'),
        ("mqtt", "protocol", 3, "Take one of them."),
        ("store", "retain_days", 7.0, "Write 7."),
        ("thermometer", "address", 0x99, "The default is 0x5A."),
        ("turnstile", "lamp_red", 5, 'Write it like lamp_red = { pin = 5, active = "high" }'),
        ("turnstile", "relay", {"pin": 17}, 'Add it, for example active = "high"'),
        ("gate", "data_dir", "", 'The default is "/var/lib/gate".'),
    ],
)
def test_a_mistake_gets_a_way_out(
    tmp_path: Path, section: str, key: str, value: object, suggestion: str
) -> None:
    (problem,) = problems_of(tmp_path, {section: {key: value}})
    assert problem.suggestion == suggestion


def test_a_password_in_the_file_is_not_repeated(tmp_path: Path) -> None:
    password = "hunter2"
    with pytest.raises(ConfigError, match=r"Did you mean password_file\?") as refused:
        config_of(tmp_path, {"mqtt": {"password": password}})
    assert password not in "".join(format_exception(refused.value))


def test_a_section_that_stands_there_as_a_list_is_explained(tmp_path: Path) -> None:
    (problem,) = problems_in(text_of({}) + "[[camera]]\nfps = 5\n", tmp_path)
    assert (problem.path, problem.what) == ("camera", "a list is no table")


def test_nothing_that_a_terminal_would_obey_is_repeated(tmp_path: Path) -> None:
    sections: Changes = {
        "gate": {"scan": "\x1b[2J", "\x1b]0;": 1},
        "passes": {"keys": "\x1b[2J"},
    }
    problems = problems_of(tmp_path, sections)
    assert len(problems) == 3
    assert all(str(problem).isprintable() for problem in problems)


def test_only_the_beginning_of_something_long_is_repeated(tmp_path: Path) -> None:
    for problem in problems_of(tmp_path, {"gate": {"id": "x" * 9000, "y" * 9000: 1}}):
        assert len(str(problem)) < 200
