"""What an examination says: one value for each thing that was looked at.

A *trouble* is something that can be wrong: its code is stable, its texts make its section of
docs/troubleshooting.md. A *finding* is what was found here: a trouble, or that all is well.
Whoever reports to a technician may do so in this form: `gate doctor`, provisioning, an update.
"""

import json
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import PurePath

PAGE = "docs/troubleshooting.md"
"""Where each trouble has a section."""

SCHEMA = "aman.doctor/1"
"""Of the JSON form; keys may be added to it, none changes its meaning."""


class Level(IntEnum):
    """How bad it is; the worst of an examination is its exit code."""

    GOOD = 0
    WARNING = 1
    """The lane works, and sooner or later it will not, or not as it should."""
    BROKEN = 2
    """The lane, or a part of it, does not work."""

    @property
    def word(self) -> str:
        """As it is told."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Texts are short and for a technician."""

    level: Level
    tested: str
    """What was looked at."""
    found: str
    """How it is."""
    code: str = ""
    """Of the trouble; empty where all is well."""
    mend: str = ""
    """The one command that mends it; where only hands can, what they do."""

    @property
    def anchor(self) -> str:
        """Its section of the page; empty where all is well."""
        return f"{PAGE}#{self.code.lower()}" if self.code else ""

    def as_json(self) -> dict[str, str]:
        """JSON in the making."""
        return {
            "code": self.code,
            "level": self.level.word,
            "tested": self.tested,
            "found": self.found,
            "mend": self.mend,
            "anchor": self.anchor,
        }


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that can be wrong."""

    code: str
    """Stable: upper-case words with - between them, such as GPIO-BUSY."""
    level: Level
    tested: str
    """What is looked at to see it."""
    cause: str
    """For the page: what it means, and how it comes about."""
    mend: str
    """The one command, with {words} that a finding fills in; where only hands can, what they do."""
    more: str = ""
    """For the page: what else helps, or how it is kept from coming back."""
    by_hand: bool = False
    """`mend` is no command: only hands can."""

    def found(self, found: str, **words: object) -> Finding:
        """It is so here; `words` are quoted for the shell where they come into the command."""
        quoted = {name: _quoted(word) for name, word in words.items()}
        return Finding(self.level, self.tested, found, self.code, self.mend.format(**quoted))


def good(tested: str, found: str) -> Finding:
    """All is well with one thing."""
    return Finding(Level.GOOD, tested, found)


def worst(findings: Iterable[Finding]) -> Level:
    """The level of an examination, which is its exit code: 0 good, 1 warnings, 2 broken."""
    return max((it.level for it in findings), default=Level.GOOD)


def as_json(findings: Iterable[Finding]) -> str:
    """An examination in one line of JSON; docs/troubleshooting.md describes it."""
    found = list(findings)
    return json.dumps(
        {
            "schema": SCHEMA,
            "level": worst(found).word,
            "findings": [it.as_json() for it in found],
        }
    )


def in_one_line(text: str) -> str:
    """For a terminal, which shall obey none of it: what was found may come from anywhere."""
    line = "; ".join(row.strip() for row in text.splitlines() if row.strip())
    return "".join(it if it.isprintable() else "?" for it in line)


def _quoted(word: object) -> str:
    if isinstance(word, tuple):
        return " ".join(map(_quoted, word))
    return shlex.quote(str(word)) if isinstance(word, str | PurePath) else str(word)
