"""A gate as far as capacity goes: the right, grants, totals and words are the product's own."""

from collections.abc import Callable
from dataclasses import replace

from gate.allowance import Allowance, adopted, allowance_after, room
from gate.events import Count, EndGrant, Record, RecordGrant, RecordRefusal
from gate.model import Direction, End, GrantId, Pass, Reason, RefusalCode, Utc, VisitId
from gate.occupancy import Totals, totals_after
from gate.payloads import (
    Ack,
    Ctr,
    Evt,
    EvtItem,
    Lane,
    Malformed,
    Meta,
    Payload,
    Quota,
    Status,
    decode,
)
from gate.quota import read_quota
from gate.rows import row_of

EPOCH = "0000abcd"
BATCH = 50


class SimulatedGate:
    """One lane; `say` puts a payload on the network, while the link is up."""

    def __init__(self, name: str, scan: str, say: Callable[[str, Payload], None]) -> None:
        self.name = name
        self.scan = scan
        self._say = say
        self.up = True
        self.running = True
        self.totals = Totals()
        self.allowance = Allowance()
        self._shown = Allowance()
        """What is on disk, and so what `ctr` tells of."""
        self.log: list[EvtItem] = []
        self.acknowledged = 0
        self.sent = 0
        self.boots = 0
        self.beyond = 0
        """Grants beyond the right, by the words of the quota."""
        self._words: dict[int, Quota] = {}

    def right(self, now: Utc) -> int:
        """How many more may come in."""
        places = room(self.allowance, self.totals, now, timed=True).places
        return 0 if places is None else places - self.totals.open

    def admits(self, places: int, now: Utc, *, staff: bool = False) -> bool:
        """Whether a party that is shown now may come in (contract, Capacity)."""
        if not self.running:
            return False
        reserve = 0 if staff else room(self.allowance, self.totals, now, timed=True).reserve
        return places + reserve <= self.right(now)

    def grant(self, pass_: Pass, now: Utc) -> bool:
        """One more person of the party, where there still is a right."""
        if not self.running or self.right(now) < 1:
            return False
        self.beyond += self._right_by_the_words(now) < 1
        self._note(RecordGrant(GrantId(len(self.log)), Reason.OK, pass_), now)
        return True

    def _right_by_the_words(self, now: Utc) -> int:
        """The contract's formula over the quota in force, written down once more."""
        assert self.allowance.quota
        quota, it = self._words[self.allowance.quota.version], self.totals
        right = quota.ceiling + it.left - quota.seen - it.entered - it.open - it.unknown
        return right if now < quota.until else 0

    def refuse(self, pass_: Pass, now: Utc) -> None:
        """The party is told that it is full."""
        self._note(RecordRefusal(RefusalCode.FULL, "", pass_), now)

    def walk_in(self, pass_: Pass, now: Utc, *, granted: bool) -> None:
        """Somebody has come in; after a power cut nobody knows by which grant."""
        grant = GrantId(0) if granted and self.totals.open else None
        self._note(Count(Direction.IN, Reason.OK, grant, pass_), now)

    def lapse(self, pass_: Pass, now: Utc) -> None:
        """Somebody did not come in."""
        if self.totals.open:
            self._note(EndGrant(GrantId(0), End.LAPSED, pass_), now)

    def walk_out(self, now: Utc) -> None:
        """Somebody has left."""
        self._note(Count(Direction.OUT, Reason.OK), now)

    def _note(self, record: Record, now: Utc) -> None:
        before = self.totals
        self.totals = totals_after(before, record)
        self.allowance = allowance_after(self.allowance, record, self.totals)
        row = row_of(record)
        self.log.append(
            EvtItem(
                seq=len(self.log) + 1,
                at=now,
                kind=row.kind.value,
                direction=row.direction,
                visit=row.visit,
                n=row.n,
                reason=row.reason,
                detail=row.detail,
            )
        )

    # --- words ----------------------------------------------------------------------------------

    def tell(self, now: Utc) -> None:
        """Totals, and the events that central does not have."""
        self._shown = self.allowance
        quota = self._shown.quota
        self._say(
            "ctr",
            Ctr(
                gate=self.name,
                epoch=EPOCH,
                entered=self.totals.entered,
                left=self.totals.left,
                pending=self.totals.pending,
                seq=len(self.log),
                qv=quota.version if quota else None,
                uncertain=self.totals.uncertain,
                ts=now,
                clk="ntp",
            ),
        )

    def tell_events(self, first: int) -> None:
        """From this number on."""
        self.sent = len(self.log)
        for start in range(first, len(self.log) + 1, BATCH):
            batch = tuple(self.log[start - 1 : start - 1 + BATCH])
            self._say("evt", Evt(gate=self.name, epoch=EPOCH, events=batch))

    def introduce(self, now: Utc) -> None:
        """After every connection."""
        self._say(
            "meta",
            Meta(
                gate=self.name,
                venue="mall",
                district="jkt",
                epoch=EPOCH,
                software="simulated",
                hardware="none",
                lane=Lane(scan="entry" if self.scan == "entry" else "exit", sensors="two_beams"),
                ts=now,
            ),
        )
        self._say("status", Status(gate=self.name, state="online", boot=self.boots, mode="normal"))
        self.tell(now)
        self.tell_events(self.acknowledged + 1)

    def hear(self, word: str, payload: bytes) -> None:
        """Central has said something."""
        if not self.running:
            return
        if word == "ack":
            ack = decode(Ack, payload)
            if not isinstance(ack, Malformed):
                self.acknowledged = max(self.acknowledged, ack.seq)
        elif word == "quota":
            quota, words = read_quota(payload, EPOCH), decode(Quota, payload)
            if not isinstance(quota, str) and not isinstance(words, Malformed):
                self._words[quota.version] = words
                self.allowance = adopted(self.allowance, quota) or self.allowance

    def cut_power(self) -> None:
        """What `ctr` has told of is on disk, and every event; grants have no end any more."""
        self.running = False
        self.allowance = self._shown
        totals = self.totals
        self.totals = replace(totals, open=0, unknown=totals.unknown + totals.open)

    def start(self) -> None:
        """Power is back."""
        self.running = True
        self.boots += 1


def a_pass(number: int, size: int) -> Pass:
    """Of one party."""
    return Pass(VisitId(f"{number:024x}"), size, Utc(0), Utc(1e9))
