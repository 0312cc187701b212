"""What may be told of a gate's database: whether it fits, its tables, how many rows; no row."""

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from gate.audit import audit, opened
from gate.schema import StoreError


def summary(path: Path) -> str:
    """In lines. Changes nothing, also while a gate runs. Raises StoreError where it is none."""
    found = audit(path)
    fits = "everything fits" if found.broken is None else f"BROKEN: {found.broken.what}"
    totals = found.totals
    lines = [
        f"gate {found.gate} of {found.venue}, epoch {found.epoch}",
        f"events {found.first} to {found.last}, head {found.head.hex()}",
        f"counted {totals.entered} in, {totals.left} out, {totals.pending} pending",
        *(f"unsaid: {text}" for text in found.unsaid),
        fits,
        "",
    ]
    try:
        with TemporaryDirectory() as elsewhere, closing(opened(path, Path(elsewhere))) as db:
            return "\n".join([*lines, *_tables(db)]) + "\n"
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: {error}") from error


def _tables(db: sqlite3.Connection) -> list[str]:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    lines = [f"version {version}"]
    made = db.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
    ).fetchall()
    for kind, name, sql in made:
        if kind == "table":
            (rows,) = db.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608 - its own
            lines.append(f"-- {name}: {rows} rows")
        lines.append(f"{sql};")
    return lines
