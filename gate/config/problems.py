"""What is wrong with a configuration, in sentences with a way out.

pydantic finds what is wrong with a single key; here its findings become problems.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from gate.config.fields import (
    Section,
    allowed,
    bounds_of,
    choices_of,
    example_of,
    is_secret,
    table_of,
    type_of,
    unit_of,
    unit_suffix,
)
from gate.config.text import bare, toml_value, written

MAX_SHOWN = 40
"""Characters of a wrong key or value that are repeated in a problem."""

_NUMBER = re.compile(r"\s*([+-]?[0-9]+(?:[.,][0-9]+)?)\s*(?:s|sec|°?C|px|days?)?\s*")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    path: str
    """The key (`turnstile.relay.pin`), or the place (`line 3, column 5`), or the file."""
    what: str
    suggestion: str
    """What to do about it: a sentence, or several."""

    def __str__(self) -> str:
        """One line."""
        return f"{self.path}: {self.what}. {self.suggestion}"


class ConfigError(Exception):
    """The configuration cannot be used; `problems` has everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def problems_of(
    error: ValidationError, whole: type[Section], *, missing: bool = True
) -> Iterator[Problem]:
    """What pydantic found wrong with the keys of `whole`, in the order of the models.

    Without `missing` no key counts as missing: part of the file could not be read.
    """
    for found in error.errors(include_url=False):
        if found["type"] == "missing" and not missing:
            continue
        path = path_of(found["loc"])
        model, field = _at(whole, found["loc"])
        if found["type"] == "extra_forbidden":
            name = str(found["loc"][-1])
            yield Problem(path, "is no key that the gate knows", _nearest(name, model, whole))
        elif field is None:
            compare = f"Compare it with {whole.REFERENCE}."
            yield Problem(path or "the file", found["msg"], compare)
        else:
            yield _problem(path, found, field)


def path_of(keys: Iterable[str | int]) -> str:
    """A key within its tables, as a problem names it."""
    return ".".join(bare(_clipped(str(part))) for part in keys)


def _problem(path: str, found: ErrorDetails, field: FieldInfo) -> Problem:
    kind, value = found["type"], found["input"]
    if kind == "missing":
        line = f"{found['loc'][-1]} = {toml_value(example_of(field))}"
        return Problem(path, "is missing", f"Add it, for example {line}")
    if is_secret(field):
        return Problem(path, f"is not {allowed(field)}", "Look at it: it is not repeated here.")
    if kind == "model_type":
        return Problem(path, f"{_shown(value)} is no table", _as_table(path, field))
    if kind in {"greater_than_equal", "less_than_equal", "multiple_of"}:
        number = written(value, field) if _is_plain(value) else _shown(value)
        what = f"{number}{unit_suffix(field)} is outside {allowed(field)}"
        return Problem(path, what, _in_other_units(value, field) or _hint(field))
    if choices_of(field):
        what = f"{_shown(value)} is none of {allowed(field)}"
        return Problem(path, what, _nearest_choice(value, field))
    if kind.endswith("_type") or kind == "int_from_float":
        return Problem(path, f"{_shown(value)} is not {type_of(field)}", _typed(value, field))
    return Problem(path, f"{_shown(value)} is not {allowed(field)}", _hint(field))


# --- ways out -------------------------------------------------------------------------------


def _nearest(name: str, model: type[Section], whole: type[Section]) -> str:
    """The known key that was probably meant: in this section, or in another one."""
    word = name[:64].lower().replace("-", "_")
    near = get_close_matches(word, model.model_fields, n=1)
    if near:
        return f"Did you mean {near[0]}?"
    for section, field in whole.model_fields.items():
        table = table_of(field)
        if table is not None and word in table.model_fields:
            return f"It belongs into [{section}]."
    return f"Take it out. {whole.REFERENCE} names every key."


def _nearest_choice(value: object, field: FieldInfo) -> str:
    words = {str(word): word for word in choices_of(field)}
    near = get_close_matches(str(value)[:64].lower(), words, n=1) if _is_plain(value) else []
    return f"Did you mean {toml_value(words[near[0]])}?" if near else "Take one of them."


def _as_table(path: str, field: FieldInfo) -> str:
    if "." not in path:
        return f"Write [{path}] on a line of its own, once, and its keys below."
    return f"Write it like {path.rpartition('.')[2]} = {toml_value(example_of(field))}"


def _typed(value: object, field: FieldInfo) -> str:
    """How the same value is written in the type that the key takes."""
    kind = type_of(field)
    if isinstance(value, str) and "number" in kind and (number := _NUMBER.fullmatch(value)):
        unit = f"; the unit is {unit_of(field)}" if unit_suffix(field) else ""
        return f"Write {number[1].replace(',', '.')}, without quotes{unit}."
    if isinstance(value, str) and kind == "true or false":
        return "Write true or false, without quotes."
    if isinstance(value, int | float) and kind in {"a text", "a path"}:
        return f'Write "{_shown(value)}", in quotes.'
    if isinstance(value, float) and kind == "a whole number" and abs(value) < 2**53:
        return f"Write {value:.0f}."
    return _hint(field)


def _in_other_units(value: object, field: FieldInfo) -> str:
    """Whether the number would be right in another unit that people think in."""
    bounds = bounds_of(field)
    if bounds is None or isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if abs(value) > 2**53:
        return ""
    units = {
        "s": (("milliseconds", value / 1000),),
        "°C": (("Fahrenheit", round((value - 32) / 1.8, 1)), ("kelvin", round(value - 273.15, 1))),
    }
    for unit, converted in units.get(unit_of(field), ()):
        if value > bounds[1] and bounds[0] <= converted <= bounds[1]:
            return f"Is that in {unit}? Write {converted:.4g}."
    return ""


def _hint(field: FieldInfo) -> str:
    if not field.is_required() and field.default is not None:
        return f"The default is {written(field.default, field)}."
    return f"For example {toml_value(example_of(field))}."


# --- looking things up ----------------------------------------------------------------------


def _at(whole: type[Section], loc: tuple[int | str, ...]) -> tuple[type[Section], FieldInfo | None]:
    """The model that the last part of `loc` belongs to, and its field there, if it is known."""
    model, field = whole, None
    for part in loc:
        if isinstance(part, int) and field is not None:  # one of several tables
            continue
        if field is not None:
            model = table_of(field) or model
        field = model.model_fields.get(str(part))
        if field is None:
            break
    return model, field


def _is_plain(value: object) -> bool:
    return isinstance(value, str | bool | float) or (isinstance(value, int) and abs(value) < 2**63)


def _shown(value: Any) -> str:
    """A wrong value as it is repeated to the technician: short, and without control characters."""
    if not _is_plain(value):
        kinds = {int: "such a large number", dict: "a table", list: "a list"}
        return next((word for kind, word in kinds.items() if isinstance(value, kind)), "a date")
    return toml_value(_clipped(value) if isinstance(value, str) else value)


def _clipped(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
