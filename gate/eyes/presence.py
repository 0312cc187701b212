"""Whether somebody stands in front of the camera, so that a frame is worth reading. Pure.

The numbers of the lane without anybody, and names in capitals, are in `backdrop`.

1. The lane as it is without anybody is known at an eighth of the frame's scale: of each cell of
   8 x 8 pixels how bright it is, how far that strays, and how rough it is inside. Four pixels of a
   cell stand for it.
2. A cell has two looks: with a lamp and without it, a door open and shut, the floor and the bag
   that stands on it. It is strange when it has neither: brighter or darker than it strays
   (`LIGHTER`, `STRAYS`), or rougher inside than light alone would make it (`ROUGH`,
   `ROUGHER`). Somebody is there while `_CELLS` strange cells lie together, in a block of 4 x 4.
3. What changes the whole picture by one factor (exposure, gain, a cloud) is taken out before
   anything is compared: it makes no cell strange.
4. A look that is seen is refined slowly. What is strange becomes the rarer look of its cell within
   seconds, as long as nothing in the frame is newly rough: so a lamp, a shadow and a plain bag
   soon belong to the lane, and when they go it is known at once.
5. A code is rough wherever it is held, in the light or in the dark; a lamp makes a wall no rougher
   than it makes it light. While a block is newly rough nothing strange is learned, and a phone
   held still goes on being noticed: until it has been there for `STAYS_S`. What stays longer (a
   poster, a chair) belongs to the lane, too.
6. Where more than half of the picture is newly rough it is the hall (all its lights go on, or the
   camera was turned) and no phone: that is learned after `_TURNED_S`.
7. Somebody may always be there until the lane is known, for `_SETTLES_S` from the first frame of
   its size on, and in a frame too small to be judged.
8. Learning goes by the time that has passed, not by the number of frames, and by a second at
   most: after a camera was away nothing is believed too quickly.

Awkward: who stands still in plain clothes without a phone is learned, and noticed again by the
phone. A screen with moving pictures in view always looks like somebody, and a phone before it like
the screen. A code of little contrast on something just as bright is not noticed. Therefore some
frame is read now and then whatever is said here, and the scanner counts when that was right
(`unnoticed`).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gate.eyes.backdrop import (
    BLOCK,
    CELL,
    Backdrop,
    blocks,
    compared,
    differing,
    eighth,
    first,
    learned,
    light,
)
from gate.eyes.decoding import Grey
from gate.model import Monotonic

_CELLS = 7
"""Of the 16 of a block. The smallest readable code fills 5 x 5 cells, 9 of one block at least."""
_STILL_S = 2.0
"""Nothing strange is learned for so long after something was newly rough."""
_TURNED_S = 8.0
_SETTLES_S = 3.0
_LEARNS_S = 0.25
_QUIET_S = 1.0
"""It is learned no more often than that, and while nothing differs no more often than this: it
costs more than to compare."""


@dataclass(frozen=True, slots=True, eq=False)
class Presence:
    """What is remembered of the frames so far."""

    lane: Backdrop | None = None
    settled_at: Monotonic | None = None
    """When the lane is known; None: there is none yet."""
    since: Monotonic | None = None
    """Somebody is there, since then; None: nobody."""
    rough_at: Monotonic | None = None
    """When something was newly rough for the last time."""
    turned_since: Monotonic | None = None
    """More than half of the picture is newly rough, since then."""


def look(presence: Presence, frame: Grey, now: Monotonic) -> Presence:
    """What is known after one more frame."""
    lane = presence.lane
    if min(frame.shape) < CELL * BLOCK:
        return Presence(since=_from(presence.since, now))
    seen = eighth(frame)
    if lane is None or presence.settled_at is None or lane.second.shape != seen.bright.shape:
        return Presence(first(seen, now), Monotonic(now + _SETTLES_S), now)
    settling = now < presence.settled_at
    passed_s = now - lane.learned_at
    quiet = not settling and 0.0 <= passed_s < _QUIET_S
    if quiet and differing(lane, seen) < _CELLS:
        return replace(presence, since=None, turned_since=None)
    factor = light(lane, seen)
    strange, rougher = compared(lane, seen, factor)
    new = _together(rougher)

    rough_at = now if new.any() else presence.rough_at
    turned_since = _turned_since(presence.turned_since, new, now)
    if not 0.0 <= passed_s < _LEARNS_S:
        turned = turned_since is not None and now - turned_since >= _TURNED_S
        fresh = rough_at is not None and now - rough_at < _STILL_S
        held = fresh and not turned and not settling
        lane = learned(lane, seen, factor, held=held, now=now)
    there = settling or bool(_together(strange).any())
    since = _from(presence.since, now) if there else None
    return Presence(lane, presence.settled_at, since, rough_at, turned_since)


def like_a_code(presence: Presence, now: Monotonic) -> bool:
    """Whether something there is as rough as a code (rule 5), or the lane is not known yet: so
    that it pays to look more closely."""
    if presence.since is None:
        return False
    settling = presence.settled_at is None or now < presence.settled_at
    return settling or (presence.rough_at is not None and now - presence.rough_at < _STILL_S)


def _together(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The blocks with enough of these cells."""
    if not cells.any():
        return np.zeros(1, dtype=np.bool_)
    return blocks(cells) >= _CELLS


def _turned_since(
    since: Monotonic | None, new: NDArray[np.bool_], now: Monotonic
) -> Monotonic | None:
    """Rule 6. What is being learned as another lane is learned to the end."""
    rough = int(np.count_nonzero(new))
    if 2 * rough > new.size:
        return _from(since, now)
    learning = since is not None and now - since >= _TURNED_S
    return since if learning and rough else None


def _from(since: Monotonic | None, now: Monotonic) -> Monotonic:
    return now if since is None else since
