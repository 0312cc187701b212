"""What screening goes by: the site's limits, the traits of the part, and times."""

from dataclasses import dataclass

SMALLEST_GUARD_C = 0.1


@dataclass(frozen=True, slots=True)
class ScreeningSettings:
    """What the site and the sensor's variant decide. The defaults are for a DCC.

    Raises ValueError for a guard band below one step of the shown number (rule 7 of
    `screening`).
    """

    limit_c: float = 37.3
    """Body-equivalent; above it is warm."""
    guard_c: float = 0.4
    """At least the uncertainty of one estimate."""
    admit_floor_c: float = 34.5
    """A lower number is not believed."""
    plausible_from_c: float = 32.0
    plausible_to_c: float = 43.0
    """Both hold for the skin as measured and for the body-equivalent number."""
    gain: float = 1.0
    offset_c: float = 0.0
    """True = gain x read + offset: what commissioning found of the part."""
    site_offset_c: float = 0.0
    site_k: float = 0.0
    """Body-equivalent = skin + offset + k x (skin - ambient): 0 until the site has measured."""
    settling_s: float = 0.14
    """Of the sensor's variant; also the time between two samples."""
    sigma_c: float = 0.18
    """Noise of one sample, of the sensor's variant."""
    window: int = 8
    """Samples in an estimate; 4 for slow parts."""
    steady_within_s: float = 4.0
    baseline_s: float = 10.0
    present_above_baseline_c: float = 1.5
    present_from_c: float = 30.0
    hysteresis_c: float = 0.5
    """How far below the threshold of coming somebody has to fall to be gone."""
    gone_after_s: float = 0.3
    """A shorter absence is a nod."""
    background_after_s: float = 30.0
    """What stays longer without being measured is the background."""
    near_at_most_s: float = 120.0
    """A proximity input that is active for longer without a pause is stuck."""
    attempts: int = 3
    """The last one ends with the attendant if with nothing else."""

    def __post_init__(self) -> None:
        if self.guard_c < SMALLEST_GUARD_C:
            raise ValueError(f"guard_c is {self.guard_c}, less than {SMALLEST_GUARD_C}")
