"""How far the events have come on their way to central. Pure; `now` is an argument.

The rows in the database are the queue; this is the place in it:

    mark      all events up to here have arrived: central acknowledged them, or, at a site where
              nobody acknowledges, the broker took them
    cursor    all events up to here were handed to the broker on this connection
    stored    the newest event on disk

1. A PUBACK is not delivery: it makes room in the window and, where central acknowledges, no more.
2. The cursor goes back to the mark at a new connection, when central says that it is back (what
   was sent before it subscribed is gone), and when the mark has not moved for 10, then 20, then
   30 seconds.
3. While central is known to be away, nothing is sent and no time is measured.
4. A packet that the broker refused keeps its place in the window, so that a broker that refuses
   everything is asked once per stall and not without end.
5. Packet ids mean something on their own connection only.
"""

from dataclasses import dataclass, replace

from gate.model import Monotonic

WINDOW = 20
"""Packets without a PUBACK; mosquitto takes no more than this at once."""

BATCH = 50
"""Events in one packet."""

AHEAD = 100 * BATCH
"""Events beyond the mark where central acknowledges: a broker drops what a slow central leaves
(mosquitto keeps 1000 packets for it). Fewer, and each waits for an answer from afar.
"""

STALL_STEP_S = 10.0
LAST_STALL_S = 30.0


@dataclass(frozen=True, slots=True)
class Packet:
    """One batch on its way, without a PUBACK."""

    mid: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Outbox:
    """Where we are; the functions below give the next one."""

    acknowledged_by_central: bool
    """False at a site without central: then a PUBACK moves the mark."""
    stored: int = 0
    mark: int = 0
    cursor: int = 0
    window: tuple[Packet, ...] = ()
    waiting_since: Monotonic | None = None
    """Since when the mark should move; None while nothing is on its way."""
    stall_s: float = STALL_STEP_S
    central_online: bool | None = None
    """None while nobody said."""

    @property
    def backlog(self) -> int:
        """Events that have not arrived."""
        return max(0, self.stored - self.mark)


def room(outbox: Outbox) -> int:
    """How many events the next packet may hold; 0 when none may be sent now."""
    if outbox.central_online is False or len(outbox.window) >= WINDOW:
        return 0
    ready = min(BATCH, outbox.stored - outbox.cursor)
    if outbox.acknowledged_by_central:
        ready = min(ready, outbox.mark + AHEAD - outbox.cursor)
    return max(0, ready)


def on_stored(outbox: Outbox, seq: int) -> Outbox:
    """Events up to `seq` are on disk."""
    return replace(outbox, stored=max(outbox.stored, seq))


def on_loaded(outbox: Outbox, *, stored: int, mark: int) -> Outbox:
    """What the database says; it may know more than we do, never less."""
    mark = max(outbox.mark, mark)
    return replace(
        outbox,
        stored=max(outbox.stored, stored),
        mark=mark,
        cursor=max(outbox.cursor, mark),
    )


def on_connected(outbox: Outbox) -> Outbox:
    """A new connection: what was on its way on the old one is sent again."""
    return _from_the_mark(replace(outbox, stall_s=STALL_STEP_S, central_online=None))


def on_sent(outbox: Outbox, packet: Packet, now: Monotonic) -> Outbox:
    """A packet was handed to the broker."""
    return replace(
        outbox,
        cursor=packet.last,
        window=(*outbox.window, packet),
        waiting_since=now if outbox.waiting_since is None else outbox.waiting_since,
    )


def on_puback(outbox: Outbox, mid: int, now: Monotonic) -> Outbox:
    """The broker took a packet. (A refused packet is not reported here: rule 4.)"""
    window = tuple(packet for packet in outbox.window if packet.mid != mid)
    if len(window) == len(outbox.window):
        return outbox
    taken = replace(outbox, window=window)
    if outbox.acknowledged_by_central:
        return taken
    return _moved(taken, window[0].first - 1 if window else outbox.cursor, now)


def on_acknowledged(outbox: Outbox, seq: int, now: Monotonic) -> Outbox:
    """Central has all events up to `seq`; a number that was never given means nothing."""
    if seq > outbox.stored:
        return outbox
    return _moved(outbox, seq, now)


def on_central(outbox: Outbox, *, online: bool, retained: bool) -> Outbox:
    """Central said whether it is there; `retained` when the broker says what it had kept."""
    came_back = online and (outbox.central_online is False or not retained)
    known = replace(outbox, central_online=online)
    return _from_the_mark(known) if came_back else known


def deadline(outbox: Outbox) -> Monotonic | None:
    """When `rewound` is due, if ever."""
    if outbox.waiting_since is None or outbox.central_online is False:
        return None
    return Monotonic(outbox.waiting_since + outbox.stall_s)


def rewound(outbox: Outbox, *, oldest: int) -> Outbox:
    """The mark did not move: send again from there, and wait longer the next time.

    `oldest` is the oldest event that still exists; what was purged by age will never arrive.
    """
    longer = min(outbox.stall_s + STALL_STEP_S, LAST_STALL_S)
    mark = max(outbox.mark, min(oldest - 1, outbox.stored))
    return _from_the_mark(replace(outbox, mark=mark, stall_s=longer))


def _from_the_mark(outbox: Outbox) -> Outbox:
    return replace(outbox, cursor=outbox.mark, window=(), waiting_since=None)


def _moved(outbox: Outbox, mark: int, now: Monotonic) -> Outbox:
    if mark <= outbox.mark:
        return outbox
    cursor = max(outbox.cursor, mark)
    return replace(
        outbox,
        mark=mark,
        cursor=cursor,
        window=tuple(packet for packet in outbox.window if packet.last > mark),
        waiting_since=now if cursor > mark else None,
        stall_s=STALL_STEP_S,
    )


CTR_APART_S = 1.0
CTR_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Beat:
    """When the totals are published: after a change, at most once a second; else every minute."""

    changed: bool = False
    sent_at: Monotonic | None = None


def beat_at(beat: Beat) -> Monotonic | None:
    """When the totals are due; None means at once."""
    if beat.sent_at is None:
        return None
    return Monotonic(beat.sent_at + (CTR_APART_S if beat.changed else CTR_EVERY_S))


def beat_due(beat: Beat, now: Monotonic) -> bool:
    """Whether the totals are to be published now."""
    at = beat_at(beat)
    return at is None or now >= at
