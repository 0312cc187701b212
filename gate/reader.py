"""The database as the publisher sees it: a connection of its own that cannot write.

Use it in the thread that made it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gate.eventlog import GIVEN, HEAD
from gate.model import Direction, Utc, VisitId
from gate.occupancy import Totals
from gate.payloads import EvtItem
from gate.schema import connect_to_read, disk_errors
from gate.tables import totals_of


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand: totals and event number of one moment."""

    epoch: str
    totals: Totals
    seq: int
    """Number of the newest event, 0 where there is none."""
    head: bytes
    """Its link in the chain (`gate.chain`)."""
    oldest: int
    """Number of the oldest event that is still there; `seq + 1` where none is."""
    acknowledged: int
    """Central has all events up to this one on disk."""
    sent: int
    """The broker has taken all events up to this one; may be behind after a power cut."""
    quota: int | None
    """The version of the quota that is in force; None where there has been none."""


class Records(Protocol):
    """What is read of the events, wherever they are kept. Raises DiskError."""

    def standing(self) -> Standing:
        """One consistent look: the totals belong to the event number."""

    def link_of(self, seq: int) -> bytes | None:
        """The link of this event; None where it has gone."""

    def events_after(self, seq: int, limit: int) -> tuple[EvtItem, ...]:
        """The next events in their order, `limit` at most."""


class Reader:
    """Reads the outbox. Its methods raise DiskError where the disk does not answer."""

    def __init__(self, path: Path) -> None:
        with disk_errors(path):
            self._db = connect_to_read(path)

    def standing(self) -> Standing:
        """One consistent look: the totals belong to the event number."""
        with disk_errors():
            row = self._db.execute(
                f"SELECT epoch, acknowledged, sent, {GIVEN}, {HEAD},"  # noqa: S608 - constants
                " (SELECT min(seq) FROM events),"
                " (SELECT version FROM words WHERE name = 'quota'),"
                " entered, departed, open, unknown, uncertain FROM meta, state, totals"
            ).fetchone()
        epoch, acknowledged, sent, seq, head, oldest, quota, *totals = row
        return Standing(
            epoch=epoch,
            totals=totals_of(totals),
            seq=seq,
            head=head,
            oldest=seq + 1 if oldest is None else oldest,
            acknowledged=acknowledged,
            sent=sent,
            quota=quota,
        )

    def link_of(self, seq: int) -> bytes | None:
        """The link of this event; None where it has gone."""
        with disk_errors():
            found = self._db.execute(
                "SELECT link FROM events WHERE seq = :seq"
                " UNION ALL SELECT link FROM anchor WHERE seq = :seq",
                {"seq": seq},
            ).fetchone()
        return None if found is None else bytes(found[0])

    def events_after(self, seq: int, limit: int) -> tuple[EvtItem, ...]:
        """The next events in their order, `limit` at most."""
        with disk_errors():
            rows = self._db.execute(
                "SELECT seq, t, kind, direction, visit, n, reason, detail FROM events"
                " WHERE seq > ? ORDER BY seq LIMIT ?",
                (seq, limit),
            ).fetchall()
        return tuple(
            EvtItem(
                seq=number,
                at=Utc(t / 1000),
                kind=kind,
                direction=Direction(direction) if direction else None,
                visit=VisitId(visit) if visit else None,
                n=n,
                reason=reason,
                detail=detail,
            )
            for number, t, kind, direction, visit, n, reason, detail in rows
        )

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._db.close()
