"""A drawn picture is what its conditions say: measured in the picture, not in the drawing code."""

from dataclasses import replace
from math import dist

import numpy as np
import pytest
from numpy.typing import NDArray
from pyzbar import pyzbar

from drivers.frame import Grey
from tests.pictures.conditions import BINNED, VGA, Conditions
from tests.pictures.drawing import draw
from tests.pictures.eye import held, through
from tests.pictures.phone import phone
from tests.pictures.sweeps import ROWS, pictures
from tests.vectors import a_pass

TEXT = a_pass(1)
MODULES = 49
GOOD = Conditions(noise=0)


def drawn(at: Conditions, *, seed: str = "a test") -> Grey:
    return draw(TEXT, at, seed=seed).grey


def corners(grey: Grey) -> list[tuple[float, float]]:
    (found,) = pyzbar.decode(grey, symbols=[pyzbar.ZBarSymbol.QRCODE])
    assert found.data.decode() == TEXT
    return [(float(x), float(y)) for x, y in found.polygon]


def sides(grey: Grey) -> list[float]:
    polygon = corners(grey)
    return [dist(a, b) for a, b in zip(polygon, polygon[1:] + polygon[:1], strict=True)]


def edges(grey: NDArray[np.float64]) -> float:
    return float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())


def darkest_and_brightest(grey: Grey) -> tuple[float, float]:
    xs, ys = zip(*corners(grey), strict=True)
    code = grey[int(min(ys)) : int(max(ys)), int(min(xs)) : int(max(xs))]
    return float(np.percentile(code, 5)), float(np.percentile(code, 95))


@pytest.mark.parametrize("size", [VGA, BINNED])
@pytest.mark.parametrize("module_px", [3.0, 6.0])
def test_a_module_is_as_wide_as_it_should_be(module_px: float, size: tuple[int, int]) -> None:
    grey = drawn(replace(GOOD, module_px=module_px, size=size))

    assert grey.shape == (size[1], size[0])
    assert np.mean(sides(grey)) == pytest.approx(MODULES * module_px, rel=0.03)


def test_a_tilted_code_is_shorter_across_its_axis() -> None:
    flat, tilted = (sides(drawn(replace(GOOD, tilt_deg=angle))) for angle in (0, 25))

    assert min(tilted) < 0.95 * min(flat)


def test_a_turned_code_is_turned_but_for_the_hand() -> None:
    at = replace(GOOD, module_px=5, turn_deg=30)
    (found,) = pyzbar.decode(drawn(at), symbols=[pyzbar.ZBarSymbol.QRCODE])
    polygon = sorted((x, y) for x, y in found.polygon)
    (x0, y0), (x1, y1) = polygon[0], polygon[1]
    angle = np.degrees(np.arctan2(abs(x1 - x0), abs(y1 - y0)))

    assert min(angle % 90, 90 - angle % 90) == pytest.approx(30, abs=4)


def test_contrast_is_the_distance_of_dark_and_light_modules() -> None:
    dark, light = darkest_and_brightest(drawn(replace(GOOD, contrast=0.4)))

    assert light - dark == pytest.approx(0.4 * 255, abs=4)


def test_an_inverted_code_is_the_code_in_negative() -> None:
    inverted = drawn(replace(GOOD, inverted=True))

    assert pyzbar.decode(inverted, symbols=[pyzbar.ZBarSymbol.QRCODE]) == []
    assert len(corners(255 - inverted)) == 4


def test_noise_is_as_strong_as_it_should_be() -> None:
    clean, noisy = (drawn(replace(GOOD, noise=sigma)) for sigma in (0, 20))
    middle = (clean > 118) & (clean < 138)

    assert np.std((noisy - clean.astype(float))[middle]) == pytest.approx(20, rel=0.1)


@pytest.mark.parametrize(
    "blurred", [replace(GOOD, defocus=1.0), replace(GOOD, motion=4.0)], ids=["defocus", "motion"]
)
def test_blur_keeps_the_light_and_takes_the_edges(blurred: Conditions) -> None:
    sharp, soft = drawn(GOOD).astype(float), drawn(blurred).astype(float)

    assert soft.mean() == pytest.approx(sharp.mean(), rel=0.005)
    assert edges(soft) < 0.7 * edges(sharp)


def test_glare_is_white_and_lies_on_the_code() -> None:
    without, glaring = drawn(GOOD), drawn(replace(GOOD, glare=0.4))
    white = (glaring == 255) & (without < 255)

    assert white.sum() == pytest.approx(np.pi * (0.2 * MODULES * 4) ** 2, rel=0.5)


def test_shade_takes_light_from_one_side() -> None:
    without, shaded = drawn(GOOD).astype(float), drawn(replace(GOOD, shade=0.8)).astype(float)
    left = shaded[without > 60] / without[without > 60]

    assert left.min() == pytest.approx(0.2, abs=0.03)
    assert left.max() == pytest.approx(1.0, abs=0.03)


def test_moire_darkens_the_screen_and_nothing_else() -> None:
    without, striped = drawn(GOOD).astype(float), drawn(replace(GOOD, moire=0.5)).astype(float)
    less = without - striped

    assert less.min() >= -1
    assert less.max() == pytest.approx(0.5 * without.max(), rel=0.05)
    assert (less == 0).mean() > 0.3


@pytest.mark.parametrize("cut", [0.02, 0.3])
def test_a_cut_code_goes_on_beyond_one_edge_of_the_frame(cut: float) -> None:
    subject = phone(TEXT, GOOD)
    x0, y0, x1, y1 = subject.code
    edges_seen = set()
    for seed in range(20):
        at = replace(GOOD, cut=cut)
        seen = held(subject, at, np.random.default_rng(seed))
        corner = through(seen, [(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
        least, most = corner.min(axis=0), corner.max(axis=0)
        beyond = np.concatenate([-least, most - at.size]) / np.tile(most - least, 2)
        (edge,) = np.flatnonzero(beyond > 0)
        edges_seen.add(int(edge))

        assert beyond[edge] == pytest.approx(cut)

    assert edges_seen == {0, 1, 2, 3}


def test_an_empty_lane_holds_no_code() -> None:
    for person in (False, True):
        empty = draw(None, Conditions(person=person), seed="empty")
        assert empty.text is None
        assert pyzbar.decode(empty.grey, symbols=[pyzbar.ZBarSymbol.QRCODE]) == []


def test_the_same_row_is_the_same_pictures_and_each_is_another_one() -> None:
    row = ROWS[0]
    once, again = list(pictures(row, 6)), list(pictures(row, 6))

    assert all(np.array_equal(a.grey, b.grey) for a, b in zip(once, again, strict=True))
    assert len({picture.grey.tobytes() for picture in once}) == 6
    assert len({picture.text for picture in once}) > 1


def test_every_row_has_a_name_of_its_own() -> None:
    assert len({(row.name, row.size) for row in ROWS}) == len(ROWS)
