"""Nobody clearly warm is admitted at first sight, nobody clearly well is turned away.

Fewer people here; `make bench` has a thousand of each temperature, `make soak` more.
"""

from statistics import fmean

import pytest

from gate.config.variants import Variant
from gate.model import Verdict
from tests.people.person import criteria
from tests.people.study import VARIANTS, Tally, study, times_s, wrong

PEOPLE = 30
"""Three times the ten who come in each way, so that each meets each noise."""

MEDIAN_S = {"DAA": 1.0, "DCC": 2.0}


@pytest.fixture(scope="module", params=VARIANTS)
def studied(request: pytest.FixtureRequest) -> tuple[Variant, list[Tally]]:
    variant: Variant = request.param
    return variant, list(study(variant, PEOPLE))


def test_nobody_far_from_the_limit_is_judged_wrongly(
    studied: tuple[Variant, list[Tally]],
) -> None:
    variant, tallies = studied
    limit_c = criteria(variant).limit_c

    assert [it for tally in tallies for it in wrong(tally, limit_c)] == []
    assert sum(tally.people for tally in tallies if tally.true_c >= limit_c + 0.5) > 12 * PEOPLE


def test_the_verdicts_follow_the_temperature(studied: tuple[Variant, list[Tally]]) -> None:
    _, tallies = studied
    coolest, hottest = tallies[0], tallies[-1]
    at_the_limit = next(tally for tally in tallies if tally.true_c == 37.3)

    assert coolest.final[Verdict.ADMIT] == PEOPLE
    assert at_the_limit.first[Verdict.RECHECK] > 0.8 * PEOPLE
    assert hottest.final[Verdict.WAIT] + hottest.final[Verdict.ATTENDANT] == PEOPLE
    assert hottest.returned[Verdict.REFUSE] > 0.8 * PEOPLE


def test_readings_are_true_on_the_whole(studied: tuple[Variant, list[Tally]]) -> None:
    """A view that is filled to 99.5 % on the average reads a twentieth of a degree low."""
    _, tallies = studied

    assert fmean(error_c for tally in tallies for error_c in tally.errors_c) == pytest.approx(
        -0.05, abs=0.03
    )


def test_a_verdict_comes_in_time(studied: tuple[Variant, list[Tally]]) -> None:
    variant, tallies = studied
    still_s, everyone_s, _, worst_s = times_s(tallies)

    assert still_s <= MEDIAN_S[variant]
    assert everyone_s <= MEDIAN_S[variant] * 1.05
    assert worst_s < 8.0
