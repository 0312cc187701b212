"""The log of events on disk, and the chain through it. No transaction begins or ends here.

Every event has its link (`gate.chain`). What the chain hangs on is the *anchor*: number and link
of the newest event that has gone, with the totals of that moment. So a log whose beginning was
purged can still be verified, and events only ever go from the beginning.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from gate.chain import Fields, link, origin
from gate.model import Utc
from gate.occupancy import Totals, totals_told
from gate.rows import EventRow
from gate.tables import read_totals, to_ms, totals_of

GIVEN = "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)"
"""SQL: the highest number that an event has ever had."""

HEAD = "coalesce((SELECT link FROM events ORDER BY seq DESC LIMIT 1), (SELECT link FROM anchor))"
"""SQL: the link of the newest event."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What was before the oldest event that is there."""

    seq: int
    """Its number, 0 before the first event of the epoch."""
    link: bytes
    totals: Totals
    """After it, as the events tell (`totals_told`)."""
    joined: int = 0
    """Events up to this one were there before there was a chain: they got their links later, and
    some may be missing among them."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the next event is appended: the highest number that was given, and its link."""

    seq: int
    link: bytes


def read_head(db: sqlite3.Connection) -> Head:
    """The head as it stands on disk."""
    return Head(*db.execute(f"SELECT {GIVEN}, {HEAD}").fetchone())


def insert_event(db: sqlite3.Connection, head: Head, row: EventRow, at: Utc) -> Head:
    """Append what happened; it is the head from now on."""
    # The words of an enumeration are slow to encode; as plain texts they are not.
    kind, direction = row.kind.value, row.direction and row.direction.value
    reason = None if row.reason is None else str(row.reason)
    event = (0, to_ms(at), kind, direction, row.visit, row.n, reason, row.detail)
    return append_event(db, head, event)


def append_event(db: sqlite3.Connection, head: Head, event: Fields) -> Head:
    """Append one event under the next number, whatever its own, with its link."""
    event = (head.seq + 1, *event[1:])
    head = Head(event[0], link(head.link, event))
    db.execute(
        "INSERT INTO events (seq, t, kind, direction, visit, n, reason, detail, link)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*event, head.link),
    )
    return head


def events_from(
    db: sqlite3.Connection, seq: int, limit: int = -1
) -> Iterator[tuple[Fields, bytes]]:
    """The events from this number on, in their order, each with its link; `limit` at most."""
    for *event, its_link in db.execute(
        "SELECT seq, t, kind, direction, visit, n, reason, detail, link FROM events"
        " WHERE seq >= ? ORDER BY seq LIMIT ?",
        (seq, limit),
    ):
        yield tuple(event), its_link


def read_anchor(db: sqlite3.Connection) -> Anchor:
    """The anchor as it stands on disk."""
    seq, its_link, joined, *totals = db.execute(
        "SELECT seq, link, joined, entered, departed, 0, unknown, uncertain FROM anchor"
    ).fetchone()
    return Anchor(seq, its_link, totals_of(totals), joined)


def write_anchor(db: sqlite3.Connection, anchor: Anchor) -> None:
    """Replace the anchor, or put the first one."""
    db.execute(
        "REPLACE INTO anchor (only, seq, link, joined, entered, departed, unknown, uncertain)"
        " VALUES (1, :seq, :link, :joined, :entered, :left, :unknown, :uncertain)",
        {
            **asdict(anchor.totals),
            "seq": anchor.seq,
            "link": anchor.link,
            "joined": anchor.joined,
        },
    )


def begin_chain(db: sqlite3.Connection, epoch: str, totals: Totals) -> None:
    """An epoch begins, without an event; with these totals."""
    write_anchor(db, Anchor(0, origin(epoch), totals))


def purge_events(db: sqlite3.Connection, up_to: int, limit: int) -> int:
    """Take away events up to this number, the oldest first, `limit` at most; says how many."""
    anchor, gone = read_anchor(db), 0
    for event, its_link in list(events_from(db, 0, limit)):
        if event[0] > up_to:
            break
        anchor = replace(
            anchor, seq=event[0], link=its_link, totals=totals_told(anchor.totals, event)
        )
        gone += 1
    if gone:
        db.execute("DELETE FROM events WHERE seq <= ?", (anchor.seq,))
        write_anchor(db, anchor)
    return gone


def chain_older_events(db: sqlite3.Connection) -> None:
    """Give their links to the events of a database that was made before there was a chain."""
    made = db.execute("SELECT epoch FROM meta").fetchone()
    if made is None:
        return
    (given,) = db.execute(f"SELECT {GIVEN}").fetchone()
    (oldest,) = db.execute("SELECT coalesce(min(seq), ? + 1) FROM events", (given,)).fetchone()
    totals = Totals()
    previous = origin(made[0])
    for event, _ in events_from(db, 0):
        previous = link(previous, event)
        db.execute("UPDATE events SET link = ? WHERE seq = ?", (previous, event[0]))
        totals = totals_told(totals, event)
    write_anchor(
        db, Anchor(oldest - 1, origin(made[0]), _before(read_totals(db), totals), joined=given)
    )


def _before(now: Totals, told: Totals) -> Totals:
    """The totals before the events that there are: what they do not tell."""
    return Totals(
        entered=now.entered - told.entered,
        left=now.left - told.left,
        unknown=max(0, now.unknown - told.unknown),
        uncertain=now.uncertain,
    )
