"""The list of a site's devices (devices.csv), and the small file that each of them gets. Pure.

What all devices have in common stands in gates.toml; a cell that is not empty goes before it. The
small file itself is the judge of every value, so that a laptop refuses nothing that a device would
take, and takes nothing that it would refuse.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from gate.acl import Place
from gate.config.problems import ConfigError, Problem
from gate.fleet.columns import (
    ENROL,
    GATE,
    HOST,
    OURS,
    SHORT,
    field_of,
    key_of,
    truth_of,
    value_of,
    wrong_columns,
)
from gate.fleet.site import Site
from gate.fleet.table import Mistake, Row, TableError, rows_in
from gate.provision.small_file import written

_COLUMNS = {key: column for column, key in SHORT.items()}

Tables = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Device:
    """One device of the list."""

    place: Place
    enrol: bool
    """Whether it makes its own key, which never leaves it."""
    small_file: bytes
    """Its gate.toml."""

    @property
    def gate(self) -> str:
        """The id of its gate, which is its name in the fleet, too."""
        return self.place.gate


def devices_in(
    data: bytes, *, site: Site, common: Mapping[str, Any], keys: Collection[str]
) -> list[Device]:
    """The devices of a list. Raises TableError with everything that is wrong.

    `common` is what stands in gates.toml, `keys` are the files of public keys that each device
    gets.
    """
    rows = rows_in(data)
    if not rows:
        raise TableError([Mistake("line 2", "is no device", "Write one device a line.")])
    mistakes = [*wrong_columns(rows[0]), *_no_names(rows), *_twice(rows, site)]
    if wrong := [*_wrong_in_common(common)]:
        raise TableError([*mistakes, *wrong])
    devices, elsewhere = list[Device](), dict[Problem, list[Row]]()
    for row in rows:
        own_key = site.certificates.enrol
        if ENROL in row.cells:
            said = truth_of(row.cells[ENROL])
            if said is None:
                what = f'"{row.cells[ENROL]}" is not yes or no'
                mistakes.append(row.wrong(ENROL, what, "yes: the device makes its own key."))
            own_key = said is True
        tables = _tables(row, site, common) | {"secrets": _secrets(keys, enrol=own_key)}
        try:
            devices.append(_device(tables, enrol=own_key))
        except ConfigError as error:
            here, not_here = _told(error.problems, row)
            mistakes += here
            for problem in not_here:
                elsewhere.setdefault(problem, []).append(row)
    mistakes += _where(elsewhere, rows)
    if mistakes:
        raise TableError(sorted(mistakes, key=lambda mistake: mistake.line))
    return devices


def gates_in(data: bytes) -> list[str]:
    """The gates of a list that was taken over before, and nothing else of it. Raises TableError."""
    return [row.cells[GATE] for row in rows_in(data) if GATE in row.cells]


def _device(tables: Tables, *, enrol: bool) -> Device:
    """Raises `ConfigError` with everything that is wrong with it."""
    small_file, gate = written(**tables), tables["gate"]
    return Device(Place(gate["district"], gate["venue"], gate["id"]), enrol, small_file)


def _tables(row: Row, site: Site, common: Mapping[str, Any]) -> Tables:
    """The sections of a device's file, in the order in which a person reads them."""
    tables: Tables = {"gate": {}, "device": {}, **deepcopy(dict(common))}
    broker = {"host": site.broker.hosts[0], "port": site.broker.port, "root": site.broker.root}
    tables["mqtt"] = broker | tables.get("mqtt", {})
    for column, text in row.cells.items():
        if (field := field_of(column)) is None:
            continue
        *above, key = key_of(column).split(".")
        table: dict[str, Any] = tables
        for name in above:
            if not isinstance(table.get(name), dict):  # the common file has another kind there
                table[name] = {}
            table = table[name]
        table[key] = value_of(text, field, decimal_comma=row.decimal_comma)
    tables["device"].setdefault("name", tables["gate"].get("id"))
    return tables


def _secrets(keys: Collection[str], *, enrol: bool) -> dict[str, str]:
    """Everything lies beside the small file, which names it."""
    named = {"mqtt_ca": "ca.pem"}
    if not enrol:
        named |= {"mqtt_cert": "gate.pem", "mqtt_key": "gate.key"}
    return named | {name.removesuffix(".json").replace("-", "_"): name for name in keys}


# --- what is wrong ---------------------------------------------------------------------------


def _no_names(rows: Sequence[Row]) -> Iterator[Mistake]:
    for row in rows:
        if GATE not in row.cells:
            yield row.wrong(GATE, "no gate is named", "A device has the id of its gate.")


def _twice(rows: Sequence[Row], site: Site) -> Iterator[Mistake]:
    """Names that two devices have, or a device and a client of the broker."""
    gates = dict.fromkeys(site.clients.all, "a client in site.toml")
    hosts: dict[str, str] = {}
    for row in rows:
        gate = row.cells.get(GATE, "")
        for column, name, taken in ((GATE, gate, gates), (HOST, row.cells.get(HOST, gate), hosts)):
            if not name:
                break
            if (other := taken.get(name.lower())) is not None:
                way_out = "Each has a name of its own."
                yield row.wrong(column, f'"{name}" is {other} already', way_out)
                break  # the host name would be the same mistake
            taken[name.lower()] = f"in line {row.line}"


def _told(problems: Sequence[Problem], row: Row) -> tuple[list[Mistake], list[Problem]]:
    """What is wrong with a small file, at the cells that it comes from; and what comes from no cell
    of this row, with its key as path."""
    by_key = {key_of(column): column for column in row.cells}
    mistakes, elsewhere = list[Mistake](), list[Problem]()
    keys = [problem.path.rpartition(", ")[2] for problem in problems]
    for key, problem in zip(keys, problems, strict=True):
        column = by_key.get(key)
        if column is None and key == key_of(HOST):
            if key_of(GATE) in keys:
                continue  # one mistake is enough
            column = GATE  # it is the host name, too, where the list says no other
        if column is not None:
            mistakes.append(row.wrong(column, problem.what, problem.suggestion))
        elif key != key_of(GATE):  # that is told already
            elsewhere.append(replace(problem, path=key))
    return mistakes, elsewhere


def _where(elsewhere: Mapping[Problem, Sequence[Row]], rows: Sequence[Row]) -> Iterator[Mistake]:
    """What no cell says wrongly: in gates.toml where all devices have it, else in each line."""
    for problem, where in elsewhere.items():
        if len(where) == len(rows):
            place = f"gates.toml, {problem.path}"
            yield Mistake(place, problem.what, problem.suggestion)
            continue
        column = _COLUMNS.get(problem.path, problem.path)
        way_out = f"{problem.suggestion} That may be a column {column} here."
        for row in where:
            yield row.wrong(None, f"{problem.path} {problem.what}", way_out)


def _wrong_in_common(common: Mapping[str, Any]) -> Iterator[Mistake]:
    """Sections of gates.toml that are made here, or that are none."""
    for section, table in common.items():
        if section in OURS:
            way_out = "Take it out: public keys lie in the site's folder (docs/fleet.md)."
            yield Mistake(f"gates.toml, {section}", "is what gate fleet says itself", way_out)
        elif not isinstance(table, dict):
            way_out = "Begin with a section, like [turnstile]."
            yield Mistake(f"gates.toml, {section}", "stands in no section", way_out)
        elif section == "mqtt" and "root" in table:
            way_out = "Write it into site.toml, [broker] root: the broker's rules need it, too."
            yield Mistake("gates.toml, mqtt.root", "is what gate fleet says itself", way_out)
