"""Simulated GPIO lines: gpiozero's own mock pins, with hands on the wires outside.

Our driver and gpiozero above it are the real ones. Two things are as on a Raspberry Pi and not
as in plain `MockPin`: a level that something outside puts on an input line stays, whatever pull
the driver chooses; and a line that is merely made an output starts low.
"""

from collections.abc import Callable
from threading import RLock
from typing import Any

from gpiozero import GPIOZeroError
from gpiozero.pins.mock import MockFactory, MockPin


class ChipGoneError(GPIOZeroError):  # type: ignore[misc]  # gpiozero has no types
    """The chip with the lines is not there, or is another one than the line was opened on."""


class SimulatedPins:
    """Forty header pins of a Raspberry Pi 3 that exist only here.

    `factory` is the pin factory to give to drivers; it is nobody's default.
    `on_output(pin, high)` is called when somebody begins to drive a line and whenever its level
    changes, with None when nobody drives it any more. It runs, as does the driver's own callback
    after `drive`, in the thread that changed the level and while no other line can change: it puts
    the news somewhere and returns.
    """

    def __init__(self, *, on_output: Callable[[int, bool | None], None] | None = None) -> None:
        self.on_output = on_output or (lambda _pin, _high: None)
        self.factory = _Board(self)

    def drive(self, pin: int, high: bool) -> None:
        """Put a level on a line (BCM number) from outside, for good; from any thread.

        The hand is there before the driver opens the line and after it has closed it (a resistor
        on the board is such a hand). While the driver has the line as an output it wins.
        """
        with self.factory.lock:
            self.factory.hands[f"GPIO{pin}"] = high
            if not self.factory.present:
                return
            line = self.factory.pin(pin)
            if line.function == "input":
                line.drive_high() if high else line.drive_low()

    def unplug(self) -> None:
        """Take the chip away: no line works, and none that is open now ever will again."""
        with self.factory.lock:
            self.factory.present = False
            for line in self.factory.take_lines():
                if line.function == "output":
                    self.on_output(line.number, None)

    def plug_in(self) -> None:
        """The chip is back; lines have to be opened anew."""
        with self.factory.lock:
            self.factory.present = True


class _Board(MockFactory):  # type: ignore[misc]  # gpiozero has no types
    """A factory of its own, with what the lines share."""

    def __init__(self, outside: SimulatedPins) -> None:
        super().__init__(revision="a02082", pin_class=_Line)
        self.outside = outside
        self.hands: dict[str, bool] = {}
        self.lock = RLock()
        self.present = True

    def pin(self, name: int | str, pin_class: type | None = None, **kwargs: Any) -> Any:
        with self.lock:
            return super().pin(name, pin_class, **kwargs)

    def close(self) -> None:
        """Let go of the lines; the board, and what the hands do to it, stay."""
        for line in self.pins.values():
            line.close()

    def take_lines(self) -> list["_Line"]:
        """The lines that are open; from now on they belong to no chip."""
        lines: list[_Line] = list(self.pins.values())
        self.pins.clear()
        for line in lines:
            line.on_chip = False
        return lines


class _Line(MockPin):  # type: ignore[misc]  # gpiozero has no types
    """One line; `states` is the history of its level, as in `MockPin`."""

    def __init__(self, factory: _Board, info: Any) -> None:
        super().__init__(factory, info)
        self.on_chip = True
        self._state: bool = factory.hands.get(info.name, info.pull == "up")
        self.clear_states()

    @property
    def number(self) -> int:
        """Its BCM number."""
        number: int = self._number
        return number

    def close(self) -> None:
        if self.on_chip and self.factory.present:
            super().close()

    def _get_state(self) -> bool:
        self._require_chip()
        return self._state

    def output_with_state(self, state: bool) -> None:
        self._require_chip()
        with self.factory.lock:
            was = self.function
            self._function = "output"
            if not self._change_state(bool(state)) and was != "output":
                self.factory.outside.on_output(self._number, self._state)

    def _set_function(self, value: str) -> None:
        with self.factory.lock:
            self._require_chip()
            was = self._function
            super()._set_function(value)
            if value != was:
                # lgpio claims an output low; an input shows what is outside
                self._change_state(value == "input" and self._state)
                if was == "output":
                    self.factory.outside.on_output(self._number, None)

    def _change_state(self, value: bool) -> bool:
        with self.factory.lock:
            self._require_chip()
            driven = self._function == "output"
            level = value if driven else self.factory.hands.get(self.info.name, value)
            changed: bool = super()._change_state(level)
            if changed and driven:
                self.factory.outside.on_output(self._number, level)
            return changed

    def _require_chip(self) -> None:
        if not (self.on_chip and self.factory.present):
            raise ChipGoneError("the simulated chip is unplugged")
