"""When samples are an estimate, and how good a one."""

from itertools import count
from statistics import pstdev

import pytest

from drivers.mlx90614_words import OBJECT
from drivers.simulated.mlx90614 import SimulatedMlx90614
from gate.config.variants import TRAITS, Variant
from gate.model import Monotonic
from gate.temperature.samples import Sample, estimate_c

ESTIMATES = 500


@pytest.mark.parametrize("variant", TRAITS)
def test_an_estimate_is_no_wider_than_the_uncertainty_reckons_with(variant: Variant) -> None:
    """Samples a settling time apart resemble each other a little, and a median is wider than a
    mean."""
    traits = TRAITS[variant]
    moments = count()
    chip = SimulatedMlx90614(
        clock=lambda: next(moments) * traits.settling_s,
        settling_s=traits.settling_s,
        sigma_c=traits.sigma_c,
        seed=1,
    )

    def sample() -> Sample:
        low, high, _ = chip.read(OBJECT)
        return Sample(Monotonic(0.0), (high << 8 | low) * 0.02 - 273.15, 27.0)

    estimates = [
        estimate_c(tuple(sample() for _ in range(traits.window))) for _ in range(ESTIMATES)
    ]

    assert traits.noise_c * 0.75 < pstdev(estimates) < traits.noise_c
