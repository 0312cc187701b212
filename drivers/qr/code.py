"""What a reader finds in a frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import dist
from typing import Literal

import numpy as np

from drivers.frame import Grey

Reader = Literal["zxing", "pyzbar"]
"""Who reads: zxing-cpp, or zbar through pyzbar."""


@dataclass(frozen=True, slots=True)
class Code:
    """One QR code that was read."""

    text: bytes
    """What it says: exact for ASCII, which a pass is. Text in another encoding is UTF-8, as the
    reader understood it."""
    centre: tuple[float, float]
    """(x, y) in pixels from the upper left corner of the frame."""
    size_px: float
    """Mean length of a side, in pixels, without the quiet zone."""
    reader: Reader
    """Which reader found it."""
    corners: tuple[tuple[float, float], ...] = ()
    """(x, y) of its corners, in their order around it."""
    modules: int | None = None
    """Modules of a side, without the quiet zone, where the reader tells."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at a frame has found."""

    codes: tuple[Code, ...] = ()
    unread: bool = False
    """Something there looks like a code and could not be read."""


Look = Callable[[Grey], Seen]
"""Looks at one frame. Any thread may call it."""


def checked(grey: Grey) -> Grey:
    """The same frame; anything but a grey plane of bytes is a bug of the caller."""
    # pyzbar would silently take the first channel of a colour picture, which is blue or red.
    assert grey.ndim == 2 and grey.dtype == np.uint8, "a frame is a grey plane of bytes"  # noqa: S101, PT018
    return grey


def code(
    text: bytes,
    corners: Sequence[tuple[float, float]],
    reader: Reader,
    modules: int | None = None,
) -> Code:
    """A code between four `corners`, in their order around it."""
    sides = zip(corners, [*corners[1:], corners[0]], strict=True)
    return Code(
        text=text,
        centre=(
            sum(x for x, _ in corners) / len(corners),
            sum(y for _, y in corners) / len(corners),
        ),
        size_px=sum(dist(a, b) for a, b in sides) / len(corners),
        reader=reader,
        corners=tuple(corners),
        modules=modules,
    )
