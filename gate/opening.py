"""Opening the database: make it, bring it up to date, and find out what a power cut left behind.

A grant without an end is the mark of a power cut (or a crash): the lane was free, and whether the
person went in was not seen. Such grants become *unknown*; they stay in the published bound
[in, in + pending] until somebody recounts. Their places are free again, because whoever still
stands before the lane must be able to enter.
"""

import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from gate.epochs import Anew, begin_epoch, is_behind, keep_aside, note_opening
from gate.eventlog import begin_chain, insert_event, read_head
from gate.events import RaiseAlarm
from gate.kept import Kept
from gate.lists import Versions
from gate.model import Alarm, GrantId, Mode, Part, Utc, VisitId
from gate.occupancy import Totals
from gate.rows import EventRow, Kind, row_of
from gate.schema import (
    BUSY_S,
    DamagedError,
    StoreError,
    connect_to_read,
    connect_to_write,
    disk_errors,
    migrate,
    transaction,
    version_of,
)
from gate.store import Store
from gate.tables import read_totals, read_upkeep, read_visits, to_ms, write_totals
from gate.temperature.upkeep import Remembered
from gate.visits import Visit, VisitRules

NOTHING = Utc(0)
"""The time of the newest event where there is none."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was known when the database was opened."""

    epoch: str
    """Eight hex digits, random: the life of this database."""
    boot: int
    """1 for the first start with this database."""
    seq: int
    """Number of the newest event, 0 where there is none."""
    totals: Totals
    visits: dict[VisitId, Visit]
    next_grant: GrantId
    mode: Mode | None
    """What the operator set last; None where nobody ever did."""
    versions: Versions
    """The highest versions of the lists that have ever been in force."""
    words: dict[str, Kept]
    """What central said last, by name."""
    heard: int
    """Up to where central was asked what other gates told."""
    quota_void: int
    """Quotas up to this version have ended."""
    must_have_seen: int
    """The `out` that a quota must have seen, since the last release or recount."""
    interrupted: int
    """Grants that a power cut left without an end, found by this opening."""
    set_aside: Path | None
    """Where a damaged database went; then `epoch` is a new one and the totals begin at 0."""
    upkeep: Remembered | None
    """What was known of the thermometer and its people."""
    anew: Anew | None
    """The database was behind, and a new epoch has begun in it."""

    @property
    def is_new(self) -> bool:
        """Nobody can have heard of this epoch."""
        return self.boot == 1 or self.anew is not None


def open_store(
    path: Path, *, venue: str, gate: str, rules: VisitRules, now: Callable[[Utc], Utc]
) -> tuple[Store, Loaded]:
    """Open the database at `path`, or make it.

    `now` gives the time, told when the newest event on disk happened (0: there is none).
    A damaged file is renamed to `<name>-corrupt-<UTC>`, and a new one with a new epoch begins; its
    count is uncertain, since nobody here knows any more who is inside. In one that is marked as
    behind a new epoch begins (`gate.epochs`).
    Raises StoreError, with the file untouched, where it belongs to another program, another gate
    or a newer version; DiskError where the disk does not take it.
    """
    with disk_errors(path):
        set_aside = _set_aside(path, now(NOTHING)) if _is_damaged(path) else None
        connection = connect_to_write(path)
        anew, kept = None, None
        try:
            if behind := is_behind(connection):
                kept = keep_aside(connection, path, now(_newest(connection)))
            with transaction(connection):
                migrate(connection, path)
                moment = now(_newest(connection))
                first = Totals(uncertain=set_aside is not None)
                _make_or_check_identity(
                    connection, path, venue=venue, gate=gate, now=moment, first=first
                )
                if behind:
                    anew = begin_epoch(connection, kept, moment)
                interrupted = _end_interrupted_grants(connection, moment)
                if set_aside is not None:
                    _tell_of_damage(connection, set_aside, moment)
                note_opening(connection)
                connection.execute("UPDATE state SET boots = boots + 1")
            loaded = _load(connection, interrupted, set_aside, anew)
        except BaseException:
            connection.close()
            raise
    return Store(connection, rules=rules), loaded


