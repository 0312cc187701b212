"""What other gates of the venue tell of visits, and what follows for them here. Pure.

It comes in two ways, and both may come twice, late, or in either order: events as they happen, and
pages of central's that say for each gate what its events up to a number have come to. So with each
visit stands up to which number a gate has told of it (`gate.visits.Told`):

1. An event with that number or a lower one is in it already.
2. A page that goes less far says nothing new. One that goes as far or further counts as it stands:
   what is more in it than was known has happened; people who were heard of are never unheard.
3. Numbers count within an epoch. Of two epochs the one with the later event is the newer.

The same `visits_after` serves the deciding thread and the writer, so that the two cannot disagree.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from gate.model import Direction, Reason, Utc, VisitId
from gate.rows import Kind
from gate.visits import (
    Told,
    Visit,
    VisitRules,
    begun_anew,
    come_in_elsewhere,
    gone_out,
    refused,
)

LONGEST_VISIT_S = 86_400.0
"""A pass is valid for no longer (docs/pass.md); a visit whose pass was never shown here is kept
for so long after the last that was heard of it."""

MOST_HEARD = 100_000
"""Visits that only others have told of; beyond, those that end first are forgotten."""

NEVER = Utc(0)


@dataclass(frozen=True, slots=True)
class Happened:
    """One event at another gate that means something for visits."""

    seq: int
    at: Utc
    """Not after it was heard, whatever clock the other gate goes by."""
    kind: Kind
    visit: VisitId | None
    """None: a power cut, which ended all grants there."""
    party: int = 0
    direction: Direction | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EventsHeard:
    """Another gate has told what happened there, in this order."""

    gate: str
    epoch: str
    events: tuple[Happened, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """What several gates together have told of one visit, as central has it."""

    visit: VisitId
    party: int
    by: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class PageHeard:
    """Central has told of visits; `mark` is where to ask on from."""

    accounts: tuple[Account, ...]
    mark: int


@dataclass(frozen=True, slots=True)
class CutOff:
    """Whether this gate cannot know what happens at the others."""

    cut_off: bool


Heard = EventsHeard | PageHeard

Find = Callable[[VisitId], Visit | None]
"""What is known of a visit here."""

Holding = Callable[[str], Iterable[tuple[VisitId, Visit]]]
"""The visits with an open grant at this gate, as far as is known here."""


def visits_after(
    heard: Heard, find: Find, holding: Holding, rules: VisitRules
) -> Iterator[tuple[VisitId, Visit | None, Visit]]:
    """Each visit that changes, as it was and as it is from now on.

    Keep it before taking the next: that may be the same.
    """
    match heard:
        case EventsHeard(gate, epoch, events):
            for event in events:
                if event.visit is None:
                    for id_, visit in holding(gate):
                        yield id_, visit, _grants_ended(visit, gate, epoch, event)
                    continue
                before = find(event.visit)
                after = visit_told(before, gate, epoch, event, rules)
                if after is not None and after != before:
                    yield event.visit, before, after
        case PageHeard(accounts):
            for account in accounts:
                before = find(account.visit)
                after = visit_summed(before, account)
                if after is not None and after != before:
                    yield account.visit, before, after


def visit_told(
    visit: Visit | None, gate: str, epoch: str, event: Happened, rules: VisitRules
) -> Visit | None:
    """The visit once `event` has happened at another gate (rules 1 and 3)."""
    known = visit or Visit(party=event.party, expires=event.at, shown=False)
    told = _told_by(known, gate)
    same_epoch = told.epoch == epoch
    if event.seq <= told.seq if same_epoch else event.at <= told.at:
        return visit
    granted, entered, left = told.granted if same_epoch else 0, told.entered, told.left
    match event.kind:
        case Kind.GRANTED:
            granted += 1
            if event.reason == Reason.UNCLOSED and known.inside >= known.party:
                known = begun_anew(known)  # the others of the party have that reason as well
        case Kind.PASSAGE if event.direction is Direction.IN:
            granted, entered = granted - 1, entered + 1
            known = come_in_elsewhere(known, 1, event.at)
        case Kind.PASSAGE:
            left += 1
            known = gone_out(known, 1, event.at)
        case Kind.LAPSED | Kind.WITHDRAWN:
            granted -= 1
        case Kind.REFUSED:
            known = refused(known, event.reason, event.at, rules) or known
        case _:
            return visit
    told = Told(gate, epoch, event.seq, event.at, max(0, granted), entered, left)
    return _noted(known, told)


def visit_summed(visit: Visit | None, account: Account) -> Visit | None:
    """The visit once central has told what it came to at the other gates (rules 2 and 3)."""
    after = visit
    for said in account.by:
        known = after or Visit(party=account.party, expires=said.at, shown=False)
        told = _told_by(known, said.gate)
        if said.seq < told.seq if told.epoch == said.epoch else said.at < told.at:
            continue
        if said.entered > told.entered:
            known = come_in_elsewhere(known, said.entered - told.entered, said.at)
        if said.left > told.left:
            known = gone_out(known, said.left - told.left, said.at)
        after = _noted(
            known,
            replace(said, entered=max(told.entered, said.entered), left=max(told.left, said.left)),
        )
    return after


def _told_by(visit: Visit, gate: str) -> Told:
    for told in visit.others:
        if told.gate == gate:
            return told
    return Told(gate, "", 0, NEVER)


def _noted(visit: Visit, told: Told) -> Visit:
    others = (*(other for other in visit.others if other.gate != told.gate), told)
    expires = visit.expires
    if not visit.shown:
        expires = Utc(max(expires, told.at + LONGEST_VISIT_S))
    return replace(visit, others=others, expires=expires)


def _grants_ended(visit: Visit, gate: str, epoch: str, cut: Happened) -> Visit:
    """Those from before the power cut; a later one may have been heard of already."""
    told = _told_by(visit, gate)
    if told.epoch != epoch or told.seq >= cut.seq:
        return visit
    return _noted(visit, replace(told, granted=0))
