"""What the camera sees while nobody is there, at an eighth of a frame's scale. Pure.

The numbers behind `presence`, whose header has the rules.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gate.eyes.decoding import Grey
from gate.model import Monotonic

CELL = 8
BLOCK = 4
"""Cells of a block in each direction: 32 pixels."""

LIGHTER = 14.0
"""Grey steps: seven times what a sensor's noise of 4 is in the mean of four pixels."""
STRAYS = 4.0
"""Times the cell's mean deviation: by plain noise once in 700 cells, never in half of a block."""
MOST_STRAYING = 10.0
"""So that a lamp that flickers does not make its cells blind for a phone."""
ROUGH = 26
"""Grey steps from the darkest to the brightest of the four pixels; noise of 4 makes 8, and more
than this in one cell of a hundred thousand."""
ROUGHER = 2.0
MOST_LIT = 3.0
"""A cell that is brighter than it was may be rougher by as much, up to here."""

KNOWN_S = 20.0
NEW_S = 1.5
"""Time constants of learning what is not strange, and what is."""
STRAYS_S = 5.0
USUAL_S = 60.0
"""Those of how far a cell strays, and of which look is the usual one."""
STAYS_S = 120.0
"""What was strange for so long is learned whatever it is."""
LONGEST_STEP_S = 1.0

SAME_LIGHT = 0.01
"""Within 1 % there is nothing to be taken out."""
DIMMEST = 8.0
"""Added to both sides of a quotient of two lights: in the dark it says nothing."""

Cells = NDArray[np.float32]
"""One number for each cell, shape (height // 8, width // 8); never written to."""
Looks = NDArray[np.float32]
"""Two numbers for each cell, shape (2, height // 8, width // 8); never written to."""
Which = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Eighth:
    """A frame at an eighth of its scale: mean and range of four pixels of each cell."""

    bright: Cells
    rough: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """Two looks of each cell; the first is the usual one."""

    bright: Looks
    rough: Looks
    second: Cells
    """Which part of the last minutes it was the second look that was seen."""
    strays: Cells
    """Mean deviation of what is seen from its look, in grey steps."""
    strange_s: Cells
    """For how long the cell has had neither look."""
    learned_at: Monotonic


def eighth(frame: Grey) -> Eighth:
    """The small picture of a frame; nothing of the frame is kept in it."""
    rows, columns = frame.shape[0] // CELL, frame.shape[1] // CELL
    # One copy of a sixteenth, so that everything after it is done on what lies together.
    pixels = np.ascontiguousarray(frame[1::4, 1::4][: 2 * rows, : 2 * columns])
    upper, lower = pixels[::2], pixels[1::2]
    high, low = np.maximum(upper, lower), np.minimum(upper, lower)
    sums = np.add(upper, lower, dtype=np.uint16)
    bright = (sums[:, ::2] + sums[:, 1::2]).astype(np.float32)
    bright *= 0.25
    rough = np.maximum(high[:, ::2], high[:, 1::2]) - np.minimum(low[:, ::2], low[:, 1::2])
    return Eighth(bright, rough)


def first(seen: Eighth, now: Monotonic) -> Backdrop:
    """What is known after one frame."""
    nothing = np.zeros_like(seen.bright)
    return Backdrop(
        bright=np.stack([seen.bright, seen.bright]),
        rough=np.stack([seen.rough, seen.rough], dtype=np.float32),
        second=nothing,
        strays=nothing,
        strange_s=nothing,
        learned_at=now,
    )


def light(backdrop: Backdrop, seen: Eighth) -> float:
    """By which factor the whole picture is brighter than it was (rule 3).

    A median over one cell in sixteen: whoever fills less than half of the picture changes nothing.
    """
    now, usual = seen.bright[::4, ::4], backdrop.bright[0, ::4, ::4]
    return float(np.median((now + DIMMEST) / (usual + DIMMEST)))


def differing(backdrop: Backdrop, seen: Eighth) -> int:
    """How many cells differ from their usual look, were the light the same.

    None of them need be strange; but where hardly any does, nobody is there, and that is nearly
    always. It costs a third of what `light` and `compared` do.
    """
    off = np.abs(seen.bright - backdrop.bright[0]) > _beyond(backdrop)
    off |= seen.rough > np.maximum(_of(ROUGHER) * backdrop.rough[0], _of(ROUGH))
    return int(np.count_nonzero(off))


