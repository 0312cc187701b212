"""Samples of the thermometer, and when a row of them is an estimate. Pure."""

import math
from dataclasses import dataclass, replace
from statistics import fmean, median

from gate.model import Monotonic
from gate.temperature.criteria import ScreeningSettings

STEADY_RANGE_SIGMAS = 4.5
STEADY_RISE_SIGMAS, STEADY_FALL_SIGMAS = 1.0, 2.5
"""Of the difference between the halves of a window, whose own deviation is sigma x sqrt(4/n). A
rise is looked at more closely: whoever is still coming fills the view more and more, and reads
too low until then."""

COLDEST_C, HOTTEST_C = -273.15, 382.19
"""The ends of the sensor's scale: words 0x0000 and 0x7FFF."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading; the ambient one may be some samples older."""

    at: Monotonic
    object_c: float
    ambient_c: float
    near: bool | None = None
    """Whether the proximity input says that somebody is there; None where none is wired."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Somebody is asked to hold still."""

    since: Monotonic
    moved_at: Monotonic
    """When the view last changed by more than noise does."""
    last: Sample
    window: tuple[Sample, ...] = ()
    """The newest samples since the sensor has settled, oldest first."""


def hold_on(hold: Hold | None, sample: Sample, s: ScreeningSettings, *, came_at: Monotonic) -> Hold:
    """The hold with `sample` in it, of somebody who came at `came_at`.

    The sensor's filter needs its settling time after whatever changes, be it the last step of
    somebody who is on the way, or a nod; so the window begins anew with each.
    """
    hold = hold or Hold(since=sample.at, moved_at=came_at, last=sample)
    moved_at, window = hold.moved_at, hold.window
    if abs(sample.object_c - hold.last.object_c) > STEADY_RANGE_SIGMAS * s.sigma_c:
        moved_at = sample.at
    if sample.at - hold.last.at > 3 * s.settling_s:
        window = ()  # failed reads between them: they need not be of the same moment
    settling = sample.at - moved_at < 2 * s.settling_s
    window = () if settling else (*window, sample)[-s.window :]
    return replace(hold, moved_at=moved_at, last=sample, window=window)


def steady(window: tuple[Sample, ...], s: ScreeningSettings) -> bool:
    """Full, within the noise, and not on its way up or down. False if a sample is no number."""
    if len(window) < s.window or not all(_is_number(sample) for sample in window):
        return False
    values = [sample.object_c for sample in window]
    if max(values) - min(values) > STEADY_RANGE_SIGMAS * s.sigma_c:
        return False
    middle = len(values) // 2
    deviation_c = s.sigma_c * math.sqrt(4 / len(values))
    drift = (fmean(values[middle:]) - fmean(values[:middle])) / deviation_c
    return -STEADY_FALL_SIGMAS <= drift <= STEADY_RISE_SIGMAS


def estimate_c(window: tuple[Sample, ...]) -> float:
    """The object temperature that a steady window stands for; one spike does not move it."""
    return median(sample.object_c for sample in window)


def is_temperature(celsius: float) -> bool:
    """Something that the sensor can say at all (data sheet, section 8.7.2): no NaN, no 1e308."""
    return COLDEST_C <= celsius <= HOTTEST_C


def _is_number(sample: Sample) -> bool:
    return is_temperature(sample.object_c) and is_temperature(sample.ambient_c)
