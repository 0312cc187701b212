"""From the thermometer's word to the number that is decided on."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.simulated.mlx90614 import seen_c
from gate.temperature.skin import BodyC, SkinC, TrueC, body_c, skin_c, true_c

KELVIN = 273.15


def test_commissioning_is_a_line() -> None:
    assert true_c(36.0, gain=1.01, offset_c=-0.5) == pytest.approx(35.86)


@pytest.mark.parametrize(
    ("seen", "room", "skin"),
    [
        (36.12, 27.0, 36.30),
        (36.00, 20.0, 36.30),
        (36.00, 32.0, 36.08),
        (37.00, 37.0, 37.00),
        (37.00, 40.0, 36.94),
    ],
)
def test_skin_is_warmer_than_it_looks_where_the_room_is_cooler(
    seen: float, room: float, skin: float
) -> None:
    """Worked out by hand: the difference is about 0.02 x (skin - room), a little less."""
    assert skin_c(TrueC(seen), room) == pytest.approx(skin, abs=0.005)


@pytest.mark.parametrize(("room_c", "low_by_c"), [(20.0, 0.3), (25.0, 0.2), (31.0, 0.1)])
def test_a_part_left_at_emissivity_1_reads_01_to_03_low(room_c: float, low_by_c: float) -> None:
    assert skin_c(TrueC(36.2), room_c) - 36.2 == pytest.approx(low_by_c, abs=0.03)


def test_five_degrees_of_error_in_the_room_are_a_tenth_of_a_degree_of_skin() -> None:
    error_c = skin_c(TrueC(36.2), 27.0) - skin_c(TrueC(36.2), 32.0)

    assert error_c == pytest.approx(0.09, abs=0.01)


def test_it_undoes_what_the_room_does_to_any_skin() -> None:
    @settings(derandomize=True, database=None, max_examples=300)
    @given(st.floats(30.0, 43.0), st.floats(10.0, 45.0))
    def there_and_back(skin: float, room: float) -> None:
        assert skin_c(TrueC(seen_c(skin, room)), room) == pytest.approx(skin, abs=1e-9)

    there_and_back()


def test_the_coldest_and_the_hottest_word_are_still_temperatures() -> None:
    assert skin_c(TrueC(-KELVIN), 382.19) == -KELVIN
    assert skin_c(TrueC(382.19), -KELVIN) > 382.19


def test_the_body_equivalent_number_is_rounded_once() -> None:
    assert body_c(SkinC(36.34), 27.0, offset_c=0.0, k=0.0) == 36.3
    assert body_c(SkinC(36.34), 27.0, offset_c=0.04, k=0.0) == 36.4  # not 36.3 + 0.0
    assert body_c(SkinC(36.5), 26.5, offset_c=0.3, k=0.1) == BodyC(37.8)
