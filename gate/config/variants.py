"""The variants of the MLX90614: what cannot be read from the part over the bus.

Settling and noise are from the data sheet (rev 13). Only the D parts are the medical ones; the
others are exact to 0.5 °C around 37 °C.
"""

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Variant = Literal["DAA", "DCC", "DCI", "AAA", "BAA", "ACC", "BCC", "BCI"]


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
    def uncertainty_c(self) -> float:
        """Uncertainty of one estimate (twice the standard uncertainty), at a forehead.

        Limits of error count as rectangular. Skin has emissivity 0.98 within 0.01, and a
        forehead fills the view to within 1 %: either is worth about 0.1 °C.
        """
        calibration = self.error_c / math.sqrt(3)
        noise = self.sigma_c / math.sqrt(self.window)
        emissivity = field_of_view = 0.1 / math.sqrt(3)
        rounding = 0.05 / math.sqrt(3)  # to the tenth that is shown and decided on
        return 2 * math.hypot(calibration, noise, emissivity, field_of_view, rounding)

    @property
    def guard_c(self) -> float:
        """The narrowest guard band that covers the uncertainty: rounded up to the tenth."""
        return math.ceil(self.uncertainty_c * 10) / 10


TRAITS = MappingProxyType(
    {
        "DAA": Traits(settling_s=0.10, sigma_c=0.05, error_c=0.2, window=8),
        "DCC": Traits(settling_s=0.14, sigma_c=0.18, error_c=0.2, window=6),
        "DCI": Traits(settling_s=0.65, sigma_c=0.10, error_c=0.2, window=4),
        "AAA": Traits(settling_s=0.10, sigma_c=0.05, error_c=0.5, window=8),
        "BAA": Traits(settling_s=0.10, sigma_c=0.05, error_c=0.5, window=8),
        "ACC": Traits(settling_s=0.14, sigma_c=0.18, error_c=0.5, window=6),
        "BCC": Traits(settling_s=0.14, sigma_c=0.18, error_c=0.5, window=6),
        "BCI": Traits(settling_s=0.65, sigma_c=0.10, error_c=0.5, window=4),
    }
)
