"""The thread that owns the thermometer: samples in, verdicts out, lost and back told once.

What the samples mean is in `screening`, whether the thermometer works in `health`; here
are the thread, the bus and the retries.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import TypeVar

from gate.events import Measure
from gate.model import Monotonic, Ticket, Verdict
from gate.temperature import health
from gate.temperature.criteria import ScreeningSettings
from gate.temperature.health import Health, health_step, opened_again, trouble_now
from gate.temperature.identity import Record, foreign, oddity, standing
from gate.temperature.learnt import (
    AmbientRead,
    Failed,
    Fault,
    Learnt,
    NotOpened,
    ObjectRead,
    Opened,
    Trouble,
)
from gate.temperature.samples import Sample
from gate.temperature.screening import Screening, ask, lose, screening_step, withdraw
from gate.temperature.standing import stuck
from gate.temperature.thermometer import Condition, Thermometer
from gate.temperature.transfers import Failure

log = logging.getLogger(__name__)

T = TypeVar("T")

TRIES = 3
TRY_AGAIN_AFTER_S = 0.005

AMBIENT_EVERY = 10
"""Object samples to one ambient sample: reading more than needed disturbs the sensor."""

FIRST_RETRY_AFTER_S = 0.5
LAST_RETRY_AFTER_S = 10.0


class Sampler:
    """Reads the thermometer every `sample_every_s` and answers `Measure` with a verdict.

    `open_thermometer` is called in the thread, again after each loss, and raises `broken` while
    there is no thermometer; `failures` says which of the thermometer's exceptions is which. It has
    to be the one of the `record` and is taken to be of this `variant`. For `warm_up_s` after it got
    its power nobody is measured. `clock` gives monotonic seconds. All callbacks run in the thread
    and should only enqueue:

    - `on_measured(ticket, verdict, celsius)` once for a `Measure`, unless it is taken back,
      replaced by the next one or overtaken by a loss;
    - `on_lost(detail)` once when nobody can be measured (the rules are in `health`), and
      `on_back()` once when they can again;
    - `on_crash(error)` when the thread ends by an exception that nobody expected.
    """

    def __init__(
        self,
        *,
        open_thermometer: Callable[[], Thermometer],
        broken: type[Exception],
        failures: Mapping[type[Exception], Failure],
        record: Record,
        variant: str,
        settings: ScreeningSettings,
        sample_every_s: float,
        warm_up_s: float,
        try_again_after_s: float = TRY_AGAIN_AFTER_S,
        before: Health | None = None,
        clock: Callable[[], Monotonic],
        on_measured: Callable[[Ticket, Verdict, float | None], None],
        on_lost: Callable[[str], None],
        on_back: Callable[[], None],
        on_crash: Callable[[BaseException], None],
    ) -> None:
        self._open_thermometer = open_thermometer
        self._broken = broken
        self._failures = failures
        self._record = record
        self._variant = variant
        self._settings = settings
        self._sample_every_s = sample_every_s
        self._warm_up_s = warm_up_s
        self._try_again_after_s = try_again_after_s
        self._clock = clock
        self._on_measured = on_measured
        self._on_lost = on_lost
        self._on_back = on_back
        self._on_crash = on_crash
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="thermometer", daemon=True)

        self._lock = threading.Lock()
        """Guards `_screening`; everything below it belongs to the thread."""
        self._screening = Screening()

        self._thermometer: Thermometer | None = None
        self._retry_at = clock()
        self._retry_after_s = FIRST_RETRY_AFTER_S
        self._ambient_c = 0.0
        self._ambient_due = 0
        now = self._retry_at
        self._health = Health(since=now) if before is None else opened_again(before, now)
        self._told: Trouble | None = None
        self._oddity: str | None = None
        self._near: bool | None = None
        self._near_trouble: str | None = None

        self.latest_c: float | None = None
        """The last object temperature, degrees Celsius; None while there is none."""
        self.alive_at: Monotonic = self._retry_at
        """When the thread last began a round; it does so while the thermometer is lost, too."""

    @property
    def remembered(self) -> Health:
        """What is known of the part; an immutable value, for any thread."""
        return self._health

    @property
    def condition(self) -> Condition:
        """How the thermometer is; an immutable value, for any thread."""
        seen, odd, near = self._health, self._oddity, self._near_trouble
        rate = seen.transfers.of_late if seen.transfers.warned else None
        return Condition(
            trouble=trouble_now(seen, self._clock(), self._warm_up_s),
            warnings=tuple(warning for warning in (rate, odd, near) if warning),
            standing=standing(self._record),
            transfers=seen.transfers,
        )

    def start(self) -> None:
        """Begin; the first thing that happens is opening the thermometer."""
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """End the thread, which closes the thermometer. Stopping twice, or unstarted, is fine.

        Returns after `timeout_s` at the latest: a bus that hangs is left behind.
        """
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def measure(self, measure: Measure) -> None:
        """Ask for a verdict; replaces a question that is still open."""
        with self._lock:
            self._screening = ask(self._screening, measure)

    def come_near(self, near: bool | None) -> None:
        """What the proximity input says from now on; None while there is none."""
        self._near = near

    def stop_measuring(self) -> None:
        """Take the open question back, if there is one."""
        with self._lock:
            self._screening = withdraw(self._screening)

    # --- the thread -------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self.go_round()
                self._stopping.wait(self._sample_every_s)
        except BaseException as error:  # whatever it is, the control loop has to know
            self._on_crash(error)
        finally:
            self._close()

    def go_round(self) -> None:
        """One round of the thread: open what is not open, take a sample, tell what follows."""
        now = self.alive_at = self._clock()
        if self._thermometer is not None:
            self._take_sample(self._thermometer)
            if health.lets_go(self._health, now):
                self._give_up(None)
        elif now >= self._retry_at:
            self._open()
        self._tell()

    def _open(self) -> None:
        """A round of its own: a bus that hangs takes a second for each transfer."""
        try:
            self._thermometer = self._open_thermometer()
            cells = self._tried(self._thermometer.identity)
        except self._broken as error:
            self._give_up(NotOpened(Fault.ABSENT, str(error)))
            return
        if cells is None:
            self._give_up(None)
        elif why := foreign(cells.cells, self._record):
            self._give_up(NotOpened(Fault.IDENTITY, why))
        else:
            self._look_at(cells.cells)
            self._learn(Opened(cells.cells))

    def _take_sample(self, thermometer: Thermometer) -> None:
        """Read, and have it judged if there is something to judge."""
        if self._ambient_due <= 0:
            ambient_c = self._tried(thermometer.ambient_c)
            if ambient_c is None:
                return
            self._learn(AmbientRead(ambient_c))
            self._ambient_c, self._ambient_due = ambient_c, AMBIENT_EVERY
        object_c = self._tried(thermometer.object_c)
        if object_c is None:
            return
        self._ambient_due -= 1
        at = self._learn(ObjectRead(object_c))
        self._retry_after_s = FIRST_RETRY_AFTER_S
        self.latest_c = object_c
        if health.fit(self._health, at, self._warm_up_s):
            self._screen(Sample(at, object_c, self._ambient_c, self._near))

    def _tried(self, read: Callable[[], T]) -> T | None:
        """What the thermometer says; None where no try was good.

        A result that is flagged, or not there yet, stays so for a settling time: no second try.
        """
        for tries_left in reversed(range(TRIES)):
            try:
                return read()
            except self._broken as error:
                failure = self._failure_of(error)
                self._learn(Failed(failure, str(error)))
            if failure in {Failure.FLAG, Failure.NOT_READY}:
                break
            if tries_left:
                self._stopping.wait(self._try_again_after_s)
        return None

    def _failure_of(self, error: Exception) -> Failure:
        return next(
            (named for kind, named in self._failures.items() if isinstance(error, kind)),
            Failure.BUS,
        )

    def _screen(self, sample: Sample) -> None:
        with self._lock:
            asked = self._screening.asked
            self._screening, outcome = screening_step(self._screening, sample, self._settings)
            trouble = stuck(self._screening.standing, sample.at, self._settings)
        if trouble != self._near_trouble:
            log.warning("thermometer: %s", trouble or "the proximity input is believed again")
            self._near_trouble = trouble
        if asked is not None and outcome is not None:
            self._on_measured(asked.ticket, outcome.verdict, outcome.celsius)

    # --- does it work? ----------------------------------------------------------------------

    def _learn(self, learnt: Learnt) -> Monotonic:
        """Take it in, and say at which moment."""
        now = self._clock()
        before = self._health.transfers
        self._health = health_step(self._health, learnt, now, self._warm_up_s)
        after = self._health.transfers
        if after.warned and not before.warned:
            log.warning("thermometer: %s", after.of_late)
        elif before.warned and not after.warned:
            log.info("thermometer: the transfers are good again")
        return now

    def _look_at(self, cells: tuple[int, ...]) -> None:
        """Is there anything that a technician should know of this part?"""
        odd = oddity(cells, self._record, self._variant)
        if odd is not None and odd != self._oddity:
            log.warning("thermometer: %s", odd)
        self._oddity = odd

    def _tell(self) -> None:
        """Lost and back, once each; the first time, what the person has shown is forgotten."""
        trouble = trouble_now(self._health, self.alive_at, self._warm_up_s)
        before, self._told = self._told, trouble
        if self._health.trouble is not None:
            self.latest_c = None
        if trouble is None:
            if before is not None:
                self._on_back()
        elif before is None:
            with self._lock:
                self._screening = lose(self._screening)
            self._on_lost(str(trouble))
        elif trouble.fault is not before.fault:
            log.warning("thermometer: %s (before: %s)", trouble, before.fault)

    def _give_up(self, why: NotOpened | None) -> None:
        """Close, and open again after a while."""
        self._close()
        if why is not None:
            self._learn(why)
        self._retry_at = Monotonic(self.alive_at + self._retry_after_s)
        self._retry_after_s = min(2 * self._retry_after_s, LAST_RETRY_AFTER_S)
        self._ambient_due = 0

    def _close(self) -> None:
        if self._thermometer is not None:
            self._thermometer.close()
            self._thermometer = None
