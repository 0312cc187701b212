"""What the gate puts on disk: one record, one transaction. Knows nothing of threads.

Event row, totals, visit and grant change together or not at all, and the totals and the visit are
worked out by the same functions that the deciding thread uses (`gate.occupancy`, `gate.visits`).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import assert_never

from gate.allowance import ends_quota
from gate.elsewhere import MOST_HEARD, Heard, PageHeard, visits_after
from gate.eventlog import insert_event, purge_events, read_head
from gate.events import (
    Count,
    EndGrant,
    RaiseAlarm,
    Record,
    RecordCommand,
    RecordGrant,
    RecordMode,
    RecordRecount,
    RecordRecovery,
    RecordRefusal,
    RecordRelease,
)
from gate.kept import QUOTA, Kept
from gate.lists import Versions
from gate.model import Utc, VisitId
from gate.occupancy import Totals, totals_after
from gate.rows import row_of
from gate.schema import transaction
from gate.tables import (
    end_grant,
    holding,
    insert_grant,
    read_totals,
    read_visit,
    to_ms,
    write_totals,
    write_upkeep,
    write_visit,
)
from gate.temperature.upkeep import Remembered
from gate.visits import Visit, VisitRules, pass_of, visit_after

NO_VERSIONS = Versions()

NOBODY = VisitId("")
"""A visit that is never there when a transaction has ended."""

Change = tuple[Record, Utc] | Heard | Kept | Remembered
"""What goes to disk in its order: records with their time, and what others told or we know."""

PURGE_ROWS = 500
"""Rows of one table that one purge deletes: a grant never waits for a long one."""


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows a purge took away."""

    visits: int
    events: int
    grants: int

    @property
    def more(self) -> bool:
        """There may be more to take."""
        return max(self.visits, self.events, self.grants) >= PURGE_ROWS


