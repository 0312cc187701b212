"""What somebody who only listens knows of the gates: a fold of messages into a state. Pure.

1. Totals are merged as central does: by (gate, epoch), component by component, the larger one. A
   venue's sums are over all epochs heard; what was before the watcher came is in them only as far
   as the broker kept it. Central's number is the authority.
2. An event is told once, however often it comes: only numbers above the highest one told are news.
3. What was heard before the link was lost is stale until the same gate is heard again.
4. A word that is not what its topic promises, or speaks of another gate, changes nothing: it is
   counted and told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gate.acl import Place
from gate.link import Arrived
from gate.model import Utc
from gate.payloads import CentralState, Ctr, Evt, EvtItem, Malformed, Occ, Status, decode

NEWS = 12
"""How many of the last ones are kept."""

Venue = tuple[str, str]
"""District and venue."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened, in words."""

    at: Utc
    where: str
    what: str
    event: EvtItem | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one gate."""

    status: Status | None = None
    since: Utc | None = None
    """When it became what `status` says; None where nobody said."""
    ctr: Ctr | None = None
    """The newest one."""
    totals: Mapping[str, Ctr] = field(default_factory=dict)
    """By epoch, merged."""
    told: Mapping[str, int] = field(default_factory=dict)
    """By epoch, the highest event number that was told."""
    connection: int = 0
    """On which connection it was heard last."""


@dataclass(frozen=True, slots=True)
class Sums:
    """A venue, or one gate, over all epochs."""

    entered: int = 0
    left: int = 0
    pending: int = 0

    @property
    def lower(self) -> int:
        """Inside, if nobody of the pending went in."""
        return self.entered - self.left

    @property
    def upper(self) -> int:
        """Inside, if all of them did."""
        return self.lower + self.pending


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known."""

    root: str
    gates: Mapping[Place, Seen] = field(default_factory=dict)
    occ: Mapping[Venue, Occ] = field(default_factory=dict)
    central: bool | None = None
    online: bool = False
    why: str = "not connected yet"
    connection: int = 0
    malformed: int = 0
    news: tuple[News, ...] = ()

    def stale(self, place: Place) -> bool:
        """Whether what is known of this gate may be old."""
        return not self.online or self.gates[place].connection != self.connection


Step = tuple[Known, tuple[News, ...]]
"""What is known now, and what is new of it."""


def sums(*gates: Seen) -> Sums:
    """What these gates counted together."""
    parts = [ctr for gate in gates for ctr in gate.totals.values()]
    return Sums(
        sum(ctr.entered for ctr in parts),
        sum(ctr.left for ctr in parts),
        sum(ctr.pending for ctr in parts),
    )


def connected(known: Known, at: Utc) -> Step:
    """The broker is there."""
    known = replace(known, online=True, why="", connection=known.connection + 1)
    return _told(known, News(at, "broker", "connected"))


def disconnected(known: Known, why: str, at: Utc) -> Step:
    """The broker is away; said once, however often it is tried."""
    first = known.online or known.why != why
    known = replace(known, online=False, why=why)
    return _told(known, *([News(at, "broker", f"away: {printable(why)}")] if first else []))


def heard(known: Known, message: Arrived, at: Utc) -> Step:
    """A message came. Never raises for what is in it."""
    root, *levels = message.topic.split("/")
    match levels if root == known.root else []:
        case ["v1", "central", "state"]:
            return _central(known, message, at)
        case ["v1", district, venue, "occ"]:
            occ = decode(Occ, message.payload)
            if isinstance(occ, Malformed):
                return _malformed(known, message, occ.reason, at)
            return replace(known, occ={**known.occ, (district, venue): occ}), ()
        case ["v1", district, venue, "g", gate, ("status" | "ctr" | "evt") as word]:
            return _of_a_gate(known, Place(district, venue, gate), word, message, at)
        case _:
            return known, ()


