"""What is known of a visit, and whether its pass admits anybody now. Pure.

The rules:

 1. A visit has as many places as its party has people. Nothing is known of who is who.
 2. A place is free until it is under grant, and under grant until somebody walks in or the grant
    ends otherwise: then it is what it was before.
 3. The people of a party may come one by one, as often as places are free ("2 of 4", then the
    other two). Who comes takes a place that nobody has used before, while there is one.
 4. Who leaves with the pass shown has used the place up. `reentry` says whether it may be used
    again: `never`; `after_exit` within so many seconds of the last who left; `free` always, also
    by people who left without showing anything.
 5. `used`: some of the party are outside, and no place is free for them.
 6. `party_complete`: all places are inside or under grant.
 7. A party that is all inside and shown again after `unclosed_after_s` looks as if it had left
    without showing the pass. `already_inside`: staff decide; or, where the site is `soft`, it is
    admitted and marked. Then those inside are taken for gone, and the visit begins anew.
 8. Whoever was too warm has to rest with the whole party, and comes back once.
 9. The way out asks for nothing. A pass shown there binds the next who leave: those inside, or the
    whole party where nothing is known of it.

10. What other gates of the venue tell of the visit counts as if it had happened here, and their
    open grants take places away; those for `GRANT_S` at most, since no grant lasts longer
    (`gate.elsewhere`).

The same `visit_after` serves the deciding thread and the writer.
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

GRANT_S = 150.0
"""A grant of another gate has ended by then, also where nobody told: longer than any lasts."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one other gate has told of a visit, from its first event to number `seq`."""

    gate: str
    epoch: str
    seq: int
    at: Utc
    granted: int = 0
    """Grants that are open there."""
    entered: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """The places of one visit, as far as this gate knows."""

    party: int
    expires: Utc
    granted: int = 0
    """Here; other gates' grants are in `others`."""
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
    ahead: int = 0
    """People who went out and of whose way in nobody has told yet."""
    shown: bool = True
    """The pass was shown here; else party and end of the visit are what others told."""
    others: tuple[Told, ...] = ()


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
    if not known.shown:
        known = replace(known, party=pass_.party, expires=pass_.expires, shown=True)
    match record:
        case RecordGrant():
            if _complete(known, at):
                known = begun_anew(known)
            return replace(known, granted=known.granted + 1)
        case EndGrant():
            return replace(known, granted=known.granted - 1)
        case Count(direction=Direction.IN):
            return replace(known, granted=known.granted - 1, inside=known.inside + 1, entered_at=at)
        case Count(direction=Direction.OUT):
            return gone_out(known, 1, at)
        case RecordRefusal(code=code):
            return refused(known, code, at, rules) or visit
        case _:
            return visit


def refused(visit: Visit, code: str, at: Utc, rules: VisitRules) -> Visit | None:
    """Rule 8: the visit once somebody of it was refused for this; None where it is as before."""
    if code == RefusalCode.WAIT_AND_RETURN and visit.rest_until is None:
        return replace(visit, rest_until=Utc(at + rules.rest_s))
    if code == RefusalCode.TOO_WARM:
        return replace(visit, barred=True)
    return None


def gone_out(visit: Visit, people: int, at: Utc) -> Visit:
    """So many went out with the pass shown."""
    known = min(people, visit.inside)
    return replace(
        visit,
        inside=visit.inside - known,
        ahead=visit.ahead + people - known,
        left=visit.left + people,
        left_at=_later(visit.left_at, at),
    )


def come_in_elsewhere(visit: Visit, people: int, at: Utc) -> Visit:
    """So many went in through other gates; some may have gone out before that was told."""
    gone = min(people, visit.ahead)
    return replace(
        visit,
        inside=visit.inside + people - gone,
        ahead=visit.ahead - gone,
        entered_at=_later(visit.entered_at, at),
    )


def begun_anew(visit: Visit) -> Visit:
    """Rule 7: whoever is inside is taken for gone."""
    return replace(visit, inside=0, left=0, ahead=0, entered_at=None, left_at=None)


def held(visit: Visit, now: Utc) -> int:
    """Places that are under grant at other gates."""
    return sum(told.granted for told in visit.others if now <= told.at + GRANT_S)


def admission(
    pass_: Pass, visit: Visit | None, now: Utc, rules: VisitRules
) -> PassAccepted | PassRefused:
    """Rules 3 to 8: whether the visit lets anybody of the party in now, and how many."""

    def refuse(code: RefusalCode) -> PassRefused:
        return PassRefused(code, pass_=pass_)

    reason = Reason.STAFF if pass_.staff else Reason.OK
    if visit is None:
        return PassAccepted(pass_, places=pass_.party, reason=reason)
    if visit.barred:
        return refuse(RefusalCode.TOO_WARM)
    if visit.rest_until is not None and now < visit.rest_until:
        return refuse(RefusalCode.WAIT_AND_RETURN)
    granted = visit.granted + held(visit, now)
    places = pass_.party - granted - _places_taken(visit, now, rules)
    if places > 0:
        rested = visit.rest_until is not None
        return PassAccepted(pass_, places=places, reason=reason, rested=rested)
    if visit.inside + granted < pass_.party:
        return refuse(RefusalCode.USED)
    if granted or visit.entered_at is None:
        return refuse(RefusalCode.PARTY_COMPLETE)
    if now < visit.entered_at + rules.unclosed_after_s:
        return refuse(RefusalCode.PARTY_COMPLETE)
    if rules.already_inside == "attendant":
        return refuse(RefusalCode.ALREADY_INSIDE)
    return PassAccepted(pass_, places=pass_.party, reason=Reason.UNCLOSED)


def check_out(pass_: Pass, visit: Visit | None) -> CheckOutShown:
    """Rule 9."""
    known = visit is not None and visit.inside > 0
    places = min(visit.inside, pass_.party) if visit and known else pass_.party
    return CheckOutShown(pass_, places=places)


def _complete(visit: Visit, now: Utc) -> bool:
    return visit.inside + visit.granted + held(visit, now) >= visit.party


def _later(one: Utc | None, other: Utc) -> Utc:
    return other if one is None else max(one, other)


def _places_taken(visit: Visit, now: Utc, rules: VisitRules) -> int:
    """Rule 4: places that may not be entered again: inside, and used up unless they may be used
    again.
    """
    match rules.reentry:
        case "free":
            return 0
        case "after_exit":
            in_time = visit.left_at is None or now <= visit.left_at + rules.reentry_within_s
            return visit.inside if in_time else visit.inside + visit.left
        case "never":
            return visit.inside + visit.left
