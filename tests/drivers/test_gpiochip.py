"""Chips and lines, asked as the kernel answers."""

from pathlib import Path

import pytest

from drivers.gpiochip import GET_CHIPINFO, GET_LINEINFO, Chip, Line, chips, header, line
from tests.drivers.gpiochips import CHIP_INFO, LINE_INFO, Chips


def test_the_questions_have_the_numbers_that_the_layout_gives() -> None:
    assert (GET_CHIPINFO, GET_LINEINFO) == (CHIP_INFO, LINE_INFO)


def test_the_chip_of_the_header_is_found_by_its_label(tmp_path: Path) -> None:
    """A Raspberry Pi 5 with an older kernel: the chips in front are the board's own."""
    machine = Chips(tmp_path).add(0, "gpio-brcmstb@107d508500").add(4, "pinctrl-rp1")
    machine.add(10, "raspberrypi-exp-gpio")

    found = chips(tmp_path, ioctl=machine.ioctl)

    assert [chip.number for chip in found] == [0, 4, 10]
    assert header(found) == Chip(4, "gpiochip4", "pinctrl-rp1", 54)


def test_an_old_number_that_is_kept_as_a_link_is_no_second_chip(tmp_path: Path) -> None:
    machine = Chips(tmp_path).add(0, "pinctrl-rp1")
    (tmp_path / "gpiochip4").symlink_to("gpiochip0")

    assert [chip.number for chip in chips(tmp_path, ioctl=machine.ioctl)] == [0]


def test_a_machine_without_the_header_has_none(tmp_path: Path) -> None:
    machine = Chips(tmp_path).add(0, "INT33FF:00")

    assert header(chips(tmp_path, ioctl=machine.ioctl)) is None
    assert header(()) is None


def test_a_line_says_who_uses_it(tmp_path: Path) -> None:
    machine = Chips(tmp_path).add(0, "pinctrl-bcm2711")
    machine.claim(0, 17, "onewire@0")

    assert line(0, 17, tmp_path, ioctl=machine.ioctl) == Line(
        17, "GPIO17", used=True, consumer="onewire@0"
    )
    assert not line(0, 18, tmp_path, ioctl=machine.ioctl).used


def test_a_chip_that_is_not_there_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        line(3, 17, tmp_path)
