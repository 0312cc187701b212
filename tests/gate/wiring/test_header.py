"""The header: what is printed on every board, and the pulls of the data sheet."""

from gpiozero.pins.mock import MockFactory

from gate.wiring.header import HEADER, OF_LINE, nearest


def test_each_pin_is_where_gpiozero_has_it() -> None:
    """Another implementation of the same facts."""
    (board,) = (it for it in MockFactory().board_info.headers.values() if it.name == "J8")
    for pin in HEADER:
        assert board.pins[pin.place].name == pin.name


def test_each_line_is_pulled_at_boot_as_the_data_sheet_says() -> None:
    pulled_up = {bcm for bcm, pin in OF_LINE.items() if pin.boot_pull == "up"}
    assert pulled_up == set(range(9))
    assert {*OF_LINE} == set(range(28))


def test_ground_is_looked_for_nearby_and_on_the_own_side() -> None:
    assert nearest("GND", 11).place == 9  # GPIO17
    assert nearest("GND", 16).place == 14  # GPIO23
    assert nearest("3V3", 3).place == 1
    assert nearest("5V", 40).place == 4
