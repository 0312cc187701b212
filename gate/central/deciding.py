"""What a manager decides of a venue, on record: the limit, a recount, a correction."""

from gate.central.lane import is_heard
from gate.central.marks import Since, mark
from gate.central.venue import Venue
from gate.central.wishes import Correct, Outcome, Recount, SetLimit
from gate.model import Utc

LARGEST = 100_000
"""People in one venue; beyond it is a slip of somebody's finger."""

DONE = Outcome(ok=True, code="done")


def set_limit(venue: Venue, wish: SetLimit, now: Utc) -> Outcome:
    """At once; a lower one lets nobody in until enough have left."""
    if not 0 <= wish.limit <= venue.plan.licensed:
        return _refused("out_of_range", f"0 to {venue.plan.licensed}")
    before, venue.settings.limit = venue.settings.limit, wish.limit
    venue.journal.alarm("limit", now, detail=f"{wish.limit} instead of {before}, by {wish.by}")
    venue.words.append(venue.cfg())
    return DONE


def recount(venue: Venue, wish: Recount, now: Utc) -> Outcome:
    """So many are inside now, whatever was counted. Ends what a release has left unknown."""
    if not 0 <= wish.inside <= LARGEST:
        return _refused("out_of_range", f"0 to {LARGEST}")
    if any(it.released and is_heard(it, now) for it in venue.lanes.values()):
        return _refused("released", "people still walk freely")
    people, was = venue.people, venue.occupancy(now).inside
    people.set_mark(mark(Since.COUNT, now, people.epochs, value=wish.inside))
    people.drop_mark(Since.RELEASE)
    people.end_grants(now)
    venue.settings.uncertain = ""
    venue.quotas.write_off(people.epochs, now, newest=people.newest.values())
    detail = f"{wish.inside} inside instead of {was}, by {wish.by}: {wish.reason}"
    venue.journal.alarm("recount", now, detail=detail)
    return DONE


def correct(venue: Venue, wish: Correct, now: Utc) -> Outcome:
    """So many more, or fewer, are inside than was counted."""
    inside = venue.occupancy(now).inside + wish.change
    if not wish.change or not 0 <= inside <= LARGEST:
        return _refused("out_of_range", f"that would be {inside} inside")
    venue.people.correct(wish.change)
    detail = f"{wish.change:+d}, {inside} inside now, by {wish.by}: {wish.reason}"
    venue.journal.alarm("correction", now, detail=detail)
    return DONE


def _refused(code: str, detail: str) -> Outcome:
    return Outcome(ok=False, code=code, detail=detail)
