"""The decoder of a lane: a first look at each frame, and a second one where that pays."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from drivers.frame import Grey
from drivers.qr.apart import Apart, Task
from drivers.qr.code import Code, Look, checked


@dataclass(frozen=True, slots=True)
class DecoderFigures:
    """What the decoder has done since it was opened."""

    overdue: int = 0
    """First looks that took longer than their deadline."""
    left_out: int = 0
    """Frames that were not looked at because such a look still went on."""
    second: int = 0
    """Second looks begun."""
    stale: int = 0
    """Second looks that took longer than their deadline; what they found is dropped."""


class Decoder:
    """Reads frame after frame; each look runs on a thread of its own, with a deadline.

    `first` looks at each frame. Where it leaves something unread, `second` looks at the same
    frame, while the caller goes on: at most once in `second_every_s`, and never for more than a
    part of the time. One thread may use a decoder. What a look raises is raised from `read` or
    `late`. A frame that was handed in must not change afterwards: a look may go on with it.
    """

    def __init__(
        self,
        *,
        first: Look,
        second: Look,
        deadline_s: float = 0.25,
        second_deadline_s: float = 1.0,
        second_every_s: float = 0.3,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first, self._second = first, second
        self._deadline_s = deadline_s
        self._second_deadline_s = second_deadline_s
        self._second_every_s = second_every_s
        self._clock = clock
        self._at_once = Apart("decoder")
        self._besides = Apart("second look")
        self._later: Task | None = None
        self._begun_at: float | None = None
        self._figures = DecoderFigures()

    @property
    def figures(self) -> DecoderFigures:
        """What was done so far."""
        return self._figures

    def read(self, grey: Grey) -> tuple[Code, ...]:
        """What is read of this frame at once; returns within the deadline."""
        if self._at_once.busy:
            self._figures = replace(self._figures, left_out=self._figures.left_out + 1)
            return ()
        seen = self._at_once.begin(self._first, checked(grey)).wait(self._deadline_s)
        if seen is None:
            self._figures = replace(self._figures, overdue=self._figures.overdue + 1)
            return ()
        if seen.unread:
            self._look_again(grey)
        return seen.codes

    def late(self) -> tuple[Code, ...]:
        """What a second look at an earlier frame has found since this was last asked."""
        task, begun_at = self._later, self._begun_at
        if task is None or begun_at is None:
            return ()
        seen = task.wait(0.0)
        if seen is None:
            return ()
        self._later = None
        if self._clock() - begun_at > self._second_deadline_s:
            self._figures = replace(self._figures, stale=self._figures.stale + 1)
            return ()
        return seen.codes

    def settle(self, timeout_s: float) -> bool:
        """Wait until the second look that is under way has ended, so that `late` has all of it.

        No lane waits like this; it is for those who count what a lane would read. False where
        that takes longer.
        """
        return self._later is None or self._later.wait(timeout_s) is not None

    def close(self) -> None:
        """End the threads, but for one that hangs; a second time is fine."""
        self._at_once.close()
        self._besides.close()

    def _look_again(self, grey: Grey) -> None:
        now = self._clock()
        early = self._begun_at is not None and now - self._begun_at < self._second_every_s
        if early or self._later is not None or self._besides.busy:
            return
        self._begun_at = now
        self._later = self._besides.begin(self._second, grey)
        self._figures = replace(self._figures, second=self._figures.second + 1)
