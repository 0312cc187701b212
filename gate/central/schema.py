"""The tables of central's database, and how an older one becomes a newer one.

Every venue is in one file: a batch of messages is one transaction, whichever gates they are from.
"""

import sqlite3

VERSION = 1

TABLES = """
CREATE TABLE life (
    mark INTEGER NOT NULL       -- newest change of a visit (docs/passback.md)
) STRICT;

CREATE TABLE epochs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    venue TEXT NOT NULL, gate TEXT NOT NULL, epoch TEXT NOT NULL,
    told_in INTEGER NOT NULL, told_out INTEGER NOT NULL,
    seen_in INTEGER NOT NULL, seen_out INTEGER NOT NULL,
    pending INTEGER NOT NULL, seq INTEGER NOT NULL,
    reached INTEGER NOT NULL, reached_at REAL NOT NULL,
    qv INTEGER NOT NULL, uncertain INTEGER NOT NULL, told_at REAL NOT NULL, clock TEXT NOT NULL,
    heard_at REAL NOT NULL,
    UNIQUE (venue, gate, epoch)
) STRICT;

CREATE TABLE events (
    gate TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
    venue TEXT NOT NULL, at REAL NOT NULL, kind TEXT NOT NULL, direction TEXT, visit TEXT,
    n INTEGER, reason TEXT, detail TEXT,
    PRIMARY KEY (gate, epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_of_a_visit ON events (visit) WHERE visit IS NOT NULL;
CREATE INDEX events_by_time ON events (at);
CREATE INDEX tailgates ON events (venue, at) WHERE kind = 'alarm' AND reason = 'tailgate';

CREATE TABLE visits (
    venue TEXT NOT NULL, visit TEXT NOT NULL, party INTEGER NOT NULL,
    mark INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (venue, visit)
) STRICT, WITHOUT ROWID;
CREATE INDEX visits_by_mark ON visits (venue, mark);
CREATE INDEX visits_by_time ON visits (at);
CREATE TABLE places (
    venue TEXT NOT NULL, visit TEXT NOT NULL, gate TEXT NOT NULL,
    granted INTEGER NOT NULL, entered INTEGER NOT NULL, departed INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (venue, visit, gate)
) STRICT, WITHOUT ROWID;
CREATE INDEX places_granted ON places (venue, gate) WHERE granted > 0;
CREATE TABLE doubles (
    venue TEXT NOT NULL, visit TEXT NOT NULL, at REAL NOT NULL, extra INTEGER NOT NULL,
    judged INTEGER NOT NULL,
    PRIMARY KEY (venue, visit)
) STRICT, WITHOUT ROWID;

CREATE TABLE marks (
    venue TEXT NOT NULL, since TEXT NOT NULL, at REAL NOT NULL,
    value INTEGER NOT NULL, upper INTEGER NOT NULL, over_at REAL,
    PRIMARY KEY (venue, since)
) STRICT, WITHOUT ROWID;
CREATE TABLE stands (
    venue TEXT NOT NULL, since TEXT NOT NULL, gate TEXT NOT NULL, epoch TEXT NOT NULL,
    entered INTEGER NOT NULL, departed INTEGER NOT NULL, seq INTEGER NOT NULL,
    late INTEGER NOT NULL,
    PRIMARY KEY (venue, since, gate, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE quotas (
    gate TEXT NOT NULL, epoch TEXT NOT NULL, version INTEGER NOT NULL,
    ceiling INTEGER NOT NULL, seen INTEGER NOT NULL, reserve INTEGER NOT NULL, until REAL NOT NULL,
    ours INTEGER NOT NULL, void INTEGER NOT NULL,
    PRIMARY KEY (gate, epoch, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE venues (
    venue TEXT PRIMARY KEY, maximum INTEGER NOT NULL, cfg_version INTEGER NOT NULL,
    cfg BLOB NOT NULL, uncertain TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE alarms (
    id INTEGER PRIMARY KEY AUTOINCREMENT, venue TEXT NOT NULL, at REAL NOT NULL,
    gate TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL
) STRICT;
CREATE INDEX alarms_of_a_venue ON alarms (venue, id);

CREATE TABLE curve (
    venue TEXT NOT NULL, minute INTEGER NOT NULL, inside INTEGER NOT NULL,
    PRIMARY KEY (venue, minute)
) STRICT, WITHOUT ROWID;
"""


class DatabaseError(Exception):
    """The database cannot be used; the text says why."""


def prepare(db: sqlite3.Connection, now: float) -> None:
    """Make the tables of a new file; leave those of this version.

    Raises DatabaseError where the file is none of central's, or a newer one.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == VERSION:
        return
    if version > VERSION:
        raise DatabaseError(f"made by a newer gate central (version {version}): take that one")
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables:
        raise DatabaseError("not a database of gate central")
    db.execute("BEGIN IMMEDIATE")
    for statement in TABLES.split(";\n"):
        db.execute(statement)
    db.execute("INSERT INTO life VALUES (?)", (int(now * 1000),))
    db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute("COMMIT")
