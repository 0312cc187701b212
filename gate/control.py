"""The control loop: one inbox, one deciding thread.

Carriers put facts on the inbox and go on. The loop turns each into an event, lets the machine
step, shows the posture and hands out the commands. It reads the clocks, so that nothing below
has to; it never waits for disk, network or bus.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from queue import Empty, SimpleQueue
from typing import Protocol

from gate import events as ev
from gate import machine
from gate.events import Event, Measure, Record
from gate.inputs import ContactLevels, Contacts, InputsRead, contacts_deadline, contacts_step
from gate.ledger import Ledger, News
from gate.model import Mode, Monotonic, Part, Posture, Utc
from gate.obeying import OrderHeard, Outcome, event_of, outcome_of
from gate.occupancy import Totals
from gate.passage import Lane, Levels, PassageSettings, passage_deadline, passage_step
from gate.posture import posture
from gate.showing import Showing
from gate.state import Gate, Settings
from gate.walker import Nobody

log = logging.getLogger(__name__)

BEAT_S = 1.0


@dataclass(frozen=True, slots=True)
class CodeSeen:
    """The camera read a code."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class WiresBroken:
    """The levels of the lane cannot be read."""

    why: str


class Ending(Enum):
    """What comes after the end of the loop."""

    STOP = auto()
    AGAIN = auto()
    """Start anew, with the configuration as it is then."""


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Somebody wants the daemon to end: it drains. Asked twice, it ends at once."""

    ending: Ending = Ending.STOP


@dataclass(frozen=True, slots=True)
class Crashed:
    """A carrier met a bug and ended; so does the daemon."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that concerns only the log."""

    record: Record


Fact = CodeSeen | InputsRead | WiresBroken | StopAsked | Crashed | News | OrderHeard | Noted | Event
Inbox = SimpleQueue[Fact]


class Thermometer(Protocol):
    """What is needed of the thermometer's carrier."""

    def measure(self, measure: Measure) -> None:
        """Ask; the answer comes to the inbox."""

    def stop_measuring(self) -> None:
        """Take the question back."""

    def come_near(self, near: bool | None) -> None:
        """What the proximity input says from now on."""


