"""A list of passes that somebody wants, from a CSV file (RFC 4180)."""

import csv
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from gate.model import Utc

COLUMNS = ("label", "party", "hours", "from", "staff", "assisted")
MOST_LINES = 5_000
_YES = {"1": True, "yes": True, "true": True, "": False, "0": False, "no": False, "false": False}


class CsvError(Exception):
    """The list cannot be used; everything that is wrong, each with its line."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one pass is to say, and the label beside its code."""

    label: str
    party: int
    hours: float
    start: Utc
    staff: bool
    assisted: bool
    line: int = 0


def read_csv(path: Path, usual: Wanted) -> list[Wanted]:
    """One for each line; what a line leaves out is as in `usual`. Raises `CsvError`."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            unknown = [name for name in reader.fieldnames or [""] if name not in COLUMNS]
            if unknown:
                raise CsvError(
                    f"{path}, line 1: {unknown[0][:40]!r} is no column; they are"
                    f" {', '.join(COLUMNS)}"
                )
            return _wanted(path, reader, usual)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CsvError(f"{path}: cannot be read: {error}") from error


def _wanted(path: Path, reader: "csv.DictReader[str]", usual: Wanted) -> list[Wanted]:
    wanted: list[Wanted] = []
    problems: list[str] = []
    for row in reader:
        if len(wanted) == MOST_LINES:
            problems.append(f"{path}: more than {MOST_LINES} lines")
            break
        if None in row or None in row.values():
            problems.append(f"{path}, line {reader.line_num}: not as many cells as the head")
            continue
        one = replace(usual, line=reader.line_num)
        for column, cell in row.items():
            try:
                one = _told(one, column, cell.strip())
            except ValueError:
                problems.append(f"{path}, line {reader.line_num}: {cell[:40]!r} is no {column}")
        wanted.append(one)
    if not wanted and not problems:
        problems.append(f"{path}: no line below the head")
    if problems:
        raise CsvError("\n".join(problems))
    return wanted


def _told(one: Wanted, column: str, cell: str) -> Wanted:
    if column == "label":
        return replace(one, label=cell[:40])
    if column in {"staff", "assisted"}:
        if cell.lower() not in _YES:
            raise ValueError(cell)
        yes = _YES[cell.lower()]
        return replace(one, staff=yes) if column == "staff" else replace(one, assisted=yes)
    if not cell:
        return one
    match column:
        case "party":
            return replace(one, party=int(cell))
        case "hours":
            return replace(one, hours=float(cell))
        case _:
            return replace(one, start=Utc(datetime.fromisoformat(cell).astimezone().timestamp()))
