"""The visits of a venue over all its gates: what to tell gates that missed it, and doubles.

Events of a gate come here in their order, without a gap, each once. A *mark* is central's own
number of a change; marks of an older disk are below the first of this one, so that a gate that has
one is answered from the beginning (docs/passback.md).
"""

import sqlite3
from collections.abc import Iterable

from gate.central.epoch import NEVER, Epoch
from gate.central.passback import (
    PLACES_KINDS,
    Double,
    Step,
    find_double,
    may_be_double,
    places_after,
)
from gate.model import Utc, VisitId
from gate.payloads import Ans, Ask, EvtItem, KnownVisit, Places, Upto

VISITS_A_PAGE = 200
BYTES_A_PAGE = 230_000
"""Of the text of visits. What a gate reads has a limit (`Ans.LIMIT`), and 200 gates with names as
long as they may be need 25,000 beside that."""

BYTES_A_VISIT = 50
"""Of its text as JSON, without places."""
BYTES_A_PLACE = 64
"""Without the gate's name and the digits of the numbers."""

KEPT_S = 2 * 86_400.0
"""A visit of which nothing was heard for so long is over: a pass is valid for a day at most."""

LARGEST_PARTY = 20


class Visits:
    """Of one venue; belongs to the deciding thread, within its transactions."""

    def __init__(self, db: sqlite3.Connection, venue: str, *, opened_at: Utc = NEVER) -> None:
        """`opened_at`: marks go on above it, so that none of a disk that this one is an old copy of
        is given twice.
        """
        self._first = int(opened_at * 1000)
        self._db = db
        self._venue = venue
        self._extra: tuple[Utc, int] | None = None

    def note(self, gate: str, event: EvtItem) -> VisitId | None:
        """An event of a gate; its visit where that should be looked at as a double."""
        if event.kind == "recovered" and event.detail == "power":
            self.end_grants(gate)
        if event.visit is None or event.kind not in PLACES_KINDS:
            return None
        if event.n is None or not 1 <= event.n <= LARGEST_PARTY:
            return None
        self._db.execute(
            "INSERT INTO visits VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET mark = excluded.mark, at = max(at, excluded.at)",
            (self._venue, event.visit, event.n, self._next_mark(), event.at),
        )
        by = {it.gate: it for it in self._places(event.visit)}
        after = places_after(by.get(gate, Places(gate=gate, at=event.at)), event)
        by[gate] = after
        self._db.execute(
            "INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self._venue, event.visit, gate, after.granted, after.entered, after.left, after.at),
        )
        (party,) = self._db.execute(
            "SELECT party FROM visits WHERE venue = ? AND visit = ?", (self._venue, event.visit)
        ).fetchone()
        known = self._db.execute(
            "SELECT 1 FROM doubles WHERE venue = ? AND visit = ?", (self._venue, event.visit)
        ).fetchone()
        return event.visit if known or may_be_double(party, by.values()) else None

    def end_grants(self, gate: str) -> None:
        """None is open there any more: after a power cut, and in a new epoch."""
        held = self._db.execute(
            "UPDATE places SET granted = 0 WHERE venue = ? AND gate = ? AND granted > 0"
            " RETURNING visit",
            (self._venue, gate),
        ).fetchall()
        for (visit,) in held:
            self._db.execute(
                "UPDATE visits SET mark = ? WHERE venue = ? AND visit = ?",
                (self._next_mark(), self._venue, visit),
            )

    # --- answers ------------------------------------------------------------------------------

    def answer(self, ask: Ask, newest: Iterable[Epoch]) -> Ans:
        """The page after the mark that the gate has; `newest` has the newest epoch of each gate."""
        top = self._newest_mark()
        since = ask.since if ask.since <= top else 0
        found = self._db.execute(
            "SELECT visit, party, mark FROM visits WHERE venue = ? AND mark > ? ORDER BY mark"
            " LIMIT ?",
            (self._venue, since, VISITS_A_PAGE + 1),
        ).fetchall()
        known: list[KnownVisit] = []
        size, mark, more = 0, top, False
        for visit, party, changed in found:
            by = self._places(visit)
            size += BYTES_A_VISIT + sum(map(_size, by))
            if len(known) == VISITS_A_PAGE or (known and size > BYTES_A_PAGE):
                more = True
                break
            known.append(KnownVisit(visit=visit, party=party, by=by))
            mark = changed
        return Ans(
            id=ask.id,
            mark=mark if more else top,
            more=more,
            upto=tuple(Upto(gate=it.gate, epoch=it.epoch, seq=it.reached) for it in newest),
            visits=tuple(known),
        )

    # --- doubles ------------------------------------------------------------------------------

    def suspect(self, visit: VisitId, at: Utc) -> None:
        """Look at this visit, maybe once more, when every gate has told up to `at`."""
        self._extra = None
        self._db.execute(
            "INSERT INTO doubles VALUES (?, ?, ?, 0, 0) ON CONFLICT DO UPDATE"
            " SET at = max(at, excluded.at), judged = 0",
            (self._venue, visit, at),
        )

    def suspected(self, upto: Utc) -> list[VisitId]:
        """Those to be looked at, with nothing after `upto`."""
        found = self._db.execute(
            "SELECT visit FROM doubles WHERE venue = ? AND at < ? AND NOT judged",
            (self._venue, upto),
        )
        return [VisitId(visit) for (visit,) in found]

    def judge(self, visit: VisitId) -> tuple[Double | None, int]:
        """Whether it is a double by all that is known; on record if so, else forgotten.

        The number is that of people too many as it was known before.
        """
        known = self._db.execute(
            "SELECT extra FROM doubles WHERE venue = ? AND visit = ?", (self._venue, visit)
        ).fetchone()
        party = self._db.execute(
            "SELECT party FROM visits WHERE venue = ? AND visit = ?", (self._venue, visit)
        ).fetchone()
        steps = self._db.execute(
            "SELECT gate, at, seq, kind, direction, reason FROM events"
            " WHERE visit = ? AND venue = ? AND kind IN ('granted', 'passage')",
            (visit, self._venue),
        )
        self._extra = None
        double = None
        if party is not None:
            double = find_double(visit, party[0], [Step(*row) for row in steps])
        if double is None:
            self._db.execute(
                "DELETE FROM doubles WHERE venue = ? AND visit = ?", (self._venue, visit)
            )
        else:
            self._db.execute(
                "UPDATE doubles SET extra = ?, judged = 1 WHERE venue = ? AND visit = ?",
                (double.extra, self._venue, visit),
            )
        return double, known[0] if known else 0

    def extra_since(self, moment: Utc) -> int:
        """People too many in doubles since `moment`."""
        if self._extra is None or self._extra[0] != moment:
            self._extra = moment, self._read_extra(moment)
        return self._extra[1]

    def _read_extra(self, moment: Utc) -> int:
        (extra,) = self._db.execute(
            "SELECT coalesce(sum(extra), 0) FROM doubles WHERE venue = ? AND at > ?",
            (self._venue, moment),
        ).fetchone()
        return int(extra)

    def purge(self, now: Utc) -> None:
        """Forget what is long over, also of venues that are served no more."""
        self._extra = None
        old = "SELECT venue, visit FROM visits WHERE at < ? LIMIT 500"
        gone = self._db.execute(old, (now - KEPT_S,)).fetchall()
        for table in ("visits", "places", "doubles"):
            self._db.executemany(
                f"DELETE FROM {table} WHERE venue = ? AND visit = ?",  # noqa: S608 - our tables
                gone,
            )

    # --- rows -----------------------------------------------------------------------------------

    def _places(self, visit: str) -> tuple[Places, ...]:
        rows = self._db.execute(
            "SELECT gate, granted, entered, departed, at FROM places WHERE venue = ? AND visit = ?",
            (self._venue, visit),
        )
        return tuple(
            Places(gate=gate, granted=granted, entered=entered, left=left, at=Utc(at))
            for gate, granted, entered, left, at in rows
        )

    def _next_mark(self) -> int:
        (mark,) = self._db.execute(
            "UPDATE life SET mark = max(mark, ?) + 1 RETURNING mark", (self._first,)
        ).fetchone()
        return int(mark)

    def _newest_mark(self) -> int:
        (mark,) = self._db.execute("SELECT mark FROM life").fetchone()
        return int(mark)


def _size(it: Places) -> int:
    """Bytes of it in a page."""
    return BYTES_A_PLACE + len(f"{it.gate}{it.granted}{it.entered}{it.left}")
