"""Who may say and hear what at the broker, as an ACL file of mosquitto. Pure.

A client is known by the common name of its certificate; a gate's is its id. mosquitto grants every
SUBSCRIBE and looks at this file when it delivers, so that a filter that is too wide hears only what
the client may read (mosquitto.conf(5), acl_file). What stands nowhere is denied.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gate.topics import Topics, topics


@dataclass(frozen=True, slots=True)
class Place:
    """Where a gate stands."""

    district: str
    venue: str
    gate: str


def acl(
    places: Sequence[Place],
    *,
    root: str,
    central: str,
    watchers: Sequence[str] = (),
    operators: Sequence[str] = (),
) -> str:
    """The file for these gates, for the server `central`, for those who only look, and for those
    who send commands (which the gates believe by their signature alone).

    Raises ValueError where two gates have one id: a broker cannot tell them apart.
    """
    names = [*(place.gate for place in places), central, *watchers, *operators]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"a name stands for one client only: {', '.join(twice)}")
    blocks = [_block(place.gate, _of_a_gate(place, root)) for place in places]
    blocks.append(_block(central, _of_central(root)))
    blocks += [_block(watcher, [f"topic read {root}/v1/#"]) for watcher in watchers]
    blocks += [_block(operator, _of_an_operator(root)) for operator in operators]
    return "\n".join(blocks)


def _block(user: str, lines: Iterator[str] | Sequence[str]) -> str:
    return "\n".join([f"user {user}", *lines, ""])


def _of_a_gate(place: Place, root: str) -> Iterator[str]:
    """Its own words; what is said to it; and what the other gates of its venue count."""
    own = _topics(place, root)
    others = _topics(Place(place.district, place.venue, "+"), root)
    for topic in (own.meta, own.status, own.ctr, own.evt, own.ask, own.res, own.discovery):
        yield f"topic write {topic}"
    for topic in (own.ack, own.quota, own.ans, own.cmd):
        yield f"topic read {topic}"
    for topic in (own.venue.cfg, own.venue.keys, own.venue.occ, others.evt, others.ctr):
        yield f"topic read {topic}"
    yield f"topic read {own.central}"


def _of_central(root: str) -> Iterator[str]:
    """All that gates say; and every word to them."""
    every = _topics(Place("+", "+", "+"), root)
    for topic in (every.meta, every.status, every.ctr, every.evt, every.ask, every.res):
        yield f"topic read {topic}"
    for topic in (every.ack, every.quota, every.ans, every.cmd):
        yield f"topic readwrite {topic}"
    for topic in (every.venue.cfg, every.venue.keys, every.venue.occ, every.central):
        yield f"topic readwrite {topic}"


def _of_an_operator(root: str) -> Iterator[str]:
    """Commands and their answers."""
    every = _topics(Place("+", "+", "+"), root)
    yield f"topic write {every.cmd}"
    yield f"topic read {every.res}"


def _topics(place: Place, root: str) -> Topics:
    return topics(root=root, district=place.district, venue=place.venue, gate=place.gate)
