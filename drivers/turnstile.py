"""The lane's wires: entry relay, passage sensors, release, attendant's button, lamps, buzzer.

What keeps the entry shut, and who has to do it:

1. From power-on until the driver opens the line, the line is an input and only a resistor speaks.
   The chip's own pulls (up on GPIO0-8, down on GPIO9-27: BCM2835 ARM Peripherals, table 6-31) are
   weak and go away when the line is claimed, so a resistor on the relay board has to hold the
   relay inactive.
2. The driver makes the line an output *at* its inactive level, in one step (`open_pin_factory`
   says why gpiozero alone does not), and makes it inactive before it lets go of it.
3. A process that is killed writes nothing. A Raspberry Pi kernel then goes on driving the line as
   it was; with `dtparam=strict_gpiod` in config.txt it returns the line to an input, and the
   resistor of rule 1 takes over.

Inputs are levels: an edge only says "look", and every look reads all of them. Debouncing and
direction belong to whoever uses the levels.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Any, Literal, Self

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

from drivers.buzzer import Buzzer, Pattern

Pull = Literal["up", "down", "none"]
"""The chip's own resistor on an input line."""

LampName = Literal["off", "red", "amber", "green"]


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


@dataclass(frozen=True, slots=True)
class TurnstilePins:
    """Which wire is on which line. `sensor_a` is on the street side, `sensor_b` on the venue's."""

    relay: OutputLine
    """Active: the entry is free. There is no line for the exit; nothing here can shut it."""
    sensor_a: InputLine
    release: InputLine
    """The contact of the fire panel. It frees the lane by its own wiring; here it is only seen."""
    sensor_b: InputLine | None = None
    attendant: InputLine | None = None
    red: OutputLine | None = None
    amber: OutputLine | None = None
    green: OutputLine | None = None
    buzzer: OutputLine | None = None
    """A buzzer that sounds by itself while it has power."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The levels of all inputs at one moment; True means active (a beam: broken)."""

    sensor_a: bool
    sensor_b: bool | None
    """None in a lane with one sensor."""
    release: bool
    attendant: bool
    at: float
    """Monotonic seconds, of the clock that the driver was given."""


class Turnstile:
    """The wires of one lane; opened by the constructor, inactive and let go by `close`.

    `on_inputs` is called with all levels at every edge, from gpiozero's thread; it puts them
    somewhere and returns. The first look is the caller's: `read` once after opening. An unexpected
    exception in a thread of this driver goes to `on_crash`. `show`, `chime` and `close` belong to
    one thread. Raises `TurnstileError`; whatever was opened by then is let go.
    """

    def __init__(
        self,
        pins: TurnstilePins,
        *,
        pin_factory: Factory,
        on_inputs: Callable[[Inputs], None],
        on_crash: Callable[[Exception], None],
        clock: Callable[[], float],
    ) -> None:
        self._on_inputs = on_inputs
        self._on_crash = on_crash
        self._clock = clock
        self._factory = pin_factory
        self._lock = RLock()  # a look sees all inputs of one moment, and none after `close`
        self._open = False
        self._lamps: dict[str, OutputDevice] = {}
        self._contacts: dict[str, tuple[Any, bool]] = {}
        self._buzzer: Buzzer | None = None
        with ExitStack() as opened:
            self._relay_pin = pins.relay.pin
            self._relay = self._open_output(opened, "relay", pins.relay)
            for name, lamp in (("red", pins.red), ("amber", pins.amber), ("green", pins.green)):
                if lamp is not None:
                    self._lamps[name] = self._open_output(opened, name, lamp)
            self._open_input(opened, "sensor_a", pins.sensor_a)
            if pins.sensor_b is not None:
                self._open_input(opened, "sensor_b", pins.sensor_b)
            self._open_input(opened, "release", pins.release)
            if pins.attendant is not None:
                self._open_input(opened, "attendant", pins.attendant)
            if pins.buzzer is not None:
                self._buzzer = Buzzer(
                    self._open_output(opened, "buzzer", pins.buzzer), on_crash=on_crash
                )
                opened.callback(self._buzzer.close)
            opened.callback(self._relay.off)  # last in, so the first thing that closing does
            self._opened = opened.pop_all()
        self._open = True

    def read(self) -> Inputs:
        """The levels of all inputs now."""
        with self._lock:
            if not self._open:
                raise TurnstileError("the turnstile is closed")
            return self._levels()

    def show(self, *, entry_free: bool, lamp: LampName) -> None:
        """Free or shut the entry and light one lamp; the same again changes nothing."""
        with _explained("relay", self._relay_pin):
            self._relay.value = entry_free
        with _explained("lamps"):
            for name, device in self._lamps.items():
                if name != lamp:
                    device.off()
            if lamp in self._lamps:
                self._lamps[lamp].on()

    def chime(self, pattern: Pattern) -> None:
        """Start a sound and return; it cuts short the one before. Nothing without a buzzer."""
        if self._buzzer is not None:
            self._buzzer.play(pattern)

    def close(self) -> None:
        """Make everything inactive, the relay first, and let go of the lines; twice is fine."""
        with self._lock:
            self._open = False
        with _explained("closing"):
            self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _open_output(self, opened: ExitStack, role: str, line: OutputLine) -> OutputDevice:
        with _explained(role, line.pin):
            device = OutputDevice(
                line.pin,
                active_high=line.active_high,
                initial_value=False,
                pin_factory=self._factory,
            )
        opened.callback(device.close)
        opened.callback(device.off)
        return device

    def _open_input(self, opened: ExitStack, role: str, line: InputLine) -> None:
        """Watch one line.

        Neither gpiozero's `DigitalInputDevice` nor its `bounce_time`: it says nothing when an
        edge leads to the level that it believed already, which is so after a missed edge.
        """
        with _explained(role, line.pin):
            device = InputDevice(
                line.pin,
                pull_up={"up": True, "down": False, "none": None}[line.pull],
                active_state=line.active_high if line.pull == "none" else None,
                pin_factory=self._factory,
            )
            opened.callback(device.close)
            self._contacts[role] = (device.pin, line.active_high)
            device.pin.edges = "both"
            device.pin.when_changed = self._look
        opened.callback(setattr, device.pin, "when_changed", None)

    def _look(self, _ticks: float, _state: float) -> None:
        try:
            with self._lock:
                if self._open:
                    self._on_inputs(self._levels())
        except Exception as error:  # lgpio's thread would end on it, without a word
            self._on_crash(error)

    def _levels(self) -> Inputs:
        active: dict[str, bool] = {}
        for name, (pin, active_high) in self._contacts.items():
            with _explained(name):
                active[name] = bool(pin.state) == active_high
        return Inputs(
            sensor_a=active["sensor_a"],
            sensor_b=active.get("sensor_b"),
            release=active["release"],
            attendant=active.get("attendant", False),
            at=self._clock(),
        )


