"""Looking through a gate's database: does every event fit the one before it?

The first thing that does not fit is a `Break`. What is looked at, in this order:

1. Every link from the anchor on, and that no number is missing or there before its time.
2. That the newest event has the highest number that was ever given.
3. A head that the gate has published, where somebody brings one: who alters the log and works the
   chain out anew from there cannot alter what the broker was told before.
4. The totals: those of the anchor and what the events say since; and the open grants.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory

from gate.chain import link
from gate.eventlog import GIVEN, HEAD, Anchor, events_from, read_anchor
from gate.occupancy import Totals, totals_told
from gate.schema import VERSION, StoreError, connect_to_read, disk_errors, version_of
from gate.tables import read_totals

NEXT = (
    "Keep this file as it is: copy it with its -wal, and note the SHA-256 of both. Compare the"
    " events from there on with those that central has of this gate and epoch; what was sent"
    " before is right. Then move the file away, so that the gate begins a new epoch, and count"
    " the people inside."
)
FIRST_THE_EPOCH = "Look whether that ctr has the epoch above; only then they belong together. "


@dataclass(frozen=True, slots=True)
class Published:
    """What the gate said in one `ctr`."""

    seq: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """The first thing that does not fit, and what to do about it."""

    seq: int | None
    """The event that does not fit; None for the totals."""
    what: str
    stored: str
    expected: str
    next: str = NEXT
    """What a technician does now."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What there is in one database, and whether it fits."""

    gate: str
    venue: str
    epoch: str
    first: int
    """The oldest event that is there; `last + 1` where none is."""
    last: int
    """The newest event that is or was there."""
    head: bytes
    totals: Totals
    unsaid: tuple[str, ...]
    """What could not be looked at."""
    broken: Break | None


def audit(path: Path, published: Published | None = None) -> Audit:
    """Look through the database at `path`. Changes nothing, also while a gate runs on it.

    Raises StoreError (DiskError, DamagedError) where it is none that this program can read.
    """
    if not path.is_file():
        raise StoreError(f"{path}: there is no such file")
    try:
        with (
            TemporaryDirectory() as elsewhere,
            disk_errors(path),
            closing(opened(path, Path(elsewhere))) as db,
        ):
            if version_of(db, path) < VERSION:
                raise StoreError(f"{path}: made by an older program; start gate run on it first")
            # What somebody wrote there need not be text; then it does not fit its link.
            db.text_factory = lambda text: text.decode("utf-8", "replace")
            db.execute("BEGIN")  # everything as of one moment
            (rows,) = db.execute("SELECT count(*) FROM meta, state, totals, anchor").fetchone()
            if rows != 1:
                raise StoreError(f"{path}: meta, state, totals and anchor have not one row each")
            return _looked_through(db, published)
    except sqlite3.DatabaseError as error:  # a table or a column is not there
        raise StoreError(f"{path}: {error}") from error


def opened(path: Path, elsewhere: Path) -> sqlite3.Connection:
    """A connection that leaves nothing beside the file that was not there before.

    Where a gate runs (or was killed) there are a log and its index, and SQLite reads them as they
    are. It would make an index where there is none, so a log that was copied is copied once more.
    """
    wal, index = (path.with_name(path.name + companion) for companion in ("-wal", "-shm"))
    if index.exists():
        return connect_to_read(path)
    if wal.exists():
        for file in (path, wal):
            copy(file, elsewhere / file.name)
        return connect_to_read(elsewhere / path.name)
    uri = path.resolve().as_uri() + "?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, isolation_level=None)


def _looked_through(db: sqlite3.Connection, published: Published | None) -> Audit:
    gate, venue, epoch, given, head = db.execute(
        f"SELECT gate, venue, epoch, {GIVEN}, {HEAD} FROM meta"  # noqa: S608 - constants
    ).fetchone()
    anchor = read_anchor(db)
    (first,) = db.execute("SELECT coalesce(min(seq), ? + 1) FROM events", (given,)).fetchone()
    return Audit(
        gate=gate,
        venue=venue,
        epoch=epoch,
        first=first,
        last=given,
        head=head,
        totals=read_totals(db),
        unsaid=tuple(_unsaid(anchor, published)),
        broken=_first_break(db, anchor, given, published),
    )


def _unsaid(anchor: Anchor, published: Published | None) -> list[str]:
    said = []
    if anchor.seq:
        said.append(f"events up to {anchor.seq} have gone; their totals are taken as they stand")
    if anchor.joined > anchor.seq:
        said.append(
            f"events up to {anchor.joined} are from before the chain, and were linked later"
        )
    if published is not None and published.seq < anchor.seq:
        said.append(f"event {published.seq} has gone, and its link with it: bring a newer head")
    return said


def _first_break(
    db: sqlite3.Connection, anchor: Anchor, given: int, published: Published | None
) -> Break | None:
    seq, previous, told = anchor.seq, anchor.link, anchor.totals
    found = previous if published and published.seq == seq else None
    for event, stored in events_from(db, 0):
        if event[0] <= anchor.seq:
            return _gone(event[0], anchor)
        if event[0] != seq + 1 and event[0] > anchor.joined:
            return _missing(seq + 1, event[0])
        expected = link(previous, event)
        if stored != expected:
            return _altered(event[0], stored, expected)
        seq, previous, told = event[0], stored, totals_told(told, event)
        if published is not None and seq == published.seq:
            found = stored
    if seq != given:
        return _cut(seq, given)
    if published is not None and published.seq >= anchor.seq and found != published.head:
        return _not_as_published(published, found, given)
    return _totals_differ(db, told)


def _altered(seq: int, stored: bytes | None, expected: bytes) -> Break:
    return Break(
        seq,
        f"event {seq} or its link is not what was written",
        stored=stored.hex() if stored else "no link",
        expected=expected.hex(),
    )


def _missing(first: int, found: int) -> Break:
    return Break(
        first,
        f"event {first} is missing" + (f", and all up to {found - 1}" if found > first + 1 else ""),
        stored=f"event {found}",
        expected=f"event {first}",
    )


def _gone(seq: int, anchor: Anchor) -> Break:
    return Break(
        seq,
        f"event {seq} is there, and all up to {anchor.seq} have gone",
        stored=f"event {seq}",
        expected=f"event {anchor.seq + 1}",
    )


def _cut(last: int, given: int) -> Break:
    return Break(
        last + 1,
        f"the log ends at event {last}, and numbers were given up to {given}",
        stored="nothing",
        expected=f"event {last + 1}",
    )


def _not_as_published(published: Published, found: bytes | None, given: int) -> Break:
    if found is None:
        what = f"the log ends at event {given}: its end was cut off, or it is an older copy"
    else:
        what = f"up to event {published.seq} this is not the log whose head the gate has told"
    return Break(
        published.seq,
        what,
        stored=found.hex() if found else "nothing",
        expected=published.head.hex(),
        next=FIRST_THE_EPOCH + NEXT,
    )


def _totals_differ(db: sqlite3.Connection, told: Totals) -> Break | None:
    stored = read_totals(db)
    (open_,) = db.execute("SELECT count(*) FROM grants WHERE ended_at IS NULL").fetchone()
    expected = replace(told, open=open_)
    if stored == expected:
        return None
    return Break(
        None,
        "the totals are not what the events and the open grants say",
        stored=_in_words(stored),
        expected=_in_words(expected),
    )


def _in_words(totals: Totals) -> str:
    sure = "uncertain" if totals.uncertain else "certain"
    return (
        f"{totals.entered} in, {totals.left} out, {totals.open} open, {totals.unknown} unknown,"
        f" {sure}"
    )
