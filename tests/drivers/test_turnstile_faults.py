"""Wires that cannot be had or stop working: which pin, and the way out."""

import sys
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from drivers.lines import InputLine, OutputLine, TurnstileError, open_pin_factory
from drivers.turnstile import Inputs, TurnstilePins
from tests.drivers.benches import (
    GREEN,
    PINS,
    RELAY,
    SENSOR_A,
    Bench,
    LgpioBench,
    MockBench,
    turnstile,
)
from tests.drivers.lgpio_standin import LgpioStandIn


@pytest.mark.parametrize(
    ("pins", "text"),
    [
        (replace(PINS, red=OutputLine(RELAY)), r"GPIO17 \(red\) is used twice"),
        (replace(PINS, sensor_a=InputLine(40)), r"GPIO40 \(sensor_a\) is no line of this board"),
        (replace(PINS, release=InputLine(2, pull="down")), r"GPIO2 \(release\) has a pull-up"),
    ],
)
def test_a_wire_that_cannot_be_had_is_named_with_the_way_out(
    bench: Bench, pins: TurnstilePins, text: str
) -> None:
    with pytest.raises(TurnstileError, match=text):
        turnstile(bench, pins)


@pytest.mark.parametrize("pin", [RELAY, SENSOR_A, GREEN])
def test_a_pin_that_another_program_holds_is_named(lgpio: LgpioBench, pin: int) -> None:
    lgpio.chip.lines[pin].busy = True
    with pytest.raises(TurnstileError, match=rf"GPIO{pin} \(.*\) is held by another program"):
        turnstile(lgpio)


def test_a_chip_that_goes_away_is_told_as_broken_wires_and_is_no_crash(lgpio: LgpioBench) -> None:
    broken: list[str] = []
    with turnstile(lgpio, on_broken=broken.append) as lane:
        lgpio.chip.gone = True
        lgpio.drive(SENSOR_A, high=False)
        with pytest.raises(TurnstileError, match="sensor_a does not work: chip gone"):
            lane.read()
        with pytest.raises(TurnstileError, match="relay"):
            lane.show(relay=True, lamp="off")
        lgpio.chip.gone = False
    assert broken == ["sensor_a does not work: chip gone"]


def test_mended_wires_are_inactive_first_and_then_work_and_say_how_things_are(
    bench: Bench,
) -> None:
    seen: list[Inputs] = []
    with turnstile(bench, on_inputs=seen.append, on_broken=lambda _: None) as lane:
        lane.show(relay=True, lamp="green")
        unplug(bench)
        bench.drive(SENSOR_A, high=False)
        for _ in range(2):
            with pytest.raises(TurnstileError):
                lane.mend()
        plug_in(bench)
        lane.mend()
        assert bench.history(RELAY)[-1] is False
        assert seen[-1].sensor_a is True
        lane.show(relay=True, lamp="green")
        assert bench.history(RELAY)[-1] is True
        bench.drive(SENSOR_A, high=True)
        assert seen[-1].sensor_a is False


def unplug(bench: Bench) -> None:
    if isinstance(bench, LgpioBench):
        bench.chip.gone = True
        bench.chip.chips.clear()
    elif isinstance(bench, MockBench):
        bench.wires.unplug()


def plug_in(bench: Bench) -> None:
    if isinstance(bench, LgpioBench):
        bench.chip.plug_in()
    elif isinstance(bench, MockBench):
        bench.wires.plug_in()


def test_a_chip_that_is_not_there_is_told_with_the_way_out(chip: LgpioStandIn) -> None:
    chip.chips.clear()
    with pytest.raises(TurnstileError, match=r"/dev/gpiochip0 .*gpiodetect"):
        open_pin_factory(chip=0)


def test_the_empty_lgpio_of_pypi_is_told_from_the_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Version 0.0.0.2 is all that pip finds on Python 3.13: a module with nothing in it."""
    monkeypatch.setitem(sys.modules, "lgpio", ModuleType("lgpio"))
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)

    with pytest.raises(TurnstileError, match=r"stub.*sudo apt install python3-lgpio"):
        open_pin_factory()


def test_a_machine_without_lgpio_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    absent: Any = None  # which makes an import of it fail
    monkeypatch.setitem(sys.modules, "lgpio", absent)
    sys.modules.pop("gpiozero.pins.lgpio", None)
    with pytest.raises(TurnstileError, match="apt install python3-lgpio"):
        open_pin_factory()
