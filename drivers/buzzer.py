"""The buzzer: plays a pattern of sound and silence in the background."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread

from gpiozero import OutputDevice

Pattern = Sequence[tuple[float, float]]
"""A sound: seconds on and seconds off, one pair after another."""


class Buzzer:
    """Plays one pattern at a time on `device`, silent in between; a new one cuts the old short.

    gpiozero's own `blink` knows one length of on and off only. An unexpected exception in the
    thread goes to `on_crash`. `device` stays the caller's, who closes it after this.
    """

    def __init__(self, device: OutputDevice, *, on_crash: Callable[[Exception], None]) -> None:
        self._device = device
        self._on_crash = on_crash
        self._patterns: SimpleQueue[Pattern | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="buzzer", daemon=True)
        self._thread.start()

    def play(self, pattern: Pattern) -> None:
        """Start the pattern and return; an empty one is silence."""
        self._patterns.put(tuple(pattern))

    def close(self) -> None:
        """Fall silent and end; twice is fine."""
        self._patterns.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            pattern = self._patterns.get()
            while pattern is not None:
                pattern = self._play(pattern)
        except Exception as error:
            self._on_crash(error)

    def _play(self, pattern: Pattern) -> Pattern | None:
        """Sound the pattern; gives what comes next, as soon as it is there."""
        try:
            for on_s, off_s in pattern:
                for sounding, for_s in ((True, on_s), (False, off_s)):
                    self._device.value = sounding
                    with suppress(Empty):
                        return self._patterns.get(timeout=for_s)
        finally:
            self._device.off()
        return self._patterns.get()
