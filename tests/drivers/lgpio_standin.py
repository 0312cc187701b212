"""A stand-in for the module `lgpio`: one gpiochip, line by line, below gpiozero's real factory.

What it does follows lgpio 0.2 (lgGpio.c: xSetAsOutput, xSetAsInput, xSetAsFree): an output is
claimed at the level given, low unless one is; claiming what is claimed already changes nothing; an
input shows what is outside.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType

Alert = Callable[[int, int, int, int], None]


class LgError(Exception):
    """As `lgpio.error`: gpiozero lets it through."""


@dataclass
class Line:
    """One line: what claims it, what it is driven to, what a hand outside holds it at."""

    mode: str = "free"
    level: bool = False
    outside: bool = False
    flags: int = 0
    busy: bool = False
    alert: Alert | None = None
    history: list[bool] = field(default_factory=list)

    def settle(self, driven: bool) -> None:
        self.level = driven if self.mode == "output" else self.outside
        if not self.history or self.history[-1] != self.level:
            self.history.append(self.level)


class Subscription:
    """What `lgpio.callback` gives."""

    def __init__(self, line: Line, alert: Alert) -> None:
        self._line = line
        line.alert = alert

    def cancel(self) -> None:
        self._line.alert = None


class LgpioStandIn(ModuleType):
    """Put this into `sys.modules["lgpio"]`, then open gpiozero's LGPIOFactory."""

    SET_PULL_UP, SET_PULL_DOWN, SET_PULL_NONE = 32, 64, 128
    RISING_EDGE, FALLING_EDGE, BOTH_EDGES = 1, 2, 3
    error = LgError

    def __init__(self) -> None:
        super().__init__("lgpio")
        self.chips = {0}
        self.gone = False
        self.lines = [Line() for _ in range(54)]

    def plug_in(self) -> None:
        """The chip is there again: another one, with all lines free."""
        self.gone = False
        self.chips.add(0)
        for line in self.lines:
            line.mode, line.alert = "free", None
            line.settle(driven=False)

    def drive(self, gpio: int, *, high: bool, edge_is_seen: bool = True) -> None:
        """A hand outside; a missed edge is one that the kernel's queue dropped."""
        line = self.lines[gpio]
        before, line.outside = line.level, high
        line.settle(driven=line.level)
        edge = line.mode == "alert" and line.level != before and edge_is_seen
        if edge and line.alert is not None:
            line.alert(0, gpio, int(line.level), 0)

    def gpiochip_open(self, chip: int) -> int:
        if chip not in self.chips:
            raise LgError("can not open gpiochip")
        return chip

    def gpiochip_close(self, _handle: int) -> None:
        for gpio, line in enumerate(self.lines):
            if line.mode != "free":
                self.gpio_free(0, gpio)

    def gpio_free(self, _handle: int, gpio: int) -> None:
        self._claim(gpio, "free", 0)

    def gpio_claim_input(self, _handle: int, gpio: int, flags: int = 0) -> None:
        if self.lines[gpio].mode != "input":
            self._claim(gpio, "input", flags)

    def gpio_claim_output(self, _handle: int, gpio: int, level: int = 0, flags: int = 0) -> None:
        if self.lines[gpio].mode != "output":
            self._claim(gpio, "output", flags, driven=bool(level))

    def gpio_claim_alert(self, _handle: int, gpio: int, _edges: int, flags: int = 0) -> None:
        self._claim(gpio, "alert", flags)

    def _claim(self, gpio: int, mode: str, flags: int, *, driven: bool = False) -> None:
        self._require_chip()
        line = self.lines[gpio]
        if line.busy:
            raise LgError("GPIO busy")
        line.mode, line.flags = mode, flags
        line.settle(driven)

    def callback(self, _handle: int, gpio: int, _edge: int, alert: Alert) -> Subscription:
        return Subscription(self.lines[gpio], alert)

    def gpio_read(self, _handle: int, gpio: int) -> int:
        self._require_chip()
        return int(self.lines[gpio].level)

    def _require_chip(self) -> None:
        if self.gone:
            raise LgError("chip gone")

    def gpio_write(self, _handle: int, gpio: int, level: int) -> None:
        self._require_chip()
        self.lines[gpio].settle(bool(level))

    def gpio_get_mode(self, _handle: int, gpio: int) -> int:
        line = self.lines[gpio]
        return line.flags | (2 if line.mode == "output" else 0)
