"""What is known of a morning with kills, written down by those who saw it. Frozen data only.

All times are unix seconds of one clock, so that what people did can be held against the disk.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from drivers.simulated.visitors import Walk
from drivers.simulated.world import Turned
from gate.reader import Reader

Event = Mapping[str, Any]
"""An event as the contract writes it in JSON."""


class Moment(StrEnum):
    """When a lane is killed."""

    MAKING = "while the database is made"
    STARTING = "at start-up"
    OPENING = "while a start writes to the disk"
    FREED = "as the relay rises"
    DAWDLING = "between grant and passage"
    WALKING = "in the middle of a passage"
    COUNTING = "as the passage ends"
    WRITING = "as the disk is written"
    BACKLOG = "while a backlog is published"
    ANY = "at any moment"


@dataclass(frozen=True, slots=True)
class Disk:
    """The database while nobody writes to it."""

    epoch: str
    entered: int
    left: int
    open: int
    unknown: int
    newest: int
    """The highest event number ever given."""
    events: Mapping[int, Event]
    """Those that have not been purged, by their number."""
    grants: Mapping[int, tuple[float, float | None]]
    """When each was given, and when it ended, by their number."""

    @property
    def pending(self) -> int:
        """The width of the bound."""
        return self.open + self.unknown

    @property
    def without_end(self) -> set[int]:
        """The grants that are open."""
        return {number for number, (_, ended) in self.grants.items() if ended is None}


@dataclass(frozen=True, slots=True)
class Life:
    """One life of the daemon."""

    launched: float
    ready: float | None
    """When it answered; None where it was killed before."""
    killed: float | None
    """Just before the kill; None for the last life, which was not killed."""
    dead: float
    """When the process was gone; for the last life: when all was settled."""
    code: int | None
    """How the process ended; None for the last life."""
    moment: Moment | None
    disk: Disk | None
    """What it left behind; None where no database had been made yet."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the verdict is made from."""

    lives: tuple[Life, ...]
    walks: tuple[Walk, ...]
    relay: tuple[Turned, ...]
    relay_active_high: bool
    locked_out: int
    """People who still stood before the lane after the last kill and could not enter."""
    settled: bool
    heard: Mapping[tuple[str, str, int], Event]
    """The subscriber's events by gate, epoch and number."""
    ctr: Mapping[str, Any]
    """The subscriber's last totals."""
    status: str | None
    contradictions: tuple[str, ...]
    duplicates: int
    """Events that came to the subscriber more than once."""
    tracebacks: int
    """In the log of the daemon."""

    @property
    def kills(self) -> int:
        """How many lives ended by a kill."""
        return sum(life.killed is not None for life in self.lives)

    @property
    def end(self) -> Disk:
        """The disk when all was settled."""
        disk = self.lives[-1].disk
        assert disk, "a settled lane has a database"
        return disk

    def walked(self, direction: str) -> int:
        """People who really went through."""
        return sum(walk.direction == direction for walk in self.walks)

    def __str__(self) -> str:
        end = self.end
        return (
            f"{self.kills} kills; {self.walked('in')} walked in and {self.walked('out')} out;"
            f" on disk {end.entered} in (pending {end.pending}) and {end.left} out;"
            f" {end.newest} events, {self.duplicates} duplicates before de-duplication"
        )


def read_disk(path: Path) -> Disk | None:
    """The database as it is; None while there is none, or it was never finished."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            epoch, *totals = db.execute(
                "SELECT epoch, entered, departed, open, unknown,"
                " coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)"
                " FROM meta, totals"
            ).fetchone()
            grants = db.execute("SELECT id, given_at, ended_at FROM grants").fetchall()
        with closing(Reader(path)) as reader:
            events = reader.events_after(0, -1)
    except sqlite3.OperationalError:  # no such table
        return None
    entered, left, open_, unknown, newest = totals
    return Disk(
        epoch=epoch,
        entered=entered,
        left=left,
        open=open_,
        unknown=unknown,
        newest=newest,
        events={
            event.seq: event.model_dump(mode="json", by_alias=True, exclude_none=True)
            for event in events
        },
        grants={
            number: (given / 1000, None if ended is None else ended / 1000)
            for number, given, ended in grants
        },
    )
