"""Two-point calibration: what is a reading, what is a line, and what is refused."""

import random
from dataclasses import replace
from statistics import median

import pytest

from gate.temperature.calibration import (
    CalibrationError,
    Line,
    Reading,
    line_through,
    off_the_body,
    reading_of,
    samples_needed,
    unsteady,
    wrong_bodies,
)

SIGMA_C = 0.18
COOL = Reading(35.0, read_c=35.4, spread_c=0.8, halves_c=(35.39, 35.41))
WARM = Reading(40.0, read_c=40.3, spread_c=0.8, halves_c=(40.3, 40.3))


def noise(
    body_c: float, seed: int, *, rising_c: float = 0.0, sigma_c: float = SIGMA_C
) -> list[float]:
    chance, needed = random.Random(seed), samples_needed(SIGMA_C)  # noqa: S311 - noise
    return [
        round((body_c + rising_c * i / needed + chance.gauss(0, sigma_c)) / 0.02) * 0.02
        for i in range(needed)
    ]


def test_a_window_is_as_long_as_the_noise_of_the_part_asks() -> None:
    assert [samples_needed(sigma_c) for sigma_c in (0.05, 0.10, 0.18)] == [30, 40, 128]


def test_its_median_is_then_within_a_few_hundredths() -> None:
    errors = [abs(median(noise(35.0, seed)) - 35.0) for seed in range(200)]

    assert max(errors) < 0.08
    assert sum(error < 0.04 for error in errors) > 180


def test_noise_is_steady_and_a_body_on_its_way_is_not() -> None:
    assert sum(not unsteady(noise(35.0, seed), SIGMA_C) for seed in range(200)) > 180
    assert all("still rises" in unsteady(noise(35.0, s, rising_c=0.4), SIGMA_C) for s in range(50))
    assert all("still falls" in unsteady(noise(35.0, s, rising_c=-0.4), SIGMA_C) for s in range(50))
    assert "scatters by" in unsteady(noise(35.0, 1, sigma_c=0.4), SIGMA_C)


def test_the_reading_is_the_median_and_says_what_it_is_made_of() -> None:
    assert reading_of([35.0, 35.25, 35.125, 35.5, 35.25, 35.375], 35.0) == Reading(
        35.0, read_c=35.25, spread_c=0.5, halves_c=(35.125, 35.375)
    )


@pytest.mark.parametrize(
    ("read_c", "why"),
    [(35.9, ""), (33.1, ""), (40.4, "are they swapped"), (27.0, "does the black body fill")],
)
def test_what_is_not_near_the_body_is_none_of_its_readings(read_c: float, why: str) -> None:
    found = off_the_body(read_c, 35.0, 40.0)

    assert why in found if why else found == ""


def test_the_line_goes_through_both_readings() -> None:
    line = line_through([COOL, WARM])

    assert line.gain == pytest.approx(5 / 4.9, abs=1e-6)
    assert line.true_c(35.4) == pytest.approx(35.0, abs=1e-3)
    assert line.true_c(40.3) == pytest.approx(40.0, abs=1e-3)
    assert line.residual_c == pytest.approx(0.01, abs=0.002)
    assert line.black_bodies_c == (35.0, 40.0)
    assert line.read_c == (35.4, 40.3)


def test_bodies_that_were_read_twice_count_with_their_means_and_the_residual_shows_the_rest() -> (
    None
):
    again = replace(COOL, read_c=35.3, halves_c=(35.3, 35.3))

    line = line_through([COOL, WARM, again, WARM])

    assert line.read_c == (35.35, 40.3)
    assert line.residual_c == pytest.approx(0.06, abs=0.005)


def test_readings_that_do_not_agree_are_refused() -> None:
    moved = replace(COOL, halves_c=(35.2, 35.6))

    with pytest.raises(CalibrationError, match=r"0\.20 C from the line"):
        line_through([moved, WARM])


@pytest.mark.parametrize(
    "bodies",
    [
        (replace(COOL, read_c=40.3), replace(WARM, read_c=35.4)),
        (COOL, replace(WARM, read_c=35.5)),
        (replace(COOL, read_c=float("nan")), WARM),
    ],
)
def test_bodies_that_were_swapped_or_one_that_was_read_twice_are_refused(
    bodies: tuple[Reading, Reading],
) -> None:
    with pytest.raises(CalibrationError, match="swapped, or the same one twice"):
        line_through(bodies)


@pytest.mark.parametrize(
    ("cool", "warm", "why"),
    [
        (35.0, 40.0, ""),
        (35.0, 37.5, "at least 3 C apart"),
        (40.0, 35.0, "the cooler one first"),
        (20.0, 40.0, "from 30 to 45 C"),
        (35.0, 100.0, "from 30 to 45 C"),
        (float("nan"), 40.0, "from 30 to 45 C"),
        (35.0, float("nan"), "from 30 to 45 C"),
    ],
)
def test_bodies_that_give_no_line_are_refused_before_anything_is_read(
    cool: float, warm: float, why: str
) -> None:
    found = wrong_bodies(cool, warm)

    assert why in found if why else found == ""


@pytest.mark.parametrize("gain", [0.985, 1.0, 1.015])
@pytest.mark.parametrize("offset_c", [-0.3, 0.0, 0.4])
def test_a_part_that_is_wrong_is_right_to_a_tenth_of_a_degree_afterwards(
    gain: float, offset_c: float
) -> None:
    def says(celsius: float) -> float:
        return gain * celsius + offset_c

    worst = 0.0
    for seed in range(20):
        line: Line = line_through(
            [
                reading_of(noise(says(35.0), 2 * seed), 35.0),
                reading_of(noise(says(40.0), 2 * seed + 1), 40.0),
            ]
        )
        worst = max(worst, *(abs(line.true_c(says(it)) - it) for it in (34.0, 36.5, 37.5, 41.0)))
    assert worst < 0.1