def _is_damaged(path: Path) -> bool:
    """Whether SQLite cannot read the file; looks with a connection that cannot write."""
    if not path.exists():
        return False
    try:
        with disk_errors(path):
            _undo_interrupted_making(path)
            with closing(connect_to_read(path)) as connection:
                version_of(connection, path)
                (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except DamagedError:
        return True
    return bool(verdict != "ok")


def _undo_interrupted_making(path: Path) -> None:
    """Roll back what a power cut left of the file's first milliseconds.

    Until the write-ahead log is chosen there is a rollback journal, and what it has to undo stops
    every connection that cannot write.
    """
    if path.with_name(path.name + "-journal").exists():
        with closing(sqlite3.connect(path, timeout=BUSY_S)) as connection:
            connection.execute("PRAGMA user_version").fetchone()


def _set_aside(path: Path, now: Utc) -> Path:
    """Rename the file and its companions, so that their contents can still be looked at."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}-corrupt-{stamp}")
    for companion in ("-wal", "-shm", ""):
        file = path.with_name(path.name + companion)
        if file.exists():
            file.rename(aside.with_name(aside.name + companion))
    return aside


def _make_or_check_identity(
    db: sqlite3.Connection, path: Path, *, venue: str, gate: str, now: Utc, first: Totals
) -> None:
    """A new database begins with the totals `first`."""
    known = db.execute("SELECT venue, gate FROM meta").fetchone()
    if known is None:
        epoch = secrets.token_hex(4)
        db.execute(
            "INSERT INTO meta (only, epoch, venue, gate, created) VALUES (1, ?, ?, ?, ?)",
            (epoch, venue, gate, to_ms(now)),
        )
        db.execute("INSERT INTO state (only) VALUES (1)")
        db.execute("INSERT INTO totals (only) VALUES (1)")
        write_totals(db, first)
        begin_chain(db, epoch, first)
    elif known != (venue, gate):
        raise StoreError(
            f"{path}: belongs to gate {known[1]!r} of venue {known[0]!r}, not to {gate!r} of"
            f" {venue!r}; correct the configuration, or move the file away to begin a new count"
        )


def _newest(db: sqlite3.Connection) -> Utc:
    """When the last event happened. Not the latest time on disk: that one may be of a clock that
    ran ahead and was set right since.
    """
    (newest_ms,) = db.execute(
        "SELECT coalesce((SELECT t FROM events ORDER BY seq DESC LIMIT 1),"
        " (SELECT coalesce(newest, created) FROM state, meta), 0)"
    ).fetchone()
    return Utc(newest_ms / 1000)


def _end_interrupted_grants(db: sqlite3.Connection, now: Utc) -> int:
    ended = db.execute(
        "UPDATE grants SET ended_at = ?, how = 'unknown' WHERE ended_at IS NULL", (to_ms(now),)
    ).rowcount
    if ended:
        totals = read_totals(db)
        write_totals(db, replace(totals, open=0, unknown=totals.unknown + ended))
        db.execute("UPDATE visits SET granted = 0")
        insert_event(db, read_head(db), EventRow(Kind.RECOVERED, n=ended, detail="power"), now)
    return ended


def _tell_of_damage(db: sqlite3.Connection, aside: Path, now: Utc) -> None:
    row = row_of(RaiseAlarm(Alarm.FAULT, Part.STORE, f"damaged, kept as {aside.name}"))
    insert_event(db, read_head(db), row, now)


def _load(
    db: sqlite3.Connection, interrupted: int, set_aside: Path | None, anew: Anew | None
) -> Loaded:
    epoch, boot, mode, heard, void, seen, *versions = db.execute(
        "SELECT epoch, boots, mode, heard, quota_void, must_have_seen, keys_version,"
        " revoked_version FROM meta, state"
    ).fetchone()
    words = db.execute("SELECT name, version, payload FROM words").fetchall()
    highest = dict(db.execute("SELECT name, seq FROM sqlite_sequence"))
    return Loaded(
        epoch=epoch,
        boot=boot,
        seq=highest.get("events", 0),
        totals=read_totals(db),
        visits=read_visits(db),
        next_grant=GrantId(highest.get("grants", 0) + 1),
        mode=Mode(mode) if mode else None,
        versions=Versions(*versions),
        words={name: Kept(name, version, payload) for name, version, payload in words},
        heard=heard,
        quota_void=void,
        must_have_seen=seen,
        interrupted=interrupted,
        set_aside=set_aside,
        upkeep=read_upkeep(db),
        anew=anew,
    )
