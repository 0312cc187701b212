"""Rows of the database, and the values they hold. No transaction begins or ends here."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from gate.model import GrantId, Pass, Utc, VisitId
from gate.occupancy import Totals
from gate.visits import Visit


def to_ms(at: Utc) -> int:
    """Unix milliseconds, as events and grants are dated."""
    return round(at * 1000)


def read_totals(db: sqlite3.Connection) -> Totals:
    """The totals as they stand on disk."""
    return totals_of(
        db.execute("SELECT entered, departed, open, unknown, uncertain FROM totals").fetchone()
    )


def totals_of(columns: Sequence[Any]) -> Totals:
    """Totals from: entered, departed, open, unknown, uncertain."""
    entered, left, open_, unknown, uncertain = columns
    return Totals(
        entered=entered, left=left, open=open_, unknown=unknown, uncertain=bool(uncertain)
    )


def write_totals(db: sqlite3.Connection, totals: Totals) -> None:
    """Replace the totals."""
    db.execute(
        "UPDATE totals SET entered = :entered, departed = :left, open = :open,"
        " unknown = :unknown, uncertain = :uncertain",
        _fields_of(totals),
    )


def read_visit(db: sqlite3.Connection, visit: VisitId) -> Visit | None:
    """What is on disk about one visit."""
    columns = db.execute(
        "SELECT party, expires, granted, inside, departed, entered_at, left_at, rest_until, barred"
        " FROM visits WHERE visit = ?",
        (visit,),
    ).fetchone()
    return None if columns is None else _visit_of(columns)


def read_visits(db: sqlite3.Connection) -> dict[VisitId, Visit]:
    """What is on disk about every visit."""
    rows = db.execute(
        "SELECT visit, party, expires, granted, inside, departed, entered_at, left_at, rest_until,"
        " barred FROM visits"
    )
    return {VisitId(visit): _visit_of(columns) for visit, *columns in rows}


def write_visit(db: sqlite3.Connection, visit_id: VisitId, visit: Visit) -> None:
    """Replace what is on disk about one visit, or begin with it.

    (Not REPLACE: that deletes the row first, and its grants would lose their visit.)
    """
    db.execute(
        "INSERT INTO visits (visit, party, expires, granted, inside, departed, entered_at, left_at,"
        " rest_until, barred) VALUES (:visit, :party, :expires, :granted, :inside, :left,"
        " :entered_at, :left_at, :rest_until, :barred)"
        " ON CONFLICT (visit) DO UPDATE SET party = :party, expires = :expires,"
        " granted = :granted, inside = :inside, departed = :left, entered_at = :entered_at,"
        " left_at = :left_at, rest_until = :rest_until, barred = :barred",
        {"visit": visit_id, **_fields_of(visit)},
    )


def insert_grant(db: sqlite3.Connection, grant: GrantId, pass_: Pass | None, at: Utc) -> None:
    """A grant without an end."""
    db.execute(
        "INSERT INTO grants (id, visit, given_at) VALUES (?, ?, ?)",
        (grant, pass_.visit if pass_ else None, to_ms(at)),
    )


def end_grant(db: sqlite3.Connection, grant: GrantId, how: str, at: Utc) -> None:
    """The end of a grant: `used`, `lapsed` or `withdrawn`."""
    ended = db.execute(
        "UPDATE grants SET ended_at = ?, how = ? WHERE id = ? AND ended_at IS NULL",
        (to_ms(at), how, grant),
    )
    if ended.rowcount != 1:
        raise AssertionError(f"grant {grant} ended ({how}) without having been open")


def _fields_of(row: Totals | Visit) -> dict[str, Any]:
    """By name. (Not asdict: that copies each value deeply, which costs more than the SQL.)"""
    return {name: getattr(row, name) for name in row.__slots__}


def _visit_of(columns: Sequence[Any]) -> Visit:
    party, expires, granted, inside, left, entered_at, left_at, rest_until, barred = columns
    return Visit(
        party=party,
        expires=expires,
        granted=granted,
        inside=inside,
        left=left,
        entered_at=entered_at,
        left_at=left_at,
        rest_until=rest_until,
        barred=bool(barred),
    )
