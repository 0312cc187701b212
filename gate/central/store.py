"""Central's database: opened once, written by one thread, a batch of messages at a time."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gate.central.schema import DatabaseError, prepare
from gate.model import Utc


class Store:
    """The connection of the deciding thread. Closing twice is fine."""

    def __init__(self, path: Path | str, *, now: Utc) -> None:
        """Raises DatabaseError where there is something else at `path`, or nothing can be."""
        self.opened_at = now
        """Versions and marks go on above this moment: none of an older disk, or of one that this is
        an old copy of, is given twice."""
        try:
            self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self.db.execute("PRAGMA journal_mode = WAL")
                self.db.execute("PRAGMA synchronous = FULL")
                prepare(self.db, now)
            except BaseException:
                self.db.close()
                raise
        except sqlite3.Error as error:
            raise DatabaseError(str(error)) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it, or nothing. Raises sqlite3.Error; then nothing of it is on disk."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
            self.db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk may have rolled back already
                self.db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """The end."""
        self.db.close()
