"""One turn of central: a batch of deliveries and wishes in one transaction, and what follows."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from gate.central.deciding import correct, recount, set_limit
from gate.central.distribution import distribute
from gate.central.hearing import Ignored, hear
from gate.central.link import Delivered, Word
from gate.central.routine import judge_doubles, new_day, note_curve, purge
from gate.central.site import Site
from gate.central.venue import Venue
from gate.central.wishes import Correct, Outcome, Recount, SendOrder, SetLimit, Wish
from gate.model import Utc
from gate.payloads import Res

log = logging.getLogger(__name__)

KEEP_S = 30 * 86_400.0
"""How long events stay on disk."""


@dataclass(slots=True)
class Turned:
    """What there is to do after the commit, in this order."""

    receipts: list[int] = field(default_factory=list)
    """What the broker may forget."""
    words: list[Word] = field(default_factory=list)
    outcomes: list[Outcome | None] = field(default_factory=list)
    """Of each wish; None: a command that is to be sent, and answered by its gate."""
    answers: list[Res] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    touched: list[Venue] = field(default_factory=list)


def turn(
    site: Site,
    deliveries: Sequence[Delivered],
    wishes: Sequence[Wish],
    now: Utc,
    *,
    due: bool,
    keep_s: float = KEEP_S,
) -> Turned:
    """All of it on disk, or nothing: then sqlite3.Error is raised, and the site is to be loaded.

    `due`: a second has passed, and it is time to look at venues of which nobody has said anything.
    """
    done = Turned()
    looked_at = {id(venue): venue for venue in site.due()} if due else {}
    touched: dict[int, Venue] = dict(looked_at)
    said: list[Venue] = []
    with site.store.transaction():
        for venue in looked_at.values():
            new_day(venue, now)
        for delivery in deliveries:
            done.receipts.append(delivery.receipt)
            match hear(site.venues, delivery, now):
                case Venue() as venue:
                    touched[id(venue)] = venue
                    said.append(venue)
                case Res() as res:
                    done.answers.append(res)
                case Ignored() as ignored:
                    done.ignored.append(ignored)
                case None:
                    pass
        for wish in wishes:
            venue_of_wish = site.by_id.get(wish.venue)
            done.outcomes.append(_decide(venue_of_wish, wish, now))
            if venue_of_wish is not None:
                touched[id(venue_of_wish)] = venue_of_wish
                said.append(venue_of_wish)
        for key, venue in touched.items():
            _follow_up(venue, now, due=key in looked_at, keep_s=keep_s)
    site.touched(said)
    done.touched = list(touched.values())
    for venue in done.touched:
        done.words += _newest(venue.words)
        venue.words.clear()
    return done


def _follow_up(venue: Venue, now: Utc, *, due: bool, keep_s: float) -> None:
    if due:
        judge_doubles(venue, now)
        note_curve(venue, now)
        purge(venue, now, keep_s)
    distribute(venue, now)
    venue.people.flush()


def _decide(venue: Venue | None, wish: Wish, now: Utc) -> Outcome | None:
    if venue is None:
        return Outcome(ok=False, code="unknown_venue", detail=wish.venue)
    match wish:
        case SetLimit():
            return set_limit(venue, wish, now)
        case Recount():
            return recount(venue, wish, now)
        case Correct():
            return correct(venue, wish, now)
        case SendOrder():
            if wish.gate not in venue.lanes:
                return Outcome(ok=False, code="unknown_gate", detail=wish.gate)
            venue.journal.alarm(
                "command", now, gate=wish.gate, detail=f"{wish.words}, wished by {wish.by}"
            )
            venue.words.append(Word(venue.topics[wish.gate].cmd, wish.payload, retain=False))
            return None
        case _:
            assert_never(wish)


def _newest(words: Sequence[Word]) -> list[Word]:
    """Of what is retained, only the last word on each topic."""
    last = {word.topic: number for number, word in enumerate(words) if word.retain}
    return [
        word for number, word in enumerate(words) if not word.retain or last[word.topic] == number
    ]
