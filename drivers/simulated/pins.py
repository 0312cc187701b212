"""Simulated GPIO lines: gpiozero's own mock pins, with hands on the wires outside.

Our driver and gpiozero above it are the real ones. Two things are as on a Raspberry Pi and not
as in plain `MockPin`: a level that something outside puts on an input line stays, whatever pull
the driver chooses; and a line that is merely made an output starts low.
"""

from collections.abc import Callable
from threading import RLock
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin


class SimulatedPins:
    """Forty header pins of a Raspberry Pi 3 that exist only here.

    `factory` is the pin factory to give to drivers; it is nobody's default.
    `on_output(pin, high)` is called whenever a driven line changes its level. It runs, as does
    the driver's own callback after `drive`, in the thread that changed the level and while no
    other line can change: it puts the news somewhere and returns.
    """

    def __init__(self, *, on_output: Callable[[int, bool], None] | None = None) -> None:
        self.on_output = on_output or (lambda _pin, _high: None)
        self.factory = _Board(self)

    def drive(self, pin: int, high: bool) -> None:
        """Put a level on a line (BCM number) from outside, for good; from any thread.

        The hand is there before the driver opens the line and after it has closed it (a resistor
        on the board is such a hand). While the driver has the line as an output it wins.
        """
        with self.factory.lock:
            self.factory.hands[f"GPIO{pin}"] = high
            line = self.factory.pin(pin)
            if line.function == "input":
                line.drive_high() if high else line.drive_low()


class _Board(MockFactory):  # type: ignore[misc]  # gpiozero has no types
    """A factory of its own, with what the lines share."""

    def __init__(self, outside: SimulatedPins) -> None:
        super().__init__(revision="a02082", pin_class=_Line)
        self.outside = outside
        self.hands: dict[str, bool] = {}
        self.lock = RLock()

    def pin(self, name: int | str, pin_class: type | None = None, **kwargs: Any) -> Any:
        with self.lock:
            return super().pin(name, pin_class, **kwargs)


class _Line(MockPin):  # type: ignore[misc]  # gpiozero has no types
    """One line; `states` is the history of its level, as in `MockPin`."""

    def __init__(self, factory: _Board, info: Any) -> None:
        super().__init__(factory, info)
        self._state: bool = factory.hands.get(info.name, info.pull == "up")
        self.clear_states()

    def output_with_state(self, state: bool) -> None:
        with self.factory.lock:
            self._function = "output"
            self._change_state(bool(state))

    def _set_function(self, value: str) -> None:
        with self.factory.lock:
            was = self._function
            super()._set_function(value)
            if value != was:
                # lgpio claims an output low; an input shows what is outside
                self._change_state(value == "input" and self._state)

    def _change_state(self, value: bool) -> bool:
        with self.factory.lock:
            driven = self._function == "output"
            level = value if driven else self.factory.hands.get(self.info.name, value)
            changed: bool = super()._change_state(level)
            if changed and driven:
                self.factory.outside.on_output(self._number, level)
            return changed
