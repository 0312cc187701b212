"""What light, lens, shutter and sensor make of a scene."""

from math import ceil, cos, pi, sin, tau

import numpy as np
from numpy.typing import NDArray

from drivers.frame import Grey
from tests.pictures.conditions import Conditions
from tests.pictures.lane import Light, Random

_FINER = 5
"""Looks at each pixel of a kernel, in each direction."""


def striped(light: Light, screen: Light, at: Conditions, random: Random) -> Light:
    """The beat of the screen's pixels with the sensor's: two sets of stripes across each other.

    `screen` is 1 where the frame shows the screen and 0 elsewhere.
    """
    y, x = _pixels(light)
    stripes = np.zeros_like(light)
    first = random.uniform(0, tau)
    for angle in (first, first + pi / 2):
        along = x * cos(angle) + y * sin(angle)
        wave = tau * along / (at.moire_period * at.module_px) + random.uniform(0, tau)
        stripes += np.sin(wave, dtype=np.float32) / 2
    left: Light = light * (1 - at.moire * screen * (0.5 + 0.5 * stripes))
    return left


def shaded(light: Light, middle: tuple[float, float], at: Conditions, random: Random) -> Light:
    """A soft shadow's edge through the code, whose side it takes to grow dark."""
    y, x = _pixels(light)
    angle = random.uniform(0, tau)
    reach = 25 * at.module_px
    along = ((x - middle[0]) * cos(angle) + (y - middle[1]) * sin(angle)) / reach
    dark: Light = np.tanh(2 * along, dtype=np.float32)
    return light * (1 - at.shade * (0.5 + 0.5 * dark))


def glaring(
    light: Light, middle: tuple[float, float], side_px: float, at: Conditions, random: Random
) -> Light:
    """A lamp in the glass, somewhere on the code: white in its middle, fading out."""
    y, x = _pixels(light)
    angle, off = random.uniform(0, tau), 0.35 * side_px * random.uniform()
    across = x - middle[0] - off * cos(angle)
    down = y - middle[1] - off * sin(angle)
    radius = at.glare * side_px / 2
    fading: Light = np.exp(-(((across**2 + down**2) / radius**2) ** 2), dtype=np.float32)
    return light + 400 * fading


def unsharp(light: Light, at: Conditions, random: Random) -> Light:
    """Out of focus and moved, as far as there is anything of it."""
    if at.defocus:
        light = _spread(light, _disc(at.defocus * at.module_px))
    if at.motion:
        light = _spread(light, _way(at.motion * at.module_px, random.uniform(0, pi)))
    return light


def sensed(light: Light, at: Conditions, random: Random) -> Grey:
    """Bytes, with the noise of the light itself: less in the dark, more where it is bright."""
    light = np.clip(light, 0, 255)
    spread = at.noise * np.sqrt(0.3 + 0.7 * light / 128)
    noise = random.standard_normal(light.shape, dtype=np.float32)
    grey: Grey = np.clip(np.rint(light + spread * noise), 0, 255).astype(np.uint8)
    return grey


def _pixels(light: Light) -> tuple[Light, Light]:
    height, width = light.shape
    y = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.5)
    x = np.arange(width, dtype=np.float32)[None, :] + np.float32(0.5)
    return y, x


def _disc(radius_px: float) -> Light:
    x, y = _looks(radius_px)
    return _kernel(x**2 + y**2 <= radius_px**2)


def _way(length_px: float, angle: float) -> Light:
    x, y = _looks(length_px / 2)
    along, aside = x * cos(angle) + y * sin(angle), x * sin(angle) - y * cos(angle)
    return _kernel((abs(along) <= length_px / 2) & (abs(aside) <= 0.5))


def _looks(reach_px: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y of the looks at a kernel that reaches so far from its middle."""
    half = ceil(reach_px + 0.5) + 0.5
    count = round(2 * half * _FINER)
    at = (np.arange(count) + 0.5) / _FINER - half
    return at[None, :], at[:, None]


def _kernel(inside: NDArray[np.bool_]) -> Light:
    side = len(inside) // _FINER
    share: Light = inside.reshape(side, _FINER, side, _FINER).mean(axis=(1, 3), dtype=np.float32)
    share /= share.sum()
    return share


def _spread(light: Light, kernel: Light) -> Light:
    """`light` through `kernel`; what is beyond the frame is as its edge."""
    reach = len(kernel) // 2
    wide = np.pad(light, reach, mode="edge")
    shape = wide.shape
    through = np.fft.rfft2(wide) * np.fft.rfft2(kernel, shape)
    out: Light = np.fft.irfft2(through, shape)[2 * reach :, 2 * reach :].astype(np.float32)
    return out
