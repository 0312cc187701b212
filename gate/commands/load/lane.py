"""What one gate has counted and what it may do, in memory; the rules are the product's own."""

from collections import deque
from secrets import token_hex

from gate.allowance import Allowance, Quota, adopted, allowance_after, room
from gate.chain import link, origin
from gate.events import Record
from gate.model import Monotonic, Utc
from gate.occupancy import Totals, totals_after
from gate.payloads import EvtItem
from gate.reader import Standing
from gate.rows import row_of

LINKS_KEPT = 100


class Lane:
    """A gate's database as far as central can tell (`gate.reader.Records`)."""

    def __init__(self) -> None:
        self.epoch = token_hex(4)
        self.totals = Totals()
        self.seq = 0
        self.acknowledged = 0
        self._allowance = Allowance()
        self._events: deque[tuple[EvtItem, Monotonic]] = deque()
        """Those that central has not acknowledged; with the moment in which each happened."""
        self._links: deque[bytes] = deque([origin(self.epoch)])
        """Of the newest events, as far back as an echo of `ctr` may come."""

    def record(self, record: Record, now: Monotonic, utc: Utc) -> None:
        """Something happened."""
        self.totals = totals_after(self.totals, record)
        self._allowance = allowance_after(self._allowance, record, self.totals)
        self.seq += 1
        row = row_of(record)
        ms = round(utc * 1000)
        event = EvtItem.model_construct(
            seq=self.seq,
            at=Utc(ms / 1000),
            kind=row.kind.value,
            direction=row.direction,
            visit=row.visit,
            n=row.n,
            reason=row.reason,
            detail=row.detail,
        )
        self._events.append((event, now))
        fields = (self.seq, ms, row.kind.value, row.direction, row.visit, row.n, row.reason)
        self._links.append(link(self._links[-1], (*fields, row.detail)))
        if len(self._links) > LINKS_KEPT:
            self._links.popleft()

    def take(self, quota: Quota) -> bool:
        """Adopt a quota of central's; whether it is a new one."""
        after = adopted(self._allowance, quota)
        self._allowance = after or self._allowance
        return after is not None

    def right(self, utc: Utc) -> int | None:
        """How many visitors may come in; None before the first quota."""
        left = room(self._allowance, self.totals, utc, timed=True)
        return None if left.places is None else left.places - self.totals.open - left.reserve

    def forget(self, seq: int) -> list[Monotonic]:
        """Central has everything up to here on disk; when each of it happened."""
        self.acknowledged = max(self.acknowledged, seq)
        moments = []
        while self._events and self._events[0][0].seq <= seq:
            moments.append(self._events.popleft()[1])
        return moments

    # --- gate.reader.Records ------------------------------------------------------------------

    def standing(self) -> Standing:
        """One consistent look: the totals belong to the event number."""
        quota = self._allowance.quota
        return Standing(
            epoch=self.epoch,
            totals=self.totals,
            seq=self.seq,
            head=self._links[-1],
            oldest=self._events[0][0].seq if self._events else self.seq + 1,
            acknowledged=self.acknowledged,
            sent=self.acknowledged,
            quota=None if quota is None else quota.version,
        )

    def link_of(self, seq: int) -> bytes | None:
        """The link of this event; None where it has gone."""
        back = self.seq - seq
        return self._links[-1 - back] if 0 <= back < len(self._links) else None

    def events_after(self, seq: int, limit: int) -> tuple[EvtItem, ...]:
        """The next events in their order, `limit` at most."""
        if not self._events or seq >= self.seq:
            return ()
        first = max(0, seq + 1 - self._events[0][0].seq)
        last = min(first + limit, len(self._events))
        return tuple(self._events[number][0] for number in range(first, last))
