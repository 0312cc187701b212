"""Whether the camera sees anything: a covered lens and a hung sensor give frames, too. Pure.

1. A frame shows nothing when it is equally bright all over, whatever that brightness is. The
   measure is the difference between the brightest and the darkest of its patches, not its
   darkness and not its noise: the mean of a patch takes away most of the noise that a covered
   lens gives too, and keeps the lamp, the floor and the wall of a hall at night.
2. A frame shows nothing when it equals the one before it: a sensor that works has noise. The same
   12,288 pixels are compared that the patches are made of, so that no frame is kept for it.
3. Frames that show nothing for `blind_after_s`, all of them, mean that the camera is blind.
4. Blindness ends with the third frame running that shows something: a single flicker is no sight.
5. Frames are read all the same, so a bright phone in a dark hall is served whatever is said here.
6. A closed mall is dark, and nobody can tell that from a covered lens: it is told once, and over
   with the first light. A guard's torch or a headlight ends the darkness for a moment, so each
   blindness that follows on another has to last twice as long before it is told, up to an hour;
   after an hour of sight the first patience is back.
7. While it is blind the camera stays open, so that a lens that is uncovered is seen at once. But
   opening sets up anew a sensor that forgot its registers when the supply dipped, and a pipeline
   that hangs; so it is opened again after a minute, then after twice the time, up to an hour.

Not seen by this: a lens that is half covered, or covered by something that light shines through.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gate.model import Monotonic

ROWS, COLUMNS = 12, 16
"""Patches of a frame: a lamp at the far end of a lane fills a good part of one."""

SIDE = 8
"""A patch is the mean of SIDE x SIDE of its pixels: noise shrinks to an eighth, and so few are
read in a moment, whatever the frame's size."""

SAME = 4.0
"""Grey steps between patches. Plain noise comes so far at a standard deviation of 6, more than a
denoised black picture has; a dark wall comes so far with 2 % more light at one end."""

SURE_AFTER = 3
FIRST_OPENING_S = 60.0
LONGEST_S = 3600.0

Grey = NDArray[np.uint8]
Sample = NDArray[np.uint8]
"""What is looked at of a frame: a copy of ROWS * SIDE times COLUMNS * SIDE of its pixels."""

Nothing = Literal["black", "grey", "white", "frozen"]
"""What a frame that shows nothing is instead."""

_HINTS: dict[Nothing, str] = {
    "black": "is the lens covered, the hall dark, or the sensor dead?",
    "grey": "is the lens covered, or the sensor dead?",
    "white": "does the sun shine into the lens?",
    "frozen": "the same frame again and again: does the sensor hang?",
}


class News(Enum):
    """What one more frame has changed."""

    BLIND = auto()
    OPEN_AGAIN = auto()
    """Still blind: open the camera again."""
    SEES = auto()
    """No longer blind."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is remembered of the frames so far."""

    nothing_since: Monotonic | None = None
    blind: bool = False
    shown: int = 0
    """While blind: frames running that showed something."""
    told: int = 0
    """Blindnesses that followed on one another, this one among them."""
    sees_since: Monotonic | None = None
    """When the last blindness ended, told or not; None: long ago."""
    open_again_at: Monotonic | None = None
    """While blind."""
    opening_s: float = FIRST_OPENING_S


def sampled(frame: Grey) -> Sample:
    """The pixels that tell whether a frame shows anything, evenly spread over it."""
    rows, columns = _spread(frame.shape[0], ROWS * SIDE), _spread(frame.shape[1], COLUMNS * SIDE)
    return frame[rows][:, columns]  # in this order: whole rows are copied quickly


def nothing_in(sample: Sample, before: Sample | None) -> Nothing | None:
    """What the frame is that shows nothing, else None (rules 1 and 2).

    `before` is the sample of the frame before it; None where that may well be the same.
    """
    beside = np.zeros((ROWS * SIDE, COLUMNS), dtype=np.uint16)
    for column in range(SIDE):  # eight additions of columns take a fifth of one sum over an axis
        beside += sample[:, column::SIDE]
    patches = beside.reshape(ROWS, SIDE, COLUMNS).sum(axis=1, dtype=np.uint16)
    brightest, darkest = int(np.max(patches)) / SIDE**2, int(np.min(patches)) / SIDE**2
    if brightest - darkest < SAME:
        return "black" if brightest < 64 else "grey" if brightest < 192 else "white"
    return "frozen" if before is not None and np.array_equal(sample, before) else None


@lru_cache(maxsize=8)  # a folder of pictures may have many sizes
def _spread(length: int, count: int) -> NDArray[np.intp]:
    """`count` places along `length` pixels."""
    return np.arange(count) * length // count


def look(
    sight: Sight, nothing: Nothing | None, now: Monotonic, *, blind_after_s: float
) -> tuple[Sight, News | None]:
    """What is known after one more frame (rules 3 to 7)."""
    if nothing is None:
        return _something(sight, now, blind_after_s)
    since = now if sight.nothing_since is None else sight.nothing_since
    sight = replace(sight, nothing_since=since, shown=0)
    if not sight.blind:
        if now - since < min(blind_after_s * 2**sight.told, max(blind_after_s, LONGEST_S)):
            return sight, None
        again = Monotonic(now + FIRST_OPENING_S)
        blind = replace(sight, blind=True, told=sight.told + 1, open_again_at=again)
        return replace(blind, opening_s=FIRST_OPENING_S), News.BLIND
    if sight.open_again_at is not None and now < sight.open_again_at:
        return sight, None
    opening_s = min(2 * sight.opening_s, LONGEST_S)
    again = Monotonic(now + opening_s)
    return replace(sight, open_again_at=again, opening_s=opening_s), News.OPEN_AGAIN


def _something(sight: Sight, now: Monotonic, blind_after_s: float) -> tuple[Sight, News | None]:
    if not sight.blind:
        if sight.nothing_since is not None and now - sight.nothing_since >= blind_after_s:
            return replace(sight, nothing_since=None, sees_since=now), None
        steady = sight.sees_since is not None and now - sight.sees_since >= LONGEST_S
        return (Sight() if steady else replace(sight, nothing_since=None)), None
    if sight.shown + 1 < SURE_AFTER:
        return replace(sight, shown=sight.shown + 1), None
    return Sight(told=sight.told, sees_since=now), News.SEES


def said(nothing: Nothing, nothing_for_s: float) -> str:
    """Why the camera counts as lost, for the technician."""
    return f"{nothing} for {nothing_for_s:.0f} s: {_HINTS[nothing]}"
