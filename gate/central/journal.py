"""What happened, on disk: the gates' events, alarms for people to look at, the day's curve."""

import sqlite3
from collections.abc import Iterable, Iterator

from gate.central.epoch import Epoch
from gate.central.view import AlarmView
from gate.model import Direction, Utc, VisitId
from gate.payloads import EvtItem

SHOWN = 40
MINUTE_S = 60.0
PURGED_AT_ONCE = 2000
ALARMS_KEPT = 5000


class Journal:
    """Of one venue; belongs to the deciding thread, within its transactions."""

    def __init__(self, db: sqlite3.Connection, venue: str) -> None:
        self._db = db
        self._venue = venue
        self._alarms: tuple[AlarmView, ...] | None = None
        self._sampled: tuple[int, int] | None = None
        self._tailgates: tuple[Utc, int] | None = None
        self._curve: tuple[Utc, tuple[tuple[Utc, int], ...]] | None = None

    def keep(self, gate: str, epoch: str, event: EvtItem) -> bool:
        """Keep an event; False where it is here already."""
        if event.reason == "tailgate":
            self._tailgates = None
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                gate,
                epoch,
                event.seq,
                self._venue,
                event.at,
                event.kind,
                event.direction,
                event.visit,
                event.n,
                event.reason,
                event.detail,
            ),
        )
        return cursor.rowcount == 1

    def after(self, epoch: Epoch) -> Iterator[EvtItem]:
        """The events that follow on `reached` without a gap."""
        seq = epoch.reached
        while True:
            row = self._db.execute(
                "SELECT seq, at, kind, direction, visit, n, reason, detail FROM events"
                " WHERE gate = ? AND epoch = ? AND seq = ?",
                (epoch.gate, epoch.epoch, seq + 1),
            ).fetchone()
            if row is None:
                return
            seq, at, kind, direction, visit, n, reason, detail = row
            yield EvtItem.model_construct(
                seq=seq,
                at=Utc(at),
                kind=kind,
                direction=None if direction is None else Direction(direction),
                visit=None if visit is None else VisitId(visit),
                n=n,
                reason=reason,
                detail=detail,
            )

    def tailgates_since(self, moment: Utc) -> int:
        """People who were counted behind somebody with a grant, since `moment`."""
        if self._tailgates is None or self._tailgates[0] != moment:
            self._tailgates = moment, self._read_tailgates(moment)
        return self._tailgates[1]

    def _read_tailgates(self, moment: Utc) -> int:
        (times,) = self._db.execute(
            "SELECT count(*) FROM events WHERE venue = ? AND at > ?"
            " AND kind = 'alarm' AND reason = 'tailgate'",
            (self._venue, moment),
        ).fetchone()
        return int(times)

    def released(self, gates: Iterable[str]) -> list[str]:
        """The gates whose fire panel was active when they last told of it."""
        newest = (
            "SELECT reason FROM events JOIN epochs USING (gate, epoch)"
            " WHERE gate = ? AND kind = 'release' ORDER BY number DESC, events.seq DESC LIMIT 1"
        )
        return [
            gate for gate in gates if self._db.execute(newest, (gate,)).fetchone() == ("active",)
        ]

    def alarm(self, kind: str, at: Utc, *, gate: str = "", detail: str = "") -> None:
        """Something that somebody should look at."""
        self._alarms = None
        self._db.execute(
            "INSERT INTO alarms (venue, at, gate, kind, detail) VALUES (?, ?, ?, ?, ?)",
            (self._venue, at, gate, kind, detail[:200].encode(errors="replace").decode()),
        )

    def alarms(self) -> tuple[AlarmView, ...]:
        """The newest, newest first."""
        if self._alarms is None:
            self._alarms = self._read_alarms()
        return self._alarms

    def _read_alarms(self) -> tuple[AlarmView, ...]:
        rows = self._db.execute(
            "SELECT id, at, gate, kind, detail FROM alarms WHERE venue = ?"
            " ORDER BY id DESC LIMIT ?",
            (self._venue, SHOWN),
        )
        return tuple(
            AlarmView(id=id_, at=Utc(at), gate=gate, kind=kind, detail=detail)
            for id_, at, gate, kind, detail in rows
        )

    def sample(self, at: Utc, inside: int) -> None:
        """The number inside at the end of this minute."""
        sample = int(at // MINUTE_S), inside
        if sample == self._sampled:
            return
        self._sampled, self._curve = sample, None
        self._db.execute(
            "INSERT INTO curve VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET inside = excluded.inside",
            (self._venue, *sample),
        )

    def curve(self, since: Utc) -> tuple[tuple[Utc, int], ...]:
        """The number inside, a point for each minute in which it was noted."""
        if self._curve is None or self._curve[0] != since:
            self._curve = since, self._read_curve(since)
        return self._curve[1]

    def _read_curve(self, since: Utc) -> tuple[tuple[Utc, int], ...]:
        rows = self._db.execute(
            "SELECT minute, inside FROM curve WHERE venue = ? AND minute >= ? ORDER BY minute",
            (self._venue, int(since // MINUTE_S)),
        )
        return tuple((Utc(minute * MINUTE_S), inside) for minute, inside in rows)

    def purge(self, before: Utc) -> None:
        """Let go of what is old, some of it at a time; events of any venue, served or not."""
        self._tailgates = None
        self._db.execute(
            "DELETE FROM events WHERE (gate, epoch, seq) IN (SELECT gate, epoch, seq FROM events"
            " WHERE at < ? LIMIT ?)",
            (before, PURGED_AT_ONCE),
        )
        self._db.execute(
            "DELETE FROM curve WHERE venue = ? AND minute < ?",
            (self._venue, int(before // MINUTE_S)),
        )
        self._db.execute(
            "DELETE FROM alarms WHERE venue = ? AND id < (SELECT max(id) FROM alarms) - ?",
            (self._venue, ALARMS_KEPT),
        )
