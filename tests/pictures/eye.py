"""Where a pinhole camera sees a phone, and how much of it falls on each pixel."""

from math import cos, radians, sin, tau

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.pictures.conditions import Conditions
from tests.pictures.lane import Random
from tests.pictures.phone import CELL, Phone

Homography = NDArray[np.float64]
"""From the drawing of a phone to the frame, both in pixels."""

_FOCAL = 1.0
"""Focal length in widths of the frame: a view of 53 degrees, as camera module 1 has it."""
_HAND_DEG = 3.0
_QUIET_IN_FRAME = 4
"""Modules between code and edge of the frame, where there is room."""
_FINER = 3
"""Each pixel of a frame is the mean of 3 x 3 looks at the drawing."""


def held(subject: Phone, at: Conditions, random: Random) -> Homography:
    """Hold the phone so that a module in the middle of the code is as wide as `at` says.

    Turned and tilted there, and then shifted so that the code lies in the frame, or is cut.
    """
    left, top, right, low = subject.code
    size = at.module_px / CELL
    turn = radians(at.turn_deg + random.uniform(-_HAND_DEG, _HAND_DEG))
    seen = (
        _tilted(radians(at.tilt_deg), random.uniform(0, tau), _FOCAL * at.size[0])
        @ _turned(turn)
        @ np.diag([size, size, 1.0])
        @ _shift(-(left + right) / 2, -(top + low) / 2)
    )
    corners = through(seen, [(left, top), (right, top), (right, low), (left, low)])
    return _shift(*_into_frame(corners, at, random)) @ seen


def through(seen: Homography, points: list[tuple[float, float]]) -> NDArray[np.float64]:
    """Where `points` of the drawing are in the frame: shape (n, 2)."""
    x, y, w = seen @ np.array([(*point, 1.0) for point in points]).T
    return np.stack([x / w, y / w], axis=1)


def shown(
    subject: Phone, seen: Homography, size: tuple[int, int]
) -> tuple[Image.Image, Image.Image, tuple[int, int]]:
    """The phone as the frame of `size` has it, the mask of its outline, and their upper left."""
    width, height = subject.front.size
    outline = through(seen, [(0, 0), (width, 0), (width, height), (0, height)])
    left, top = np.maximum(np.floor(outline.min(axis=0)).astype(int), 0)
    right, low = np.minimum(np.ceil(outline.max(axis=0)).astype(int), size)
    fine = np.diag([_FINER, _FINER, 1.0]) @ _shift(-left, -top) @ seen
    back = np.linalg.inv(fine)
    coefficients = (back / back[2, 2]).ravel()[:8].tolist()

    def looked_at(drawing: Image.Image) -> Image.Image:
        return drawing.transform(
            (int(right - left) * _FINER, int(low - top) * _FINER),
            Image.Transform.PERSPECTIVE,
            coefficients,
            Image.Resampling.NEAREST,
        ).reduce(_FINER)

    whole = Image.new("L", subject.front.size, 255)
    return looked_at(subject.front), looked_at(whole), (int(left), int(top))


def _into_frame(
    corners: NDArray[np.float64], at: Conditions, random: Random
) -> tuple[float, float]:
    least, most = corners.min(axis=0), corners.max(axis=0)
    room = np.array(at.size) - (most - least)
    margin = np.minimum(_QUIET_IN_FRAME * at.module_px, np.maximum(room, 0) / 2)
    place = margin + random.uniform(size=2) * (room - 2 * margin)
    if at.cut:
        axis, far = random.integers(2, size=2)
        beyond = at.cut * (most - least)[axis]
        place[axis] = room[axis] + beyond if far else -beyond
    across, down = place - least
    return float(across), float(down)


def _shift(across: float, down: float) -> Homography:
    return np.array([[1, 0, across], [0, 1, down], [0, 0, 1]], dtype=float)


def _turned(angle: float) -> Homography:
    return np.array([[cos(angle), sin(angle), 0], [-sin(angle), cos(angle), 0], [0, 0, 1]])


def _tilted(angle: float, axis: float, focal_px: float) -> Homography:
    """A plane at the focal length from the pinhole, tilted about an axis in it."""
    about = _turned(axis)
    tilt = np.array([[1, 0, 0], [0, cos(angle), 0], [0, sin(angle) / focal_px, 1]])
    tilted: Homography = about.T @ tilt @ about
    return tilted
