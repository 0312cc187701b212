"""Which looks follow each other, live and for still pictures."""

from collections.abc import Callable
from dataclasses import replace

from drivers.frame import Grey
from drivers.qr import zbar
from drivers.qr.code import Code, Look, Seen
from drivers.qr.pictures import adaptive, halved, inverted


def cascade() -> tuple[Look, Look]:
    """zxing-cpp on each frame; zbar on an adaptive threshold where something stays unread."""
    from drivers.qr import zxing  # noqa: PLC0415 - not on 32-bit systems

    return zxing.look, _besides


def pyzbar_alone() -> tuple[Look, Look]:
    """zbar on half the size at once, the whole size and the inverted frame besides."""
    return _half, _whole


def zxing_alone() -> tuple[Look, Look]:
    """zxing-cpp and nothing else."""
    from drivers.qr import zxing  # noqa: PLC0415 - not on 32-bit systems

    def at_once(grey: Grey) -> Seen:
        return replace(zxing.look(grey), unread=False)

    return at_once, at_once


def _besides(grey: Grey) -> Seen:
    return Seen(zbar.read(adaptive(grey)))


def _half(grey: Grey) -> Seen:
    codes = tuple(
        replace(code, centre=(2 * code.centre[0], 2 * code.centre[1]), size_px=2 * code.size_px)
        for code in zbar.read(adaptive(halved(grey)))
    )
    return Seen(codes, unread=not codes)


def _whole(grey: Grey) -> Seen:
    whole = adaptive(grey)
    return Seen(zbar.read(whole) or zbar.read(inverted(whole)))


def still(grey: Grey, looks: tuple[Callable[[Grey], Seen], ...]) -> list[Code]:
    """The codes of the first look that finds some."""
    for look in looks:
        if codes := look(grey).codes:
            return list(codes)
    return []
