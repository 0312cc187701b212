"""The database between two releases: what the newer has made of it, the older can open again.

A release brings the tables up to date when it opens them, and an older one refuses what it does not
know. A copy from before the update would be no way back: events that the newer release has recorded
would be lost, and their numbers given twice (decision 4). So the way back is made by the newer
release, in the same file, in one transaction: each version of the tables (`gate.schema`) has here
what takes it back, and only what no older release knows of goes.

Before a release is tried, it rehearses that: it takes a copy of this gate's own database forward
and back. One that cannot is not tried, so there is a way back from each that is.

The old release runs this in the newer one, as a command: `python -m gate.releases.tables`.
"""

import argparse
import shutil
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from gate.releases.install import ReleaseError
from gate.schema import (
    VERSION,
    StoreError,
    connect_to_read,
    connect_to_write,
    disk_errors,
    migrate,
    transaction,
    version_of,
)

WAYS_BACK: Mapping[int, Sequence[str]] = {
    9: ("DROP TABLE upkeep",),
}
"""What takes each version of the tables back to the one before. A test demands it of each from 9,
which the first release has, on."""

ROOM = 3
"""A rehearsal needs so many times the room of the database."""


class NoWayBackError(ReleaseError):
    """The database cannot be handed to the older release; the text says why."""


def version_in(path: Path) -> int | None:
    """Which version of the tables the database has; None where there is none.

    Raises NoWayBackError where it cannot be read.
    """
    if not path.exists():
        return None
    try:
        with disk_errors(path), closing(connect_to_read(path)) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            return int(version)
    except (StoreError, sqlite3.Error) as error:
        raise NoWayBackError(f"{path} cannot be read: {error}") from error


def hand_back(path: Path, to: int, ways: Mapping[int, Sequence[str]] = WAYS_BACK) -> None:
    """Take the tables back to version `to`, with every event that is in them.

    Raises NoWayBackError, with nothing changed.
    """
    with _told(path), closing(connect_to_write(path)) as db:
        _take_back(db, path, to, ways)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def rehearse(path: Path, to: int, ways: Mapping[int, Sequence[str]] = WAYS_BACK) -> None:
    """Take a copy of the database up to date and back to `to`, and see that it lost nothing.

    The lane may run meanwhile. Raises NoWayBackError.
    """
    copy = path.with_name(f"{path.name}-rehearsal")
    room, needed = shutil.disk_usage(path.parent).free, ROOM * path.stat().st_size
    if room < needed:
        raise NoWayBackError(
            f"{path.parent} has {room >> 20} MiB left, and trying the database takes"
            f" {(needed >> 20) + 1}: make room"
        )
    _remove(copy)
    try:
        with _told(path), closing(sqlite3.connect(copy, isolation_level=None)) as db:
            with closing(connect_to_read(path)) as source:
                source.backup(db)
            before = _contents(db)
            with transaction(db):
                migrate(db, copy)
            _take_back(db, copy, to, ways)
            (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok" or _contents(db) != before:
                raise NoWayBackError("after the way there and back, events or totals differ")
    finally:
        _remove(copy)


def main(words: Sequence[str] | None = None) -> int:
    """What the older release asks of this one; 0 done, 1 not done, and told why."""
    parser = argparse.ArgumentParser(prog="python -m gate.releases.tables")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("version", help="the newest version of the tables that this release knows")
    for verb in ("rehearse", "back"):
        one = verbs.add_parser(verb)
        one.add_argument("database", type=Path)
        one.add_argument("--to", type=int, required=True)
    said = parser.parse_args(words)
    try:
        match said.verb:
            case "version":
                print(VERSION)
            case "rehearse":
                rehearse(said.database, said.to)
            case _:
                hand_back(said.database, said.to)
    except (ReleaseError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what SQLite or the schema says into NoWayBackError."""
    try:
        yield
    except (StoreError, sqlite3.Error) as error:
        raise NoWayBackError(f"{path}: {error}") from error


def _take_back(
    db: sqlite3.Connection, path: Path, to: int, ways: Mapping[int, Sequence[str]]
) -> None:
    with transaction(db):
        now = version_of(db, path)
        steps = range(now, to, -1)
        if missing := [version for version in steps if version not in ways]:
            raise NoWayBackError(
                f"version {missing[0]} of the database has no way back to {to}. What the newer"
                " release has recorded would be lost, so it stays"
            )
        for version in steps:
            for statement in ways[version]:
                db.execute(statement)
        if steps:
            db.execute(f"PRAGMA user_version = {to}")


def _contents(db: sqlite3.Connection) -> list[object]:
    """What must not change: of every version of the tables."""
    asked: Iterable[str] = (
        "SELECT seq, t, kind, direction, visit, n, reason, detail FROM events ORDER BY seq",
        "SELECT * FROM totals",
        "SELECT epoch, venue, gate, created FROM meta",
        "SELECT boots, mode, acknowledged, sent FROM state",
        "SELECT visit, party, granted, inside, departed, barred FROM visits ORDER BY visit",
        "SELECT * FROM grants ORDER BY id",
        "SELECT * FROM sqlite_sequence ORDER BY name",
    )
    return [hash(tuple(db.execute(statement))) for statement in asked]


def _remove(copy: Path) -> None:
    for companion in ("", "-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            copy.with_name(copy.name + companion).unlink()


if __name__ == "__main__":
    sys.exit(main())
