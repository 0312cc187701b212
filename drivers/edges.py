"""Watching contacts edge by edge, with the time-stamps of the kernel: for who looks at the wires.

The lane itself never uses edges (`drivers.turnstile` reads levels); bouncing is seen in nothing
else.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Self

from gpiozero import Factory

from drivers.lines import InputLine, explained, open_input


class Edges:
    """Contacts that are watched; let go by `close`, which also closes the pins.

    `on_edge(name, high, at)` is called for every edge, from gpiozero's thread, and only puts it
    somewhere; `at` is in seconds of the clock that the kernel stamps edges with. Raises
    `TurnstileError`, as the lane's own driver would; then nothing is open.
    """

    def __init__(
        self,
        contacts: Mapping[str, InputLine],
        *,
        open_factory: Callable[[], Factory],
        on_edge: Callable[[str, bool, float], None],
    ) -> None:
        self._on_edge = on_edge
        self._pins: dict[str, Any] = {}
        self._watchers: list[Callable[[float, float], None]] = []  # gpiozero keeps no reference
        with ExitStack() as opened:
            factory = open_factory()
            opened.callback(factory.close)
            for name, line in contacts.items():
                device = open_input(name, line, factory)
                opened.callback(device.close)
                self._watch(name, line, device.pin)
                opened.callback(setattr, device.pin, "when_changed", None)
            self._opened = opened.pop_all()

    def levels(self) -> dict[str, bool]:
        """Whether each line is high now. Raises `TurnstileError`."""
        found = {}
        for name, pin in self._pins.items():
            with explained(name):
                found[name] = bool(pin.state)
        return found

    def close(self) -> None:
        """Let go of the lines; twice is fine."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _watch(self, name: str, line: InputLine, pin: Any) -> None:
        def changed(at: float, high: float) -> None:
            self._on_edge(name, bool(high), at)

        self._watchers.append(changed)
        with explained(name, line.pin):
            self._pins[name] = pin
            pin.edges = "both"
            pin.when_changed = changed