def open_pin_factory(chip: int | None = None) -> Factory:
    """gpiozero's pins on this Raspberry Pi, through lgpio; the caller closes it.

    `chip` is the number of the gpiochip; None leaves it to gpiozero. Raises `TurnstileError`.

    gpiozero 2.0 opens an output in two steps with lgpio: it claims the line as an output, which
    lgpio makes low, and then writes the level. An active-low relay fires in between (gpiozero
    issue 580, pull request 1177). Here the line is claimed at its level.
    """
    try:
        # Only on a Raspberry Pi: lgpio is a part of its system, and starts a thread on import.
        from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin, lgpio  # noqa: PLC0415
    except ImportError as error:
        raise TurnstileError(
            "lgpio is missing: `sudo apt install python3-lgpio`, and a virtual environment made"
            " with --system-site-packages"
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

    try:
        factory = LGPIOFactory(chip)
    except (GPIOZeroError, lgpio.error, OSError) as error:
        name = "the GPIO chip" if chip is None else f"/dev/gpiochip{chip}"
        raise TurnstileError(
            f"cannot open {name} ({error}): it has to be there (`gpiodetect`) and this user in"
            " the group gpio; on any other machine choose the simulated pins"
        ) from error
    factory.pin_class = SteadyPin
    return factory


_WAYS_OUT: tuple[tuple[type[Exception], str], ...] = (
    (GPIOPinInUse, "is used twice: give each wire a line of its own"),
    (PinInvalidPin, "is no line of this board: use BCM numbers, 2 to 27, not header pins"),
    (PinFixedPull, 'has a pull-up on the board: choose pull = "up" or another line'),
    (PinUnknownPi, "cannot be had: this is no Raspberry Pi; choose the simulated pins"),
)


@contextmanager
def _explained(role: str, pin: int | None = None) -> Iterator[None]:
    """Turn a library's error into one that names the wire and the way out."""
    try:
        yield
    except _library_errors() as error:
        name = role if pin is None else f"GPIO{pin} ({role})"
        for kind, way_out in _WAYS_OUT:
            if isinstance(error, kind):
                raise TurnstileError(f"{name} {way_out}") from error
        if "busy" in str(error).lower():
            raise TurnstileError(
                f"{name} is held by another program: `gpioinfo` names it; stop that one"
            ) from error
        raise TurnstileError(f"{name} does not work: {error}") from error


def _library_errors() -> tuple[type[Exception], ...]:
    """gpiozero's errors, and lgpio's own, which gpiozero lets through."""
    lgpio = sys.modules.get("lgpio")
    return (GPIOZeroError,) if lgpio is None else (GPIOZeroError, lgpio.error)