class Control:
    """The deciding thread's object: `run()` until `StopAsked`, or raise what a carrier met.

    A stop waits up to `drain_s` for those who have a grant; `on_end` hears of it when that begins.
    `look_again` tells the scanner that this code was not dealt with; `on_condition` hears of every
    change of mode or faults. `beat` is called every `BEAT_S`, whatever happens, to look for what
    nobody tells.
    """

    def __init__(
        self,
        *,
        inbox: Inbox,
        gate: Gate,
        settings: Settings,
        passage: PassageSettings,
        ledger: Ledger,
        showing: Showing,
        thermometer: Thermometer | None,
        look_again: Callable[[bytes], None],
        on_condition: Callable[[Mode, frozenset[Part]], None],
        beat: Callable[[], None],
        on_end: Callable[[Ending], None],
        drain_s: float,
        monotonic: Callable[[], Monotonic],
        utc: Callable[[], Utc],
    ) -> None:
        self._inbox = inbox
        self._gate = gate
        self._settings = settings
        self._passage = passage
        self._ledger = ledger
        self._showing = showing
        self._thermometer = thermometer
        self._look_again = look_again
        self._on_condition = on_condition
        self._beat = beat
        self._on_end = on_end
        self._drain_s = drain_s
        self._monotonic = monotonic
        self._utc = utc
        self._lane = Lane()
        self._contacts = Contacts()
        self._code = b""
        self._beat_at = monotonic()
        self._stop: StopAsked | None = None
        self._drained_by: Monotonic | None = None
        self._update_room(monotonic())
        self._step_all(showing.update(gate, monotonic()), monotonic())

    @property
    def gate(self) -> Gate:
        """The state of the machine; an immutable value, safe to read from any thread."""
        return self._gate

    @property
    def totals(self) -> Totals:
        """What has been counted; an immutable value, safe to read from any thread."""
        return self._ledger.totals

    @property
    def posture(self) -> Posture:
        """What the lane shows; an immutable value, safe to read from any thread."""
        return posture(self._gate, self._settings)

    def run(self) -> Ending:
        """Serve until asked to stop and drained; what is open is withdrawn then."""
        while self._stop is None or not self._drained():
            self.handle(self._next_fact())
            self._beat_if_due()
        self.handle(ev.Stopping())
        return self._stop.ending

    def handle(self, fact: Fact) -> None:
        """Deal with one fact, completely."""
        now = self._monotonic()
        if isinstance(fact, News):
            self._ledger.learn(fact, self._utc())
            self._step_all(self._ledger.left_of_party(self._gate, self._utc()), now)
            self._update_room(now)
            return
        match fact:
            case CodeSeen(raw):
                self._code = raw
                sure = Part.CLOCK not in self._gate.faults
                self._update_room(now)  # a quota may have ended
                self._step(self._ledger.judge(raw, self._utc(), sure=sure), now)
            case InputsRead():
                self._read_inputs(fact, now)
            case ev.TimePassed():
                self._let_time_pass(now)
            case Crashed(error):
                raise error
            case WiresBroken(why):
                self._step_all(self._showing.lost(why, now), now)
            case OrderHeard():
                self._obey(fact, now)
            case Noted(record):
                self._record(record)
            case StopAsked():
                self._begin_to_stop(fact, now)
            case _:
                self._step(fact, now)

    def deadline(self) -> Monotonic | None:
        """When something is due although nothing happens."""
        due = (
            machine.deadline(self._gate),
            passage_deadline(self._lane, self._passage),
            contacts_deadline(self._contacts),
            self._showing.deadline(),
            self._drained_by,
        )
        return min((moment for moment in due if moment is not None), default=None)

    def _next_fact(self) -> Fact:
        due = self.deadline()
        due = self._beat_at if due is None else min(due, self._beat_at)
        try:
            return self._inbox.get(timeout=max(0.0, due - self._monotonic()))
        except Empty:
            return ev.TimePassed()

    def _beat_if_due(self) -> None:
        now = self._monotonic()
        if now >= self._beat_at:
            self._beat_at = Monotonic(now + BEAT_S)
            self._update_room(now)
            self._beat()

    def _read_inputs(self, inputs: InputsRead, now: Monotonic) -> None:
        levels = Levels(inputs.sensor_a, inputs.sensor_b)
        contacts = ContactLevels(inputs.release, inputs.attendant, inputs.key)
        if self._thermometer:
            self._thermometer.come_near(inputs.proximity)
        self._contacts, pressed = contacts_step(self._contacts, contacts, inputs.at)
        self._lane, walked = passage_step(self._lane, levels, inputs.at, self._passage)
        self._step_all((*pressed, *walked), now)

    def _let_time_pass(self, now: Monotonic) -> None:
        self._contacts, pressed = contacts_step(self._contacts, None, now)
        self._lane, walked = passage_step(self._lane, None, now, self._passage)
        self._step_all((*pressed, *walked, ev.TimePassed()), now)

    def _obey(self, heard: OrderHeard, now: Monotonic) -> None:
        """Do it, and answer with what came of it."""
        order = heard.order
        event = event_of(order, self._gate)
        if isinstance(event, Outcome):
            outcome = event
        else:
            outcome = outcome_of(order, self._gate, self._step(event, now))
        self._record(ev.RecordCommand(outcome.code, order.words))
        heard.answer(outcome)

    def _begin_to_stop(self, asked: StopAsked, now: Monotonic) -> None:
        """Drain; asked a second time, or with nobody to wait for, end at once.

        Who is to stop does not start again because of something that comes up meanwhile.
        """
        if self._stop == StopAsked(Ending.STOP) and asked.ending is Ending.AGAIN:
            return
        patience_s = self._drain_s if self._stop is None else 0.0
        self._stop, self._drained_by = asked, Monotonic(now + patience_s)
        self._on_end(asked.ending)
        self._step(ev.Draining(), now)

    def _drained(self) -> bool:
        """Nobody has a grant or is in the lane any more, or has had time enough."""
        nobody = not self._gate.grants and isinstance(self._lane.walker, Nobody)
        due = self._drained_by
        return nobody or (due is not None and self._monotonic() >= due)

    def _step_all(self, events: Iterable[Event], now: Monotonic) -> None:
        for event in events:
            self._step(event, now)

    def _step(self, event: Event, now: Monotonic) -> tuple[ev.Command, ...]:
        """Let the machine step; show first, then hand out, then what the turnstile answered.

        Returns what was handed out.
        """
        before = self._gate
        self._gate, commands = machine.step(before, event, now, self._settings)
        answers = self._showing.update(self._gate, now)
        if (before.mode, before.faults) != (self._gate.mode, self._gate.faults):
            self._on_condition(self._gate.mode, self._gate.faults)
        for command in commands:
            if isinstance(command, ev.Chime):
                answers += self._showing.chime(command.sound, now)
            else:
                self._perform(command)
        if any(isinstance(command, Record) for command in commands):
            self._update_room(now)
        self._step_all(answers, now)
        return commands

    def _update_room(self, now: Monotonic) -> None:
        """What does the limit leave now?"""
        self._step_all(self._ledger.room_changed(self._gate, self._utc()), now)

    def _perform(self, command: Measure | ev.StopMeasuring | ev.LookAgain | Record) -> None:
        match command:
            case ev.Measure():
                assert self._thermometer, "settings without a thermometer never ask for one"  # noqa: S101 - a bug otherwise
                self._thermometer.measure(command)
            case ev.StopMeasuring():
                if self._thermometer:
                    self._thermometer.stop_measuring()
            case ev.LookAgain():
                self._look_again(self._code)
            case _:
                self._record(command)

    def _record(self, record: Record) -> None:
        log.info("%s", record)
        self._ledger.note(record, self._utc())