def _central(known: Known, message: Arrived, at: Utc) -> Step:
    state = decode(CentralState, message.payload)
    if isinstance(state, Malformed):
        return _malformed(known, message, state.reason, at)
    online = state.state == "online"
    changed = online is not known.central
    return _told(
        replace(known, central=online), *([News(at, "central", state.state)] if changed else [])
    )


def _of_a_gate(known: Known, place: Place, word: str, message: Arrived, at: Utc) -> Step:
    models: dict[str, type[Status | Ctr | Evt]] = {"status": Status, "ctr": Ctr, "evt": Evt}
    said = decode(models[word], message.payload)
    if isinstance(said, Malformed):
        return _malformed(known, message, said.reason, at)
    if said.gate != place.gate:
        return _malformed(known, message, f"speaks of gate {said.gate}", at)
    before = known.gates.get(place, Seen())
    news: tuple[News, ...] = ()
    if isinstance(said, Status):
        now, news = _status(before, said, place, message, at)
    elif isinstance(said, Ctr):
        now = _counted(before, said)
    else:
        now, news = _events(before, said, place)
    now = replace(now, connection=known.connection)
    return _told(replace(known, gates={**known.gates, place: now}), *news)


def _status(
    before: Seen, status: Status, place: Place, message: Arrived, at: Utc
) -> tuple[Seen, tuple[News, ...]]:
    was = before.status
    if was is not None and was.state == status.state:
        return replace(before, status=status), ()
    # Of a word that the broker had kept, only the gate's own time says how old it is.
    since = status.ts if message.retained or status.ts is not None else at
    news = News(at if since is None else since, place.gate, status.state)
    return replace(before, status=status, since=since), (news,)


def _counted(before: Seen, ctr: Ctr) -> Seen:
    known = before.totals.get(ctr.epoch)
    merged = ctr
    if known is not None:
        newest = ctr if ctr.seq >= known.seq else known  # `pending` may go down
        merged = newest.model_copy(
            update={
                "entered": max(known.entered, ctr.entered),
                "left": max(known.left, ctr.left),
            }
        )
    old = before.ctr is not None and before.ctr.epoch == ctr.epoch and before.ctr.seq > ctr.seq
    return replace(
        before,
        ctr=before.ctr if old else ctr,
        totals={**before.totals, ctr.epoch: merged},
    )


def _events(before: Seen, evt: Evt, place: Place) -> tuple[Seen, tuple[News, ...]]:
    highest = before.told.get(evt.epoch, -1)
    new = [event for event in evt.events if event.seq > highest]
    if not new:
        return before, ()
    told = {**before.told, evt.epoch: max(event.seq for event in new)}
    news = tuple(News(event.at, place.gate, in_words(event), event) for event in new)
    return replace(before, told=told), news


def _malformed(known: Known, message: Arrived, reason: str, at: Utc) -> Step:
    what = f"malformed: {printable(reason)}"
    known = replace(known, malformed=known.malformed + 1)
    return _told(known, News(at, printable(message.topic), what))


def _told(known: Known, *news: News) -> Step:
    return replace(known, news=(*known.news, *news)[-NEWS:]), news


def in_words(event: EvtItem) -> str:
    """`one in (ok, party of 4)`; the visit is left out: it says nothing to people."""
    direction = event.direction.value if event.direction else ""
    says: dict[str, str] = {
        "granted": "may enter",
        "passage": f"one {direction}",
        "lapsed": "did not enter in time",
        "withdrawn": "may no longer enter",
        "refused": "refused",
        "alarm": "ALARM",
        "release": "emergency release",
        "recovered": "recovered",
        "mode": "mode",
        "recount": "recounted",
    }
    more: list[Any] = [event.reason, event.detail]
    if event.n is not None:
        more.append(f"{event.n} unknown" if event.kind == "recovered" else f"party of {event.n}")
    beside = ", ".join(str(word) for word in more if word)
    words = says.get(event.kind, event.kind)
    return printable(f"{words} ({beside})" if beside else words)


def printable(text: str) -> str:
    """What comes from outside must not move anybody's cursor."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:200]
