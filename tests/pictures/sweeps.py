"""The rows of the tables: one condition at one strength, everything else as with a phone held well.

The strengths go from what anybody reads to where the readers give up; a row that nobody or
everybody reads shows where that is.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from tests.pictures.conditions import BINNED, VGA, Conditions
from tests.pictures.drawing import Picture, draw
from tests.vectors import a_pass

_PASSES = 5
"""Different texts; the pictures of a row take them in turns."""


@dataclass(frozen=True, slots=True)
class Row:
    """A condition at a strength."""

    name: str
    at: tuple[Conditions, ...]
    """Its pictures take these in turns; only a mixed row has more than one."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures."""
        return self.at[0].size


def pictures(row: Row, count: int) -> Iterator[Picture]:
    """The first `count` pictures of a row, the same ones every time."""
    for number in range(count):
        at = row.at[number % len(row.at)]
        yield draw(a_pass(number % _PASSES), at, seed=f"{row.name} {row.size[0]} {number}")


def _sweep(
    name: str, strengths: tuple[float, ...], at: Callable[[float], Conditions]
) -> Iterator[Row]:
    for strength in strengths:
        conditions = at(strength)
        yield Row(f"{name} {strength:g}", (conditions,))


def _rows(size: tuple[int, int]) -> Iterator[Row]:
    good = Conditions(size)
    near = replace(good, module_px=6)
    inverted = replace(good, inverted=True)
    in_dark = replace(good, dark_page=True)
    beating = replace(good, moire=0.6)
    cuts = (0.01, 0.015, 0.02, 0.04)
    yield from _sweep("module px", (1.5, 2, 4, 8), lambda px: replace(good, module_px=px))
    yield from _sweep("turn deg", (30, 45), lambda deg: replace(good, turn_deg=deg))
    yield from _sweep("tilt deg", (20, 30, 40, 60), lambda deg: replace(good, tilt_deg=deg))
    yield from _sweep("near, tilt deg", (20, 30, 50), lambda deg: replace(near, tilt_deg=deg))
    yield from _sweep("defocus", (0.5, 0.7, 0.75, 0.8), lambda r: replace(good, defocus=r))
    yield from _sweep("motion", (1, 1.5, 1.7, 1.9), lambda way: replace(good, motion=way))
    yield from _sweep("noise", (20, 30, 40, 50), lambda sigma: replace(good, noise=sigma))
    yield from _sweep("contrast", (0.15, 0.1, 0.08, 0.06), lambda c: replace(good, contrast=c))
    yield from _sweep("glare", (0.2, 0.3, 0.35, 0.4), lambda width: replace(good, glare=width))
    yield from _sweep("moire", (0.4, 0.5, 0.6, 0.7), lambda depth: replace(good, moire=depth))
    yield from _sweep("moire period", (0.6, 1, 4), lambda p: replace(beating, moire_period=p))
    yield from _sweep("shade", (0.8, 0.9, 0.95), lambda dark: replace(good, shade=dark))
    yield from _sweep("inverted, module px", (2, 4), lambda px: replace(inverted, module_px=px))
    yield from _sweep("dark page, quiet", (2, 1, 0), lambda q: replace(in_dark, quiet=int(q)))
    yield from _sweep("cut", cuts, lambda part: replace(good, cut=part))
    yield from _sweep("near, cut", cuts, lambda part: replace(near, cut=part))
    yield _mixed("easy mix", size, 0.6)
    yield _mixed("hard mix", size, 1.0)


def _mixed(name: str, size: tuple[int, int], hard: float) -> Row:
    """Everything a little: as most phones are held."""
    random = np.random.default_rng(zlib.crc32(name.encode()))

    def up_to(most: float) -> float:
        return float(random.uniform(0, most * hard))

    return Row(
        name,
        tuple(
            Conditions(
                size=size,
                module_px=float(random.uniform(2.2, 6)),
                turn_deg=float(random.uniform(0, 360)),
                tilt_deg=up_to(45),
                defocus=up_to(0.5),
                motion=up_to(0.8),
                noise=3 + up_to(15),
                contrast=0.8 - up_to(0.6),
                glare=up_to(0.25) * (random.uniform() < 0.3),
                moire=up_to(0.5) * (random.uniform() < 0.3),
                shade=up_to(0.8) * (random.uniform() < 0.5),
                inverted=bool(random.uniform() < 0.15),
                dark_page=bool(random.uniform() < 0.3),
                person=bool(random.uniform() < 0.5),
            )
            for _ in range(40)
        ),
    )


ROWS = (*_rows(VGA), *_rows(BINNED))
