"""TOML: from the bytes of a file to its tables, or to the first place that cannot be read."""

import re
import tomllib
from typing import Any

from gate.config.problems import ConfigError, Problem

MAX_BYTES = 32_768
"""More than twice what the file with every key and comment has."""

_PLACE = re.compile(
    r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)"
)

_DEEP = re.compile(
    r"""(?<![A-Za-z0-9_-])(?:(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){32}"""
)
"""A key with so many dots that the standard library would take minutes over it."""

_COMPARE = "Compare it with config/gate.toml."

_WAYS_OUT = {
    "Invalid value": 'Text stands in double quotes, a number has a point ("abc", 37.3).',
    "Cannot overwrite a value": "The key stands twice in its section: keep one.",
    "Cannot declare": "The section stands twice: put its keys together.",
    "Expected '=' after a key": "A line looks like key = value, or [section], or # remark.",
    "Unescaped '\\'": "Write a backslash twice, or put the text in single quotes.",
}


def decoded(data: bytes) -> str:
    """The text in a file's bytes. Raises `ConfigError`."""
    if len(data) > MAX_BYTES:
        raise _refused("the file", f"is larger than {MAX_BYTES} bytes", "Is it the right file?")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        what = 'is UTF-16, which Windows calls "Unicode"'
        raise _refused("the file", what, "Save the file as UTF-8.")
    try:
        text = data.decode("utf-8-sig")  # editors on Windows put a mark in front
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()  # without the mark, as `start` is
        raise _refused(
            place_after(before), "is not UTF-8 text", "Save the file as UTF-8."
        ) from None
    if "\0" in text:
        what = "holds bytes of zero, as a file does that was cut while it was copied"
        raise _refused(place_after(text.partition("\0")[0]), what, "Copy it again.")
    return text


def tables_of(text: str) -> dict[str, Any]:
    """What a text says. Raises `ConfigError` with the first problem."""
    if deep := _DEEP.search(text):
        raise _refused(place_after(text[: deep.start()]), "has 32 dots in a key", _COMPARE)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _refused("the file", "has brackets too deep within each other", _COMPARE) from None
    except ValueError as error:  # TOMLDecodeError, or int() for a number with 4300 digits
        raise ConfigError((_syntax(str(error), text),)) from None


def place_after(before: str) -> str:
    """The line and column that follow after this text."""
    row = before.rpartition("\n")[2]
    return f"line {before.count(chr(10)) + 1}, column {len(row) + 1}"


def _refused(path: str, what: str, suggestion: str) -> ConfigError:
    return ConfigError((Problem(path, what, suggestion),))


def _syntax(message: str, text: str) -> Problem:
    found = _PLACE.fullmatch(message)
    if found is None:
        return Problem("the file", "has a value that cannot be read", _COMPARE)
    line = int(found["line"]) if found["line"] else text.count("\n") + 1
    place = f"line {line}, column {found['column']}" if found["column"] else place_after(text)
    rows = text.split("\n")
    if {"\u201c", "\u201d", "\u2018", "\u2019"} & set(rows[min(line, len(rows)) - 1]):
        way_out = 'Take straight quotes: ", not the curly ones of a word processor.'
    else:
        ways = (way for start, way in _WAYS_OUT.items() if found["what"].startswith(start))
        way_out = next(ways, _COMPARE)
    return Problem(place, found["what"], way_out)
