"""GPIO lines: how they are wired, opened at their level, and what their failures mean.

gpiozero does the work, over lgpio on a Raspberry Pi and over mock pins elsewhere.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

from gpiozero import (
    Factory,
    GPIOPinInUse,
    GPIOZeroError,
    InputDevice,
    OutputDevice,
    PinFixedPull,
    PinInvalidPin,
    PinUnknownPi,
)

from drivers.gpiochip import chips, header

Pull = Literal["up", "down", "none"]
"""The chip's own resistor on an input line."""


class TurnstileError(Exception):
    """The wires cannot be had or used; says which pin, and the way out."""


@dataclass(frozen=True, slots=True)
class OutputLine:
    """A wire that is driven: its BCM number, and which level switches the thing on."""

    pin: int
    active_high: bool = True


@dataclass(frozen=True, slots=True)
class InputLine:
    """A wire that is read: its BCM number, which level means *active*, and the pull.

    Choose contact and polarity so that a cut wire reads as active: a beam then looks broken and
    a release looks released. A contact to ground that is closed while all is well, with the pull
    up and `active_high`, does that. Without a pull the board has to have a resistor of its own.
    """

    pin: int
    active_high: bool = False
    pull: Pull = "up"


def open_pin_factory(chip: int | None = None) -> Factory:
    """gpiozero's pins on this Raspberry Pi, through lgpio; the caller closes it.

    `chip` is the number of the gpiochip; None: the one that the header is on, found by its label,
    and where none is, gpiozero's guess. Raises `TurnstileError`.

    gpiozero 2.0 opens an output in two steps with lgpio: it claims the line as an output, which
    lgpio makes low, and then writes the level. An active-low relay fires in between (gpiozero
    issue 580, pull request 1177). Here the line is claimed at its level.
    """
    try:
        # Only on a Raspberry Pi: lgpio is a part of its system, and starts a thread on import.
        from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin, lgpio  # noqa: PLC0415 - see above
    except ImportError as error:
        raise TurnstileError(
            "lgpio is missing: `sudo apt install python3-lgpio`, and a virtual environment made"
            " with --system-site-packages"
        ) from error
    except AttributeError as error:  # version 0.0.0.2 is an empty module
        raise TurnstileError(
            "lgpio is a stub from PyPI: `pip uninstall lgpio` in this environment, then `sudo apt"
            " install python3-lgpio`"
        ) from error
    except OSError as error:
        raise TurnstileError(
            f"lgpio cannot make its notification pipe in the working directory ({error}):"
            " start in a directory that can be written"
        ) from error

    class SteadyPin(LGPIOPin):  # type: ignore[misc]  # gpiozero has no types
        def output_with_state(self, state: bool) -> None:
            lgpio.gpio_claim_output(self.factory._handle, self._number, int(state))
            self.state = state  # a line that was an output already has kept its level

        def close(self) -> None:
            with suppress(lgpio.error):  # of a chip that is gone; gpiozero would try for ever
                super().close()

    try:
        factory = LGPIOFactory(_header_chip() if chip is None else chip)
    except (GPIOZeroError, lgpio.error, OSError) as error:
        name = "the GPIO chip" if chip is None else f"/dev/gpiochip{chip}"
        raise TurnstileError(
            f"cannot open {name} ({error}): it has to be there (`gpiodetect`) and this user in"
            " the group gpio; on any other machine choose the simulated pins"
        ) from error
    factory.pin_class = SteadyPin
    return factory


def _header_chip() -> int | None:
    with suppress(OSError):  # whoever may not ask may not open it either, and is told that
        found = header(chips())
        return None if found is None else found.number
    return None


def open_output(role: str, line: OutputLine, factory: Factory) -> OutputDevice:
    """A line that is driven, from now on at its inactive level. Raises `TurnstileError`."""
    with explained(role, line.pin):
        return OutputDevice(
            line.pin,
            active_high=line.active_high,
            initial_value=False,
            pin_factory=factory,
        )


def open_input(role: str, line: InputLine, factory: Factory) -> InputDevice:
    """A line that is read, with its pull. Raises `TurnstileError`."""
    with explained(role, line.pin):
        return InputDevice(
            line.pin,
            pull_up={"up": True, "down": False, "none": None}[line.pull],
            active_state=line.active_high if line.pull == "none" else None,
            pin_factory=factory,
        )


def make_inactive(role: str, line: OutputLine, factory: Factory) -> None:
    """Drive a line to its inactive level, and let go of it. Raises `TurnstileError`."""
    with explained(role, line.pin):
        open_output(role, line, factory).close()


_WAYS_OUT: tuple[tuple[type[Exception], str], ...] = (
    (GPIOPinInUse, "is used twice: give each wire a line of its own"),
    (PinInvalidPin, "is no line of this board: use BCM numbers, 2 to 27, not header pins"),
    (PinFixedPull, 'has a pull-up on the board: choose pull = "up" or another line'),
    (PinUnknownPi, "cannot be had: this is no Raspberry Pi; choose the simulated pins"),
)


@contextmanager
def explained(role: str, pin: int | None = None) -> Iterator[None]:
    """Turn a library's error into a `TurnstileError` that names the wire and the way out."""
    try:
        yield
    except library_errors() as error:
        name = role if pin is None else f"GPIO{pin} ({role})"
        for kind, way_out in _WAYS_OUT:
            if isinstance(error, kind):
                raise TurnstileError(f"{name} {way_out}") from error
        if "busy" in str(error).lower():
            raise TurnstileError(
                f"{name} is held by another program: `gpioinfo` names it; stop that one"
            ) from error
        raise TurnstileError(f"{name} does not work: {error}") from error


def library_errors() -> tuple[type[Exception], ...]:
    """gpiozero's errors, and lgpio's own, which gpiozero lets through."""
    lgpio = sys.modules.get("lgpio")
    return (GPIOZeroError,) if lgpio is None else (GPIOZeroError, lgpio.error)
