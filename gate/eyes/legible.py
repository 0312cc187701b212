"""Whether codes in a picture are large and bright enough, in a technician's words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gate.eyes.sharpness import sharpness

Grey = NDArray[np.uint8]

GOOD_MODULE_PX = 4.0
LEAST_MODULE_PX = 3.0
"""Readers begin to fail below this, the more the less sharp the picture is."""

_WHITE = 250
_DARK = 70
"""Light modules that are no brighter."""
_GREYED = 125
"""Dark modules that are brighter, while the light ones are white: light has spilled over."""
_CONTRAST = 60
_FOG = 15.0
"""Of sharpness: below it stays what is behind a picture that holds no fine thing at all."""


class Code(Protocol):
    """A code that was read."""

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """(x, y) of its corners."""

    @property
    def size_px(self) -> float:
        """Length of a side, without the quiet zone."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a code in a picture is like."""

    module_px: float
    light: int
    """Grey of its light modules, 0 to 255."""
    dark: int
    complaints: tuple[str, ...]


def judge(grey: Grey, code: Code, modules: int) -> Judged:
    """What the code is like that has so many modules a side."""
    inside = _inside(grey, code.corners)
    dark, light = (int(level) for level in np.percentile(inside, (15, 85)))
    module_px = code.size_px / modules
    complaints = []
    if module_px < LEAST_MODULE_PX:
        complaints.append("too small: hold it nearer, or set more pixels (width, height)")
    elif module_px < GOOD_MODULE_PX:
        complaints.append("small: read only while it is sharp")
    if light >= _WHITE and dark > _GREYED:
        complaints.append("blown out: lower exposure_max_ms or gain_max")
    elif light < _DARK:
        complaints.append("too dark: raise exposure_max_ms or gain_max, or put a lamp there")
    if light - dark < _CONTRAST:
        complaints.append("little contrast: dirt on the window, or a lamp in its reflection?")
    return Judged(module_px, light, dark, tuple(complaints))


def judge_without(grey: Grey) -> Sequence[str]:
    """Why nothing may have been read in this picture."""
    height, width = grey.shape
    middle = grey[height // 5 : height - height // 5, width // 5 : width - width // 5]
    light = float(np.percentile(middle, 98))
    sharp = sharpness(grey)
    if light < _DARK:
        return ("too dark: raise exposure_max_ms or gain_max, or put a lamp there",)
    if float((middle >= _WHITE).mean()) > 0.3:
        return ("blown out: lower exposure_max_ms or gain_max; does the sun shine in?",)
    if sharp is None:
        return ("nothing to be seen: is the lens covered?",)
    if sharp < _FOG:
        return ("perhaps out of focus, or nothing is held up: gate camera focus",)
    return ()


def _inside(grey: Grey, corners: Sequence[tuple[float, float]]) -> Grey:
    """The pixels of the code, without the outermost tenth of the box around it."""
    height, width = grey.shape
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    left, top = max(0, int(min(xs))), max(0, int(min(ys)))
    right, bottom = min(width, int(max(xs)) + 1), min(height, int(max(ys)) + 1)
    cut_x, cut_y = (right - left) // 10, (bottom - top) // 10
    inside = grey[top + cut_y : bottom - cut_y, left + cut_x : right - cut_x]
    return inside if inside.size else grey
