"""What is made of a frame before another look at it."""

from collections.abc import Callable

import numpy as np
import pytest

from drivers.frame import Grey
from drivers.qr import pictures
from drivers.qr.pictures import adaptive, enlarged, halved, inverted, sharpened, smoothed

MAKES: list[Callable[[Grey], Grey]] = [
    adaptive,
    smoothed,
    sharpened,
    lambda grey: enlarged(grey, 2),
    halved,
    inverted,
]


def lit(shape: tuple[int, int]) -> Grey:
    """Light on the right, nearly dark on the left, with fine texture everywhere."""
    random = np.random.default_rng(3)
    across = np.linspace(5, 250, shape[1])
    return np.clip(across + random.normal(0, 12, shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("offset", [0, 7])
@pytest.mark.parametrize("block", [15, 31])
def test_the_threshold_is_nearly_that_of_the_exact_means(block: int, offset: int) -> None:
    """Means for cells of 4 x 4 instead of pixels: other than exact for few pixels."""
    grey = lit((120, 160))
    wide = np.pad(grey.astype(float), block // 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(wide, (block, block))
    exact = np.where(grey > windows.mean(axis=(2, 3)) - offset, 255, 0)

    differ = np.mean(adaptive(grey, block, offset) != exact)

    assert differ < 0.08


def test_a_mean_that_is_darker_than_the_offset_does_not_begin_again_at_white() -> None:
    assert np.all(adaptive(np.full((40, 40), 3, dtype=np.uint8), offset=7)[:, :] == 255)


def test_smoothing_weighs_1_2_1_both_ways() -> None:
    grey = np.zeros((5, 5), dtype=np.uint8)
    grey[2, 2] = 160

    assert smoothed(grey)[1:4, 1:4].tolist() == [[10, 20, 10], [20, 40, 20], [10, 20, 10]]
    assert np.all(smoothed(np.full((4, 6), 255, dtype=np.uint8)) == 255)


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (3, 3), (7, 5)])
def test_the_smallest_frames_are_no_error(
    make: Callable[[Grey], Grey], shape: tuple[int, int]
) -> None:
    made = make(np.full(shape, 200, dtype=np.uint8))

    assert made.dtype == np.uint8
    assert made.ndim == 2


@pytest.mark.parametrize("make", MAKES)
def test_a_view_is_taken_like_a_frame_and_stays_as_it_is(make: Callable[[Grey], Grey]) -> None:
    whole = lit((60, 80))
    view, before = whole[5:45, 3:70], whole.copy()

    assert np.array_equal(make(view), make(view.copy()))
    assert np.array_equal(whole, before)


def test_sizes_are_as_named() -> None:
    grey = lit((31, 41))

    assert enlarged(grey, 3).shape == (93, 123)
    assert halved(grey).shape == (16, 21)
    assert inverted(grey)[0, 0] == 255 - grey[0, 0]
    assert pictures.adaptive(grey).shape == grey.shape
