"""Whether a camera sees anything: frames, and what their run means."""

from itertools import pairwise

import numpy as np
import pytest
import segno

from drivers import qr
from gate.eyes.sight import Grey, News, Nothing, Sight, look, nothing_in, said, sampled
from gate.model import Monotonic

BLIND_AFTER_S = 10.0
WIDTH, HEIGHT = 960, 720


def noise(mean: float, sigma: float, seed: int = 0) -> Grey:
    plain = np.random.default_rng(seed).normal(mean, sigma, (HEIGHT, WIDTH))
    return np.clip(np.rint(plain), 0, 255).astype(np.uint8)


def with_a_phone(frame: Grey) -> Grey:
    """A bright screen with a code in the middle of it."""
    code = np.array([list(row) for row in segno.make("AB1:NIGHT", micro=False).matrix], dtype=bool)
    modules = np.pad(code, 4)
    screen = np.where(np.kron(modules, np.ones((5, 5), dtype=bool)), 20, 210)
    lit = frame.copy()
    lit[200 : 200 + len(screen), 300 : 300 + len(screen)] = screen
    return lit


# --- one frame ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "nothing"),
    [
        (np.zeros((HEIGHT, WIDTH), dtype=np.uint8), "black"),
        (noise(4, 4), "black"),
        (noise(120, 3), "grey"),
        (noise(250, 4), "white"),
        (np.full((4, 4), 255, dtype=np.uint8), "white"),
    ],
)
def test_a_frame_that_is_the_same_all_over_shows_nothing(frame: Grey, nothing: Nothing) -> None:
    assert nothing_in(sampled(frame), None) == nothing


def test_a_dark_hall_with_one_small_lamp_far_away_shows_something() -> None:
    hall = noise(6, 3)
    hall[100:130, 500:530] = 200  # a quarter of one patch

    assert nothing_in(sampled(hall), None) is None


def test_a_bright_phone_in_a_dark_hall_shows_something_and_is_read() -> None:
    night = with_a_phone(noise(3, 4))

    assert nothing_in(sampled(night), None) is None
    assert [code.text for code in qr.read_all(night)] == [b"AB1:NIGHT"]


def test_a_wall_that_is_a_bit_lighter_at_one_end_shows_something() -> None:
    wall = np.repeat(np.linspace(20, 30, WIDTH)[None, :], HEIGHT, axis=0).astype(np.uint8)

    assert nothing_in(sampled(wall), None) is None


def test_a_frame_that_equals_the_one_before_is_frozen_and_the_least_noise_is_a_change() -> None:
    hall = with_a_phone(noise(60, 3))
    later = hall.copy()
    later[::9, ::7] ^= 1  # one pixel in 63, and that by one grey step

    assert nothing_in(sampled(hall), sampled(hall.copy())) == "frozen"
    assert nothing_in(sampled(later), sampled(hall)) is None
    assert nothing_in(sampled(hall), None) is None


def test_what_is_remembered_of_a_frame_is_small_and_no_view_of_it() -> None:
    hall = noise(60, 3)

    assert not np.shares_memory(sampled(hall), hall)
    assert sampled(hall).nbytes <= 12 * 16 * 64


# --- a run of frames ------------------------------------------------------------------------


def news_of(
    *frames: tuple[float, Nothing | None], sight: Sight | None = None
) -> tuple[Sight, list[tuple[float, News]]]:
    sight, heard = sight or Sight(), []
    for moment, nothing in frames:
        sight, news = look(sight, nothing, Monotonic(moment), blind_after_s=BLIND_AFTER_S)
        if news is not None:
            heard.append((moment, news))
    return sight, heard


def test_nothing_for_the_whole_time_is_blind_and_one_frame_with_something_begins_it_anew() -> None:
    _, heard = news_of((0, "black"), (9.9, "black"), (10, None), (11, "black"), (20.9, "frozen"))
    assert heard == []

    _, heard = news_of((0, "black"), (9.9, "frozen"), (10, "black"), (11, "black"))
    assert heard == [(10, News.BLIND)]


def test_the_third_frame_running_that_shows_something_ends_it() -> None:
    blind, _ = news_of((0, "black"), (10, "black"))

    _, heard = news_of(
        (11, None), (12, None), (13, "black"), (14, None), (15, None), (16, None), sight=blind
    )

    assert heard == [(16, News.SEES)]


def test_a_blind_camera_is_opened_again_after_one_two_four_minutes_up_to_an_hour() -> None:
    _, heard = news_of(*((float(second), "black") for second in range(0, 40_000, 5)))

    moments = [moment for moment, _ in heard]
    assert [news for _, news in heard] == [News.BLIND] + [News.OPEN_AGAIN] * (len(heard) - 1)
    assert [later - earlier for earlier, later in pairwise(moments)][:8] == [
        60, 120, 240, 480, 960, 1920, 3600, 3600,
    ]  # fmt: skip


def test_a_night_with_a_guards_torch_every_ten_minutes_makes_a_few_reports_and_no_storm() -> None:
    night: list[tuple[float, Nothing | None]] = [
        (float(second), None if second % 600 < 3 else "black") for second in range(10 * 3600)
    ]

    sight, heard = news_of(*night)

    reports = sum(news is News.BLIND for _, news in heard)
    assert 3 <= reports <= 8, heard
    assert sight.told == reports


def test_a_day_of_sight_makes_it_as_quick_as_at_first() -> None:
    twice, _ = news_of(
        (0, "black"),
        (10, "black"),
        (11, None),
        (12, None),
        (13, None),
        (14, "black"),
        (34, "black"),
    )
    assert (twice.blind, twice.told) == (True, 2)

    back, _ = news_of((35, None), (36, None), (37, None), (3637, None), sight=twice)
    _, heard = news_of((3640, "black"), (3650, "black"), sight=back)

    assert heard == [(3650, News.BLIND)]


def test_what_is_said_helps_the_technician() -> None:
    assert said("white", 10.4) == "white for 10 s: does the sun shine into the lens?"
