"""The figure that a technician turns the lens by."""

import numpy as np
import pytest
import segno
from numpy.typing import NDArray

from gate.eyes.sharpness import Grey, sharpness

RANDOM = np.random.default_rng(6)
Light = NDArray[np.float64]


def target(module_px: int) -> Light:
    """A code on a desk."""
    rows = [list(row) for row in segno.make("AB1:" + "X" * 80, error="m").matrix_iter(border=4)]
    code = np.kron(np.array(rows, dtype=bool), np.ones((module_px, module_px), dtype=bool))
    picture = np.full((360, 480), 120.0)
    height, width = (min(a, b) for a, b in zip(code.shape, picture.shape, strict=True))
    top, left = (360 - height) // 2, (480 - width) // 2
    picture[top : top + height, left : left + width] = np.where(code, 40, 210)[:height, :width]
    return picture


def defocused(picture: Light, radius_px: float) -> Light:
    """Each point becomes a disc, as behind a lens that is out of focus."""
    reach = int(np.ceil(radius_px)) + 1
    down, across = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius_px + 0.5 - np.hypot(down, across), 0, 1)
    if disc.sum() == 0:
        return picture
    size = tuple(side + 2 * reach for side in picture.shape)
    padded = np.pad(picture, reach, mode="edge")
    spectrum = np.fft.rfft2(padded) * np.fft.rfft2(disc / disc.sum(), size)
    return np.fft.irfft2(spectrum, size)[2 * reach :, 2 * reach :]


def taken(picture: Light, *, light: float = 1.0, noise: float = 2.0) -> Grey:
    seen = picture * light + RANDOM.normal(0, noise, picture.shape)
    return np.clip(np.rint(seen), 0, 255).astype(np.uint8)


def figure(picture: Light, *, light: float = 1.0, noise: float = 2.0) -> float:
    found = sharpness(taken(picture, light=light, noise=noise))
    assert found is not None
    return found


@pytest.mark.parametrize("module_px", [3, 4, 5, 6, 8])
def test_it_falls_all_the_way_while_the_lens_is_turned_out_of_focus(module_px: int) -> None:
    picture = target(module_px)

    figures = [figure(defocused(picture, radius)) for radius in (0, 1, 1.5, 2, 3, 4, 6, 8, 12)]

    assert figures == sorted(figures, reverse=True)
    assert figures[0] > 2.5 * figures[-1]


@pytest.mark.parametrize("radius_px", [0.5, 2, 6])
def test_light_hardly_moves_it(radius_px: float) -> None:
    """From a fifth of the light to as much as fits."""
    picture = defocused(target(5), radius_px)
    usual = figure(picture)

    for light in (0.2, 0.4, 0.7, 1.2):
        assert figure(picture, light=light) == pytest.approx(usual, rel=0.03)


@pytest.mark.parametrize("radius_px", [0.5, 2, 6])
def test_noise_hardly_moves_it_so_that_a_blurred_picture_never_seems_sharp(
    radius_px: float,
) -> None:
    picture = defocused(target(5), radius_px)
    usual = figure(picture)

    for noise in (0.5, 4.0, 8.0):
        assert figure(picture, noise=noise) == pytest.approx(usual, rel=0.05)


@pytest.mark.parametrize("noise", [0.0, 3.0, 8.0])
def test_a_covered_lens_is_no_figure(noise: float) -> None:
    assert sharpness(taken(np.full((360, 480), 20.0), noise=noise)) is None


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (4, 4), (5, 400)])
def test_a_frame_with_no_middle_is_no_figure(shape: tuple[int, int]) -> None:
    assert sharpness(np.zeros(shape, dtype=np.uint8)) is None


def test_what_is_at_the_edge_does_not_count() -> None:
    picture = target(4)
    edge = picture.copy()
    edge[:80], edge[280:] = 0, 255

    assert figure(edge) == pytest.approx(figure(picture), rel=0.02)
