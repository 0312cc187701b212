"""Which part it may be, by its noise: over the simulated chip, whose noise is the data sheet's."""

import pytest

from drivers.mlx90614 import Mlx90614
from drivers.simulated.mlx90614 import SimulatedI2C, SimulatedMlx90614
from gate.config.variants import TRAITS
from gate.temperature.noise import fitting, noise_of


def samples(variant: str, *, seed: int, count: int = 60, drift_c: float = 0.0) -> list[float]:
    """What a part of this variant says in front of a wall, one settling time after the other."""
    now, traits = 100.0, TRAITS[variant]
    chip = SimulatedMlx90614(
        clock=lambda: now, seed=seed, settling_s=traits.settling_s, sigma_c=traits.sigma_c
    )
    part = Mlx90614(SimulatedI2C(chip))
    read = []
    for number in range(count):
        now += traits.settling_s
        read.append(part.object_c() + drift_c * number)
    return read


@pytest.mark.parametrize("variant", ["DAA", "DCI", "DCC"])
@pytest.mark.parametrize("seed", range(5))
def test_each_variant_is_among_those_that_its_noise_fits(variant: str, seed: int) -> None:
    noise_c = noise_of(samples(variant, seed=seed))

    assert noise_c is not None
    assert noise_c == pytest.approx(TRAITS[variant].sigma_c, rel=0.35)
    assert variant in fitting(noise_c)


def test_a_wall_that_warms_up_is_no_noise() -> None:
    noise_c = noise_of(samples("DAA", seed=1, drift_c=0.01))
    assert noise_c is not None
    assert "DAA" in fitting(noise_c)


def test_somebody_who_walks_by_is_no_noise() -> None:
    read = samples("DAA", seed=1)
    read[30:33] = [34.0, 34.5, 34.0]
    noise_c = noise_of(read)
    assert noise_c is not None
    assert "DAA" in fitting(noise_c)


def test_a_few_samples_tell_nothing() -> None:
    assert noise_of([36.0] * 14) is None
