"""What is known of a visit, and whether its pass admits anybody now. Pure.

A visit has as many places as its party has people. A place is free, under grant, inside, or
(unless the site allows re-entry) used up. The same `visit_after` serves the deciding thread and
the writer.
"""

from dataclasses import dataclass, replace
from typing import Literal

from gate.events import (
    CheckOutShown,
    Count,
    EndGrant,
    PassAccepted,
    PassRefused,
    Record,
    RecordGrant,
    RecordRefusal,
)
from gate.model import Direction, Pass, Reason, RefusalCode, Utc


@dataclass(frozen=True, slots=True)
class Visit:
    """The places of one visit, as far as this gate knows."""

    party: int
    expires: Utc
    granted: int = 0
    inside: int = 0
    left: int = 0
    """People who went out with the pass shown; with re-entry one person may count twice."""
    entered_at: Utc | None = None
    """When the last of the party went in."""
    left_at: Utc | None = None
    rest_until: Utc | None = None
    """Warm: nobody of the party is measured again before."""
    barred: bool = False
    """Warm again after the rest."""


@dataclass(frozen=True, slots=True)
class VisitRules:
    """The site's rules (`[visit]` in the configuration); durations in seconds."""

    reentry: Literal["never", "after_exit", "free"] = "never"
    reentry_within_s: float = 3600.0
    already_inside: Literal["soft", "attendant"] = "attendant"
    unclosed_after_s: float = 900.0
    """A complete party that is shown again after this long looks as if it had left unseen."""
    rest_s: float = 300.0


def pass_of(record: Record) -> Pass | None:
    """The pass whose visit `record` changes, if any."""
    match record:
        case RecordGrant() | EndGrant() | Count() | RecordRefusal():
            return record.pass_
        case _:
            return None


def visit_after(visit: Visit | None, record: Record, at: Utc, rules: VisitRules) -> Visit | None:
    """The visit once `record` has happened at `at`; None while nothing is known of it."""
    pass_ = pass_of(record)
    if pass_ is None:
        return visit
    known = visit or Visit(party=pass_.party, expires=pass_.expires)
    match record:
        case RecordGrant():
            return replace(known, granted=known.granted + 1)
        case EndGrant():
            return replace(known, granted=known.granted - 1)
        case Count(direction=Direction.IN):
            return replace(known, granted=known.granted - 1, inside=known.inside + 1, entered_at=at)
        case Count(direction=Direction.OUT):
            return replace(known, inside=max(0, known.inside - 1), left=known.left + 1, left_at=at)
        case RecordRefusal(code=RefusalCode.WAIT_AND_RETURN) if known.rest_until is None:
            return replace(known, rest_until=Utc(at + rules.rest_s))
        case RecordRefusal(code=RefusalCode.TOO_WARM):
            return replace(known, barred=True)
        case _:
            return visit


def admission(
    pass_: Pass, visit: Visit | None, now: Utc, rules: VisitRules
) -> PassAccepted | PassRefused:
    """Whether the visit lets anybody of the party in now, and how many."""

    def refuse(code: RefusalCode) -> PassRefused:
        return PassRefused(code, pass_=pass_)

    reason = Reason.STAFF if pass_.staff else Reason.OK
    if visit is None:
        return PassAccepted(pass_, places=pass_.party, reason=reason)
    if visit.barred:
        return refuse(RefusalCode.TOO_WARM)
    if visit.rest_until is not None and now < visit.rest_until:
        return refuse(RefusalCode.WAIT_AND_RETURN)
    places = pass_.party - visit.granted - _places_taken(visit, now, rules)
    if places > 0:
        rested = visit.rest_until is not None
        return PassAccepted(pass_, places=places, reason=reason, rested=rested)
    if visit.inside + visit.granted < pass_.party:
        return refuse(RefusalCode.USED)
    if visit.entered_at is None or now < visit.entered_at + rules.unclosed_after_s:
        return refuse(RefusalCode.PARTY_COMPLETE)
    if rules.already_inside == "attendant":
        return refuse(RefusalCode.ALREADY_INSIDE)
    return PassAccepted(pass_, places=pass_.party, reason=Reason.UNCLOSED)


def check_out(pass_: Pass, visit: Visit | None) -> CheckOutShown:
    """The way out: as many as are known inside, or the whole party where nothing is known."""
    known = visit is not None and visit.inside > 0
    return CheckOutShown(pass_, places=visit.inside if visit and known else pass_.party)


def _places_taken(visit: Visit, now: Utc, rules: VisitRules) -> int:
    """Places that may not be entered again: inside, and used up unless re-entry is allowed."""
    match rules.reentry:
        case "free":
            return 0
        case "after_exit":
            in_time = visit.left_at is None or now <= visit.left_at + rules.reentry_within_s
            return visit.inside if in_time else visit.inside + visit.left
        case "never":
            return visit.inside + visit.left
