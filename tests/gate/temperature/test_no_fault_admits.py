"""Whatever fails, and whenever: nobody warm is admitted, and no verdict comes from a bad reading.

From the bytes of the chip through library, driver, retries and health to the verdict
(`faulty_chip`). Each round also looks at the number that is shown: it is one that the part has
seen, and no damaged one.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from gate.model import Verdict
from gate.temperature.learnt import Fault
from tests.gate.temperature.faulty_chip import FAULTS, SETTLING_S, Lane

WARM_C, COOL_C = 38.6, 36.2
APPROACH = (27.5, 29.0, 30.5, 32.0, 33.5, 35.0, 35.8, 36.3, 37.0)
"""What fills the view while somebody comes closer: on its way to warm it is cool once."""

DECIDED = {Verdict.ADMIT, Verdict.WAIT, Verdict.REFUSE}

NAMED = {
    "away": {Fault.BUS},
    "hangs": {Fault.BUS},
    "loose": {Fault.BUS},
    "one bit": {Fault.BUS},
    "garbage": {Fault.BUS},
    "high": {Fault.BUS},
    "low": {Fault.BUS},
    "flag": {Fault.SENSOR},
    "no power yet": {Fault.STALE},
    "stuck": {Fault.STUCK},
    "hot": {Fault.AMBIENT},
    "jumps": {Fault.AMBIENT},
}
"""What a technician reads."""


def empty_lane(seed: int = 0) -> Lane:
    """Nobody has been there for a while."""
    lane = Lane(seed)
    for _ in range(8):
        lane.goes_round(None)
    assert lane.works()
    return lane


def test_the_approach_alone_ends_in_a_verdict_on_the_person() -> None:
    for skin_c, verdict in ((WARM_C, Verdict.WAIT), (COOL_C, Verdict.ADMIT)):
        lane = empty_lane()
        lane.ask()
        for seen_c in (*APPROACH[: 8 if skin_c == WARM_C else 6], *[skin_c] * 20):
            lane.goes_round(seen_c)
        assert [decision[0] for decision in lane.decisions] == [verdict]


@pytest.mark.parametrize("fault", NAMED)
def test_a_fault_has_its_name_and_ends(fault: str) -> None:
    lane = empty_lane()

    lane.ail(fault)
    for _ in range(60):
        lane.goes_round(None)
    assert not lane.works()
    assert set(lane.lost) == NAMED[fault]

    lane.ail(None)
    for _ in range(120):
        lane.goes_round(None)
    assert lane.works()
    assert lane.lost == [*NAMED[fault]]


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_at_any_moment_of_an_approach_admits_somebody_warm(fault: str) -> None:
    reached: Counter[str] = Counter()
    for begins, lasts in product(range(2, 16), (2, 12)):
        lane = empty_lane(seed=begins)
        lane.ask()
        for moment in range(begins + lasts + 16):
            if moment in {begins, begins + lasts}:
                lane.ail(fault if moment == begins else None)
            lane.goes_round(APPROACH[moment] if moment < len(APPROACH) else WARM_C)
        for verdict, celsius in lane.decisions:
            reached[verdict] += 1
            assert verdict is not Verdict.ADMIT, (begins, lasts, celsius)
        reached["lost"] += not lane.works() or bool(lane.lost)

    assert reached[Verdict.WAIT] > 10, "a fault that is over, or comes after, costs no verdict"
    quiet = {"another part", "stuck"}  # the one while it is open, the other for thirty samples
    assert reached["lost"] or fault in quiet, "and one that lasts is told"


# --- any faults, any people -------------------------------------------------------------------


@dataclass(frozen=True)
class Visit:
    """Nobody is there for `away` rounds, then somebody for `stays`; and what fails meanwhile."""

    away: int
    skin_c: float
    stays: int
    fault: str | None
    begins: int
    lasts: int


VISITS = st.builds(
    Visit,
    away=st.integers(6, 30),
    skin_c=st.one_of(st.floats(35.4, 36.6), st.floats(38.2, 40.5)),
    stays=st.integers(10, 40),
    fault=st.sampled_from([None, *FAULTS]),
    begins=st.integers(0, 50),
    lasts=st.sampled_from([2, 12, 45]),
)


def go_through(visits: list[Visit], seed: int) -> Counter[str]:
    """One after the other, faults into the next one; what was reached. Fails where a verdict is
    wrong.
    """
    reached: Counter[str] = Counter()
    lane = Lane(seed)
    until = 0.0
    for visit in visits:
        for moment in range(visit.away + visit.stays):
            if moment == visit.begins:
                lane.ail(visit.fault)
                until = lane.now + visit.lasts * SETTLING_S
            elif lane.now >= until:
                lane.ail(None)
            if moment == visit.away:
                lane.ask()
            answer = lane.goes_round(visit.skin_c if moment >= visit.away else None)
            if answer is None:
                continue
            verdict, celsius = answer
            reached[verdict] += 1
            if verdict in DECIDED:
                assert moment >= visit.away, "somebody was decided on who is not there"
                assert verdict is (Verdict.WAIT if visit.skin_c > 37.3 else Verdict.ADMIT)
                assert celsius == pytest.approx(visit.skin_c, abs=0.6)
        lane.sampler.stop_measuring()
    reached.update(f"lost: {fault}" for fault in lane.lost)
    return reached


def test_no_sequence_of_faults_turns_a_person_into_another_one() -> None:
    reached: Counter[str] = Counter()

    @settings(max_examples=60, derandomize=True, database=None)
    @given(visits=st.lists(VISITS, min_size=4, max_size=4), seed=st.integers(0, 1000))
    def try_it(visits: list[Visit], seed: int) -> None:
        found = go_through(visits, seed)
        event(", ".join(sorted(found)))
        reached.update(found)

    try_it()

    for verdict in (Verdict.ADMIT, Verdict.WAIT):
        assert reached[verdict] >= 10, reached
    assert len([what for what in reached if what.startswith("lost: ")]) >= 3, reached
