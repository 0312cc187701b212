"""How sharp the middle of a frame is, while somebody turns the lens. Pure.

The figure is about what share of all contrast there is between pixels side by side: 0 for a fog,
100 for noise. It depends on what is seen, so only a rising and falling means something, in front of
one and the same thing: a code on a phone or on paper, as far away as phones are held.

Brightness and contrast cancel out, since differences are divided by the deviation of the whole.
The sensor's noise is taken off both: a blurred picture has nothing else between neighbouring
pixels, and would seem sharp by it. How much noise there is, the calmest fifth of the frame tells.
"""

import math

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

LEAST_CONTRAST = 4.0
"""Grey steps of deviation: with less there is nothing to be seen sharp."""

_NINTH = 3
"""One of so many rows and columns is enough to tell the noise."""
_CALM = 20
_OF_CALM = 0.2533
"""The 20th percentile of a normal distribution's absolute value, in deviations."""


def sharpness(grey: Grey) -> float | None:
    """How sharp the middle half of the frame is, 0 to 100; None where there is nothing in it."""
    height, width = grey.shape
    middle = grey[height // 4 : height - height // 4, width // 4 : width - width // 4]
    if min(middle.shape) < 4:
        return None
    fine = middle.astype(np.float32)
    noise = _noise(fine) ** 2 / 4  # a mean of four has a quarter of it
    # The mean of 2 x 2 pixels: what is finer is more noise than picture. Around every pixel, not
    # every second one: else an edge that falls in their middle looks the same sharp and unsharp.
    pairs = fine[1:] + fine[:-1]
    coarse = (pairs[:, 1:] + pairs[:, :-1]) / 4
    contrast = float(coarse.var()) - noise
    if contrast < LEAST_CONTRAST**2:
        return None
    down, across = coarse[2:] - coarse[:-2], coarse[:, 2:] - coarse[:, :-2]
    steps = (float((down**2).mean()) + float((across**2).mean())) / 2 - 2 * noise
    # Noise has steps of twice its variance, which is as sharp as can be.
    return min(100.0, 100 * math.sqrt(max(0.0, steps) / (2 * contrast)))


def _noise(grey: NDArray[np.float32]) -> float:
    """Standard deviation of the sensor's noise: edges run straight through most of a frame."""
    below, above = grey[1::_NINTH], grey[:-1:_NINTH]
    across = below - above
    twist = across[:, 1::_NINTH] - across[:, :-1:_NINTH]
    return float(np.percentile(np.abs(twist), _CALM)) / _OF_CALM / 2
