"""The decoder of a lane: a first look at each frame, and a second one where that pays."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from drivers.frame import Grey
from drivers.qr.apart import Apart, Task
from drivers.qr.code import Code, Look, Seen, checked
from drivers.qr.ladder import Step, climb

_LOG = logging.getLogger(__name__)

_SHARE = 4
"""The second look works for one part in so many of the time."""


class DecoderHangs(Exception):  # noqa: N818 - reads as what happened
    """A reader does not come back: only another process reads again."""


@dataclass(frozen=True, slots=True)
class DecoderFigures:
    """What the decoder has done since it was opened."""

    overdue: int = 0
    """First looks that took longer than their deadline."""
    left_out: int = 0
    """Frames that nobody looked at, because too many such looks still went on."""
    second: int = 0
    """Second looks begun."""
    stale: int = 0
    """Second looks that took longer than their deadline; what they found is dropped."""


class Decoder:
    """Reads frame after frame; each look runs on a thread of its own, with a deadline.

    `first` looks at each frame. Where it leaves something unread, or reads nothing although a code
    may be there, the steps of `second` follow on the same frame while the caller goes on: at most
    once in `second_every_s`, and for a quarter of the time. Its dear steps are for frames in which
    something looks like a code; where one may be, once in `closely_every_s` for any: in heavy
    moire nothing looks like a code, and zbar reads it all the same. Of looks that miss their
    deadline so many as `spare` may go on while the next frame is read; with more, frames are left
    out until one ends. Where none ends for `hangs_after_s`, or a second look does not,
    `DecoderHangs` is raised.

    A second look that ended in time is told to whoever asks within `late_s` from its beginning:
    later its phone may be gone.

    One thread may use a decoder. What a look raises is raised from `read` or `late`. A frame that
    was handed in must not change afterwards: a look may go on with it.
    """

    def __init__(
        self,
        *,
        first: Look,
        second: tuple[Step, ...] = (),
        deadline_s: float = 0.25,
        second_deadline_s: float = 1.0,
        second_every_s: float = 0.3,
        closely_every_s: float = 1.0,
        late_s: float = 2.0,
        hangs_after_s: float = 300.0,
        spare: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first, self._second = first, second
        self._deadline_s = deadline_s
        self._second_deadline_s = second_deadline_s
        self._second_every_s = second_every_s
        self._closely_every_s = closely_every_s
        self._late_s = late_s
        self._hangs_after_s = hangs_after_s
        self._clock = clock
        self._at_once = [Apart(f"decoder {number}") for number in range(1, spare + 2)]
        self._besides = Apart("second look")
        self._later: Task | None = None
        self._later_at = 0.0
        self._later_ended_at = 0.0
        self._none_idle_since: float | None = None
        self._rests_until: float | None = None
        self._close_at: float | None = None
        self._in_time = True
        self._figures = DecoderFigures()

    @property
    def figures(self) -> DecoderFigures:
        """What was done so far."""
        return self._figures

    def read(self, grey: Grey, *, closely: bool = True) -> tuple[Code, ...]:
        """What is read of this frame at once; returns within the deadline.

        `closely`: a code may be there, so that it is looked for though nothing like it is seen.
        """
        seen = self._looked_at(checked(grey))
        if seen is None:
            return ()
        if seen.unread or (closely and not seen.codes):
            self._look_again(grey, unread=seen.unread, closely=closely)
        return seen.codes

    def late(self) -> tuple[Code, ...]:
        """What a second look at an earlier frame has found since this was last asked."""
        now = self._clock()
        task = self._later
        if task is None:
            if self._besides.busy:  # it was given up
                self._not_for_ever(self._later_at, now)
            return ()
        seen = task.wait(0.0)
        until = self._later_at + self._second_deadline_s
        if seen is None and now <= until:
            return ()
        self._later = None
        in_time = self._later_ended_at <= until and now <= self._later_at + self._late_s
        if seen is None or not in_time:
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
        """End the threads, but for those that hang; a second time is fine."""
        for apart in (*self._at_once, self._besides):
            apart.close()

    def _looked_at(self, grey: Grey) -> Seen | None:
        idle = next((apart for apart in self._at_once if not apart.busy), None)
        if idle is None:
            self._figures = replace(self._figures, left_out=self._figures.left_out + 1)
            now = self._clock()
            if self._none_idle_since is None:
                self._none_idle_since = now
            self._not_for_ever(self._none_idle_since, now)
            return None
        self._none_idle_since = None
        seen = idle.begin(partial(self._first, grey)).wait(self._deadline_s)
        if seen is None:
            self._figures = replace(self._figures, overdue=self._figures.overdue + 1)
            if self._in_time:
                _LOG.warning("a frame takes longer than %g s to read", self._deadline_s)
        elif not self._in_time:
            _LOG.info("frames are read in time again")
        self._in_time = seen is not None
        return seen

    def _not_for_ever(self, since: float, now: float) -> None:
        if now - since >= self._hangs_after_s:
            raise DecoderHangs(f"a reader of codes has not come back for {now - since:.0f} s")

    def _look_again(self, grey: Grey, *, unread: bool, closely: bool) -> None:
        now = self._clock()
        resting = self._rests_until is not None and now < self._rests_until
        if not self._second or resting or self._later is not None or self._besides.busy:
            return
        if closely and (self._close_at is None or now >= self._close_at):
            unread, self._close_at = True, now + self._closely_every_s
        self._later_at = now
        self._rests_until = now + self._second_every_s
        self._later = self._besides.begin(partial(self._climb, grey, now, unread))
        self._figures = replace(self._figures, second=self._figures.second + 1)

    def _climb(self, grey: Grey, begun_at: float, unread: bool) -> Seen:
        until = begun_at + self._second_deadline_s
        seen = climb(self._second, grey, unread=unread, in_time=lambda: self._clock() < until)
        self._later_ended_at = self._clock()
        took_s = self._later_ended_at - begun_at
        self._rests_until = begun_at + max(self._second_every_s, _SHARE * took_s)
        return seen
