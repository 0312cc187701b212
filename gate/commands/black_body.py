"""Reading a black body: samples until a window of them is steady, or patience ends."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from gate.temperature.calibration import (
    CalibrationError,
    Reading,
    off_the_body,
    reading_of,
    samples_needed,
    unsteady,
)

FAILURES = 20
"""So many failed reads running: nobody answers."""

TELL_EVERY_S = 1.0


class Thermometer(Protocol):
    """What is needed of the thermometer. Its failures are the exception class `broken`."""

    def object_c(self) -> float:
        """What it looks at, in degrees Celsius."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A thermometer in front of black bodies, and how it is read.

    `every_s` is the part's settling time, `sigma_c` its noise. `tell` hears about once a second how
    it stands: the newest sample, how many are taken, and how many are needed.
    """

    thermometer: Thermometer
    broken: type[Exception]
    sigma_c: float
    every_s: float
    within_s: float
    monotonic: Callable[[], float]
    wait: Callable[[float], object]
    tell: Callable[[float, int, int], None]

    def reading(self, body_c: float, other_c: float | None = None, *, patient: bool) -> Reading:
        """Of the body in front; patient: somebody may still be about to put it there.

        Raises `CalibrationError` where there is none within the time.
        """
        needed = samples_needed(self.sigma_c)
        window: deque[float] = deque(maxlen=needed)
        began = told_at = self.monotonic()
        why, failed = "no time for a single window", 0
        self.wait(2 * self.every_s)  # what it saw before has died away
        while self.monotonic() - began < self.within_s:
            try:
                window.append(self.thermometer.object_c())
                failed = 0
            except self.broken as error:
                failed += 1
                if failed == FAILURES:
                    raise CalibrationError(f"the thermometer does not answer: {error}") from error
            if len(window) == needed:
                why = unsteady(window, self.sigma_c)
                if not why:
                    why = off_the_body(median(window), body_c, other_c)
                    if not why:
                        return reading_of(tuple(window), body_c)
                    if not patient:
                        break
            if window and self.monotonic() - told_at >= TELL_EVERY_S:
                told_at = self.monotonic()
                self.tell(window[-1], len(window), needed)
            self.wait(self.every_s)
        raise CalibrationError(why)
