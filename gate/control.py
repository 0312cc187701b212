"""The control loop: one inbox, one deciding thread.

Carriers put facts on the inbox and go on. The loop turns each into an event, lets the machine
step, shows the posture and hands out the commands. It reads the clocks, so that nothing below
has to; it never waits for disk, network or bus.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Protocol

from gate import events as ev
from gate import machine
from gate.desk import Desk
from gate.events import Command, Event, Measure, Record
from gate.inputs import Contacts, contacts_deadline, contacts_step
from gate.model import Mode, Monotonic, Part, Posture, Sound, Utc
from gate.occupancy import Totals, room, totals_after
from gate.passage import Lane, Levels, PassageSettings, passage_deadline, passage_step
from gate.posture import posture
from gate.state import Gate, Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CodeSeen:
    """The camera read a code."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class InputsRead:
    """All input levels of the lane as they were at one moment; True is active."""

    sensor_a: bool
    sensor_b: bool | None
    release: bool
    attendant: bool
    at: Monotonic


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Somebody wants the daemon to end."""


@dataclass(frozen=True, slots=True)
class Crashed:
    """A carrier met a bug and ended; so does the daemon."""

    error: BaseException


Fact = CodeSeen | InputsRead | StopAsked | Crashed | Event
Inbox = SimpleQueue[Fact]


class Turnstile(Protocol):
    """What is needed of the lane's outputs."""

    def show(self, posture: Posture) -> None:
        """Lock and lamp, at once."""

    def chime(self, sound: Sound) -> None:
        """A sound, without waiting for its end."""


class Thermometer(Protocol):
    """What is needed of the thermometer's carrier."""

    def measure(self, measure: Measure) -> None:
        """Ask; the answer comes to the inbox."""

    def stop_measuring(self) -> None:
        """Take the question back."""


class Recorder(Protocol):
    """What is needed of the writer."""

    def submit(self, record: Record, at: Utc) -> None:
        """Queue a record for the disk; returns at once."""


class Control:
    """The deciding thread's object: `run()` until `StopAsked`, or raise what a carrier met.

    `look_again` tells the scanner that this code was not dealt with; `on_condition` hears of
    every change of mode or faults.
    """

    def __init__(
        self,
        *,
        inbox: Inbox,
        gate: Gate,
        settings: Settings,
        passage: PassageSettings,
        totals: Totals,
        capacity: int | None,
        desk: Desk,
        turnstile: Turnstile,
        turnstile_broken: type[Exception],
        thermometer: Thermometer | None,
        recorder: Recorder,
        look_again: Callable[[bytes], None],
        on_condition: Callable[[Mode, frozenset[Part]], None],
        monotonic: Callable[[], Monotonic],
        utc: Callable[[], Utc],
    ) -> None:
        self._inbox = inbox
        self._gate = gate
        self._settings = settings
        self._passage = passage
        self._totals = totals
        self._capacity = capacity
        self._desk = desk
        self._turnstile = turnstile
        self._turnstile_broken = turnstile_broken
        self._thermometer = thermometer
        self._recorder = recorder
        self._look_again = look_again
        self._on_condition = on_condition
        self._monotonic = monotonic
        self._utc = utc
        self._lane = Lane()
        self._contacts = Contacts()
        self._shown: Posture | None = None
        self._code = b""
        self._update_room(monotonic())
        self._show()

    @property
    def gate(self) -> Gate:
        """The state of the machine; an immutable value, safe to read from any thread."""
        return self._gate

    @property
    def totals(self) -> Totals:
        """What has been counted; an immutable value, safe to read from any thread."""
        return self._totals

    @property
    def posture(self) -> Posture:
        """What the lane shows; an immutable value, safe to read from any thread."""
        return posture(self._gate, self._settings)

    def run(self) -> None:
        """Serve until asked to stop; what is open is withdrawn then."""
        while True:
            fact = self._next_fact()
            if isinstance(fact, StopAsked):
                self.handle(ev.Stopping())
                return
            self.handle(fact)

    def handle(self, fact: Fact) -> None:
        """Deal with one fact, completely."""
        now = self._monotonic()
        match fact:
            case CodeSeen(raw):
                self._code = raw
                self._step(self._desk.judge(raw, self._utc()), now)
            case InputsRead():
                self._read_inputs(fact, now)
            case ev.TimePassed():
                self._let_time_pass(now)
            case Crashed(error):
                raise error
            case StopAsked():
                raise AssertionError("run() ends with StopAsked; it never gets here")
            case _:
                self._step(fact, now)

    def deadline(self) -> Monotonic | None:
        """When something is due although nothing happens."""
        due = (
            machine.deadline(self._gate),
            passage_deadline(self._lane, self._passage),
            contacts_deadline(self._contacts),
        )
        return min((moment for moment in due if moment is not None), default=None)

    def _next_fact(self) -> Fact:
        due = self.deadline()
        try:
            if due is None:
                return self._inbox.get()
            return self._inbox.get(timeout=max(0.0, due - self._monotonic()))
        except Empty:
            return ev.TimePassed()

    def _read_inputs(self, inputs: InputsRead, now: Monotonic) -> None:
        levels = Levels(inputs.sensor_a, inputs.sensor_b)
        contacts = contacts_step(self._contacts, inputs.release, inputs.attendant, inputs.at)
        self._contacts, pressed = contacts
        self._lane, walked = passage_step(self._lane, levels, inputs.at, self._passage)
        self._step_all((*pressed, *walked), now)

    def _let_time_pass(self, now: Monotonic) -> None:
        self._contacts, pressed = contacts_step(self._contacts, None, None, now)
        self._lane, walked = passage_step(self._lane, None, now, self._passage)
        self._step_all((*pressed, *walked, ev.TimePassed()), now)

    def _step_all(self, events: Iterable[Event], now: Monotonic) -> None:
        for event in events:
            self._step(event, now)

    def _step(self, event: Event, now: Monotonic) -> None:
        before = self._gate
        self._gate, commands = machine.step(before, event, now, self._settings)
        self._show()
        if (before.mode, before.faults) != (self._gate.mode, self._gate.faults):
            self._on_condition(self._gate.mode, self._gate.faults)
        for command in commands:
            self._perform(command)
        if any(isinstance(command, Record) for command in commands):
            self._update_room(now)

    def _update_room(self, now: Monotonic) -> None:
        """Totals have changed: what does the limit leave?"""
        places = room(self._totals, self._capacity)
        if places != self._gate.room:
            self._step(ev.RoomChanged(places), now)

    def _perform(self, command: Command) -> None:
        match command:
            case ev.Measure():
                assert self._thermometer, "settings without a thermometer never ask for one"  # noqa: S101 - a bug otherwise
                self._thermometer.measure(command)
            case ev.StopMeasuring():
                if self._thermometer:
                    self._thermometer.stop_measuring()
            case ev.LookAgain():
                self._look_again(self._code)
            case ev.Chime(sound):
                self._to_turnstile(lambda: self._turnstile.chime(sound))
            case _:
                self._record(command)

    def _record(self, record: Record) -> None:
        at = self._utc()
        log.info("%s", record)
        self._totals = totals_after(self._totals, record)
        self._desk.note(record, at)
        self._recorder.submit(record, at)

    def _show(self) -> None:
        wanted = posture(self._gate, self._settings)
        if wanted != self._shown and self._to_turnstile(lambda: self._turnstile.show(wanted)):
            self._shown = wanted

    def _to_turnstile(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except self._turnstile_broken as fault:
            self._inbox.put(ev.PartLost(Part.TURNSTILE, str(fault)))
            return False
        return True
