"""What is known of one life of a gate's database. Pure.

It is told twice: by `ctr`, which has the totals of a moment, and by events, which come in order and
without gaps up to `reached`. Both only go up, both may be ahead of the other, and where both are
at the same number they agree.
"""

from dataclasses import dataclass, replace

from gate.model import Direction, Utc
from gate.payloads import Ctr, EvtItem

NEVER = Utc(0)


@dataclass(frozen=True, slots=True)
class Epoch:
    """One gate in one epoch."""

    gate: str
    epoch: str
    number: int = 0
    """Rises in the order in which central heard of them."""
    told_in: int = 0
    """Totals by `ctr`."""
    told_out: int = 0
    seen_in: int = 0
    """The same by the events up to `reached`."""
    seen_out: int = 0
    pending: int = 0
    """Grants open or of unknown end, by the newest `ctr`."""
    seq: int = 0
    """The newest event, by `ctr`."""
    reached: int = 0
    """Up to here no event is missing."""
    reached_at: Utc = NEVER
    """When that event happened, by the gate's clock."""
    qv: int = 0
    """The newest quota that the gate has adopted."""
    uncertain: bool = False
    told_at: Utc = NEVER
    """When the newest `ctr` was made, by the gate's clock."""
    clock: str = ""
    heard_at: Utc = NEVER
    """When the newest `ctr` came, by central's clock; of one that the broker had kept, not after
    the moment that it names."""

    @property
    def entered(self) -> int:
        """People who came in."""
        return max(self.told_in, self.seen_in)

    @property
    def left(self) -> int:
        """People who went out."""
        return max(self.told_out, self.seen_out)

    @property
    def net(self) -> int:
        """People who came in and did not leave here; of a way out, a number below 0."""
        return self.entered - self.left

    @property
    def missing(self) -> int:
        """Events that exist and are not here."""
        return max(0, self.seq - self.reached)

    @property
    def complete_until(self) -> Utc:
        """Up to this moment of the gate's clock nothing of it is missing."""
        return self.reached_at if self.missing else Utc(max(self.told_at, self.reached_at))


def told(known: Epoch, ctr: Ctr) -> Epoch:
    """Once a `ctr` has come, maybe an old one: totals by the maximum, the rest by the newest."""
    after = replace(
        known,
        told_in=max(known.told_in, ctr.entered),
        told_out=max(known.told_out, ctr.left),
        seq=max(known.seq, ctr.seq),
        qv=max(known.qv, ctr.qv or 0),
    )
    if (ctr.seq, ctr.ts) > (known.seq, known.told_at):
        after = replace(
            after, pending=ctr.pending, uncertain=ctr.uncertain, told_at=ctr.ts, clock=ctr.clk
        )
    return _agreeing(after)


def seen(known: Epoch, event: EvtItem) -> Epoch:
    """Once the event with the number after `reached` is here."""
    is_passage = event.kind == "passage"
    return _agreeing(
        replace(
            known,
            reached=event.seq,
            reached_at=Utc(max(known.reached_at, event.at)),
            seen_in=known.seen_in + (is_passage and event.direction is Direction.IN),
            seen_out=known.seen_out + (is_passage and event.direction is Direction.OUT),
        )
    )


def begun_at(known: Epoch, seq: int) -> Epoch:
    """Where events up to `seq` will never come: `ctr` alone tells of their passages."""
    return _agreeing(replace(known, reached=max(known.reached, seq)))


def _agreeing(epoch: Epoch) -> Epoch:
    """At one number both tell the same; events that never came are only in what `ctr` told."""
    if epoch.reached != epoch.seq:
        return epoch
    return replace(
        epoch,
        seen_in=max(epoch.seen_in, epoch.told_in),
        seen_out=max(epoch.seen_out, epoch.told_out),
    )
