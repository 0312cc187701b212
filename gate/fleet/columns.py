"""The columns of a list of devices: which key each is, and what its cells say. Pure.

A column is a key: by a name of its own where people say it so (`venue`, `wifi`), else as
section.key (`turnstile.open_for_s`, `turnstile.relay.pin`).
"""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from pydantic.fields import FieldInfo

from gate.config.fields import Section, choices_of, table_of, type_of
from gate.fleet.table import Mistake, Row, letters
from gate.provision.small_file import FROM_SECRETS, SmallFile

GATE = "gate"
HOST = "host_name"
ENROL = "enrol"
NOTE = "note"

SHORT = {
    GATE: "gate.id",
    "district": "gate.district",
    "venue": "gate.venue",
    "scan": "gate.scan",
    HOST: "device.name",
    "wifi": "wifi.ssid",
    "wifi_password": "wifi.password",
    "wifi_hidden": "wifi.hidden",
    "camera": "device.camera",
    "capacity": "limit.standalone_capacity",
}
"""Columns with a name of their own, and the key that each is."""

TEMPLATE = (
    (GATE, "district", "venue", "scan", "screening.mode", "wifi", "wifi_password", ENROL, NOTE),
    ("t01-a", "pusat", "mall-t01", "entry", "hard", "mall-gates", "its password", "no", "North"),
    ("t01-b", "pusat", "mall-t01", "exit", "off", "", "", "no", "North - by cable"),
)

YES = {"yes", "y", "true", "1", "x", "ya"}
NO = {"no", "n", "false", "0", "tidak"}

OURS = ("secrets",)
"""Sections that are made here."""


def template(delimiter: str = ",") -> str:
    """The beginning of a list, to be filled in with a spreadsheet."""
    return "".join(f"{delimiter.join(row)}\r\n" for row in TEMPLATE)


def key_of(column: str) -> str:
    """The key that a column is: `gate.id`, `turnstile.relay.pin`."""
    return SHORT.get(column, column)


def field_of(column: str) -> FieldInfo | None:
    """The key itself; None for a column of our own, and for one that is no key."""
    model: type[Section] | None = SmallFile
    field: FieldInfo | None = None
    for name in key_of(column).split("."):
        field = None if model is None else model.model_fields.get(name)
        if field is None:
            return None
        model = table_of(field)
    return field if model is None else None


def value_of(text: str, field: FieldInfo, *, decimal_comma: bool) -> Any:
    """What a cell says. What is none of its key's kind stays the text that it is: the small file
    has the words for what is wrong with it."""
    choices = {str(choice): choice for choice in choices_of(field)}
    if choices:
        return choices.get(text.lower(), text)
    kind = type_of(field)
    if kind == "true or false":
        truth = truth_of(text)
        return text if truth is None else truth
    if "number" not in kind:
        return text
    try:
        return int(text, 0)
    except ValueError:
        pass
    try:
        return float(text.replace(",", ".") if decimal_comma else text)
    except ValueError:
        return text


def truth_of(text: str) -> bool | None:
    """What yes and no mean, also in the words of spreadsheets; None for anything else."""
    word = text.lower()
    return True if word in YES else False if word in NO else None


def wrong_columns(first: Row) -> Iterator[Mistake]:
    """Columns that are no key, or one that is made here; `first` is any row."""
    for column, at in first.columns.items():
        key = key_of(column)
        section, _, name = key.partition(".")
        place = f"line 1, column {letters(at)} ({column})"
        if column in {ENROL, NOTE}:
            continue
        if section in OURS or (section, name) in FROM_SECRETS or key == "mqtt.root":
            yield Mistake(place, "is what gate fleet says itself", "Take the column out.")
        elif field_of(column) is None:
            near = get_close_matches(column, [*SHORT, ENROL, NOTE, *_keys()], n=1)
            way_out = f"Did you mean {near[0]}?" if near else "docs/fleet.md names those there are."
            yield Mistake(place, "is no key of a device", way_out)


def _keys() -> Iterator[str]:
    """Every key in a section."""
    for section, field in SmallFile.model_fields.items():
        if (table := table_of(field)) is not None and section not in OURS:
            yield from (f"{section}.{key}" for key in table.model_fields)
