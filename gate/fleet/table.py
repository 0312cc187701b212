"""A table out of a spreadsheet (CSV), as rows of cells that know their places. Pure.

Excel's habits are taken as they come: a mark in front of the text, CRLF, semicolons or tabs where
the comma is the decimal sign, a first line `sep=;`, empty lines at the end.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 4 * 2**20
MAX_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong, and where."""

    place: str
    """`line 3, column C (venue)`, as the spreadsheet numbers them."""
    what: str
    suggestion: str
    line: int = 0
    """0 for what is in no line."""

    def __str__(self) -> str:
        return f"{self.place}: {self.what}. {self.suggestion}"


class TableError(Exception):
    """The table cannot be used; `mistakes` has everything that is wrong with it."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Row:
    """One line below the header: what stands in each column that is not empty."""

    line: int
    cells: Mapping[str, str]
    columns: Mapping[str, int]
    """Where each column of the table is, counted from 0."""
    decimal_comma: bool
    """Whether the spreadsheet that wrote this may write 37,5 for 37.5."""

    def place(self, column: str | None = None) -> str:
        """Where this is; of a column that the table has."""
        if column is None or column not in self.columns:
            return f"line {self.line}"
        return f"line {self.line}, column {letters(self.columns[column])} ({column})"

    def wrong(self, column: str | None, what: str, suggestion: str) -> Mistake:
        """A mistake here."""
        return Mistake(self.place(column), what, suggestion, self.line)


def rows_in(data: bytes) -> list[Row]:
    """The rows of the table; column names in lower case, words joined by `_`.

    Raises TableError where it is no table. A column that stands there twice is one.
    """
    text = _text(data)
    skipped = 1 if text.lower().startswith("sep=") else 0
    body = text.split("\n", 1)[1] if skipped and "\n" in text else text
    delimiter = _delimiter(body)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = [*_numbered(reader, skipped)]
    except csv.Error as error:
        place = f"line {reader.line_num + skipped}"
        way_out = "A text with quotes in it stands in quotes: let the spreadsheet save it."
        raise TableError([Mistake(place, f"cannot be read ({error})", way_out)]) from None
    if not lines:
        raise TableError(
            [Mistake("line 1", "is empty", "Begin with gate fleet template > devices.csv.")]
        )
    (line, header), *rest = lines
    columns = _columns(line, header)
    mistakes = [*_too_wide(rest, len(header), header)]
    if len(rest) > MAX_ROWS:
        place, what = f"line {rest[MAX_ROWS][0]}", f"is one device more than {MAX_ROWS}"
        mistakes.append(Mistake(place, what, "Make two sites of it."))
    if mistakes:
        raise TableError(mistakes)
    comma = delimiter != ","
    return [
        Row(
            line,
            {name: cells[at] for name, at in columns.items() if at < len(cells) and cells[at]},
            columns,
            comma,
        )
        for line, cells in rest
    ]


def letters(column: int) -> str:
    """A column as spreadsheets name it: A, B, ... Z, AA."""
    name = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        name = chr(ord("A") + digit) + name
    return name


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        too_large = Mistake("the file", f"is larger than {MAX_BYTES} bytes", "Is it the right one?")
        raise TableError([too_large])
    try:
        # Excel's "Unicode text" is UTF-16 with a mark and tabs.
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        way_out = 'Save it as "CSV UTF-8", or write that letter without its accent.'
        raise TableError([Mistake(f"line {line}", "is not UTF-8 text", way_out)]) from None


def _delimiter(text: str) -> str:
    """What parts the cells: whichever stands most often in the header."""
    header = text.split("\n", 1)[0]
    return max(",;\t", key=header.count)


def _numbered(reader: Any, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Each line that is not empty, with its number; a cell may have lines of its own."""
    before = skipped
    for cells in reader:
        line, before = before + 1, reader.line_num + skipped
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            yield line, stripped


def _columns(line: int, header: list[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    mistakes = []
    for at, title in enumerate(header):
        name = "_".join(title.lower().replace("-", " ").split())
        if not name:
            continue
        if name in columns:
            place = f"line {line}, column {letters(at)}"
            what = f"{name} is column {letters(columns[name])} already"
            mistakes.append(Mistake(place, what, "Take one of them out."))
        columns[name] = at
    if mistakes:
        raise TableError(mistakes)
    return columns


def _too_wide(
    rows: list[tuple[int, list[str]]], width: int, header: list[str]
) -> Iterator[Mistake]:
    """Cells without a column: most often a comma in a text that is not in quotes."""
    for line, cells in rows:
        for at, cell in enumerate(cells):
            if cell and (at >= width or not header[at]):
                place = f"line {line}, column {letters(at)}"
                way_out = "Name the column, or put a text with a comma in it in quotes."
                yield Mistake(place, "has no name in the first line", way_out)
