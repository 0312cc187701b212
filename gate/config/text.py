"""A configuration as TOML text, and what is in force with the defaults marked."""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from gate.config.fields import Section, unit_of

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def bare(key: str) -> str:
    """A key as TOML writes it: in quotes if it has to be."""
    return key if _BARE.fullmatch(key) else toml_value(key)


def toml_value(value: Any) -> str:
    """A value as TOML v1.0 writes it: text, number, truth, path, choice, list, table in braces."""
    match value:
        case bool():
            return "true" if value else "false"
        case Enum():
            return toml_value(value.value)
        case int() | float():
            return repr(value)
        case str() | Path():
            return "".join(['"', *map(_escaped, str(value)), '"'])
        case list():
            return f"[{', '.join(map(toml_value, value))}]"
        case Section():
            return toml_value(value.model_dump())
        case Mapping():
            items = (f"{bare(key)} = {toml_value(item)}" for key, item in value.items())
            return f"{{ {', '.join(items)} }}"
        case _:
            raise TypeError(f"{type(value).__name__} does not stand in this file")


def written(value: Any, field: FieldInfo) -> str:
    """The value of this key as TOML writes it; an address as people know it."""
    return f"0x{value:02X}" if unit_of(field) == "hex" else toml_value(value)


def shown(config: Section) -> str:
    """What is in force, as TOML that says the same again: each default is marked.

    A key with its default ends in `# default`, another one in the default that it replaces, and
    what has neither value nor default is named in a comment.
    """
    lines: list[str] = []
    for name, field in type(config).model_fields.items():
        section = getattr(config, name)
        if isinstance(section, Section):
            lines += ["", f"[{name}]", *_keys(section)]
        elif section is None and not field.is_required():
            lines += ["", f"# [{name}] is absent"]
    return "\n".join(lines[1:]) + "\n"


def _keys(section: Section) -> Iterator[str]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if value is None:
            yield f"# {name} is not set (default)"
            continue
        line = f"{name} = {written(value, field)}"
        if field.is_required():
            yield line
        elif name not in section.model_fields_set or value == field.default:
            yield f"{line}  # default"
        elif field.default is None:
            yield f"{line}  # default: not set"
        else:
            yield f"{line}  # default: {written(field.default, field)}"


def _escaped(character: str) -> str:
    if character in {'"', "\\"}:
        return f"\\{character}"
    if character.isprintable():
        return character
    return f"\\U{ord(character):08X}"
