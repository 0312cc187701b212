"""Whether somebody stands in front of the camera, so that a frame is worth reading. Pure.

1. The lane as it is without anybody is known at an eighth of the frame's scale: of each cell of
   8 x 8 pixels how bright it is, how far that strays, and how rough it is inside. Four pixels of a
   cell stand for it.
2. A cell has two looks: with a lamp and without it, a door open and shut, the floor and the bag
   that stands on it. It is strange when it has neither: brighter or darker than it strays
   (`_LIGHTER`, `_STRAYS`), or rougher inside than light alone would make it (`_ROUGH`,
   `_ROUGHER`). Somebody is there while `_CELLS` strange cells lie together, in a block of 4 x 4.
3. What changes the whole picture by one factor (exposure, gain, a cloud) is taken out before
   anything is compared: it makes no cell strange.
4. A look that is seen is refined slowly. What is strange becomes the rarer look of its cell within
   seconds, as long as nothing in the frame is newly rough: so a lamp, a shadow and a plain bag
   soon belong to the lane, and when they go it is known at once.
5. A code is rough wherever it is held, in the light or in the dark; a lamp makes a wall no rougher
   than it makes it light. While a block is newly rough nothing strange is learned, and a phone
   held still goes on being noticed: until it has been there for `_STAYS_S`. What stays longer (a
   poster, a chair) belongs to the lane, too.
6. Where more than half of the picture is newly rough it is the hall (all its lights go on, or the
   camera was turned) and no phone: that is learned after `_TURNED_S`.
7. Somebody may always be there until the lane is known, for `_SETTLES_S` from the first frame of
   its size on, and in a frame too small to be judged.
8. Learning goes by the time between two frames, not by their number, and by a second at most:
   after a camera was away nothing is believed too quickly.

Awkward: who stands still in plain clothes without a phone is learned, and noticed again by the
phone. A screen with moving pictures in view always looks like somebody, and a phone before it like
the screen. A code of little contrast on something just as bright is not noticed. Therefore some
frame is read now and then whatever is said here, and the scanner counts when that was right
(`unnoticed`).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gate.model import Monotonic

_CELL = 8
_BLOCK = 4
"""Cells of a block in each direction: 32 pixels."""

_LIGHTER = 14.0
"""Grey steps: seven times what a sensor's noise of 4 is in the mean of four pixels."""
_STRAYS = 4.0
"""Times the cell's mean deviation: by plain noise once in 700 cells, never in half of a block."""
_MOST_STRAYING = 10.0
"""So that a lamp that flickers does not make its cells blind for a phone."""
_ROUGH = 26.0
"""Grey steps from the darkest to the brightest of the four pixels; noise of 4 makes 8, at most 26
in one cell of a thousand."""
_ROUGHER = 2.0
_CELLS = 7
"""Of the 16 of a block. The smallest readable code fills 5 x 5 cells, 9 of one block at least."""

_KNOWN_S = 20.0
_NEW_S = 1.5
"""Time constants of learning what is not strange, and what is."""
_STRAYS_S = 5.0
_USUAL_S = 60.0
_STILL_S = 2.0
"""Nothing strange is learned for so long after something was newly rough."""
_STAYS_S = 120.0
_TURNED_S = 8.0
_SETTLES_S = 3.0
_LONGEST_STEP_S = 1.0
_DIMMEST = 8.0
"""Added to both sides of a quotient of two lights: in the dark it says nothing."""

Grey = NDArray[np.uint8]
Cells = NDArray[np.float32]
"""One number for each cell, shape (height // 8, width // 8); never written to."""
Looks = NDArray[np.float32]
"""Two numbers for each cell, shape (2, height // 8, width // 8); never written to."""


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """What the lane looks like without anybody: two looks of each cell."""

    bright: Looks
    rough: Looks
    second: Cells
    """Which part of the last minutes it was the second look that was seen."""
    strays: Cells
    """Mean deviation of what is seen from its look, in grey steps."""
    strange_s: Cells
    """For how long the cell has had neither look."""
    settled_at: Monotonic


@dataclass(frozen=True, slots=True, eq=False)
class Presence:
    """What is remembered of the frames so far."""

    lane: Lane | None = None
    at: Monotonic | None = None
    """When the last frame was there."""
    since: Monotonic | None = None
    """Somebody is there, since then; None: nobody."""
    rough_at: Monotonic | None = None
    """When something was newly rough for the last time."""
    turned_since: Monotonic | None = None
    """More than half of the picture is newly rough, since then."""


def look(presence: Presence, frame: Grey, now: Monotonic) -> Presence:
    """What is known after one more frame."""
    if min(frame.shape) < _CELL * _BLOCK:
        return Presence(at=now, since=_from(presence.since, now))
    bright, rough = _eighth(frame)
    if presence.lane is None or presence.lane.second.shape != bright.shape:
        return _unknown(bright, rough, now)
    lane = _in_this_light(presence.lane, bright)
    off = np.abs(bright - lane.bright)
    far = off > np.maximum(_LIGHTER, _STRAYS * lane.strays)
    lit = np.clip((bright + _DIMMEST) / (lane.bright + _DIMMEST), 1.0, 3.0)
    rougher = rough > np.maximum(_ROUGH, _ROUGHER * lit * lane.rough)
    unlike = far | rougher
    strange = unlike[0] & unlike[1]
    new_blocks = _blocks(rougher[0] & rougher[1]) >= _CELLS
    settling = now < lane.settled_at

    rough_at = now if new_blocks.any() else presence.rough_at
    turned_since = _turned_since(presence.turned_since, new_blocks, now)
    turned = turned_since is not None and now - turned_since >= _TURNED_S
    fresh = rough_at is not None and now - rough_at < _STILL_S
    there = settling or bool((_blocks(strange) >= _CELLS).any())
    held = fresh and not turned and not settling
    passed_s = 0.0 if presence.at is None else now - presence.at
    step_s = min(max(passed_s, 0.0), _LONGEST_STEP_S)
    lane = _learned(lane, (bright, rough), off, unlike, held=held, step_s=step_s)
    return Presence(
        lane, now, _from(presence.since, now) if there else None, rough_at, turned_since
    )


