"""From a text and conditions to what the camera gives."""

import zlib
from dataclasses import dataclass

import numpy as np

from drivers.frame import Grey
from tests.pictures.conditions import Conditions
from tests.pictures.eye import held, shown, through
from tests.pictures.lane import Light, Random, lane, with_person
from tests.pictures.lens import glaring, sensed, shaded, striped, unsharp
from tests.pictures.phone import CELL, phone


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame, and what is to be read in it."""

    text: str | None
    """None where there is no phone."""
    grey: Grey


def draw(text: str | None, at: Conditions, *, seed: str) -> Picture:
    """A phone with `text`, as a camera takes it; the same seed gives the same picture.

    Without a text there is no phone, only the lane.
    """
    random = np.random.default_rng(zlib.crc32(seed.encode()))
    view = lane(at.size, random)
    if at.person:
        view = with_person(view, random)
    light: Light = np.array(view, dtype=np.float32)
    if text is not None:
        light = _with_phone(light, text, at, random)
    return Picture(text, sensed(unsharp(light, at, random), at, random))


def _with_phone(light: Light, text: str, at: Conditions, random: Random) -> Light:
    subject = phone(text, at)
    seen = held(subject, at, random)
    front, outline, (left, top) = shown(subject, seen, at.size)
    here = np.s_[top : top + front.height, left : left + front.width]
    mask = np.zeros_like(light)
    mask[here] = np.asarray(outline, dtype=np.float32) / 255
    # The drawing is black beyond the phone's outline, and so is already weighed by the mask.
    light *= 1 - mask
    light[here] += np.asarray(front, dtype=np.float32)
    if at.moire:
        light = striped(light, mask, at, random)
    x0, y0, x1, y1 = subject.code
    ((x, y),) = through(seen, [((x0 + x1) / 2, (y0 + y1) / 2)])
    middle, side_px = (float(x), float(y)), at.module_px * (x1 - x0) / CELL
    if at.shade:
        light = shaded(light, middle, at, random)
    if at.glare:
        light = glaring(light, middle, side_px, at, random)
    return light
