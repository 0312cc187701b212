"""Afternoons at the limit, with all that network and power can do: `tests.capacity`."""

import sys

from tests.capacity.trouble import troubled


def troubled_afternoon(seed: int) -> None:
    """One afternoon of a seed. Raises where somebody came in beyond the right or the limit."""
    result = troubled(seed)
    if seed % 20 == 0:
        sys.stdout.write(f"  seed {seed}: {result.line}\n")
        sys.stdout.flush()
    assert result.grants_beyond == 0, result
    assert result.score.beyond_limit == 0, result
    assert result.score.counted_inside + result.score.unseen == result.score.inside, result