def compared(backdrop: Backdrop, seen: Eighth, factor: float) -> tuple[Which, Which]:
    """Which cells are strange, and which of them because they are rougher (rule 2)."""
    strange, rougher = np.zeros((2, *seen.bright.shape), dtype=np.bool_)
    bright = seen.bright
    if abs(factor - 1.0) >= SAME_LIGHT:
        bright = (bright + _of(DIMMEST)) * _of(1.0 / factor) - _of(DIMMEST)
    beyond = _beyond(backdrop)
    doubtful = np.abs(bright - backdrop.bright[0]) > beyond
    doubtful |= seen.rough > np.maximum(_of(factor * ROUGHER) * backdrop.rough[0], _of(ROUGH))
    where = np.nonzero(doubtful)
    if where[0].size:  # hardly anywhere, while nobody is there
        rows, columns = where
        _, far, rough = _unlike(
            backdrop.bright[:, rows, columns],
            backdrop.rough[:, rows, columns],
            beyond[where],
            Eighth(bright[where], seen.rough[where]),
            factor,
        )
        strange[where] = (far | rough).all(axis=0)
        rougher[where] = rough.all(axis=0)
    return strange, rougher


def learned(
    backdrop: Backdrop, seen: Eighth, factor: float, *, held: bool, now: Monotonic
) -> Backdrop:
    """What is known after this frame; `held`: nothing strange is learned (rules 4 and 5).

    A cell that has one of its looks refines it; a strange one gets it for its rarer look.
    """
    step_s = min(max(now - backdrop.learned_at, 0.0), LONGEST_STEP_S)
    if abs(factor - 1.0) >= SAME_LIGHT:
        backdrop = _in_light(backdrop, factor)
    off, far, rough = _unlike(backdrop.bright, backdrop.rough, _beyond(backdrop), seen, factor=1.0)
    unlike = far | rough
    strange = unlike[0] & unlike[1]
    strange_s = backdrop.strange_s + np.where(strange, _of(step_s), _of(-10 * step_s))
    is_second = strange | unlike[0] | (~unlike[1] & (off[1] < off[0]))
    quick = _part(step_s, NEW_S)
    of_strange = np.where(strange_s >= STAYS_S, quick, _of(0.0)) if held else quick
    rate = np.where(strange, of_strange, _part(step_s, KNOWN_S))
    rates = np.stack([np.where(is_second, _of(0.0), rate), np.where(is_second, rate, _of(0.0))])
    straying = np.where(strange, of_strange, _part(step_s, STRAYS_S))
    strays = backdrop.strays + straying * (np.where(is_second, off[1], off[0]) - backdrop.strays)
    usual = np.where(strange, _of(0.0), _part(step_s, USUAL_S))
    return _usual_first(
        Backdrop(
            bright=backdrop.bright + rates * (seen.bright - backdrop.bright),
            rough=backdrop.rough + rates * (seen.rough - backdrop.rough),
            second=backdrop.second + usual * (is_second.astype(np.float32) - backdrop.second),
            strays=np.minimum(strays, _of(MOST_STRAYING)),
            strange_s=np.maximum(strange_s, _of(0.0)),
            learned_at=now,
        )
    )


def blocks(cells: Which) -> NDArray[np.uint8]:
    """How many cells of each block are set; what is left over at the far edges is left out."""
    rows, columns = cells.shape[0] // BLOCK, cells.shape[1] // BLOCK
    whole = cells[: rows * BLOCK, : columns * BLOCK].view(np.uint8)
    below = whole.reshape(rows, BLOCK, columns * BLOCK).sum(axis=1, dtype=np.uint8)
    together: NDArray[np.uint8] = below.reshape(rows, columns, BLOCK).sum(axis=2, dtype=np.uint8)
    return together


def _unlike(
    bright: Looks, rough: Looks, beyond: Cells, seen: Eighth, factor: float
) -> tuple[Looks, Which, Which]:
    """How far cells are from their looks, whether that is too far, and whether they are rougher."""
    off = np.abs(seen.bright - bright)
    lit = np.clip((seen.bright + DIMMEST) / (bright + DIMMEST), 1.0, MOST_LIT)
    rougher = (seen.rough > ROUGH) & (seen.rough > _of(factor * ROUGHER) * lit * rough)
    return off, off > beyond, rougher


def _beyond(backdrop: Backdrop) -> Cells:
    beyond: Cells = np.maximum(_of(STRAYS) * backdrop.strays, _of(LIGHTER))
    return beyond


def _in_light(backdrop: Backdrop, factor: float) -> Backdrop:
    """The same lane, brighter by this factor."""
    bright = (backdrop.bright + _of(DIMMEST)) * _of(factor) - _of(DIMMEST)
    lit = np.clip(bright, _of(0.0), _of(255.0))
    return replace(backdrop, bright=lit, rough=backdrop.rough * _of(factor))


def _usual_first(backdrop: Backdrop) -> Backdrop:
    other = backdrop.second > 0.5
    if not other.any():
        return backdrop
    return replace(
        backdrop,
        bright=np.where(other, backdrop.bright[::-1], backdrop.bright),
        rough=np.where(other, backdrop.rough[::-1], backdrop.rough),
        second=np.where(other, _of(1.0) - backdrop.second, backdrop.second),
    )


def _part(step_s: float, constant_s: float) -> np.float32:
    return np.float32(min(1.0, step_s / constant_s))


def _of(number: float) -> np.float32:
    return np.float32(number)
