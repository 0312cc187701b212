"""The lane's wires: entry relay, passage sensors, release, button, key switch, lamps, buzzer.

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

Wires that stop answering are told, and stay lost until `mend` has opened all of them anew: a chip
that went away and came back does not know the lines of before.
"""

import gc
import logging
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from threading import RLock
from typing import Any, Literal, Self

from gpiozero import Factory, OutputDevice

from drivers.buzzer import Buzzer, Pattern
from drivers.lines import (
    InputLine,
    OutputLine,
    TurnstileError,
    explained,
    library_errors,
    open_input,
    open_output,
)

_log = logging.getLogger(__name__)

LampName = Literal["off", "red", "amber", "green"]


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
    key: InputLine | None = None
    """The key switch."""
    proximity: InputLine | None = None
    """Active while somebody stands at the thermometer."""
    wide: OutputLine | None = None
    """The relay of a wide gate beside the turnstile."""
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
    key: bool
    at: float
    """Monotonic seconds, of the clock that the driver was given."""
    proximity: bool | None = None
    """None in a lane without one."""


class Turnstile:
    """The wires of one lane; opened by the constructor, inactive and let go by `close`.

    `open_factory` opens the pins; they are the turnstile's, which closes them. `on_inputs` is
    called with all levels at every edge, from gpiozero's thread; it puts them somewhere and
    returns. The first look is the caller's, after opening. `on_broken` hears, in the same way, that
    the levels cannot be read. An unexpected exception in a thread of this driver goes to
    `on_crash`. `show`, `chime`, `mend` and `close` belong to one thread. Raises
    `TurnstileError`; whatever was opened by then is let go.
    """

    def __init__(
        self,
        pins: TurnstilePins,
        *,
        open_factory: Callable[[], Factory],
        on_inputs: Callable[[Inputs], None],
        on_broken: Callable[[str], None],
        on_crash: Callable[[Exception], None],
        clock: Callable[[], float],
    ) -> None:
        self._pins = pins
        self._open_factory = open_factory
        self._on_inputs = on_inputs
        self._on_broken = on_broken
        self._on_crash = on_crash
        self._clock = clock
        self._lock = RLock()  # a look sees all inputs of one moment, and none after `close`
        self._open = False
        self._lamps: dict[str, OutputDevice] = {}
        self._contacts: dict[str, tuple[Any, bool]] = {}
        self._lines: dict[int, Any] = {}
        self._buzzer: Buzzer | None = None
        self._wide: OutputDevice | None = None
        self._opened = ExitStack()
        self._open_lines()

    def read(self) -> Inputs:
        """The levels of all inputs now."""
        with self._lock:
            if not self._open:
                raise TurnstileError("the turnstile is closed")
            return self._levels()

    def lines(self) -> dict[int, bool]:
        """Whether each wired line is high now, by its BCM number; from any thread.

        For people who look at the wires: lines that do not answer are left out.
        """
        levels = {}
        with self._lock:
            for number, pin in self._lines.items() if self._open else ():
                with suppress(TurnstileError), explained("lines", number):
                    levels[number] = bool(pin.state)
        return levels

    def look(self) -> None:
        """Say how things are although there was no edge: one may have been missed."""
        try:
            with self._lock:
                if self._open:
                    self._on_inputs(self._levels())
        except Exception as error:  # lgpio's thread would end on it, without a word
            self._failed(error)

    def show(self, *, relay: bool, lamp: LampName, wide: bool = False) -> None:
        """Switch the coils and light one lamp; the same again changes nothing.

        `wide` does nothing in a lane without a wide gate.
        """
        with explained("relay", self._pins.relay.pin):
            self._relay.value = relay
        if self._wide is not None:
            with explained("wide_relay"):
                self._wide.value = wide
        with explained("lamps"):
            for name, device in self._lamps.items():
                if name != lamp:
                    device.off()
            if lamp in self._lamps:
                self._lamps[lamp].on()

    def chime(self, pattern: Pattern) -> None:
        """Start a sound and return; it cuts short the one before. Nothing without a buzzer."""
        if self._buzzer is not None:
            self._buzzer.play(pattern)

    def mend(self) -> None:
        """Let go of all lines and open them again, inactive; the levels go to `on_inputs`.

        Raises TurnstileError while that cannot be done; then nothing is open.
        """
        self.close()
        # gpiozero takes a line for used as long as a device that failed on it is in memory, and
        # what failed may be garbage that nobody has collected yet (seen with Python 3.13).
        gc.collect()
        self._open_lines()
        self.look()

    def close(self) -> None:
        """Make everything inactive, the relay first, and let go of the lines; twice is fine.

        Lines that do not answer are let go all the same: whoever needs them hears of it then.
        """
        with self._lock:
            self._open = False
        try:
            with explained("closing"):
                self._opened.close()
        except TurnstileError as fault:
            _log.warning("%s", fault)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _open_lines(self) -> None:
        pins = self._pins
        self._lamps, self._contacts, self._buzzer, self._wide = {}, {}, None, None
        self._lines = {}
        with ExitStack() as opened:
            self._factory = self._open_factory()
            opened.callback(self._factory.close)
            self._relay = self._open_output(opened, "relay", pins.relay)
            if pins.wide is not None:
                self._wide = self._open_output(opened, "wide_relay", pins.wide)
            for name, lamp in (("red", pins.red), ("amber", pins.amber), ("green", pins.green)):
                if lamp is not None:
                    self._lamps[name] = self._open_output(opened, name, lamp)
            for name, contact in (
                ("sensor_a", pins.sensor_a),
                ("sensor_b", pins.sensor_b),
                ("release", pins.release),
                ("attendant", pins.attendant),
                ("key", pins.key),
                ("proximity", pins.proximity),
            ):
                if contact is not None:
                    self._open_input(opened, name, contact)
            if pins.buzzer is not None:
                self._buzzer = Buzzer(
                    self._open_output(opened, "buzzer", pins.buzzer), on_crash=self._failed
                )
                opened.callback(self._buzzer.close)
            if self._wide is not None:
                opened.callback(self._wide.off)
            opened.callback(self._relay.off)  # last in, so the first thing that closing does
            self._opened = opened.pop_all()
        self._open = True

    def _open_output(self, opened: ExitStack, role: str, line: OutputLine) -> OutputDevice:
        device = open_output(role, line, self._factory)
        opened.callback(device.close)
        opened.callback(device.off)
        self._lines[line.pin] = device.pin
        return device

    def _open_input(self, opened: ExitStack, role: str, line: InputLine) -> None:
        """Watch one line.

        Neither gpiozero's `DigitalInputDevice` nor its `bounce_time`: it says nothing when an
        edge leads to the level that it believed already, which is so after a missed edge.
        """
        with explained(role, line.pin):
            device = open_input(role, line, self._factory)
            opened.callback(device.close)
            self._lines[line.pin] = device.pin
            self._contacts[role] = (device.pin, line.active_high)
            device.pin.edges = "both"
            device.pin.when_changed = self._edge  # gpiozero keeps no reference: a method lasts
        opened.callback(setattr, device.pin, "when_changed", None)

    def _edge(self, _ticks: float, _state: float) -> None:
        self.look()

    def _failed(self, error: Exception) -> None:
        """In another thread: wires that do not answer, or a bug."""
        if isinstance(error, (TurnstileError, *library_errors())):
            self._on_broken(str(error))
        else:
            self._on_crash(error)

    def _levels(self) -> Inputs:
        active: dict[str, bool] = {}
        for name, (pin, active_high) in self._contacts.items():
            with explained(name):
                active[name] = bool(pin.state) == active_high
        return Inputs(
            sensor_a=active["sensor_a"],
            sensor_b=active.get("sensor_b"),
            release=active["release"],
            attendant=active.get("attendant", False),
            key=active.get("key", False),
            at=self._clock(),
            proximity=active.get("proximity"),
        )