class Store:
    """The connection that writes; made by `gate.opening.open_store`."""

    def __init__(self, connection: sqlite3.Connection, *, rules: VisitRules) -> None:
        self._db = connection
        self._rules = rules
        self._sent = 0
        """As far as this object has put on disk; there may be more."""

    def apply(self, record: Record, at: Utc) -> int:
        """Put one record on disk; returns the number (`seq`) of its event.

        Raises DiskError; then nothing of it is on disk.
        """
        return self.apply_all([(record, at)])

    def apply_all(
        self,
        changes: Sequence[Change],
        *,
        acknowledged: Sequence[tuple[str, int]] = (),
        sent: int = 0,
        versions: Versions = NO_VERSIONS,
        told: bool = False,
        behind: bool = False,
        prove: bool = False,
    ) -> int:
        """Put changes on disk in their order, in one transaction; returns the highest `seq`.

        `acknowledged` are (epoch, seq) from central: the events up to there may go; see
        `acknowledge`. `sent` notes how far the broker has taken the events, `versions` which lists
        are in force; both only go up.
        `told`: the broker has taken something of this start. `behind` marks the database for a new
        epoch (`gate.epochs`). `prove` has something written in any case: SQLite leaves out what
        changes nothing. Raises DiskError; then none of it is on disk.
        """
        with transaction(self._db):
            totals, head = read_totals(self._db), read_head(self._db)
            for change in changes:
                if isinstance(change, Kept):
                    self._keep(change)
                    continue
                if isinstance(change, Remembered):
                    write_upkeep(self._db, change)
                    continue
                if not isinstance(change, tuple):
                    self._apply_heard(change)
                    continue
                record, at = change
                head = insert_event(self._db, head, row_of(record), at)
                totals = totals_after(totals, record)
                self._apply_to_visit(record, at)
                self._apply_to_grant(record, at)
                self._apply_to_quota(record, totals)
            write_totals(self._db, totals)
            for mark in acknowledged:
                self._move_mark(*mark)
            if sent > self._sent:
                self._db.execute("UPDATE state SET sent = :seq WHERE sent < :seq", {"seq": sent})
            if versions != NO_VERSIONS:
                self._db.execute(
                    "UPDATE state SET keys_version = max(keys_version, ?),"
                    " revoked_version = max(revoked_version, ?)",
                    (versions.keys, versions.revoked),
                )
            if told:
                self._db.execute("UPDATE state SET told = 1 WHERE told = 0")
            if behind:
                self._db.execute("UPDATE state SET behind = untold_after WHERE behind IS NULL")
            if prove:
                write_visit(self._db, NOBODY, Visit(party=0, expires=Utc(0)))
                self._db.execute("DELETE FROM visits WHERE visit = ?", (NOBODY,))
        self._sent = max(self._sent, sent)
        return head.seq

    def acknowledge(self, epoch: str, seq: int) -> bool:
        """Central has all events up to `seq` on disk: from now on these rows may go.

        Another epoch, an older mark or a number that was never given does nothing; returns
        whether the mark moved. Raises DiskError.
        """
        with transaction(self._db):
            return self._move_mark(epoch, seq)

    def purge(
        self, now: Utc, *, keep_visits_s: float, retain_s: float, by_age: bool = True
    ) -> Purged:
        """Take away what is no longer needed, up to `PURGE_ROWS` of each table.

        Visits go `keep_visits_s` after their pass has expired, and those that only others have told
        of also where they are too many (`MOST_HEARD`); grants when they ended `retain_s`
        ago. Events go from the beginning of the log: up to the last that central has acknowledged
        or (`by_age`: a site where nobody does) to the last that is older than `retain_s`. What
        stands before an old event is older still, whatever a clock that ran ahead wrote there.
        Raises DiskError.
        """
        old_ms = to_ms(Utc(now - retain_s))
        with transaction(self._db):
            self._db.execute(
                "UPDATE state SET newest = coalesce("
                "(SELECT t FROM events ORDER BY seq DESC LIMIT 1), newest)"
            )
            visits = self._db.execute(
                "DELETE FROM visits WHERE visit IN (SELECT visit FROM visits"
                " WHERE expires < ? AND granted <= 0 LIMIT ?)",
                (now - keep_visits_s, PURGE_ROWS),
            )
            heard = self._db.execute(
                "DELETE FROM visits WHERE visit IN (SELECT visit FROM visits WHERE shown = 0"
                " ORDER BY expires DESC LIMIT ? OFFSET ?)",
                (PURGE_ROWS, MOST_HEARD),
            )
            events = purge_events(self._db, self._last_to_go(by_age, old_ms), PURGE_ROWS)
            grants = self._db.execute(
                "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE ended_at < ? LIMIT ?)",
                (old_ms, PURGE_ROWS),
            )
        return Purged(
            visits=visits.rowcount + heard.rowcount, events=events, grants=grants.rowcount
        )

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._db.close()

    def _apply_to_visit(self, record: Record, at: Utc) -> None:
        pass_ = pass_of(record)
        if pass_ is None:
            return
        before = read_visit(self._db, pass_.visit)
        after = visit_after(before, record, at, self._rules)
        if after is not None and after != before:
            write_visit(self._db, pass_.visit, after, before)

    def _apply_heard(self, heard: Heard) -> None:
        for id_, before, after in visits_after(heard, self._find, self._holding, self._rules):
            write_visit(self._db, id_, after, before)
        if isinstance(heard, PageHeard):
            self._db.execute("UPDATE state SET heard = ?", (heard.mark,))

    def _find(self, visit: VisitId) -> Visit | None:
        return read_visit(self._db, visit)

    def _holding(self, gate: str) -> Iterator[tuple[VisitId, Visit]]:
        for id_ in holding(self._db, gate):
            visit = read_visit(self._db, id_)
            if visit is not None:
                yield id_, visit

    def _apply_to_grant(self, record: Record, at: Utc) -> None:
        match record:
            case RecordGrant(grant=grant, pass_=pass_):
                insert_grant(self._db, grant, pass_, at)
            case EndGrant(grant=grant, how=how):
                end_grant(self._db, grant, how, at)
            case Count(grant=grant):
                if grant is not None:
                    end_grant(self._db, grant, "used", at)
            case RecordMode(mode=mode, by_key=by_key):
                if not by_key:
                    self._db.execute("UPDATE state SET mode = ?", (mode,))
            case RecordRefusal() | RaiseAlarm() | RecordRecovery() | RecordRelease():
                pass
            case RecordRecount() | RecordCommand():
                pass
            case _:
                assert_never(record)

    def _apply_to_quota(self, record: Record, totals: Totals) -> None:
        """As `gate.allowance.allowance_after` does."""
        if ends_quota(record):
            self._db.execute(
                "UPDATE state SET must_have_seen = ?, quota_void = max(quota_void,"
                " coalesce((SELECT version FROM words WHERE name = ?), 0))",
                (totals.left, QUOTA),
            )

    def _keep(self, word: Kept) -> None:
        """Whether it is newer was judged where it was taken (`gate.ledger`)."""
        self._db.execute(
            "INSERT INTO words (name, version, payload) VALUES (:name, :version, :payload)"
            " ON CONFLICT (name) DO UPDATE SET version = :version, payload = :payload",
            asdict(word),
        )

    def _last_to_go(self, by_age: bool, old_ms: int) -> int:
        (seq,) = self._db.execute(
            "SELECT (behind IS NULL) * max(acknowledged, coalesce("
            "(SELECT seq FROM events WHERE ? AND t < ? ORDER BY seq DESC LIMIT 1), 0)) FROM state",
            (by_age, old_ms),
        ).fetchone()
        return int(seq)

    def _move_mark(self, epoch: str, seq: int) -> bool:
        moved = self._db.execute(
            "UPDATE state SET acknowledged = :seq WHERE acknowledged < :seq"
            " AND :seq <= (SELECT seq FROM sqlite_sequence WHERE name = 'events')"
            " AND :epoch = (SELECT epoch FROM meta)",
            {"seq": seq, "epoch": epoch},
        )
        return moved.rowcount > 0
