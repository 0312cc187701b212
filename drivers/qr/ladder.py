"""Looks that follow each other: the cheap ones first, the dear ones while nothing is read.

Which steps there are, and in which order, was measured: docs/decoding.md has the figures.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from drivers.frame import Grey
from drivers.qr.code import Code, Look, Seen
from drivers.qr.pictures import adaptive, enlarged, halved, inverted, sharpened, smoothed


@dataclass(frozen=True, slots=True)
class Step:
    """One look of a ladder."""

    look: Look
    dear: bool = False
    """Worth its time only where something is there that looks like a code, or somebody."""


@dataclass(frozen=True, slots=True)
class Ladders:
    """How one kind of decoder looks at frames."""

    first: Look
    """Once at each frame of a lane."""
    second: tuple[Step, ...]
    """Besides, at a frame of a lane that was not read."""
    still: tuple[Step, ...]
    """At a still picture."""


def climb(
    steps: tuple[Step, ...], grey: Grey, *, unread: bool, in_time: Callable[[], bool]
) -> Seen:
    """What the first step sees that reads something.

    `unread`: an earlier look has seen something like a code. No step is begun that is not
    `in_time`; one that was begun cannot be interrupted.
    """
    for step in steps:
        if not in_time():
            break
        if step.dear and not unread:
            continue
        seen = step.look(grey)
        if seen.codes:
            return seen
        unread = unread or seen.unread
    return Seen(unread=unread)


def cascade() -> Ladders:
    """zxing-cpp first; zxing-cpp on other pictures of the frame and zbar where it reads nothing.

    Raises ImportError where one of them is not installed.
    """
    from drivers.qr import zbar, zxing  # noqa: PLC0415 - neither is on every system

    cheap = (
        _on(_evened, zxing.look),
        _on(partial(adaptive, block=15), zxing.look),
    )
    double = _on(partial(enlarged, times=2), zxing.look, times=2, most=3_000_000)
    by_zbar = (
        _on(smoothed, _in_ascii(zbar.look)),
        _on(adaptive, _in_ascii(zbar.look)),
    )
    still: tuple[Look, ...] = (
        zxing.look,
        *cheap,
        _on(halved, zxing.look, times=0.5),
        _on(smoothed, zxing.look_globally),
        _on(partial(adaptive, offset=0), zxing.look),
        _on(partial(adaptive, block=201), zxing.look),
        double,
        _on(sharpened, zxing.look),
        *by_zbar,
        _on(partial(enlarged, times=3), zxing.look, times=3, most=1_000_000),
        _on(_double_evened, _in_ascii(zbar.look), times=2, most=1_500_000),
    )
    second = (*map(Step, cheap), *(Step(look, dear=True) for look in (double, *by_zbar)))
    return Ladders(zxing.look, second, tuple(map(Step, still)))


def zxing_alone() -> Ladders:
    """zxing-cpp and nothing else. Raises ImportError where it is not installed."""
    from drivers.qr import zxing  # noqa: PLC0415 - not on 32-bit systems

    return Ladders(zxing.look, (), (Step(zxing.look),))


def pyzbar_alone() -> Ladders:
    """zbar on half the size at once; besides, on the whole frame, and on it inverted.

    Raises ImportError where it is not installed.
    """
    from drivers.qr import zbar  # noqa: PLC0415 - its library is a package of the system

    half = _on(_half_evened, zbar.look, times=0.5)
    rest = (Step(_on(adaptive, zbar.look)), Step(_on(_inverted, zbar.look)))
    return Ladders(half, rest, (Step(zbar.look), Step(half), *rest))


def _on(
    make: Callable[[Grey], Grey], look: Look, *, times: float = 1.0, most: int | None = None
) -> Look:
    """A look at what is made of a frame, which is so many `times` as wide.

    A frame of more pixels than `most` is not looked at: what is made of it would be huge.
    """

    def look_through(grey: Grey) -> Seen:
        if grey.size == 0 or (most is not None and grey.size > most):
            return Seen()
        seen = look(make(grey))
        return replace(seen, codes=tuple(_scaled(code, 1 / times) for code in seen.codes))

    return look_through


def _in_ascii(look: Look) -> Look:
    """Without texts that are not ASCII: zbar guesses their encoding, and often guesses wrong.

    Where zxing-cpp works as well, a text that is right or none beats one that may be wrong.
    """

    def look_in_ascii(grey: Grey) -> Seen:
        seen = look(grey)
        return replace(seen, codes=tuple(code for code in seen.codes if code.text.isascii()))

    return look_in_ascii


def _scaled(code: Code, by: float) -> Code:
    x, y = code.centre
    return replace(
        code,
        centre=(by * x, by * y),
        size_px=by * code.size_px,
        corners=tuple((by * x, by * y) for x, y in code.corners),
    )


def _evened(grey: Grey) -> Grey:
    return adaptive(smoothed(grey), offset=0)


def _half_evened(grey: Grey) -> Grey:
    return adaptive(halved(grey))


def _double_evened(grey: Grey) -> Grey:
    return adaptive(enlarged(grey, 2), block=63)


def _inverted(grey: Grey) -> Grey:
    return inverted(adaptive(grey))
