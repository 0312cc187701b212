"""What is remembered of a venue beside people: the limit, the version of `cfg`, a doubt."""

import sqlite3

from gate.model import Utc


class Settings:
    """Of one venue; belongs to the deciding thread, within its transactions."""

    def __init__(
        self, db: sqlite3.Connection, venue: str, *, licensed: int, opened_at: Utc
    ) -> None:
        """`licensed` is the highest limit that may be set, and the first. Versions of `cfg` go on
        above the second in which this disk was opened: none of an older one is used twice.
        """
        self._db = db
        self._venue = venue
        self._first = int(opened_at)
        db.execute(
            "INSERT OR IGNORE INTO venues VALUES (?, ?, ?, x'', '')",
            (venue, licensed, int(opened_at)),
        )
        self._limit, self._version, self._cfg, self._uncertain = db.execute(
            "SELECT maximum, cfg_version, cfg, uncertain FROM venues WHERE venue = ?", (venue,)
        ).fetchone()
        if self._limit > licensed:  # it was higher when the limit was set
            self.limit = licensed

    @property
    def limit(self) -> int:
        """So many may be inside."""
        return int(self._limit)

    @limit.setter
    def limit(self, limit: int) -> None:
        self._limit = limit
        self._write("maximum", limit)

    @property
    def uncertain(self) -> str:
        """Why nobody knows how many are inside; empty: somebody does."""
        return str(self._uncertain)

    @uncertain.setter
    def uncertain(self, why: str) -> None:
        self._uncertain = why
        self._write("uncertain", why)

    def cfg_version(self, content: bytes) -> int:
        """The version of this content; a higher one than ever where it is another one."""
        if content != self._cfg:
            self._cfg = content
            self._version = max(self._version, self._first) + 1
            self._write("cfg", content)
            self._write("cfg_version", self._version)
        return int(self._version)

    def _write(self, column: str, value: object) -> None:
        self._db.execute(
            f"UPDATE venues SET {column} = ? WHERE venue = ?",  # noqa: S608 - our columns
            (value, self._venue),
        )
