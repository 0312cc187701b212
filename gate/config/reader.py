"""Reading the configuration file: from its bytes to a `Config`, or to everything wrong with it.

In three steps: TOML (one problem at a time, where the text cannot be understood), then every key
by itself, then the rules between keys. The last two are told together. Where keys are wrong, the
rules look at a draft: a configuration with holes in the place of those keys.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gate.config.draft import draft
from gate.config.problems import ConfigError, Problem, problems_of
from gate.config.rules import broken_rules
from gate.config.text import toml_value
from gate.config.whole import Config
from gate.places import Places

DEFAULT_FILE = Places().config

MAX_BYTES = 32_768
"""More than twice what the file with every key and comment has."""

_PLACE = re.compile(
    r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)"
)

_COMPARE = "Compare it with config/gate.toml."

_WAYS_OUT = {
    "Invalid value": 'Text stands in double quotes, a number has a point ("abc", 37.3).',
    "Cannot overwrite a value": "The key stands twice in its section: keep one.",
    "Cannot declare": "The section stands twice: put its keys together.",
    "Expected '=' after a key": "A line looks like key = value, or [section], or # remark.",
    "Unescaped '\\'": "Write a backslash twice, or put the text in single quotes.",
}


def load(path: Path) -> Config:
    """The configuration in the file at `path`. Raises `ConfigError` with every problem."""
    return parse(_read(path), folder=path.parent.absolute())


def load_turnstile(path: Path) -> Config:
    """A configuration in which the relay and its wires are right, whatever is wrong elsewhere.

    Reading what is wrong raises AttributeError; that may be the relay of the wide gate, too.
    Raises `ConfigError` where the relay is not known.
    """
    drafted = draft(Config, _sections(_read(path)), folder=path.parent.absolute())
    try:
        _ = (drafted.turnstile.relay.pin, drafted.turnstile.relay.active)
        _ = (drafted.turnstile.source, drafted.turnstile.chip, drafted.simulation)
    except AttributeError:
        what = "does not say which line the relay is on"
        raise _refused("turnstile", what, "See what else is wrong: gate check.") from None
    return drafted


def parse(data: bytes, *, folder: Path) -> Config:
    """The configuration in `data`; its paths begin in `folder`. Raises `ConfigError`."""
    tables = _sections(data)
    try:
        config = Config.model_validate(tables, context={"folder": folder})
    except ValidationError as error:
        problems = [*problems_of(error, Config)]
        problems += broken_rules(draft(Config, tables, folder=folder), holes=True)
        raise ConfigError(tuple(problems)) from None  # the cause would repeat the values
    problems = [*broken_rules(config, holes=False)]
    if problems:
        raise ConfigError(tuple(problems))
    return config


def read_tables(path: Path) -> dict[str, Any]:
    """The tables of another file than a gate's. Raises `ConfigError` where it is no TOML."""
    return _tables(_read(path))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        what = f"{toml_value(path)} cannot be read ({error.strerror})"
        raise _refused("the file", what, "Put the configuration there.") from error


# --- TOML -----------------------------------------------------------------------------------


def _sections(data: bytes) -> dict[str, Any]:
    """All tables. One that is left out has its defaults, and says which of its keys are missing."""
    left_out: dict[str, Any] = {
        name: {} for name, field in Config.model_fields.items() if field.is_required()
    }
    return left_out | _tables(data)


def _tables(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise _refused("the file", f"is larger than {MAX_BYTES} bytes", "Is it the right file?")
    try:
        text = data.decode("utf-8-sig")  # editors on Windows put a mark in front
    except UnicodeDecodeError as error:
        place = _place(error.object[: error.start].decode())  # without the mark, as `start` is
        raise _refused(place, "is not UTF-8 text", "Save the file as UTF-8.") from None
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _refused("the file", "has brackets too deep within each other", _COMPARE) from None
    except ValueError as error:  # TOMLDecodeError, or int() for a number with 4300 digits
        raise ConfigError((_syntax(str(error), text),)) from None


def _refused(path: str, what: str, suggestion: str) -> ConfigError:
    return ConfigError((Problem(path, what, suggestion),))


def _syntax(message: str, text: str) -> Problem:
    found = _PLACE.fullmatch(message)
    if found is None:
        return Problem("the file", "has a value that cannot be read", _COMPARE)
    line = int(found["line"]) if found["line"] else text.count("\n") + 1
    place = f"line {line}, column {found['column']}" if found["column"] else _place(text)
    rows = text.split("\n")
    if {"\u201c", "\u201d", "\u2018", "\u2019"} & set(rows[min(line, len(rows)) - 1]):
        way_out = 'Take straight quotes: ", not the curly ones of a word processor.'
    else:
        ways = (way for start, way in _WAYS_OUT.items() if found["what"].startswith(start))
        way_out = next(ways, _COMPARE)
    return Problem(place, found["what"], way_out)


def _place(before: str) -> str:
    """The line and column that follow after this text."""
    row = before.rpartition("\n")[2]
    return f"line {before.count(chr(10)) + 1}, column {len(row) + 1}"
