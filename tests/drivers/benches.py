"""A lane on two benches: gpiozero's mock pins, and its lgpio pins on a chip that is not there."""

from collections.abc import Callable
from typing import Any, Protocol

from gpiozero.pins.pi import PiBoardInfo

from drivers.lines import InputLine, OutputLine, open_pin_factory
from drivers.simulated.pins import SimulatedPins
from drivers.turnstile import Inputs, Turnstile, TurnstilePins
from tests.drivers.lgpio_standin import LgpioStandIn

RELAY, SENSOR_A, SENSOR_B, RELEASE, ATTENDANT, KEY = 17, 22, 23, 24, 25, 26
RED, AMBER, GREEN, BUZZER = 5, 6, 13, 19
PINS = TurnstilePins(
    relay=OutputLine(RELAY),
    sensor_a=InputLine(SENSOR_A),
    sensor_b=InputLine(SENSOR_B),
    release=InputLine(RELEASE, active_high=True, pull="down"),
    attendant=InputLine(ATTENDANT),
    red=OutputLine(RED),
    amber=OutputLine(AMBER),
    green=OutputLine(GREEN, active_high=False),
    buzzer=OutputLine(BUZZER),
)
AT_REST = {SENSOR_A: True, SENSOR_B: True, RELEASE: False, ATTENDANT: True}


class Bench(Protocol):
    """A pin factory, and hands and eyes on its wires."""

    factory: Any

    def open_factory(self) -> Any: ...

    def drive(self, pin: int, *, high: bool) -> None: ...

    def history(self, pin: int) -> list[bool]: ...


class MockBench:
    """The simulated pins, as the daemon uses them."""

    def __init__(self) -> None:
        self.wires = SimulatedPins()
        self.factory = self.wires.factory

    def open_factory(self) -> Any:
        return self.factory

    def drive(self, pin: int, *, high: bool) -> None:
        self.wires.drive(pin, high)

    def history(self, pin: int) -> list[bool]:
        return [state.state for state in self.factory.pin(pin).states]


class LgpioBench:
    """The pins of a Raspberry Pi; needs the stand-in in the place of the module lgpio."""

    def __init__(self, chip: LgpioStandIn) -> None:
        self.chip = chip
        self.factory = self.open_factory()

    def open_factory(self) -> Any:
        self.factory = open_pin_factory(chip=0)
        self.factory._info = PiBoardInfo.from_revision(0xA02082)  # which this machine is not
        return self.factory

    def drive(self, pin: int, *, high: bool) -> None:
        self.chip.drive(pin, high=high)

    def history(self, pin: int) -> list[bool]:
        return self.chip.lines[pin].history


def put_at_rest(bench: Bench) -> None:
    """All contacts as they are while nothing happens."""
    for pin, high in AT_REST.items():
        bench.drive(pin, high=high)


def not_called(error: Exception) -> None:
    raise AssertionError("nothing crashes here") from error


def not_broken(why: str) -> None:
    raise AssertionError(f"nothing breaks here: {why}")


def turnstile(
    bench: Bench,
    pins: TurnstilePins = PINS,
    *,
    on_inputs: Callable[[Inputs], None] = lambda _: None,
    on_broken: Callable[[str], None] = not_broken,
    on_crash: Callable[[Exception], None] = not_called,
    clock: Callable[[], float] = lambda: 0.0,
) -> Turnstile:
    """A turnstile on the bench."""
    return Turnstile(
        pins,
        open_factory=bench.open_factory,
        on_inputs=on_inputs,
        on_broken=on_broken,
        on_crash=on_crash,
        clock=clock,
    )
