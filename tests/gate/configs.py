"""Configurations to test with: the smallest good one, and what is changed in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from gate.config import Config, ConfigError, Problem, parse
from gate.config.fields import Section, table_of
from gate.config.text import bare, toml_value

ROOT = Path(__file__).parents[2]

Changes = dict[str, dict[str, Any]]
"""Section, key, and the new value; None takes the key out."""

SMALLEST: Changes = {
    "gate": {"id": "t01-a", "venue": "mall-t01", "district": "pusat"},
    "passes": {"keys": str(ROOT / "setup.py")},
    "thermometer": {"variant": "DCC"},
    "turnstile": {
        "relay": {"pin": 17, "active": "high"},
        "sensor_a": {"pin": 22, "active": "high"},
        "release": {"pin": 24, "active": "high"},
    },
}
"""Only what has to be there, and some file for keys."""


def text_of(changes: Changes) -> str:
    """The smallest configuration with these changes."""
    lines: list[str] = []
    for section in {**SMALLEST, **changes}:
        keys = {**SMALLEST.get(section, {}), **changes.get(section, {})}
        lines.append(f"[{section}]")
        lines += [f"{bare(key)} = {toml_value(it)}" for key, it in keys.items() if it is not None]
    return "\n".join(lines) + "\n"


def config_of(folder: Path, changes: Changes) -> Config:
    """The configuration in that text."""
    return parse(text_of(changes).encode(), folder=folder)


def problems_of(folder: Path, changes: Changes) -> list[Problem]:
    """What is wrong with that text."""
    return problems_in(text_of(changes), folder)


def problems_in(text: str | bytes, folder: Path) -> list[Problem]:
    """What is wrong with a configuration; nothing where it is good."""
    try:
        parse(text.encode() if isinstance(text, str) else text, folder=folder)
    except ConfigError as error:
        return [*error.problems]
    return []


def every_key() -> Iterator[tuple[str, str, FieldInfo]]:
    """Section, key (`relay.pin` inside a table) and field of every key that holds no table."""
    for section, field in Config.model_fields.items():
        model = table_of(field)
        assert model is not None
        for key, of_key in _keys(model):
            yield section, key, of_key


def _keys(model: type[Section]) -> Iterator[tuple[str, FieldInfo]]:
    for key, field in model.model_fields.items():
        table = table_of(field)
        if table is None:
            yield key, field
        else:
            yield from ((f"{key}.{inner}", of_inner) for inner, of_inner in _keys(table))


def setting(section: str, key: str, value: Any) -> Changes:
    """The change that sets one key of `every_key`; the other keys of its table get theirs."""
    outer, _, inner = key.partition(".")
    if not inner:
        return {section: {outer: value}}
    return {section: {outer: {"pin": 27, "active": "high", inner: value}}}
