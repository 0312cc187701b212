"""Where each key of a TOML text stands, so that a problem can name the line. Pure.

The standard library reads TOML, and keeps no places. This walks over a text that it has read
without a complaint (TOML v1.0.0), so that nothing here has to be judged again.
"""

import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass

Keys = tuple[str, ...]

DEEPEST = 16
"""Tables within each other that have places: a key with thousands of dots is nobody's."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_TEXTS = (
    re.compile(r'"""(?:\\.|"{0,2}[^"\\])*"{3,5}', re.DOTALL),
    re.compile(r"'''(?:'{0,2}[^'])*'{3,5}", re.DOTALL),
    re.compile(r'"(?:\\.|[^"\\])*"'),
    re.compile(r"'[^']*'"),
)
_OTHER = re.compile(r"[^\s,\]}#]+(?:[ ][0-9][^\s,\]}#]*)?")
"""A number, a truth, or a date: with a space before its time."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_NOT_A_BRACKET = re.compile(r"(?:[^\[\]{}\"'#]+|#[^\n]*)*")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key or the head of a section stands, and its value."""

    line: int
    column: int
    begin: int
    """The first character of the value, counted from the beginning of the text."""
    end: int
    """Behind its last character."""

    def __str__(self) -> str:
        """As a technician's editor counts."""
        return f"line {self.line}, column {self.column}"


def places_in(text: str) -> dict[Keys, Place]:
    """The first place of each section and key. `text` must be right; its lines may end in CRLF."""
    walk = _Walk(text)
    with suppress(RecursionError):  # then what is deeper has no place
        walk.document()
    return walk.found


class _Walk:
    """One way through a text, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.found: dict[Keys, Place] = {}

    def document(self) -> None:
        section: Keys = ()
        while self._skip(_BLANK) < len(self._text):
            start = self._at
            if self._text[start] == "[":
                self._at += 2 if self._text.startswith("[[", start) else 1
                section = self._keys()
                self._at = self._text.index("]", self._at)
                self._at += 2 if self._text.startswith("]]", self._at) else 1
                self._note(section, start, start, start, 0)
            else:
                self._pair(section)

    def _pair(self, within: Keys) -> None:
        start = self._skip(_SPACE)
        keys = within + self._keys()
        self._at = self._text.index("=", self._at) + 1
        begin = self._skip(_SPACE)
        if self._text[begin] == "{":
            self._table(keys)
        elif self._text[begin] == "[":
            self._list()
        else:
            self._scalar()
        self._note(keys, start, begin, self._at, len(within))

    def _keys(self) -> Keys:
        keys: list[str] = []
        while True:
            start = self._skip(_SPACE)
            if self._text[start] in "\"'":
                self._scalar()
                keys.append(tomllib.loads(f"it = {self._text[start : self._at]}")["it"])
            else:
                keys.append(self._text[start : self._skip(_BARE)])
            if not self._text.startswith(".", self._skip(_SPACE)):
                return tuple(keys)
            self._at += 1

    def _table(self, keys: Keys) -> None:
        self._at += 1
        while self._text[self._skip(_BLANK)] != "}":
            self._pair(keys)
            if self._text[self._skip(_BLANK)] == ",":
                self._at += 1
        self._at += 1

    def _list(self) -> None:
        """Over the whole of it: nothing in a list has a place."""
        depth = 0
        while True:
            character = self._text[self._skip(_NOT_A_BRACKET)]
            if character in "\"'":
                self._scalar()
                continue
            self._at += 1
            depth += 1 if character in "[{" else -1
            if depth == 0:
                return

    def _scalar(self) -> None:
        for pattern in (*_TEXTS, _OTHER):
            if found := pattern.match(self._text, self._at):
                self._at = found.end()
                return

    def _skip(self, pattern: re.Pattern[str]) -> int:
        if found := pattern.match(self._text, self._at):
            self._at = found.end()
        return self._at

    def _note(self, keys: Keys, start: int, begin: int, end: int, above: int) -> None:
        before = self._text[:start]
        column = start - (before.rfind("\n") + 1) + 1
        place = Place(before.count("\n") + 1, column, begin, end)
        for length in range(min(len(keys), DEEPEST), above, -1):  # a.b.c is also where a.b begins
            self.found.setdefault(keys[:length], place)
