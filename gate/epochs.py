"""A new epoch in an old database: what a gate does that was behind what it had published.

Where a card was restored from a copy, the gate would give numbers a second time, and central would
take new events for those that it has. So who finds that out (`gate.echo`) marks the database, and
the next opening begins anew, in one transaction:

1. Another epoch, numbers from 1, a new chain; nothing of it has been sent or acknowledged.
2. Carried over are the events that nobody has been told of: those after the newest that was there
   when a start began of which the broker has taken nothing, nor of any start since. Those before
   are in the totals that the gate had published.
3. The totals are what these events say, and uncertain until people are counted, and an alarm says
   so. A quota was for the old epoch. Visits, mode and the versions of lists stay.

The database as it was is kept in a file beside it, where there is room.
"""

import logging
import os
import secrets
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gate.eventlog import GIVEN, append_event, begin_chain, events_from, insert_event, read_head
from gate.events import RaiseAlarm
from gate.kept import QUOTA
from gate.model import Alarm, Utc
from gate.occupancy import Totals, totals_told
from gate.rows import row_of
from gate.schema import DiskError, disk_errors
from gate.tables import write_totals

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Anew:
    """A new epoch has begun."""

    before: str
    """The epoch that has ended."""
    carried: int
    """Events that were carried over."""
    kept: Path | None
    """Where the database is as it was; None where there was no room for it."""


def is_behind(db: sqlite3.Connection) -> bool:
    """Whether somebody marked the database; also asked before its tables are brought up to date."""
    columns = {name for _, name, *_ in db.execute("PRAGMA table_info(state)")}
    if "behind" not in columns:
        return False
    return db.execute("SELECT 1 FROM state WHERE behind IS NOT NULL").fetchone() is not None


def keep_aside(db: sqlite3.Connection, path: Path, now: Utc) -> Path | None:
    """Copy the database to `<name>-behind-<UTC>`; None where the disk does not take it."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}-behind-{stamp}")
    part = path.with_name(f"{path.name}-behind.part")
    try:
        part.unlink(missing_ok=True)
        with disk_errors(part):
            db.execute("VACUUM INTO ?", (str(part),))
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(aside)
    except (DiskError, OSError) as error:
        _log.warning("the database as it was could not be kept: %s", error)
        with suppress(OSError):
            part.unlink()
        return None
    return aside


def begin_epoch(db: sqlite3.Connection, kept: Path | None, now: Utc) -> Anew:
    """Begin anew in a database that is marked; inside a transaction."""
    before, told = db.execute("SELECT epoch, behind FROM meta, state").fetchone()
    carried = [event for event, _ in events_from(db, told + 1)]
    epoch = secrets.token_hex(4)
    db.execute("DELETE FROM events")
    db.execute("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'events'")
    db.execute("DELETE FROM words WHERE name = ?", (QUOTA,))
    db.execute("UPDATE meta SET epoch = ?", (epoch,))
    db.execute(
        "UPDATE state SET acknowledged = 0, sent = 0, told = 0, untold_after = 0, quota_void = 0,"
        " must_have_seen = 0,"
        " behind = NULL"
    )
    begin_chain(db, epoch, Totals())
    head = read_head(db)
    for event in carried:
        head = append_event(db, head, event)
    anew = Anew(before, len(carried), kept)
    insert_event(db, head, row_of(RaiseAlarm(Alarm.BEHIND, detail=_in_words(anew, told))), now)
    totals = Totals()
    for event, _ in events_from(db, 1):
        totals = totals_told(totals, event)
    write_totals(db, totals)
    return anew


def note_opening(db: sqlite3.Connection) -> None:
    """A start begins: what the broker takes from now on is told by it."""
    db.execute(f"UPDATE state SET untold_after = {GIVEN}, told = 0 WHERE told = 1")  # noqa: S608 - a constant


def _in_words(anew: Anew, told: int) -> str:
    kept = anew.kept.name if anew.kept else "nowhere"
    return f"epoch {anew.before} up to {told}, {anew.carried} carried over; kept as {kept}"
