"""Reads QR codes in a grey frame, with zbar (through pyzbar).

A reader is any function of the type `Reader`; a better one takes this one's place without
anybody noticing.

Three habits of pyzbar and zbar to know:
- There are no raw bytes. zbar guesses the encoding of anything that is not ASCII and hands back
  UTF-8: of Shift-JIS it often makes something else. A pass is ASCII and comes back exact.
- An inverted code (light on dark) is not seen. A second look at the inverted frame finds 2 more
  of 137 photographs (zxing-cpp's samples) and costs every frame without a code, which is nearly
  every frame, 60 % more time (10.8 to 17.5 ms at 640x480): not worth it.
- One part of a *structured append* (a text spread over several codes) makes pyzbar 0.1.9 raise
  `ValueError`: zbar has no orientation for it and says -1, which pyzbar reads as unsigned.
  Anybody can show such a code, so the frame that holds one counts as a frame without codes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import dist

import numpy as np
from pyzbar import pyzbar

from drivers.frame import Grey


@dataclass(frozen=True, slots=True)
class Code:
    """One QR code that was read."""

    text: bytes
    """What it says: exact for ASCII, otherwise UTF-8 as zbar guessed it."""
    centre: tuple[float, float]
    """(x, y) in pixels from the upper left corner of the frame."""
    size_px: float
    """Mean length of a side, in pixels, without the quiet zone."""


Reader = Callable[[Grey], list[Code]]
"""Reads every code in a frame; an empty list where there is none. Any thread may call it."""


def read(grey: Grey) -> list[Code]:
    """The QR codes that zbar reads in `grey`, shape (height, width).

    A strided view is fine (pyzbar makes the one copy that zbar needs). zbar works without the
    interpreter's lock, so other threads go on meanwhile.
    """
    # pyzbar would silently take the first channel of a colour picture, which is blue or red.
    assert grey.ndim == 2 and grey.dtype == np.uint8, "a frame is a grey plane of bytes"  # noqa: S101, PT018 - a bug of the caller
    try:
        found = pyzbar.decode(grey, symbols=[pyzbar.ZBarSymbol.QRCODE])
    except ValueError:  # a part of a structured append, see above
        return []
    return [_code(one.data, [(float(x), float(y)) for x, y in one.polygon]) for one in found]


def _code(text: bytes, corners: list[tuple[float, float]]) -> Code:
    sides = zip(corners, corners[1:] + corners[:1], strict=True)
    return Code(
        text=text,
        centre=(
            sum(x for x, _ in corners) / len(corners),
            sum(y for _, y in corners) / len(corners),
        ),
        size_px=sum(dist(a, b) for a, b in sides) / len(corners),
    )
