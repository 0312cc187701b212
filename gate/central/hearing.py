"""From what the broker delivers to what a venue hears. Nothing in it is believed before it is read.

Who may speak on which topic is the broker's business (docs of `gate broker acl`); that a payload
names the gate of its topic is looked at here.
"""

from dataclasses import dataclass

from gate.central.link import Delivered
from gate.central.venue import Venue
from gate.model import Utc
from gate.payloads import Ack, Ask, Ctr, Evt, Malformed, Meta, Payload, Res, Status, decode

WORDS: dict[str, type[Payload]] = {
    "ctr": Ctr,
    "evt": Evt,
    "status": Status,
    "meta": Meta,
    "ask": Ask,
    "res": Res,
    "ack": Ack,
}
"""What is listened to, of every gate. `ack` is our own, kept by the broker."""


LARGEST = 10**12
"""People, events or versions of a gate; what is beyond it no gate has counted. Sums over hundreds
of gates and their lives stay within what SQLite and JSON can say."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A message that says nothing here, and why."""

    topic: str
    why: str


def subscriptions(root: str) -> tuple[str, ...]:
    """All gates of all venues."""
    return tuple(f"{root}/v1/+/+/g/+/{word}" for word in WORDS)


def hear(
    venues: dict[tuple[str, str], Venue], message: Delivered, now: Utc
) -> Venue | Res | Ignored | None:
    """Take a message in; the venue that it is of. An answer to a command is handed back.

    `venues` by district and id. None: our own word, said just now.
    """
    _, _, district, name, _, gate, word = message.topic.split("/")
    venue = venues.get((district, name))
    if word == "ack" and not message.retained:
        return None
    if venue is None or gate not in venue.lanes:
        if venue is not None:
            venue.hear_stranger(gate, now)
        return Ignored(message.topic, "no venue here lists this gate")
    said = decode(WORDS[word], message.payload)
    if isinstance(said, Malformed):
        return Ignored(message.topic, said.reason)
    if getattr(said, "gate", gate) != gate:
        return Ignored(message.topic, "it names another gate than its topic")
    if max(_numbers(said), default=0) > LARGEST:
        return Ignored(message.topic, "a number in it is one that no gate can have come to")
    if isinstance(said, Ctr | Evt | Ack) and not venue.people.has_room_for(gate, said.epoch):
        return Ignored(message.topic, "the gate has begun anew too often")
    match said:
        case Ctr():
            heard_at = Utc(min(now, said.ts)) if message.retained else now
            venue.hear_ctr(said, now, heard_at=heard_at)
            venue.heard_from(gate, heard_at)
        case Evt():
            venue.hear_evt(said, now)
            venue.heard_from(gate, now)
        case Status():
            venue.hear_status(gate, said, now)
            if said.state == "online" and not message.retained:
                venue.heard_from(gate, now)
        case Meta():
            venue.hear_meta(gate, said)
        case Ask():
            venue.hear_ask(said)
        case Ack():
            venue.hear_ack(gate, said, now)
        case Res():
            return said
        case _:
            raise AssertionError(word)
    return venue


def _numbers(said: Payload) -> tuple[int, ...]:
    match said:
        case Ctr():
            return said.entered, said.left, said.pending, said.seq, said.qv or 0
        case Evt():
            return tuple(event.seq for event in said.events)
        case Ack():
            return (said.seq,)
        case _:
            return ()
