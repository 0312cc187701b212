"""The database file: its tables, their versions, and how SQLite is set up for a power cut.

The journal is a write-ahead log and `synchronous` is FULL: with NORMAL a commit that was announced
can be forgotten by a power cut, and its event number would be used a second time. Deleted rows
are overwritten (`secure_delete`), because a purge is a promise to the visitors.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gate.eventlog import chain_older_events

APPLICATION_ID = 0x414D414E
"""'AMAN' in the header of the file: this is a gate's database and nobody else's."""

BUSY_S = 0.2
"""How long SQLite waits for a lock before it says so; only a stranger can hold one."""

Step = str | Callable[[sqlite3.Connection], None]
"""A statement, or what one statement cannot do."""

# Each has its way back in gate/releases/tables.py.
MIGRATIONS: tuple[tuple[Step, ...], ...] = (
    (  # version 1
        """CREATE TABLE meta (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            epoch TEXT NOT NULL,
            venue TEXT NOT NULL,
            gate TEXT NOT NULL,
            created INTEGER NOT NULL  -- unix ms
        ) STRICT""",
        # How things stand beside the totals: starts so far, the operator's mode, and how far the
        # events have been delivered.
        """CREATE TABLE state (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            boots INTEGER NOT NULL DEFAULT 0,
            mode TEXT,
            acknowledged INTEGER NOT NULL DEFAULT 0,  -- central has all up to this seq on disk
            sent INTEGER NOT NULL DEFAULT 0  -- the broker took all up to this seq
        ) STRICT""",
        """CREATE TABLE totals (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            entered INTEGER NOT NULL DEFAULT 0,
            departed INTEGER NOT NULL DEFAULT 0,
            open INTEGER NOT NULL DEFAULT 0,
            unknown INTEGER NOT NULL DEFAULT 0,
            uncertain INTEGER NOT NULL DEFAULT 0
        ) STRICT""",
        # AUTOINCREMENT: a number is never used twice, however many rows are purged.
        """CREATE TABLE events (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            t INTEGER NOT NULL,  -- unix ms
            kind TEXT NOT NULL,
            direction TEXT CHECK (direction IN ('in', 'out')),
            visit TEXT,
            n INTEGER,
            reason TEXT,
            detail TEXT
        ) STRICT""",
        """CREATE TABLE visits (
            visit TEXT PRIMARY KEY,
            party INTEGER NOT NULL,
            expires REAL NOT NULL,  -- times of a visit: unix seconds, as the pass has them
            granted INTEGER NOT NULL,
            inside INTEGER NOT NULL,
            departed INTEGER NOT NULL,
            entered_at REAL,
            left_at REAL,
            rest_until REAL,
            barred INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE grants (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            visit TEXT REFERENCES visits (visit) ON DELETE SET NULL,
            given_at INTEGER NOT NULL,  -- unix ms
            ended_at INTEGER,
            how TEXT CHECK (how IN ('used', 'lapsed', 'withdrawn', 'unknown')),
            CHECK ((ended_at IS NULL) = (how IS NULL))
        ) STRICT""",
        "CREATE INDEX grants_of_visit ON grants (visit)",
        "CREATE INDEX grants_open ON grants (id) WHERE ended_at IS NULL",
    ),
    (  # version 2
        # When the newest event happened, as the last purge found it: known although it took it.
        "ALTER TABLE state ADD COLUMN newest INTEGER",  # unix ms
    ),
    (  # version 3
        # The highest versions of the lists that have ever been in force (`gate.lists`).
        "ALTER TABLE state ADD COLUMN keys_version INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE state ADD COLUMN revoked_version INTEGER NOT NULL DEFAULT 0",
    ),
    (  # version 4
        # What central said last, as it came: policy, keys and quota count without a network.
        """CREATE TABLE words (
            name TEXT PRIMARY KEY,
            version INTEGER NOT NULL,
            payload BLOB NOT NULL
        ) STRICT""",
        "ALTER TABLE state ADD COLUMN quota_void INTEGER NOT NULL DEFAULT 0",
    ),
    (  # version 5
        # The chain over the events, and what it hangs on (`gate.eventlog`).
        "ALTER TABLE events ADD COLUMN link BLOB",
        """CREATE TABLE anchor (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            seq INTEGER NOT NULL,  -- of the newest event that is gone
            link BLOB NOT NULL,
            joined INTEGER NOT NULL,  -- events up to this seq got their links later
            entered INTEGER NOT NULL,
            departed INTEGER NOT NULL,
            unknown INTEGER NOT NULL,
            uncertain INTEGER NOT NULL
        ) STRICT""",
        chain_older_events,
    ),
    (  # version 6
        # For a new epoch, where the database is behind what was published (`gate.epochs`).
        # 1: the broker has taken something since the last opening; of an older one nobody knows.
        "ALTER TABLE state ADD COLUMN told INTEGER NOT NULL DEFAULT 1",
        # The events after this seq are of starts that the broker has taken nothing from.
        "ALTER TABLE state ADD COLUMN untold_after INTEGER NOT NULL DEFAULT 0",
        # The next opening begins a new epoch, and carries the events after this seq over.
        "ALTER TABLE state ADD COLUMN behind INTEGER",
    ),
    (  # version 7
        # What other gates of the venue told of visits (`gate.elsewhere`), and up to where central
        # was asked for it.
        """CREATE TABLE elsewhere (
            visit TEXT NOT NULL REFERENCES visits (visit) ON DELETE CASCADE,
            gate TEXT NOT NULL,
            epoch TEXT NOT NULL,
            seq INTEGER NOT NULL,
            at REAL NOT NULL,
            granted INTEGER NOT NULL,
            entered INTEGER NOT NULL,
            departed INTEGER NOT NULL,
            PRIMARY KEY (visit, gate)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX granted_elsewhere ON elsewhere (gate) WHERE granted > 0",
        "ALTER TABLE visits ADD COLUMN ahead INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE visits ADD COLUMN shown INTEGER NOT NULL DEFAULT 1",
        "CREATE INDEX visits_heard ON visits (expires) WHERE shown = 0",
        "ALTER TABLE state ADD COLUMN heard INTEGER NOT NULL DEFAULT 0",
    ),
    (  # version 8
        # Of those who left: a quota that has not seen them is from before a release or a recount.
        "ALTER TABLE state ADD COLUMN must_have_seen INTEGER NOT NULL DEFAULT 0",
    ),
    (  # version 9
        # What the thermometer says of people (`gate.temperature.population`): of ten or more.
        """CREATE TABLE upkeep (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            key TEXT NOT NULL,
            since REAL,  -- unix seconds
            people INTEGER NOT NULL,
            reference_c REAL,
            learned INTEGER NOT NULL,
            away_c REAL NOT NULL,
            above_c REAL NOT NULL,
            below_c REAL NOT NULL,
            drifted INTEGER NOT NULL,
            told_expiry TEXT NOT NULL
        ) STRICT""",
    ),
)

