"""Every setting works: each key of the configuration is read by something that runs.

Others have settings in the schema that no code reads (PiDoors' anti-passback, EMP's personLimit).
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gate.config import Config
from gate.config.fields import Section, table_of
from tests.gate.configs import ROOT

ONLY_JUDGES_OR_SHOWS = {"rules", "wiring", "doc", "text"}
"""Modules of gate/config that read every key without doing what it says."""

Read = tuple[type[Section], str]


def tables(model: type[Section] = Config) -> Iterator[type[Section]]:
    """A section and the tables inside it."""
    yield model
    for field in model.model_fields.values():
        table = table_of(field)
        if table is not None:
            yield from tables(table)


TABLES = {found.__name__: found for model in tables() for found in (model, *model.__bases__)}


class Reads(ast.NodeVisitor):
    """The keys that one function reads: follows `config.section.key`, also by way of a name."""

    def __init__(self, tables: Mapping[str, type[Section]], owner: str | None) -> None:
        self.found: set[Read] = set()
        self._tables = tables
        self._named: dict[str, type[Section]] = {}
        if owner is not None and owner in tables:
            self._named["self"] = tables[owner]

    def visit_arg(self, node: ast.arg) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id in self._tables:
                self._named[node.arg] = self._tables[part.id]

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = [*zip(target.elts, node.value.elts, strict=True)]
            for name, value in pairs:
                table = self._table(value)
                if isinstance(name, ast.Name) and table is not None:
                    self._named[name.id] = table
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.visit_arg(ast.arg(node.target.id, node.annotation))
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._table(node)
        self.generic_visit(node)

    def _table(self, node: ast.expr) -> type[Section] | None:
        """The table that this expression is, if it is one; notes what is read on the way."""
        if isinstance(node, ast.Name):
            return self._named.get(node.id)
        if isinstance(node, ast.Attribute):
            table = self._table(node.value)
            if table is not None and node.attr in table.model_fields:
                self.found.add((table, node.attr))
                return table_of(table.model_fields[node.attr])
        return None


def called(body: Sequence[ast.stmt]) -> dict[str, type[Section]]:
    """The tables by the names that a module has for them."""
    names = [name for node in body if isinstance(node, ast.ImportFrom) for name in node.names]
    return TABLES | {n.asname: TABLES[n.name] for n in names if n.asname and n.name in TABLES}


def reads_in(path: Path) -> set[Read]:
    found: set[Read] = set()
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for node in body:
        owner = node.name if isinstance(node, ast.ClassDef) else None
        for part in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(part, ast.FunctionDef):
                reads = Reads(called(body), owner)
                reads.visit(part)
                found |= reads.found
    return found


def running_code() -> Iterator[Path]:
    for path in (ROOT / "gate").rglob("*.py"):
        if path.parent.name != "config" or path.stem not in ONLY_JUDGES_OR_SHOWS:
            yield path


def test_settings_in_the_schema_that_no_code_reads_do_not_exist() -> None:
    read = {found for path in running_code() for found in reads_in(path)}

    unread = [
        f"{table.__name__}.{key}"
        for table in dict.fromkeys(tables())
        for key in table.model_fields
        if not any(key == name and issubclass(table, owner) for owner, name in read)
    ]

    assert unread == []
    assert len(read) > 60