def _turned_since(
    since: Monotonic | None, new_blocks: NDArray[np.bool_], now: Monotonic
) -> Monotonic | None:
    """Rule 6. What is being learned as another lane is learned to the end."""
    rough = int(np.count_nonzero(new_blocks))
    if 2 * rough > new_blocks.size:
        return _from(since, now)
    learning = since is not None and now - since >= _TURNED_S
    return since if learning and rough else None


def _from(since: Monotonic | None, now: Monotonic) -> Monotonic:
    return now if since is None else since


def _eighth(frame: Grey) -> tuple[Cells, Cells]:
    """How bright each cell is, and how rough: mean and range of four of its pixels."""
    rows, columns = frame.shape[0] // _CELL, frame.shape[1] // _CELL
    a, b, c, d = (
        frame[down::_CELL, right::_CELL][:rows, :columns] for down in (1, 5) for right in (1, 5)
    )
    bright = np.add(a, b, dtype=np.float32)
    bright += c
    bright += d
    bright *= 0.25
    high, low = np.maximum(a, b), np.minimum(a, b)
    for other in (c, d):
        np.maximum(high, other, out=high)
        np.minimum(low, other, out=low)
    return bright, (high - low).astype(np.float32)


def _unknown(bright: Cells, rough: Cells, now: Monotonic) -> Presence:
    nothing = np.zeros_like(bright)
    lane = Lane(
        bright=np.stack([bright, bright]),
        rough=np.stack([rough, rough]),
        second=nothing,
        strays=nothing,
        strange_s=nothing,
        settled_at=Monotonic(now + _SETTLES_S),
    )
    return Presence(lane, now, now)


def _in_this_light(lane: Lane, bright: Cells) -> Lane:
    """The same lane in the light of this frame (rule 3)."""
    usual = np.where(
        lane.second[::4, ::4] > 0.5, lane.bright[1, ::4, ::4], lane.bright[0, ::4, ::4]
    )
    factor = np.float32(np.median((bright[::4, ::4] + _DIMMEST) / (usual + _DIMMEST)))
    lit = np.clip((lane.bright + _DIMMEST) * factor - _DIMMEST, 0.0, 255.0)
    return replace(lane, bright=lit, rough=lane.rough * factor)


def _learned(
    lane: Lane,
    seen: tuple[Cells, Cells],
    off: Looks,
    unlike: NDArray[np.bool_],
    *,
    held: bool,
    step_s: float,
) -> Lane:
    """A cell that has one of its looks refines it; a strange one gets it as its rarer look."""
    bright, rough = seen
    strange = unlike[0] & unlike[1]
    strange_s = np.where(strange, lane.strange_s + _of(step_s), lane.strange_s - _of(10 * step_s))
    np.maximum(strange_s, 0, out=strange_s)
    is_second = np.where(strange, lane.second < 0.5, unlike[0] | (~unlike[1] & (off[1] < off[0])))
    quick = _of(min(1.0, step_s / _NEW_S))
    of_strange = np.where(strange_s >= _STAYS_S, quick, _of(0.0)) if held else quick
    rate = np.where(strange, of_strange, _of(min(1.0, step_s / _KNOWN_S)))
    rates = np.stack([np.where(is_second, _of(0.0), rate), np.where(is_second, rate, _of(0.0))])
    straying = np.where(strange, of_strange, _of(min(1.0, step_s / _STRAYS_S)))
    off_it = np.where(is_second, off[1], off[0])
    seldom = np.where(strange, _of(0.0), _of(min(1.0, step_s / _USUAL_S)))
    return Lane(
        bright=lane.bright + rates * (bright - lane.bright),
        rough=lane.rough + rates * (rough - lane.rough),
        second=lane.second + seldom * (is_second.astype(np.float32) - lane.second),
        strays=np.minimum(lane.strays + straying * (off_it - lane.strays), _of(_MOST_STRAYING)),
        strange_s=strange_s,
        settled_at=lane.settled_at,
    )


def _of(number: float) -> np.float32:
    return np.float32(number)


def _blocks(cells: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """How many cells of each block are set; what is left over at the far edges is left out."""
    rows, columns = cells.shape[0] // _BLOCK, cells.shape[1] // _BLOCK
    whole = cells[: rows * _BLOCK, : columns * _BLOCK].view(np.uint8)
    below = whole.reshape(rows, _BLOCK, columns * _BLOCK).sum(axis=1, dtype=np.uint8)
    together: NDArray[np.uint8] = below.reshape(rows, columns, _BLOCK).sum(axis=2, dtype=np.uint8)
    return together