VERSION = len(MIGRATIONS)
"""The newest version of the tables that this program knows (`PRAGMA user_version`)."""


class StoreError(Exception):
    """The database cannot be used; the text says why and what to do about it."""


class DiskError(StoreError):
    """The disk did not take it: full, read-only, locked or broken. It may work again later."""


class DamagedError(StoreError):
    """What is in the file is no database any more; the next opening sets it aside."""


_DAMAGE_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_DISK_CODES = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's result code without its extension, 0 where the error carries none."""
    return (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


@contextmanager
def disk_errors(path: Path | None = None) -> Iterator[None]:
    """Turn what a disk can do to SQLite into `DiskError`; a mistake in our SQL stays one.

    Raises DamagedError where it has changed what was written.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        code, what = primary_code(error), f"{path}: {error}" if path else str(error)
        if code in _DISK_CODES:
            raise DiskError(what) from error
        if code in _DAMAGE_CODES:
            raise DamagedError(what) from error
        raise


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it is on the disk when the block has ended, or nothing.

    Raises DiskError when the disk did not take it.
    """
    with disk_errors():
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def connect_to_write(path: Path) -> sqlite3.Connection:
    """The one connection that writes. It may be opened by one thread and used by another.

    Raises StoreError where the file system has no write-ahead log (a network share).
    """
    connection = sqlite3.connect(
        path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        _require_wal(connection, path)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _require_wal(connection: sqlite3.Connection, path: Path) -> None:
    (journal,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if journal != "wal":
        raise StoreError(f"{path}: no write-ahead log here; put it on a local disk or SD card")


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, for the thread that opens it."""
    uri = path.resolve().as_uri() + "?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the tables, 0 for an empty file.

    Raises StoreError, before anything is written, where the file belongs to another program or
    to a newer version of this one.
    """
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if owner != APPLICATION_ID and (owner, version, tables) != (0, 0, 0):
        raise StoreError(f"{path}: not a gate's database; name another file in the configuration")
    if version > VERSION:
        raise StoreError(
            f"{path}: version {version}, and this program knows up to {VERSION}; install the newer"
            " program again, or move the file away to begin a new count"
        )
    return int(version)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables to `VERSION`, one version after the other; inside a transaction."""
    version = version_of(connection, path)
    for step in (step for steps in MIGRATIONS[version:] for step in steps):
        if isinstance(step, str):
            connection.execute(step)
        else:
            step(connection)
    if version < VERSION:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
