"""The noise of a thermometer, and which variants of the part have such. Pure.

The variant cannot be read over the bus. Its filter leaves a noise of its own, though (data sheet
rev 13, and `gate.config.variants`): 0.05, 0.10 or 0.18 °C. Differences of neighbouring samples tell
it whatever the temperature itself does slowly meanwhile.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean

from gate.config.variants import TRAITS

ENOUGH = 15
"""Samples: their noise is known to about a fifth."""

KEPT = 0.789
"""Deviation of a standard normal between -1.645 and 1.645, where 90 % of it are."""


def noise_of(samples_c: Sequence[float]) -> float | None:
    """Standard deviation of one sample; None where there are too few.

    The largest tenth of the differences is left out, since somebody may have walked by.
    """
    if len(samples_c) < ENOUGH:
        return None
    steps = sorted(abs(b - a) for a, b in pairwise(samples_c))
    kept = steps[: -(-len(steps) * 9 // 10)]
    return math.sqrt(fmean(step**2 for step in kept)) / math.sqrt(2) / KEPT


def fitting(noise_c: float) -> tuple[str, ...]:
    """The variants whose noise is nearest to this, by ratio; a steady part on a black body."""
    noises = {traits.sigma_c for traits in TRAITS.values()}
    nearest = min(noises, key=lambda sigma_c: abs(math.log(max(noise_c, 1e-3) / sigma_c)))
    return tuple(name for name, traits in TRAITS.items() if traits.sigma_c == nearest)
