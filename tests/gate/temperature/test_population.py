"""People as a body of known temperature: drift is told before it matters, and nothing else is."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.model import Utc, Verdict
from gate.temperature.population import (
    GROUP,
    LEARN_PEOPLE,
    Change,
    Population,
    described,
    population_step,
)
from tests.gate.temperature.drift import DAY_S, HOUR_S, Site, error_at_alarm, live, ramp, right

MALL = Site(visitors=1000)
LEARNED = Population("key", since=Utc(0), people=LEARN_PEOPLE, reference_c=36.2, learned=True)


def after(
    state: Population, *numbers: float | None, verdict: Verdict = Verdict.ADMIT, at: float = 0.0
) -> tuple[Population, list[Change]]:
    told = []
    for celsius in numbers:
        state, change = population_step(state, celsius, verdict, Utc(at))
        told += [change] if change else []
    return state, told


@pytest.mark.parametrize(("visitors", "days", "seed"), [(20, 100, 1), (100, 20, 2), (1000, 5, 3)])
def test_undisturbed_days_tell_nothing(visitors: int, days: int, seed: int) -> None:
    told = live(Site(visitors), days, right, seed)

    assert told.changes == ()
    assert told.last.learned
    assert 0.1 < told.nearest < 1, "the days have shown nothing"


@pytest.mark.parametrize(
    ("visitors", "hours", "up"),
    [(1000, 2, True), (1000, 4, True), (1000, 4, False), (500, 4, True), (200, 8, True)],
)
def test_the_alarm_comes_before_a_day_s_drift_has_reached_half_a_degree(
    visitors: int, hours: float, up: bool
) -> None:
    """The sun on the case reads high, a window that gets dirty reads low."""
    errors = [error_at_alarm(Site(visitors), hours, up=up, seed=seed) for seed in range(4)]

    assert max(errors) < 0.5, errors


@pytest.mark.parametrize("seed", range(2))
def test_a_window_that_gets_dirty_in_days_is_told_where_few_people_come(seed: int) -> None:
    assert error_at_alarm(Site(visitors=50), hours=96, up=False, seed=seed) < 0.5


def test_where_body_equivalent_numbers_are_close_to_the_limit_the_alarm_comes_as_early() -> None:
    """Of the admitted alone the warm half would be missing."""
    near = Site(visitors=1000, site_offset_c=0.6)

    assert error_at_alarm(near, hours=4, up=True, seed=1) < 0.5


def test_drift_is_told_once_and_so_is_its_end() -> None:
    begins, ends = 2 * DAY_S + 11 * HOUR_S, 2 * DAY_S + 17 * HOUR_S
    sun = ramp(begins, 2)

    told = live(MALL, 5, lambda at: sun(at) if at < ends else 0.0, seed=5)

    assert [change for _, change in told.changes] == ["drifted", "back"]
    assert begins < told.changes[0][0] < ends < told.changes[1][0]


def test_a_drift_that_stays_is_not_told_again_and_the_reference_does_not_follow_it() -> None:
    told = live(MALL, 4, ramp(2 * DAY_S, 1), seed=6)

    assert [change for _, change in told.changes] == ["drifted"]
    assert told.last.reference_c == pytest.approx(36.2, abs=0.1)
    assert told.last.drifted


def test_the_reference_is_learned_of_fifty_people_and_a_day() -> None:
    state, _ = after(Population("key"), *[36.2] * 500)
    assert not state.learned, "all in one morning"

    state, _ = after(state, *[36.2] * GROUP, at=DAY_S)
    assert state.learned

    state, _ = after(Population("key"), *[36.2] * 20)
    state, _ = after(state, *[36.2] * 20, at=2 * DAY_S)
    assert not state.learned, "of forty"


def test_a_person_counts_once_however_often_they_are_measured() -> None:
    once, _ = after(LEARNED, 36.9)

    state, _ = after(LEARNED, 36.9, verdict=Verdict.RECHECK)
    state, _ = after(state, None, verdict=Verdict.REPEAT)
    state, _ = after(state, 37.1)
    assert state.away_c == once.away_c

    state, _ = after(state, 36.9)
    assert state.away_c > once.away_c, "the next person counts"


def test_an_attempt_without_a_number_leaves_the_first_number_to_come() -> None:
    state, _ = after(LEARNED, None, verdict=Verdict.REPEAT)
    state, _ = after(state, 36.9)

    assert state.away_c > 0


@pytest.mark.parametrize("verdict", [Verdict.WAIT, Verdict.REFUSE, Verdict.ADMIT, Verdict.REPEAT])
def test_everybody_counts_whatever_the_verdict(verdict: Verdict) -> None:
    assert after(LEARNED, 36.6, verdict=verdict)[0].away_c > 0


def test_one_fever_moves_the_mean_no_more_than_somebody_a_little_warm() -> None:
    assert after(LEARNED, 40.0)[0].away_c == after(LEARNED, 36.9)[0].away_c


@given(st.lists(st.floats(32.0, 43.0), max_size=120), st.integers(0, 100))
def test_what_may_go_to_disk_is_never_of_fewer_than_ten_people(
    numbers: list[float], learned: int
) -> None:
    state = LEARNED if learned % 2 else Population("key")
    rested = 0
    for count, celsius in enumerate(numbers, start=1):
        state, _ = population_step(state, celsius, Verdict.ADMIT, Utc(0))
        if state.may_rest:
            assert count % GROUP == 0
            assert state.at_rest.group == ()
            rested += 1
    assert rested == len(numbers) // GROUP


def test_what_went_to_disk_goes_on_as_if_nothing_had_been() -> None:
    chance = random.Random(1)  # noqa: S311 - visitors, not secrets
    numbers = [round(chance.gauss(36.2, 0.3), 1) for _ in range(100)]

    straight, _ = after(Population("key"), *numbers, at=DAY_S)
    state, _ = after(Population("key"), *numbers[:50], at=DAY_S)
    state, _ = after(state.at_rest, *numbers[50:], at=DAY_S)

    assert state == straight


def test_the_technician_reads_how_far_it_has_come() -> None:
    assert described(Population("key", people=30)).endswith("30 of 50 so far")
    assert described(replace(LEARNED, away_c=-0.12, below_c=3.5)) == (
        "people read 0.12 C below the reference; 50% of an alarm"
    )
    drifted = described(replace(LEARNED, away_c=0.31, drifted=True))
    assert drifted.startswith("DRIFTED, people read 0.31 C above the reference")
