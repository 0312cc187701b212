"""The promise of quotas (docs/capacity.md), over simulated afternoons; `make soak` has 200."""

from collections.abc import Callable

import pytest

from tests.capacity.afternoon import LIMIT
from tests.capacity.trouble import calm, troubled

SEEDS = range(1, 6)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_grant_beyond_the_right_and_never_more_inside_than_the_limit(
    seed: int, record_property: Callable[[str, object], None]
) -> None:
    result = troubled(seed)

    assert result.grants_beyond == 0
    assert result.score.beyond_limit == 0
    assert result.score.highest > 0.7 * LIMIT, "the limit was never near: this shows nothing"
    assert result.score.counted_inside + result.score.unseen == result.score.inside
    record_property(f"capacity, troubled, seed {seed}", result.line)


def test_without_troubles_hardly_more_are_refused_than_by_somebody_who_knows_all(
    record_property: Callable[[str, object], None],
) -> None:
    results = [calm(seed) for seed in range(1, 3)]

    parties = sum(it.score.parties for it in results)
    ours = 100 * sum(it.score.turned_away for it in results) / parties
    best = 100 * sum(it.perfect.turned_away for it in results) / parties
    record_property("capacity, no troubles", f"{ours:.1f} % refused, perfect {best:.1f} %")
    assert ours <= best + 2.5
    assert all(it.score.beyond_limit == it.grants_beyond == 0 for it in results)
