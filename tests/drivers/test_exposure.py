"""How long the next frame is taken, with a sensor that follows three frames late."""

from collections import deque

import numpy as np
import pytest

from drivers.exposure import Bounds, Exposure, aim, brightest, first
from drivers.frame import Grey

BOUNDS = Bounds(time_us=(100.0, 10_000.0), gain=(1.0, 4.0), flash_us=10_000.0)
LATE = 3
"""Frames between asking and getting, as with libcamera."""

WHITE_CD = 480.0
"""What is white after 10 ms at ISO 100 and f/2, in cd/m2 (ISO 12232, saturation)."""


def hall(lux_cd: float) -> np.ndarray:
    """Luminances of a lane: something brighter and something darker everywhere."""
    return lux_cd * np.random.default_rng(1).uniform(0.2, 1.0, (120, 160))


def phone(background: np.ndarray, cd: float) -> np.ndarray:
    """A screen in the middle, a fifth of the picture, half of it dark modules."""
    seen = background.copy()
    seen[40:90, 50:110] = cd
    seen[40:90:4, 50:110] = seen[42:90:4, 50:110] = cd / 300
    return seen


def picture(scene: np.ndarray, exposure: Exposure) -> Grey:
    light = np.clip(scene / WHITE_CD * exposure.total / 10_000, 0, 1)
    grey: Grey = np.rint(255 * light ** (1 / 2.2)).astype(np.uint8)
    return grey


class Sensor:
    """Takes each frame with what was asked for `LATE` frames before."""

    def __init__(self) -> None:
        self.asked = first(BOUNDS)
        self._under_way = deque([self.asked] * LATE, maxlen=LATE)
        self.taken: list[Exposure] = []

    def look(self, scene: np.ndarray, frames: int) -> Grey:
        for _ in range(frames):
            exposure = self._under_way.popleft()
            self.taken.append(exposure)
            grey = picture(scene, exposure)
            self.asked = aim(exposure, brightest(grey), BOUNDS) or self.asked
            self._under_way.append(self.asked)
        return grey


def screen(grey: Grey) -> tuple[int, int]:
    """How bright its light and its dark modules are."""
    return int(np.median(grey[41:90:4, 50:110])), int(np.median(grey[40:90:4, 50:110]))


@pytest.mark.parametrize("cd", [60, 150, 300, 600, 1200])
@pytest.mark.parametrize("around", [0.5, 5, 50])
def test_a_screen_in_any_hall_is_neither_white_nor_dark_within_twelve_frames(
    cd: float, around: float
) -> None:
    sensor = Sensor()
    sensor.look(hall(around), 40)

    light, dark = screen(sensor.look(phone(hall(around), cd), 12))

    assert 140 <= light < 250
    assert light - dark > 100


@pytest.mark.parametrize("cd", [60, 150, 300])
def test_a_screen_that_is_darker_than_the_street_can_be_told_apart(cd: float) -> None:
    light, dark = screen(Sensor().look(phone(hall(500), cd), 20))

    assert light - dark > 60


@pytest.mark.parametrize("cd", [150, 300, 600])
def test_the_first_frame_with_a_phone_in_the_darkest_hall_can_be_told_apart_at_once(
    cd: float,
) -> None:
    """It is white, but only as far as the bounds let it: its dark modules stay dark."""
    sensor = Sensor()
    sensor.look(hall(0.1), 40)

    light, dark = screen(sensor.look(phone(hall(0.1), cd), 1))

    assert light - dark > 150


def test_with_libcameras_own_bounds_its_dark_modules_would_be_bright() -> None:
    """Why there are bounds: 67 ms at a gain of 16 in the same hall."""
    light, dark = screen(picture(phone(hall(0.1), 600), Exposure(66_666, 16.0)))

    assert light - dark < 80


def test_a_change_of_light_makes_nothing_swing() -> None:
    sensor = Sensor()
    sensor.look(hall(5), 40)
    sensor.look(phone(hall(5), 300), 20)
    settled = len(sensor.taken)

    sensor.look(phone(hall(5), 300), 40)

    assert len({exposure.total for exposure in sensor.taken[settled:]}) == 1


@pytest.mark.parametrize("brightness", [160, 199, 230])
def test_what_is_good_is_left_as_it_is(brightness: float) -> None:
    """Else every passer-by would change the picture, and wake whoever compares it with before."""
    assert aim(Exposure(5000, 1.0), brightness, BOUNDS) is None


def test_a_lamp_in_the_middle_leaves_a_phone_readable() -> None:
    scene = phone(hall(20), 200)
    scene[30:40, 40:120] = 30_000
    sensor = Sensor()

    light, dark = screen(sensor.look(scene, 40))

    assert light - dark > 40
    assert sensor.taken[-1].total == pytest.approx(1000)


def test_no_bound_is_ever_crossed_and_the_longest_comes_before_the_gain() -> None:
    sensor = Sensor()
    for around in (0.01, 1000, 3, 30, 0.3, 10_000):
        sensor.look(hall(around), 10)

    for exposure in sensor.taken:
        assert 100 <= exposure.time_us <= 10_000
        assert 1.0 <= exposure.gain <= 4.0
        assert exposure.gain == 1.0 or exposure.time_us == 10_000


def test_a_long_exposure_holds_whole_flashes_of_the_lamps() -> None:
    bounds = Bounds(time_us=(100.0, 35_000.0), gain=(1.0, 8.0), flash_us=10_000.0)

    wanted = aim(Exposure(10_000, 1.0), brightness=125, bounds=bounds)

    assert wanted is not None
    assert wanted.time_us == 20_000
    assert wanted.total == pytest.approx(10_000 * (200 / 125) ** 2.2)


def test_a_module_that_begins_at_a_higher_gain_is_never_asked_for_less() -> None:
    bounds = Bounds(time_us=(100.0, 10_000.0), gain=(1.12, 4.0), flash_us=10_000.0)

    wanted = aim(Exposure(10_000, 1.12), brightness=255, bounds=bounds)

    assert wanted == Exposure(2500, pytest.approx(1.12))  # type: ignore[arg-type] # an approximation
