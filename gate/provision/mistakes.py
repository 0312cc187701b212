"""All mistakes of a TOML text at once, each with its line. Pure.

The standard library stops at the first thing that it cannot read. A line that it complains about is
taken out of a copy, and the rest is read again; what was in that line is then not "missing".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gate.config import ConfigError, Problem
from gate.config.problems import path_of
from gate.config.toml import tables_of
from gate.provision.toml_places import places_in

MOST = 20
"""Mistakes of this kind that are told; who has more has another kind of file."""

_MOST_LINES = 200
"""Lines that are taken out: a certificate whose first line is wrong is many."""

_LINE = re.compile(r"line (\d+)\b")
_HEAD = re.compile(r"\s*\[+\s*([A-Za-z0-9_-]+)")
_STATEMENT = re.compile(r"""\s*(\[|[A-Za-z0-9_."'-]+\s*=\s*[^=\s])""")

_GONE = "gate.provision.mistakes "
"""What the section of a head that cannot be used is called in the copy."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, as far as it can be read."""

    tables: dict[str, Any]
    problems: tuple[Problem, ...]
    """What cannot be read."""
    text: str
    """The same text without it, line by line; right as TOML unless nothing could be read."""


def read_all(text: str) -> Reading:
    """Read what can be read."""
    lines, problems, times = text.split("\n"), list[Problem](), dict[int, int]()
    while True:
        copy = "\n".join(lines)
        try:
            tables = tables_of(copy)
        except ConfigError as error:
            (problem,) = error.problems
        else:
            told = {name: it for name, it in tables.items() if not name.startswith(_GONE)}
            return Reading(told, tuple(problems), copy)
        line = _line_of(problem)
        row = lines[line - 1] if 1 <= line <= len(lines) else ""
        # Below a line that is wrong, lines of its value are no mistakes of their own.
        its_own = line - 1 not in times or _STATEMENT.match(row)
        again = problems and problem.what == problems[-1].what and not row.strip()
        if line not in times and its_own and not again:
            problems.append(problem)
        times[line] = times.get(line, 0) + 1
        hopeless = problem.what.startswith("Unclosed") or not row.strip() or times[line] > 3
        if hopeless or len(problems) >= MOST or len(times) >= _MOST_LINES:
            return Reading({}, tuple(problems), "")
        lines[line - 1] = _without(row, problem, line, times[line])


def located(problems: Iterable[Problem], reading: Reading) -> tuple[Problem, ...]:
    """The same problems, each with the line and column of its key, in the order of the lines.

    What is missing is told at the head of its section, and first where it has none.
    """
    places = {path_of(keys): place for keys, place in places_in(reading.text).items()}
    found: list[tuple[int, Problem]] = []
    for problem in problems:
        path, line = problem.path, _line_of(problem)
        while path and path not in places:
            path = path.rpartition(".")[0]
        if path and not line:
            line = places[path].line
            where = f"{places[path]}, {problem.path}"
            found.append((line, Problem(where, problem.what, problem.suggestion)))
        else:
            found.append((line, problem))
    return tuple(problem for _, problem in sorted(found, key=lambda it: it[0]))


def _without(row: str, problem: Problem, line: int, times: int) -> str:
    """What stands in the place of a line that cannot be read: a section goes on to be one."""
    head = _HEAD.match(row)
    if head is None or times > 2:
        return ""
    if times == 2 or problem.what.startswith("Cannot declare"):
        return f'["{_GONE}{line}"]'
    return f"[{head[1]}]"


def _line_of(problem: Problem) -> int:
    """0 where the problem has none."""
    found = _LINE.match(problem.path)
    return int(found[1]) if found else 0
