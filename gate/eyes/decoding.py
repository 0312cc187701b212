"""What the scanner needs of a decoder; `drivers.qr.open_decoder` makes one."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
"""One frame: the Y plane, shape (height, width)."""


class Code(Protocol):
    """One code that was read in a frame."""

    @property
    def text(self) -> bytes:
        """What it says."""

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) in pixels from the upper left corner."""

    @property
    def reader(self) -> str:
        """Who read it."""


class DecoderFigures(Protocol):
    """What a decoder has done since it was opened, as `drivers.qr.DecoderFigures` says it."""

    @property
    def overdue(self) -> int:
        """First looks beyond their deadline."""

    @property
    def left_out(self) -> int:
        """Frames that were not looked at because such a look still went on."""

    @property
    def second(self) -> int:
        """Second looks begun."""

    @property
    def stale(self) -> int:
        """Second looks beyond their deadline."""


class Decoder(Protocol):
    """What reads frames; neither method takes longer than its deadline."""

    def read(self, grey: Grey, *, closely: bool) -> Sequence[Code]:
        """What is read of this frame at once; a second look at it may begin.

        `closely`: a code may be there, so that it is looked for though nothing like it is seen.
        """

    def late(self) -> Sequence[Code]:
        """What the second look that was begun last has found, once."""

    @property
    def figures(self) -> DecoderFigures:
        """What was done so far."""
