"""`gate.central.quotas`: what was given is on disk, and charged for as long as it may be used.

The gate of the model does whatever the contract lets a gate do: hears of a quota late or never,
goes by it before anybody knows, lets people in up to it, and tells old and new totals.
"""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gate.central.capacity import Given
from gate.central.epoch import Epoch
from gate.central.quotas import Quotas
from gate.central.store import Store
from gate.model import Utc
from tests.gate.central.benches import EPOCH

VALID_S = 1000.0


class OneGate(RuleBasedStateMachine):
    """Central's account of a gate, beside the truth."""

    reached_interesting = False

    def __init__(self) -> None:
        super().__init__()
        self.store = Store(":memory:", now=Utc(1000.0))
        self.now = 1000.0
        self.known = Epoch("a", EPOCH, clock="ntp")
        self.load()
        self.published: list[Given] = []
        self.in_force: Given | None = None
        self.on_disk: Given | None = None
        self.entered = self.left = self.open = self.unknown = 0
        self.told: list[Epoch] = []

    @rule()
    def load(self) -> None:
        """Central starts again."""
        db = self.store.db
        self.quotas = Quotas(db, opened_at=Utc(1000.0), valid_s=VALID_S, gates=["a"])

    @rule(right=st.integers(0, 12))
    def give(self, right: int) -> None:
        top = self.known.net + self.known.pending + right
        self.published.append(self.quotas.give(self.known, top, reserve=0, now=Utc(self.now)))

    @precondition(lambda self: self.published)
    @rule(which=st.integers(0, 30))
    def adopt(self, which: int) -> None:
        quota = self.published[which % len(self.published)]
        if self.in_force is None or quota.version > self.in_force.version:
            self.in_force = quota

    @rule()
    def grant(self) -> None:
        quota = self.in_force
        if quota is None or self.now >= quota.until:
            return
        if self.entered + self.open + self.unknown - self.left < quota.top:
            self.open += 1

    @precondition(lambda self: self.open)
    @rule(used=st.booleans())
    def end_grant(self, used: bool) -> None:
        self.open -= 1
        self.entered += used

    @precondition(lambda self: self.entered > self.left)
    @rule()
    def leave(self) -> None:
        self.left += 1

    @rule()
    def power_cut(self) -> None:
        self.unknown, self.open = self.unknown + self.open, 0
        self.in_force = self.on_disk

    @rule(seconds=st.sampled_from((1.0, 1.0, 900.0, 1200.0)))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def tell(self) -> None:
        """A `ctr` is made; it arrives by `hear`, late or never."""
        self.on_disk = self.in_force
        self.told.append(
            Epoch(
                "a",
                EPOCH,
                told_in=self.entered,
                told_out=self.left,
                pending=self.open + self.unknown,
                qv=self.in_force.version if self.in_force else 0,
                told_at=Utc(self.now),
                clock="ntp",
            )
        )

    @precondition(lambda self: self.told)
    @rule(which=st.integers(0, 30))
    def hear(self, which: int) -> None:
        """Any `ctr` that was made since the last one that came."""
        place = which % len(self.told)
        came, self.told = self.told[place], self.told[place + 1 :]
        self.known = replace(came, number=1)
        self.quotas.confirmed(self.known, given_by=self.known.told_at, limit=1000)

    @invariant()
    def nobody_comes_in_beyond_what_is_charged(self) -> None:
        truth = self.entered - self.left + self.open + self.unknown
        assert truth <= self.quotas.reach(self.known)

    @invariant()
    def what_the_gate_may_still_do_is_charged(self) -> None:
        if self.in_force is not None and self.now < self.in_force.until:
            assert self.in_force.top <= self.quotas.reach(self.known)


TestOneGate = OneGate.TestCase
TestOneGate.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)


def test_versions_begin_above_those_of_an_older_disk() -> None:
    """A disk that is a day older gave fewer versions than there were seconds."""
    store = Store(":memory:", now=Utc(500_000.0))
    quotas = Quotas(store.db, opened_at=Utc(500_000.0), valid_s=VALID_S, gates=["a"])

    given = quotas.give(Epoch("a", EPOCH, qv=413_600), 5, reserve=0, now=Utc(500_000.0))

    assert given.version > 500_000


def test_a_gate_that_goes_by_a_quota_of_another_disk_may_do_anything() -> None:
    store = Store(":memory:", now=Utc(500.0))
    quotas = Quotas(store.db, opened_at=Utc(500.0), valid_s=VALID_S, gates=["a"])
    epoch = Epoch("a", EPOCH, qv=413)

    assert quotas.is_foreign(epoch)
    quotas.confirmed(epoch, given_by=Utc(500.0), limit=80)
    assert quotas.reach(epoch) == 80
    given = quotas.give(epoch, 5, reserve=0, now=Utc(500.0))
    assert quotas.is_foreign(epoch), "it does not go by ours yet"
    assert not quotas.is_foreign(replace(epoch, qv=given.version))
