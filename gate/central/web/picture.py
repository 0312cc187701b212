"""What is told to a page: what it does not know yet, as small messages. Pure.

Each page has been told one view, and is told what has changed in the newest. So a page on a slow
line leaves out what was in between, and nothing is kept for it.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from gate.central.view import VenueView, View
from gate.model import Utc

Message = tuple[str, dict[str, Any]]
"""Its name, and what is in it."""


def changes(before: View | None, after: View, now: Utc, *, chosen: str = "") -> Iterator[Message]:
    """What to tell a page that knows `before` (None: nothing yet), so that it knows `after`.

    It shows one venue whole, the `chosen` one where there is that, and the others at a glance.
    `state` comes last: with it the page has the whole picture of one moment. `now` is for ages: the
    page's own clock may be wrong.
    """
    known = {} if before is None else {venue.id: venue for venue in before.venues}
    shown = _shown(after, chosen)
    if before is not None and _shown(before, chosen) != shown:
        known.pop(shown, None)  # so far the page knows it at a glance only
    for venue in after.venues:
        old = known.get(venue.id)
        if old == venue:
            continue
        if old is None or _glance(old) != _glance(venue):
            yield "glance", _glance(venue)
        if venue.id == shown:
            if old is None or old.curve != venue.curve:
                yield "curve", _curve_of(old, venue)
            yield "venue", _venue(venue)
    state = {
        "now": now,
        "at": after.at,
        "online": after.online,
        "trouble": after.trouble,
        "venues": [venue.id for venue in after.venues],
        "shown": shown,
    }
    yield "state", state


def beat(now: Utc) -> Message:
    """A sign of life, where nothing has changed."""
    return "beat", {"now": now}


def written(message: Message) -> bytes:
    """As server-sent events have it (HTML standard, section 9.2); JSON has no line break in it."""
    name, data = message
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode("utf-8", "replace")


def _shown(view: View, chosen: str) -> str:
    """The id of the venue that is shown whole; empty where there is none at all."""
    ids = [venue.id for venue in view.venues]
    return chosen if chosen in ids else next(iter(ids), "")


def _glance(venue: VenueView) -> dict[str, Any]:
    return {
        "id": venue.id,
        "name": venue.name,
        "condition": venue.condition,
        "inside": venue.inside,
        "limit": venue.limit,
    }


def _curve_of(old: VenueView | None, venue: VenueView) -> dict[str, Any]:
    """The points from `start` on, before which the page has them all: mostly the last one."""
    had = old.curve if old else ()
    start = len(had) if venue.curve[: len(had)] == had else max(0, len(had) - 1)
    if venue.curve[:start] != had[:start]:
        start = 0
    return {"start": start, "points": venue.curve[start:]}


def _venue(venue: VenueView) -> dict[str, Any]:
    """All that the view has under the names that it has there, but for the curve."""
    told = asdict(replace(venue, curve=()))
    del told["curve"]
    if venue.muster:
        told["muster"]["estimate"] = venue.muster.estimate
    return told
