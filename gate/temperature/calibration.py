"""Two-point calibration: from what the thermometer says of two black bodies to a line. Pure.

The rules:

 1. A window is long enough that its median has a standard error of `ERROR_C`, and never shorter
    than `SHORTEST`. It is steady when it scatters as the part does, and its halves agree.
 2. A steady window within `NEAR_C` of the body is a reading of it: its median. One that is near
    the other body instead is two bodies that were swapped, and one that is near neither is no
    black body, or one that does not fill the view.
 3. The line goes through the readings of two bodies; where a body was read more than once,
    through the means. What it misses a half of any window by, at most, is the residual.
 4. A residual above `LARGEST_RESIDUAL_C`, and a line that no sound part at its place has
    (`commissioning`), are refused.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import fmean, median, pstdev

from gate.temperature.commissioning import CLOSEST_BODIES_C, COLDEST_BODY_C, HOTTEST_BODY_C
from gate.temperature.skin import TrueC, true_c

ERROR_C = 0.02
MEDIAN_TO_MEAN = math.sqrt(math.pi / 2)
"""How much wider the median of many normal samples scatters than their mean."""

SHORTEST = 30

SCATTER_SIGMAS = 1.5
HALVES_SIGMAS = 2.0
"""Of the difference between the means of two halves, whose own deviation is sigma x sqrt(4/n)."""

NEAR_C = 2.0
"""More than any correction that is taken, and less than half the way to the other body."""

LARGEST_RESIDUAL_C = 0.15


class CalibrationError(Exception):
    """This is no calibration; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the thermometer said of one black body."""

    body_c: float
    read_c: float
    spread_c: float
    """Between the largest and the smallest sample."""
    halves_c: tuple[float, float]
    """The medians of the two halves of the window."""


@dataclass(frozen=True, slots=True)
class Line:
    """What follows of the readings: true = gain x read + offset_c."""

    gain: float
    offset_c: float
    residual_c: float
    """By how much it misses the worst half of a window."""
    black_bodies_c: tuple[float, float]
    read_c: tuple[float, float]

    def true_c(self, read_c: float) -> TrueC:
        """What is meant by what the part says."""
        return true_c(read_c, gain=self.gain, offset_c=self.offset_c)


def samples_needed(sigma_c: float) -> int:
    """The length of a window, of a part with this noise (rule 1)."""
    return max(SHORTEST, math.ceil((MEDIAN_TO_MEAN * sigma_c / ERROR_C) ** 2))


def unsteady(window: Sequence[float], sigma_c: float) -> str:
    """Why this window is no reading, in a few words; nothing where it is one (rule 1)."""
    scatter, drift = pstdev(window), _halves_apart(window)
    if not scatter <= SCATTER_SIGMAS * sigma_c:
        return f"scatters by {scatter:.2f} C, and the part by {sigma_c:g}"
    if not abs(drift) <= HALVES_SIGMAS * sigma_c * math.sqrt(4 / len(window)):
        return f"still {'rises' if drift > 0 else 'falls'}, by {abs(drift):.2f} C in the window"
    return ""


def reading_of(window: Sequence[float], body_c: float) -> Reading:
    """What a steady window says of the body."""
    middle = len(window) // 2
    return Reading(
        body_c=body_c,
        read_c=median(window),
        spread_c=max(window) - min(window),
        halves_c=(median(window[:middle]), median(window[middle:])),
    )


def off_the_body(read_c: float, body_c: float, other_c: float | None = None) -> str:
    """Why this is no reading of the body; nothing where it is near enough (rule 2)."""
    if abs(read_c - body_c) <= NEAR_C:
        return ""
    if other_c is not None and abs(read_c - other_c) <= NEAR_C:
        return f"reads {read_c:.2f} C, which is the body of {other_c:g} C: are they swapped?"
    return (
        f"reads {read_c:.2f} C, and {body_c:g} C was to be there: does the black body fill the"
        " view, and has it reached its temperature?"
    )


def wrong_bodies(cool_c: float, warm_c: float) -> str:
    """Why these two bodies give no line; nothing where they do."""
    if not (cool_c >= COLDEST_BODY_C and warm_c <= HOTTEST_BODY_C):
        return (
            f"black bodies of {cool_c:g} and {warm_c:g} C: take two from {COLDEST_BODY_C:g} to"
            f" {HOTTEST_BODY_C:g} C, the cooler one first, 35 and 40 where there is a choice"
        )
    if not warm_c - cool_c >= CLOSEST_BODIES_C:
        return (
            f"black bodies of {cool_c:g} and {warm_c:g} C: name the cooler one first, and take two"
            f" that are at least {CLOSEST_BODIES_C:g} C apart"
        )
    return ""


def line_through(readings: Sequence[Reading]) -> Line:
    """The line through the readings of two bodies. Raises `CalibrationError` (rules 3 and 4)."""
    cool, warm = sorted({reading.body_c for reading in readings})
    cool_read, warm_read = (
        fmean(reading.read_c for reading in readings if reading.body_c == body)
        for body in (cool, warm)
    )
    if not warm_read - cool_read >= (warm - cool) / 2:
        raise CalibrationError(
            f"the bodies of {cool:g} and {warm:g} C read {cool_read:.2f} and {warm_read:.2f} C: "
            "were they swapped, or the same one twice?"
        )
    gain = (warm - cool) / (warm_read - cool_read)
    offset_c = cool - gain * cool_read
    residual_c = max(
        abs(true_c(half_c, gain=gain, offset_c=offset_c) - reading.body_c)
        for reading in readings
        for half_c in chain(reading.halves_c, (reading.read_c,))
    )
    if residual_c > LARGEST_RESIDUAL_C:
        raise CalibrationError(
            f"the readings of one body are up to {residual_c:.2f} C from the line: wait until"
            " bodies and thermometer have kept their temperature for a while, and begin again"
        )
    return Line(
        gain=round(gain, 6),
        offset_c=round(offset_c, 4),
        residual_c=residual_c,
        black_bodies_c=(cool, warm),
        read_c=(round(cool_read, 4), round(warm_read, 4)),
    )


def _halves_apart(window: Sequence[float]) -> float:
    middle, samples = len(window) // 2, tuple(window)
    return fmean(samples[middle:]) - fmean(samples[:middle])
