"""Reads QR codes in grey frames: zxing-cpp first, zbar (by pyzbar) where that leaves something.

`open_decoder` makes what a lane reads its frames with, `read_all` looks at one still picture for
as long as it takes.
"""

import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Literal

from drivers.frame import Grey
from drivers.qr import ladder
from drivers.qr.apart import Apart
from drivers.qr.code import Code, Reader, checked
from drivers.qr.decoder import Decoder, DecoderFigures
from drivers.qr.ladder import Ladders, climb

__all__ = [
    "Code",
    "Decoder",
    "DecoderAbsent",
    "DecoderFigures",
    "Kind",
    "Reader",
    "open_decoder",
    "read_all",
]

Kind = Literal["cascade", "pyzbar", "zxing"]
"""Which readers work: both, or one alone."""


class DecoderAbsent(Exception):  # noqa: N818 - reads as what happened
    """A reader is not installed here; the text says how to go on."""


def open_decoder(
    kind: Kind, *, deadline_s: float = 0.25, clock: Callable[[], float] = time.monotonic
) -> Decoder:
    """What reads a lane's frames; `deadline_s` is that of the first look at one.

    Raises `DecoderAbsent`.
    """
    looks = _ladders(kind)
    return Decoder(first=looks.first, second=looks.second, deadline_s=deadline_s, clock=clock)


def read_all(grey: Grey, kind: Kind = "cascade", *, deadline_s: float = 20.0) -> list[Code]:
    """The codes in a still picture, with everything there is to find them.

    Nothing more is tried from `deadline_s` on, and what then still goes on is left to itself.
    Raises `DecoderAbsent`.
    """
    until = time.monotonic() + deadline_s
    steps = _ladders(kind).still
    look = partial(
        climb, steps, checked(grey), unread=True, in_time=lambda: time.monotonic() < until
    )
    with closing(Apart("still picture")) as apart:
        seen = apart.begin(look).wait(deadline_s)
    return [] if seen is None else [*seen.codes]


def _ladders(kind: Kind) -> Ladders:
    try:
        match kind:
            case "cascade":
                return ladder.cascade()
            case "pyzbar":
                return ladder.pyzbar_alone()
            case "zxing":
                return ladder.zxing_alone()
    except ImportError as error:
        raise DecoderAbsent(_absent(kind, error)) from error


def _absent(kind: Kind, error: ImportError) -> str:
    """Which of the two it is, and the way out."""
    if error.name == "zxingcpp":
        return (
            f'zxing-cpp, which decoder = "{kind}" asks for, is not installed ({error}): install'
            ' it, or write decoder = "pyzbar" (a 32-bit system has nothing else)'
        )
    return (
        f'zbar, which decoder = "{kind}" asks for, is not installed ({error}): sudo apt install'
        ' libzbar0 (libzbar0t64 from Debian 13 on), or write decoder = "zxing"'
    )
