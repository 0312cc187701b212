"""A phone with a code on its screen."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gate.drawing import draw
from tests.pictures.conditions import Conditions

CELL = 8
"""Pixels of a module in the drawing: the edges of modules are edges of pixels."""
_PAGE = 3
"""Modules of page to the left and right of the quiet zone; above and below there is more."""
_BEZEL = 2


@dataclass(frozen=True, slots=True)
class Phone:
    """A drawing of the whole phone, `CELL` pixels to a module."""

    front: Image.Image
    code: tuple[int, int, int, int]
    """Left, top, right and low edge of the code (without its quiet zone) in the drawing."""


def phone(text: str, at: Conditions) -> Phone:
    """A phone upright, with the code in the middle of its screen."""
    modules = _modules(text)
    black, white = 127.5 * (1 - at.contrast), 127.5 * (1 + at.contrast)
    dark, light = (white, black) if at.inverted else (black, white)
    card = np.pad(np.where(modules, dark, light), at.quiet, constant_values=light)
    page = black if at.dark_page or at.inverted else white
    above = _PAGE + len(card) // 4
    screen = np.pad(card, ((above, above), (_PAGE, _PAGE)), constant_values=page)
    front = np.pad(screen, _BEZEL, constant_values=black + 8)
    left, top = _BEZEL + _PAGE + at.quiet, _BEZEL + above + at.quiet
    right, low = left + len(modules), top + len(modules)
    picture = np.kron(front, np.ones((CELL, CELL))).round().astype(np.uint8)
    return Phone(Image.fromarray(picture), (left * CELL, top * CELL, right * CELL, low * CELL))


@cache  # the same few passes in every row, and each takes as long as the rest of a picture
def _modules(text: str) -> NDArray[np.bool_]:
    return np.array([list(row) for row in draw(text).matrix], dtype=bool)
