"""The thread that owns the thermometer: samples in, verdicts out, lost and back told once.

What the samples mean is in `gate.screening`; here are the thread, the retries and the question
whether the thermometer works at all.
"""

import threading
from collections.abc import Callable
from typing import Protocol

from gate.criteria import ScreeningSettings
from gate.events import Measure
from gate.model import Monotonic, Ticket, Verdict
from gate.samples import Sample
from gate.screening import Screening, ask, screening_step, withdraw

TRIES = 3
TRY_AGAIN_AFTER_S = 0.005

AMBIENT_EVERY = 10
"""Object samples to one ambient sample: reading more than needed disturbs the sensor."""

STALE_AFTER_S = 1.0
"""No good sample for so long: lost."""

STUCK_AFTER = 30
"""The same object temperature so many times running: lost. Noise alone makes it change."""

FIRST_RETRY_AFTER_S = 0.5
LAST_RETRY_AFTER_S = 10.0


class Thermometer(Protocol):
    """What is needed of a thermometer. Its failures are the exception class `broken`."""

    def object_c(self) -> float:
        """What it looks at, in degrees Celsius."""

    def ambient_c(self) -> float:
        """Its own temperature, in degrees Celsius."""

    def close(self) -> None:
        """Let go of the hardware."""


class Sampler:
    """Reads the thermometer every `sample_every_s` and answers `Measure` with a verdict.

    `open_thermometer` is called in the thread, again after each loss, and raises `broken` while
    there is no thermometer. `clock` gives monotonic seconds. All callbacks run in the thread and
    should only enqueue:

    - `on_measured(ticket, verdict, celsius)` once for a `Measure`, unless it is taken back,
      replaced by the next one or overtaken by a loss;
    - `on_lost(detail)` once when the thermometer is absent, stale or stuck, and `on_back()` once
      with the first good sample after that;
    - `on_crash(error)` when the thread ends by an exception that nobody expected.
    """

    def __init__(
        self,
        *,
        open_thermometer: Callable[[], Thermometer],
        broken: type[Exception],
        settings: ScreeningSettings,
        sample_every_s: float,
        clock: Callable[[], Monotonic],
        on_measured: Callable[[Ticket, Verdict, float | None], None],
        on_lost: Callable[[str], None],
        on_back: Callable[[], None],
        on_crash: Callable[[BaseException], None],
    ) -> None:
        self._open_thermometer = open_thermometer
        self._broken = broken
        self._settings = settings
        self._sample_every_s = sample_every_s
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
        self._lost = False
        self._good_at = self._retry_at = clock()
        self._retry_after_s = FIRST_RETRY_AFTER_S
        self._ambient_c = 0.0
        self._ambient_due = 0
        self._last_c: float | None = None
        self._same = 0

        self.latest_c: float | None = None
        """The last object temperature, degrees Celsius; None while there is none."""
        self.alive_at: Monotonic = self._retry_at
        """When the thread last began a round; it does so while the thermometer is lost, too."""

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

    def stop_measuring(self) -> None:
        """Take the open question back, if there is one."""
        with self._lock:
            self._screening = withdraw(self._screening)

    # --- the thread -------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._round()
                self._stopping.wait(self._sample_every_s)
        except BaseException as error:  # whatever it is, the control loop has to know
            self._on_crash(error)
        finally:
            self._close()

    def _round(self) -> None:
        now = self.alive_at = self._clock()
        if self._thermometer is None:
            if now < self._retry_at:
                return
            try:
                self._thermometer = self._open_thermometer()
            except self._broken as error:
                self._lose(str(error), now)
                return
            self._good_at = now
        try:
            sample = self._sample(self._thermometer)
        except self._broken as error:
            if self._lost or now - self._good_at >= STALE_AFTER_S:
                self._lose(f"no good reading for {STALE_AFTER_S:g} s: {error}", now)
            return
        if self._is_stuck(sample):
            self._lose(f"stuck at {sample.object_c:.2f} C", now)
            return
        self._good(sample)
        self._screen(sample)

    def _sample(self, thermometer: Thermometer) -> Sample:
        if self._ambient_due <= 0:
            self._ambient_c = self._read(thermometer.ambient_c)
            self._ambient_due = AMBIENT_EVERY
        object_c = self._read(thermometer.object_c)
        self._ambient_due -= 1
        return Sample(self._clock(), object_c, self._ambient_c)

    def _read(self, read: Callable[[], float]) -> float:
        for _ in range(TRIES - 1):
            try:
                return read()
            except self._broken:
                self._stopping.wait(TRY_AGAIN_AFTER_S)
        return read()

    def _screen(self, sample: Sample) -> None:
        with self._lock:
            asked = self._screening.asked
            self._screening, outcome = screening_step(self._screening, sample, self._settings)
        if asked is not None and outcome is not None:
            self._on_measured(asked.ticket, outcome.verdict, outcome.celsius)

    # --- does it work? ----------------------------------------------------------------------

    def _is_stuck(self, sample: Sample) -> bool:
        """Counts on over a loss: a thermometer that is back with the same word is not back."""
        self._same = self._same + 1 if sample.object_c == self._last_c else 1
        self._last_c = sample.object_c
        return self._same >= STUCK_AFTER

    def _good(self, sample: Sample) -> None:
        self._good_at = sample.at
        self._retry_after_s = FIRST_RETRY_AFTER_S
        self.latest_c = sample.object_c
        if self._lost:
            self._lost = False
            self._on_back()

    def _lose(self, detail: str, now: Monotonic) -> None:
        """Close, forget everything about the person, and say so the first time."""
        self._close()
        self._retry_at = Monotonic(now + self._retry_after_s)
        self._retry_after_s = min(2 * self._retry_after_s, LAST_RETRY_AFTER_S)
        self._ambient_due = 0
        self.latest_c = None
        if self._lost:
            return
        self._lost = True
        with self._lock:
            self._screening = Screening()
        self._on_lost(detail)

    def _close(self) -> None:
        if self._thermometer is not None:
            self._thermometer.close()
            self._thermometer = None
