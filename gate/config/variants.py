"""The variants of the MLX90614: what cannot be read from the part over the bus.

Settling and noise are from the data sheet (rev 13). Only the D parts are the medical ones; the
others are exact to 0.5 °C around 37 °C.
"""

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Variant = Literal["DAA", "DCC", "DCI", "AAA", "BAA", "ACC", "BCC", "BCI"]

MEDIAN_OVER_MEAN = math.pi / 2
"""How much wider the variance of a median is than that of a mean, at most."""

NEIGHBOURS = math.exp(-3)
"""How much a sample resembles the one a settling time before it: the part's own filter."""

EMISSIVITY_C = 0.1
"""Skin has 0.98 within 0.01, which is worth 0.09 °C of skin in a room of 27 °C."""

VIEW_C = 0.1
"""A forehead fills the view to within 1 %; each one is 0.09 °C before a background of 27 °C."""

ROUNDING_C = 0.05
"""To the tenth that is shown and decided on."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a variant of the MLX90614 can do (data sheet rev 13)."""

    settling_s: float
    sigma_c: float
    """Standard deviation of one sample."""
    error_c: float
    """Largest error for an object of 36 to 38 °C."""
    window: int
    """Samples of one estimate: fewer for slow parts, so that a person need not wait."""

    @property
    def exact(self) -> bool:
        """Whether somebody may be turned away because of what it reads: the D parts."""
        return self.error_c <= 0.2

    @property
    def noise_c(self) -> float:
        """Standard uncertainty that is left of the noise in one estimate, a median."""
        together = MEDIAN_OVER_MEAN * (1 + 2 * NEIGHBOURS) / self.window
        return self.sigma_c * math.sqrt(together)

    @property
    def uncertainty_c(self) -> float:
        """Uncertainty of one estimate (twice the standard uncertainty), at a forehead.

        Limits of error count as rectangular. It is that of a part whose supply and distance have
        been taken out by commissioning, and the part's own error stays in it all the same: a
        black body of the trade is exact to 0.1 or 0.2 °C, and two points on one morning say
        nothing of another room or of half a year (docs/temperature.md).
        """
        limits = (self.error_c, EMISSIVITY_C, VIEW_C, ROUNDING_C)
        return 2 * math.hypot(self.noise_c, *(limit / math.sqrt(3) for limit in limits))

    @property
    def guard_c(self) -> float:
        """The narrowest guard band that covers the uncertainty: rounded up to the tenth."""
        return math.ceil(self.uncertainty_c * 10) / 10


TRAITS = MappingProxyType(
    {
        "DAA": Traits(settling_s=0.10, sigma_c=0.05, error_c=0.2, window=8),
        "DCC": Traits(settling_s=0.14, sigma_c=0.18, error_c=0.2, window=8),
        "DCI": Traits(settling_s=0.65, sigma_c=0.10, error_c=0.2, window=4),
        "AAA": Traits(settling_s=0.10, sigma_c=0.05, error_c=0.5, window=8),
        "BAA": Traits(settling_s=0.10, sigma_c=0.05, error_c=0.5, window=8),
        "ACC": Traits(settling_s=0.14, sigma_c=0.18, error_c=0.5, window=8),
        "BCC": Traits(settling_s=0.14, sigma_c=0.18, error_c=0.5, window=8),
        "BCI": Traits(settling_s=0.65, sigma_c=0.10, error_c=0.5, window=4),
    }
)
