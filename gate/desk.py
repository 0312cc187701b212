"""The desk at the entrance: what a shown code means, with what is known of its visit.

Holds the keys and the visits in memory; the deciding thread asks it for every code and tells it
of every record. No disk, no clock.

What other gates of the venue tell counts like what happens here (`gate.elsewhere`). While the gate
is cut off from them, the venue's policy says who is admitted: all, with that on record, or only
whose visit is known here. Where no policy names other gates, nobody is asked for.

Keys come in files and from central. Those with the higher version are in force, the file's where
both have the same. A visit is revoked that either of them revokes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf

from gate.elsewhere import MOST_HEARD, Heard, visits_after
from gate.events import CheckOutShown, PassAccepted, PassRefused, Record
from gate.keys import KeySet
from gate.lists import Lists
from gate.model import Direction, Pass, Reason, Refusal, RefusalCode, Utc, VisitId
from gate.passes import verify
from gate.revocations import Revocations
from gate.venue import Policy
from gate.visits import Visit, VisitRules, admission, check_out, pass_of, visit_after

PURGE_EVERY = 1000
"""Changes between two looks for visits that are over."""

UNHEARD = "cut off from the other gates, and the visit is not known here"


@dataclass(slots=True)
class Desk:
    """What a code means at this gate."""

    venue: str
    gate: str
    scan: Direction
    keys: KeySet
    skew_s: float
    rules: VisitRules
    revoked: Revocations
    visits: dict[VisitId, Visit]
    untimed: bool = False
    """While the clock is lost, the times of a pass are not looked at."""
    policy: Policy | None = None
    """What the gates of the venue have in common; None where central has said nothing."""
    central_keys: KeySet | None = None
    cut_off: bool = True
    """Whether it cannot be known what happens at the other gates."""
    _changes: int = 0

    def judge(
        self, raw: bytes, now: Utc, *, sure: bool
    ) -> PassAccepted | PassRefused | CheckOutShown:
        """The event that showing these bytes at `now` is; `sure`: the clock is not lost.

        Without a clock the times of a pass mean nothing; what does not need one is judged as ever.
        """
        skew_s = self.skew_s if sure else inf
        verified = verify(raw, keys=self._in_force, venue=self.venue, now=now, skew_s=skew_s)
        if isinstance(verified, Refusal):
            return PassRefused(verified.code, verified.detail)
        if self._is_revoked(verified.visit, now, skew_s):
            return PassRefused(RefusalCode.REVOKED, pass_=verified)
        visit = self.visits.get(verified.visit)
        if self.scan is Direction.OUT:
            return check_out(verified, visit)
        if not (sure or self.untimed):
            return PassRefused(RefusalCode.CLOCK_UNSURE, pass_=verified)
        answer = self.admission(verified, now)
        if not isinstance(answer, PassAccepted):
            return answer
        alone = self.is_alone
        if alone and visit is None and self.policy is not None and self.policy.deny_when_cut_off:
            return PassRefused(RefusalCode.SEE_STAFF, UNHEARD, pass_=verified)
        if answer.reason is not Reason.OK or (sure and not alone):
            return answer
        return replace(answer, reason=Reason.CUT_OFF if sure else Reason.UNTIMED)

    def admission(self, pass_: Pass, now: Utc) -> PassAccepted | PassRefused:
        """Whether its visit, by what is known here, lets anybody of the party in, and how many."""
        return admission(pass_, self.visits.get(pass_.visit), now, self.rules)

    def adopt(self, lists: Lists) -> None:
        """From now on passes are checked with these."""
        self.keys, self.revoked = lists.keys, lists.revoked

    def adopt_keys(self, keys: KeySet) -> bool:
        """Central's keys; False where newer ones are known."""
        if self.central_keys is not None and keys.version <= self.central_keys.version:
            return False
        self.central_keys = keys
        return True

    def adopt_policy(self, policy: Policy) -> bool:
        """Central's policy; False where a newer one is known."""
        if self.policy is not None and policy.version <= self.policy.version:
            return False
        self.policy = policy
        return True

    def note(self, record: Record, at: Utc) -> None:
        """Remember what `record` changes about a visit."""
        pass_ = pass_of(record)
        if pass_ is None:
            return
        visit = visit_after(self.visits.get(pass_.visit), record, at, self.rules)
        if visit is not None:
            self.visits[pass_.visit] = visit
        self._changed(at)

    def hear(self, heard: Heard, now: Utc) -> None:
        """Remember what others have told."""
        for id_, _, visit in visits_after(heard, self._find, self._holding, self.rules):
            self.visits[id_] = visit
            self._changed(now)

    def _find(self, visit: VisitId) -> Visit | None:
        return self.visits.get(visit)

    def _holding(self, gate: str) -> Iterator[tuple[VisitId, Visit]]:
        for id_, visit in list(self.visits.items()):
            if any(told.gate == gate and told.granted for told in visit.others):
                yield id_, visit

    def _changed(self, now: Utc) -> None:
        self._changes += 1
        if self._changes % PURGE_EVERY == 0:
            self.visits = still_valid(self.visits, Utc(now - self.skew_s))

    @property
    def is_alone(self) -> bool:
        """There are other gates, and what happens there is not known."""
        return self.cut_off and self.policy is not None and bool(self.policy.gates - {self.gate})

    @property
    def _in_force(self) -> KeySet:
        theirs = self.central_keys
        return theirs if theirs is not None and theirs.version > self.keys.version else self.keys

    def _is_revoked(self, visit: VisitId, now: Utc, skew_s: float) -> bool:
        lists = [self.revoked] if self.policy is None else [self.revoked, self.policy.revoked]
        return any(revoked.cover(visit, now, skew_s) for revoked in lists)


def still_valid(
    visits: Mapping[VisitId, Visit], now: Utc, *, most_heard: int = MOST_HEARD
) -> dict[VisitId, Visit]:
    """Visits whose pass could still be shown, or whose grants are still open."""
    valid = {id_: v for id_, v in visits.items() if v.expires > now or v.granted > 0}
    heard = [id_ for id_, v in valid.items() if not v.shown]
    if len(heard) > most_heard:
        heard.sort(key=lambda id_: valid[id_].expires)
        for id_ in heard[: len(heard) - most_heard]:
            del valid[id_]
    return valid
