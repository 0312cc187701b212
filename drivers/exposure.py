"""How long, and how sensitive, the next frame is to be taken. Pure.

A phone's screen is many times brighter than the dim hall around it, and libcamera's own automatic
meters the hall: held up there, the screen is white all over until the automatic has followed. It
cannot be bounded from outside: no control limits its exposure or gain, and the bounds in its tuning
file reach 67 ms at a gain of 16 even in the mode "short" (src/ipa/rpi/vc4/data/imx708.json, read
once, when libcamera's camera manager starts). So both are set from here, for each frame:

1. What counts is the brightest large thing in the middle of the picture: its 98th percentile is to
   stand between 160 and 230 of 255, with room for white.
2. Neither bound is ever crossed: no longer than hands hold still, no more gain than noise allows.
   In the darkest hall a screen is at most so far above white as these bounds say.
3. Nor is the total ever below a millisecond at the smallest gain: a lamp or a window in the middle
   does not make a phone dark before it.
4. Longer comes before more sensitive, in whole flashes of the lamps where that is possible.
5. The answer depends on what the frame itself was taken with, not on what was asked for last: a
   sensor that follows some frames late (three, in libcamera) makes nothing swing.
"""

from dataclasses import dataclass

import numpy as np

from drivers.frame import Grey

_ROWS, _COLUMNS = 7, 5
"""Every so many of them one is looked at, 13,000 pixels of a frame of 1296 x 972: primes, so that
they do not fall on the dark modules of a code alone."""
_BRIGHT = 0.98
_TARGET, _LOW, _HIGH = 200, 160, 230
_WHITE = 250
"""From here on nobody knows how much brighter it really is."""
_AT_WHITE = 1 / 4
_GAMMA = 2.2
"""Of the curve between light and grey, about: what is left over, the next step corrects."""
_MOST_UP = 4.0
_SHORTEST_US = 1000.0
_WORTH_IT = 0.05
"""A smaller change than this is none; the sensor's steps are about as large."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a frame is taken with."""

    time_us: float
    gain: float
    """Analogue gain; 1 is about ISO 100."""

    @property
    def total(self) -> float:
        """Microseconds at gain 1 that are as bright."""
        return self.time_us * self.gain


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which it stays: what the site allows, as far as the sensor can."""

    time_us: tuple[float, float]
    gain: tuple[float, float]
    flash_us: float
    """From one flash of the lamps to the next: half a period of the mains."""


def first(bounds: Bounds) -> Exposure:
    """To begin with: the longest at the smallest gain."""
    return _split(bounds.time_us[1] * bounds.gain[0], bounds)


def aim(taken: Exposure, brightness: float, bounds: Bounds) -> Exposure | None:
    """What to take the next frame with; None where this one was good, or as good as it gets.

    `taken` is what the frame was taken with, `brightness` what `brightest` says about it.
    """
    if _LOW <= brightness <= _HIGH:
        factor = 1.0
    elif brightness >= _WHITE:
        factor = _AT_WHITE
    else:
        factor = min(_MOST_UP, (_TARGET / max(brightness, 1.0)) ** _GAMMA)
    least = min(max(bounds.time_us[0], _SHORTEST_US), bounds.time_us[1]) * bounds.gain[0]
    most = bounds.time_us[1] * bounds.gain[1]
    wanted = _split(min(max(taken.total * factor, least), most), bounds)
    return wanted if abs(wanted.total - taken.total) > _WORTH_IT * taken.total else None


def brightest(grey: Grey) -> float:
    """How bright the brightest large thing in the middle of the frame is, 0 to 255."""
    height, width = grey.shape
    top, left = height // 5, width // 5
    middle = grey[top : height - top : _ROWS, left : width - left : _COLUMNS].ravel()
    at = int(_BRIGHT * (middle.size - 1))
    return float(np.partition(middle, at)[at])


def _split(total: float, bounds: Bounds) -> Exposure:
    """Into time and gain (rule 4)."""
    time_us = min(total / bounds.gain[0], bounds.time_us[1])
    if time_us >= bounds.flash_us:
        time_us -= time_us % bounds.flash_us
    return Exposure(time_us, min(max(total / time_us, bounds.gain[0]), bounds.gain[1]))
