"""The texts made from the models: the reference file, the documentation, what is in force."""

import re
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.config import Config, load, parse, shown
from gate.config.doc import document, main, reference
from gate.config.fields import allowed, example_of, table_of, type_of, unit_of
from tests.gate.configs import ROOT, Changes, config_of, every_key

REFERENCE = (ROOT / "config" / "gate.toml").read_text(encoding="utf-8")


# --- the reference file ---------------------------------------------------------------------


def keys_of(tables: dict[str, Any]) -> set[str]:
    """`section.key`, for every key that stands in these tables."""
    return {f"{name}.{key}" for name, section in tables.items() for key in section}


def test_the_reference_file_is_what_the_models_say() -> None:
    assert reference() == REFERENCE, "python -m gate.config.doc toml > config/gate.toml"


def test_the_reference_file_loads_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_text(REFERENCE)
    (tmp_path / "keys.json").write_text("{}")
    config = load(tmp_path / "gate.toml")
    assert (config.gate.id, config.thermometer.variant) == ("t01-a", "DCC")


def test_the_reference_file_names_every_key_and_no_other() -> None:
    with_all_set = re.sub(r"(?m)^#(?=[a-z\[])", "", REFERENCE)
    named = keys_of(tomllib.loads(with_all_set))
    assert named == {f"{section}.{key.partition('.')[0]}" for section, key, _ in every_key()}


def test_each_default_in_the_reference_file_is_the_models() -> None:
    seen = 0
    for name, section in tomllib.loads(REFERENCE).items():
        model = table_of(Config.model_fields[name])
        assert model is not None
        for key, value in section.items():
            field = model.model_fields[key]
            if field.is_required() or field.default is None:
                assert value == example_of(field)
            else:
                default = field.default
                assert value == (str(default) if isinstance(default, Path) else default)
                seen += 1
    assert seen > 50


def test_the_simulated_lane_loads() -> None:
    with TemporaryDirectory() as name:  # pytest's are too long for a socket
        folder = Path(name)
        (folder / "config").mkdir()
        (folder / "build" / "simulated").mkdir(parents=True)
        (folder / "build" / "simulated" / "keys.json").write_text("{}")
        copy = folder / "config" / "simulated.toml"
        copy.write_bytes((ROOT / "config" / "simulated.toml").read_bytes())
        config = load(copy)
    assert config.simulated == ("camera", "thermometer", "turnstile")
    assert config.limit.standalone_capacity == 500
    assert config.mqtt.host == "127.0.0.1"


# --- the documentation ----------------------------------------------------------------------


def test_the_documentation_is_what_the_models_say() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert document() == page, "python -m gate.config.doc markdown > docs/configuration.md"


def test_every_key_has_a_meaning_and_what_it_may_be() -> None:
    for section, key, field in every_key():
        name = f"{section}.{key}"
        assert len(field.description or "") > 5, name
        assert allowed(field), name
        if "number" in type_of(field):
            assert re.match(r"-?[0-9]", allowed(field)), f"{name} has no range"
        for end, unit in (("_s", "s"), ("_c", "°C"), ("_days", "days")):
            if key.endswith(end):
                assert unit_of(field) == unit, name


@pytest.mark.parametrize(("word", "start"), [("toml", "# The conf"), ("markdown", "# Conf")])
def test_either_text_can_be_printed(
    capsys: pytest.CaptureFixture[str], word: str, start: str
) -> None:
    assert main([word]) == 0
    assert capsys.readouterr().out.startswith(start)


@pytest.mark.parametrize("words", [[], ["pdf"], ["toml", "markdown"]])
def test_anything_else_is_answered_with_the_usage(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err.startswith("usage:")


# --- what is in force -----------------------------------------------------------------------


def test_what_is_shown_marks_every_default(tmp_path: Path) -> None:
    changes: Changes = {"turnstile": {"open_for_s": 6}, "passage": {"debounce_s": 0.02}}
    lines = shown(config_of(tmp_path, changes)).splitlines()
    assert 'id = "t01-a"' in lines
    assert "open_for_s = 6.0  # default: 8.0" in lines
    assert "grace_s = 1.5  # default" in lines
    assert "debounce_s = 0.02  # default" in lines
    assert "address = 0x5A  # default" in lines
    assert 'variant = "DCC"  # default: not set' in lines
    assert "# sensor_b is not set (default)" in lines
    assert "# [simulation] is absent" in lines


def test_what_is_shown_names_the_file_of_a_secret_and_not_the_secret(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret")
    config = config_of(tmp_path, {"mqtt": {"user": "gate", "password_file": "password"}})
    assert str(tmp_path / "password") in shown(config)
    assert "s3cret" not in shown(config)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
def test_what_is_shown_says_the_same_again(name: str) -> None:
    simulated: Changes = {
        "gate": {"data_dir": f"/nowhere/{name}"},
        "camera": {"source": "simulated"},
        "simulation": {"wires": "/nowhere/wires"},
    }
    config = config_of(ROOT, simulated)
    assert parse(shown(config).encode(), folder=Path("/elsewhere")) == config
