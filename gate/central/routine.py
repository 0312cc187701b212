"""What is due now and then: a new business day, doubles, a point of the curve, old rows."""

from datetime import datetime
from zoneinfo import ZoneInfo

from gate.central.day import day_began
from gate.central.lane import is_heard
from gate.central.marks import Since, mark
from gate.central.passback import Double
from gate.central.venue import Venue
from gate.model import Utc

SKEW_S = 2.0
"""How far the clocks of two gates may be from each other."""

PURGED_EVERY_S = 60.0

SET_BACK_S = 60.0
"""More than a time service takes back of a clock that was right."""


def new_day(venue: Venue, now: Utc) -> None:
    """At the end of a business day: count the new one, from an empty venue or from who is there.

    While nobody knows how many are inside it stays so: somebody has to count.
    """
    plan, people = venue.plan, venue.people
    if max(people.marks[it].at for it in (Since.COUNT, Since.DAY)) > now + SET_BACK_S:
        _begin_again(venue, now)
    began = day_began(now, at=plan.day_ends, zone=plan.zone)
    if began <= people.marks[Since.DAY].at:
        return
    inside = venue.occupancy(now).inside
    people.set_mark(mark(Since.DAY, began, people.epochs, value=inside))
    if plan.empty_at_day_end and Since.RELEASE not in people.marks:
        people.set_mark(mark(Since.COUNT, began, people.epochs, value=0))
        people.end_grants(began)
        venue.quotas.write_off(people.epochs, began, newest=people.newest.values())
        venue.journal.alarm("day", began, detail=f"{inside:+d} were left over")


def _begin_again(venue: Venue, now: Utc) -> None:
    """A mark from the future: our clock was wrong when it was made, and has been set back.

    Whoever came since would be taken to have come before it. Who was there nobody knows.
    """
    people, inside = venue.people, venue.occupancy(now).inside
    began = day_began(now, at=venue.plan.day_ends, zone=venue.plan.zone)
    people.set_mark(mark(Since.DAY, began, people.epochs, value=inside))
    people.set_mark(mark(Since.COUNT, now, people.epochs, value=inside))
    venue.settings.uncertain = "the clock of this server was set back"
    venue.journal.alarm("uncertain", now, detail=venue.settings.uncertain)


def judge_doubles(venue: Venue, now: Utc) -> None:
    """Look at visits of which more seem to be inside than they have people.

    Only up to the moment up to which every gate that is heard of has told all: someone who left by
    another gate is no double.
    """
    newest = venue.people.newest
    told = [
        epoch.complete_until
        for gate, epoch in newest.items()
        if is_heard(venue.lanes[gate], now) and epoch.clock != "unsure"
    ]
    upto = Utc(min(told, default=now) - SKEW_S)
    for visit in venue.visits.suspected(upto):
        double, known = venue.visits.judge(visit)
        if double is not None and double.extra > known:
            gate, detail = double.gates[-1], _in_words(double, venue.plan.zone)
            venue.journal.alarm("double", double.at, gate=gate, detail=detail)
        elif double is None and known:
            venue.journal.alarm("no_double", now, detail=f"explained: visit {visit}")


def _in_words(double: Double, zone: ZoneInfo) -> str:
    """With as many gates and times, on the venue's wall clock, as an alarm has room for."""
    came = [f"{gate} {datetime.fromtimestamp(at, zone):%H:%M:%S}" for gate, at in double.came]
    return f"{double.extra} too many by one pass (visit {double.visit}): {', '.join(came)}"


def note_curve(venue: Venue, now: Utc) -> None:
    """The number inside, for the day's curve."""
    venue.journal.sample(now, venue.occupancy(now).inside)


def purge(venue: Venue, now: Utc, keep_s: float) -> None:
    """Let go of what is old, not at every look."""
    if 0 <= now - venue.purged_at < PURGED_EVERY_S:
        return
    venue.purged_at = now
    venue.journal.purge(Utc(now - keep_s))
    venue.visits.purge(now)
