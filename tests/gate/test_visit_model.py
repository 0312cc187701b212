"""Random lives of a visit, held against people of whom each is somewhere."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gate.events import Count, EndGrant, PassAccepted, RecordGrant, RecordRefusal
from gate.model import Direction, End, GrantId, Pass, Reason, RefusalCode, Utc, VisitId
from gate.visits import Visit, VisitRules, admission, check_out, visit_after

NOON = Utc(1_800_000_000.0)
REACHED: Counter[str] = Counter()
"""What the lives have been through."""

WHERE = ("outside", "granted", "inside", "left")
Answer = tuple[int, Reason] | RefusalCode


@dataclass
class Person:
    """One of the party, and where the gate believes them to be."""

    where: Literal["outside", "granted", "inside", "left"] = "outside"
    before: Literal["outside", "left"] = "outside"
    """Where they were when they got their grant."""


@dataclass
class People:
    """The reference: a list of people, and what the site has decided."""

    party: int
    rules: VisitRules
    everybody: list[Person] = field(default_factory=list)
    last_in: float | None = None
    last_out: float | None = None
    rest_until: float | None = None
    barred: bool = False

    def __post_init__(self) -> None:
        self.everybody = [Person() for _ in range(self.party)]

    def at(self, where: str) -> list[Person]:
        return [person for person in self.everybody if person.where == where]

    def answer(self, now: float) -> Answer:
        """What showing the pass should mean."""
        if self.barred:
            return RefusalCode.TOO_WARM
        if self.rest_until is not None and now < self.rest_until:
            return RefusalCode.WAIT_AND_RETURN
        if may := self.who_may_come(now):
            return may, Reason.OK
        if self.at("outside") or self.at("left"):
            return RefusalCode.USED
        if self.at("granted") or self.last_in is None:
            return RefusalCode.PARTY_COMPLETE
        if now < self.last_in + self.rules.unclosed_after_s:
            return RefusalCode.PARTY_COMPLETE
        if self.rules.already_inside == "attendant":
            return RefusalCode.ALREADY_INSIDE
        return self.party, Reason.UNCLOSED

    def who_may_come(self, now: float) -> int:
        match self.rules.reentry:
            case "free":
                return self.party - len(self.at("granted"))
            case "after_exit" if self.last_out is not None:
                again = now <= self.last_out + self.rules.reentry_within_s
                return len(self.at("outside")) + again * len(self.at("left"))
            case _:
                return len(self.at("outside"))

    def grant(self) -> None:
        if not (self.at("outside") or self.at("left")):  # they have left unseen
            REACHED["begun anew"] += 1
            for person in self.at("inside"):
                person.where = "outside"
            self.last_in = self.last_out = None
        who = [*self.at("outside"), *self.at("left")]
        person = who[0]
        REACHED["re-entry"] += person.where == "left"
        person.before = "left" if person.where == "left" else "outside"
        person.where = "granted"


class Life(RuleBasedStateMachine):
    """One visit at one gate."""

    @initialize(
        party=st.integers(1, 4),
        reentry=st.sampled_from(("never", "after_exit", "free")),
        already_inside=st.sampled_from(("soft", "attendant")),
    )
    def begin(
        self,
        party: int,
        reentry: Literal["never", "after_exit", "free"],
        already_inside: Literal["soft", "attendant"],
    ) -> None:
        self.now = float(NOON)
        self.site = VisitRules(reentry=reentry, already_inside=already_inside)
        self.pass_ = Pass(VisitId("a" * 24), party, NOON, Utc(NOON + 86_400))
        self.people = People(party, self.site)
        self.visit: Visit | None = None

    def tell(self, record: RecordGrant | EndGrant | Count | RecordRefusal) -> None:
        self.visit = visit_after(self.visit, record, Utc(self.now), self.site)

    @rule(come=st.integers(1, 4))
    def show(self, come: int) -> None:
        """Some of those who may come get their grants."""
        given = admission(self.pass_, self.visit, Utc(self.now), self.site)
        wanted = self.people.answer(self.now)
        if not isinstance(given, PassAccepted):
            assert given.code == wanted
            REACHED[given.code] += 1
            return
        assert (given.places, given.reason) == wanted
        REACHED["partial arrival"] += given.places > come or given.places < self.pass_.party
        REACHED["unclosed visit"] += given.reason is Reason.UNCLOSED
        for _ in range(min(come, given.places)):
            self.people.grant()
            self.tell(RecordGrant(GrantId(1), given.reason, self.pass_))

    @precondition(lambda self: self.people.at("granted"))
    @rule()
    def walk_in(self) -> None:
        self.people.at("granted")[0].where = "inside"
        self.people.last_in = self.now
        self.tell(Count(Direction.IN, Reason.OK, GrantId(1), self.pass_))

    @precondition(lambda self: self.people.at("granted"))
    @rule()
    def lapse(self) -> None:
        REACHED["lapse"] += 1
        person = self.people.at("granted")[0]
        person.where = person.before
        self.tell(EndGrant(GrantId(1), End.LAPSED, self.pass_))

    @precondition(lambda self: self.people.at("inside"))
    @rule(leave=st.integers(1, 4))
    def leave_with_the_pass(self, leave: int) -> None:
        places = check_out(self.pass_, self.visit).places
        assert places == len(self.people.at("inside"))
        REACHED["partial leaving"] += leave < places
        for person in self.people.at("inside")[:leave]:
            person.where = "left"
            self.people.last_out = self.now
            self.tell(Count(Direction.OUT, Reason.OK, pass_=self.pass_))

    @rule(minutes=st.sampled_from((1, 4, 16, 61)))
    def wait(self, minutes: int) -> None:
        self.now += 60 * minutes

    @precondition(lambda self: self.people.rest_until is None)
    @rule()
    def is_warm(self) -> None:
        self.people.rest_until = self.now + self.site.rest_s
        self.tell(RecordRefusal(RefusalCode.WAIT_AND_RETURN, pass_=self.pass_))

    @invariant()
    def as_many_are_where_they_are_believed_to_be(self) -> None:
        if self.visit is not None:
            known = (self.visit.granted, self.visit.inside)
            assert known == (len(self.people.at("granted")), len(self.people.at("inside")))


def test_a_visit_is_what_its_people_are_and_every_turn_of_it_was_seen() -> None:
    REACHED.clear()
    run_state_machine_as_test(
        Life,
        settings=settings(max_examples=400, stateful_step_count=30, derandomize=True),
    )

    turns = {"partial arrival", "lapse", "re-entry", "unclosed visit", "begun anew"}
    codes = {"used", "party_complete", "already_inside", "wait_and_return"}
    assert {name for name, times in REACHED.items() if times} >= {
        *turns,
        *codes,
        "partial leaving",
    }, REACHED
