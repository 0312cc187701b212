"""Rows of the database, and the values they hold. No transaction begins or ends here."""

import sqlite3
from collections.abc import Sequence
from sys import intern
from typing import Any

from gate.model import GrantId, Pass, Utc, VisitId
from gate.occupancy import Totals
from gate.temperature.population import Population
from gate.temperature.upkeep import Remembered
from gate.visits import Told, Visit


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


_VISIT = (
    "party, expires, granted, inside, departed, entered_at, left_at, rest_until, barred, ahead,"
    " shown"
)
_TOLD = "gate, epoch, seq, at, granted, entered, departed"


def read_visit(db: sqlite3.Connection, visit: VisitId) -> Visit | None:
    """What is on disk about one visit."""
    columns = db.execute(
        f"SELECT {_VISIT} FROM visits WHERE visit = ?",  # noqa: S608 - a constant
        (visit,),
    ).fetchone()
    if columns is None:
        return None
    told = db.execute(
        f"SELECT {_TOLD} FROM elsewhere WHERE visit = ?",  # noqa: S608 - a constant
        (visit,),
    )
    return _visit_of(columns, tuple(_told_of(row) for row in told))


def read_visits(db: sqlite3.Connection) -> dict[VisitId, Visit]:
    """What is on disk about every visit."""
    others: dict[str, tuple[Told, ...]] = {}
    for visit, *row in db.execute(f"SELECT visit, {_TOLD} FROM elsewhere"):  # noqa: S608 - a constant
        others[visit] = (*others.get(visit, ()), _told_of(row))
    rows = db.execute(f"SELECT visit, {_VISIT} FROM visits")  # noqa: S608 - a constant
    return {VisitId(visit): _visit_of(row, others.get(visit, ())) for visit, *row in rows}


def write_visit(
    db: sqlite3.Connection, visit_id: VisitId, visit: Visit, before: Visit | None = None
) -> None:
    """Replace what is on disk about one visit (`before`), or begin with it.

    (Not REPLACE: that deletes the row first, and its grants would lose their visit.)
    """
    db.execute(
        "INSERT INTO visits (visit, party, expires, granted, inside, departed, entered_at, left_at,"
        " rest_until, barred, ahead, shown) VALUES (:visit, :party, :expires, :granted, :inside,"
        " :left, :entered_at, :left_at, :rest_until, :barred, :ahead, :shown)"
        " ON CONFLICT (visit) DO UPDATE SET party = :party, expires = :expires,"
        " granted = :granted, inside = :inside, departed = :left, entered_at = :entered_at,"
        " left_at = :left_at, rest_until = :rest_until, barred = :barred, ahead = :ahead,"
        " shown = :shown",
        {"visit": visit_id, **_fields_of(visit)},
    )
    known = before.others if before else ()
    for told in visit.others:
        if told not in known:
            _write_told(db, visit_id, told)


def holding(db: sqlite3.Connection, gate: str) -> list[VisitId]:
    """The visits that have an open grant at another gate, as far as it has told."""
    rows = db.execute("SELECT visit FROM elsewhere WHERE gate = ? AND granted > 0", (gate,))
    return [VisitId(visit) for (visit,) in rows]


def _write_told(db: sqlite3.Connection, visit_id: VisitId, told: Told) -> None:
    db.execute(
        "REPLACE INTO elsewhere (visit, gate, epoch, seq, at, granted, entered, departed)"
        " VALUES (:visit, :gate, :epoch, :seq, :at, :granted, :entered, :left)",
        {"visit": visit_id, **_fields_of(told)},
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


def read_upkeep(db: sqlite3.Connection) -> Remembered | None:
    """What was known of the thermometer's people; None where nothing ever was."""
    row = db.execute(
        "SELECT key, since, people, reference_c, learned, away_c, above_c, below_c, drifted,"
        " told_expiry FROM upkeep"
    ).fetchone()
    if row is None:
        return None
    key, since, people, reference_c, learned, *sums, drifted, told_expiry = row
    away_c, above_c, below_c = sums
    population = Population(
        key=key,
        since=None if since is None else Utc(since),
        people=people,
        reference_c=reference_c,
        learned=bool(learned),
        away_c=away_c,
        above_c=above_c,
        below_c=below_c,
        drifted=bool(drifted),
    )
    return Remembered(population, told_expiry)


def write_upkeep(db: sqlite3.Connection, known: Remembered) -> None:
    """Replace what is known of the thermometer's people."""
    db.execute(
        "REPLACE INTO upkeep (only, key, since, people, reference_c, learned, away_c,"
        " above_c, below_c, drifted, told_expiry) VALUES (1, :key, :since, :people, :reference_c,"
        " :learned, :away_c, :above_c, :below_c, :drifted, :told_expiry)",
        {**_fields_of(known.population), "told_expiry": known.told_expiry},
    )


def _fields_of(row: Totals | Visit | Told | Population) -> dict[str, Any]:
    """By name. (Not asdict: that copies each value deeply, which costs 14 us a row.)"""
    return {name: getattr(row, name) for name in row.__slots__}


def _visit_of(columns: Sequence[Any], others: tuple[Told, ...]) -> Visit:
    party, expires, granted, inside, left, entered_at, left_at, rest_until, *rest = columns
    barred, ahead, shown = rest
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
        ahead=ahead,
        shown=bool(shown),
        others=others,
    )


def _told_of(columns: Sequence[Any]) -> Told:
    gate, epoch, seq, at, granted, entered, left = columns
    return Told(intern(gate), intern(epoch), seq, at, granted, entered, left)
