"""The desk at the entrance: what a shown code means, with what is known of its visit.

Holds the keys and the visits in memory; the deciding thread asks it for every code and tells it
of every record. No disk, no clock.

Keys come in files and from central. Those with the higher version are in force, the file's where
both have the same. A visit is revoked that either of them revokes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf

from gate.events import CheckOutShown, PassAccepted, PassRefused, Record
from gate.keys import KeySet
from gate.lists import Lists
from gate.model import Direction, Reason, Refusal, RefusalCode, Utc, VisitId
from gate.passes import verify
from gate.revocations import Revocations
from gate.venue import Policy
from gate.visits import Visit, VisitRules, admission, check_out, pass_of, visit_after

PURGE_EVERY = 1000
"""Records between two looks for visits that are over."""


@dataclass(slots=True)
class Desk:
    """What a code means at this gate."""

    venue: str
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
    _records: int = 0

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
        answer = admission(verified, visit, now, self.rules)
        if isinstance(answer, PassAccepted) and not sure and answer.reason is Reason.OK:
            return replace(answer, reason=Reason.UNTIMED)
        return answer

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
        self._records += 1
        if self._records % PURGE_EVERY == 0:
            self.visits = still_valid(self.visits, Utc(at - self.skew_s))

    @property
    def _in_force(self) -> KeySet:
        theirs = self.central_keys
        return theirs if theirs is not None and theirs.version > self.keys.version else self.keys

    def _is_revoked(self, visit: VisitId, now: Utc, skew_s: float) -> bool:
        lists = [self.revoked] if self.policy is None else [self.revoked, self.policy.revoked]
        return any(revoked.cover(visit, now, skew_s) for revoked in lists)


def still_valid(visits: Mapping[VisitId, Visit], now: Utc) -> dict[VisitId, Visit]:
    """Visits whose pass could still be shown, or whose grants are still open."""
    return {id_: v for id_, v in visits.items() if v.expires > now or v.granted > 0}
