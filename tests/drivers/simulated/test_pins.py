"""Simulated lines: hands outside, drivers above, and who wins."""

from threading import Barrier, Thread

import pytest
from gpiozero import Button, Device, InputDevice, OutputDevice, PinInvalidPin

from drivers.simulated.pins import SimulatedPins


@pytest.mark.parametrize("high", [True, False])
@pytest.mark.parametrize("pull_up", [True, False])
def test_a_level_from_outside_stays_whatever_pull_the_driver_chooses(
    high: bool, pull_up: bool
) -> None:
    pins = SimulatedPins()
    pins.drive(4, high)
    with InputDevice(4, pull_up=pull_up, pin_factory=pins.factory) as line:
        assert line.pin.state is high
        assert [state.state for state in line.pin.states] == [high]


def test_a_line_that_nobody_drives_follows_the_pull() -> None:
    pins = SimulatedPins()
    with InputDevice(4, pull_up=True, pin_factory=pins.factory) as line:
        assert line.pin.state is True


def test_a_driver_hears_of_the_edges_from_outside() -> None:
    pins = SimulatedPins()
    pressed: list[str] = []
    pins.drive(4, high=True)
    with Button(4, pin_factory=pins.factory) as button:
        button.when_pressed = lambda: pressed.append("pressed")
        button.when_released = lambda: pressed.append("released")
        pins.drive(4, high=False)
        pins.drive(4, high=False)
        pins.drive(4, high=True)
    assert pressed == ["pressed", "released"]


def test_every_change_of_a_driven_line_is_told_and_nothing_else() -> None:
    news: list[tuple[int, bool | None]] = []
    pins = SimulatedPins(on_output=lambda pin, high: news.append((pin, high)))
    pins.drive(4, high=True)
    with (
        InputDevice(4, pull_up=True, pin_factory=pins.factory),
        OutputDevice(17, pin_factory=pins.factory) as relay,
    ):
        pins.drive(4, high=False)
        relay.on()
        relay.on()
        relay.off()
    assert news == [(17, False), (17, True), (17, False), (17, None)]


def test_a_driven_line_is_the_drivers_and_then_the_hands_again() -> None:
    pins = SimulatedPins()
    pins.drive(17, high=True)
    relay = OutputDevice(17, active_high=False, pin_factory=pins.factory)
    relay.on()
    pins.drive(17, high=True)
    line = relay.pin
    assert line.state is False
    relay.close()
    assert line.state is True


def test_an_output_claimed_without_a_level_starts_low_as_with_lgpio() -> None:
    pins = SimulatedPins()
    pins.drive(17, high=True)
    line = pins.factory.pin(17)
    line.function = "output"
    assert line.state is False


def test_a_pin_that_the_board_does_not_have_is_refused() -> None:
    with pytest.raises(PinInvalidPin):
        SimulatedPins().drive(40, high=True)


def test_the_lines_are_nobodys_default_and_nobody_elses() -> None:
    one, other = SimulatedPins(), SimulatedPins()
    one.drive(4, high=True)
    assert Device.pin_factory is None
    assert other.factory.pin(4).state is False


def test_hands_in_other_threads_and_a_driver_that_opens_meanwhile_agree() -> None:
    for _ in range(50):
        pins = SimulatedPins()
        together = Barrier(2)

        def push(pins: SimulatedPins = pins, together: Barrier = together) -> None:
            together.wait(timeout=5.0)
            pins.drive(4, high=False)

        hand = Thread(target=push, name="hand")
        hand.start()
        together.wait(timeout=5.0)
        line = InputDevice(4, pull_up=True, pin_factory=pins.factory)
        hand.join(timeout=5.0)
        assert line.pin.state is False
        line.close()
