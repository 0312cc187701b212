"""The camera thread: takes frames, has those read that are worth it, reports each code once.

A carrier: it decides nothing about a pass. What is pure stands elsewhere: whether the camera sees
anything in `sight`, whether somebody is there in `presence`, which codes lie in front of
it in `in_view`.

A frame is read while somebody is there. It is read, too, when it is the `read_every`-th since the
last one that was, and while a code is in view three times in `same_phone_s`: so nothing rests on
presence alone, and a code that has become part of the lane is not taken for a new phone.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from math import dist
from queue import Empty, SimpleQueue
from typing import Protocol

from gate.eyes import presence
from gate.eyes.decoding import Code, Decoder, Grey
from gate.eyes.in_view import InView, anything, ask_again, notice
from gate.eyes.presence import Presence
from gate.eyes.scan_figures import ScannerFigures, after_first_sight, after_reading
from gate.eyes.sight import News, Nothing, Sample, Sight, look, nothing_in, said, sampled
from gate.model import Monotonic

LONGEST_TEXT = 1025
"""Bytes of a text that are passed on: one more than a pass may have, so that the verifier can
see that it is too long and refuse it. The rest is dropped here."""

_MOST_A_FRAME = 4
"""Codes of one frame that are looked at, those nearest to its centre: a lane is for one person."""
_SIGN_OF_LIFE_S = 1.0


class Camera(Protocol):
    """What gives frames; every method raises the `broken` exception of the scanner alone."""

    def frame(self, timeout_s: float) -> Grey:
        """The next frame; broken when none came within `timeout_s`."""

    def close(self) -> None:
        """Let the camera go."""


class Scanner:
    """Watches one camera in a thread of its own and calls back from it.

    `same_phone_s`: a code is the same phone until it was away for so long. `look_every_s`: at most
    one frame is taken in this time. `read_every`: of so many frames at least one is read; 1 reads
    them all. `on_code` gets the text (at most `LONGEST_TEXT` bytes) and the moment its frame was
    there, also where it was found out later; `on_lost` the reason,
    once, when the camera raised `broken` or its frames have shown nothing for `blind_after_s`;
    `on_back` comes once, with the first frame after that which shows something (the third running
    where it was blind). A camera that broke is opened again for ever, after `retry_from_s`, then
    twice as long up to `retry_to_s`. `moves`: two frames of this camera are never the same unless
    it hangs. Any other exception ends the thread and goes to `on_crash`.

    The thread alone opens and closes the camera. Callbacks must return at once.
    """

    def __init__(
        self,
        *,
        open_camera: Callable[[], Camera],
        decoder: Decoder,
        same_phone_s: float,
        look_every_s: float,
        read_every: int,
        clock: Callable[[], Monotonic],
        on_code: Callable[[bytes, Monotonic], None],
        on_lost: Callable[[str], None],
        on_back: Callable[[], None],
        on_crash: Callable[[Exception], None],
        broken: type[Exception],
        again_after_s: float = 0.5,
        frame_timeout_s: float = 2.0,
        blind_after_s: float = 10.0,
        moves: bool = True,
        retry_from_s: float = 0.5,
        retry_to_s: float = 10.0,
    ) -> None:
        self._open_camera = open_camera
        self._decoder = decoder
        self._same_phone_s = same_phone_s
        self._look_every_s = look_every_s
        self._read_every = read_every
        self._blind_after_s = blind_after_s
        self._moves = moves
        self._clock = clock
        self._on_code = on_code
        self._on_lost = on_lost
        self._on_back = on_back
        self._on_crash = on_crash
        self._broken = broken
        self._again_after_s = again_after_s
        self._frame_timeout_s = frame_timeout_s
        self._retry_from_s = retry_from_s
        self._retry_to_s = retry_to_s

        self._again: SimpleQueue[tuple[bytes, Monotonic]] = SimpleQueue()
        self._in_view: InView = ()
        self._lost = False
        self._sight = Sight()
        self._presence = Presence()
        self._passed_over = 0
        self._read_at = clock()
        self._second_at = clock()
        self._second_since: Monotonic | None = None
        self._served: Monotonic | None = None
        self._pause_s = retry_from_s
        self._figures = ScannerFigures()
        self._alive_at = clock()
        self._stopping = threading.Event()
        # A camera's driver that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="scanner", daemon=True)

    def start(self) -> None:
        """Start watching."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching and let the camera go.

        Returns when the thread has ended, or at the latest a second after the time that a frame
        may take (a driver that hangs is left behind).
        """
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(self._frame_timeout_s + 1.0)

    def look_again(self, text: bytes) -> None:
        """This reported text was not dealt with: report it once more.

        That happens as soon as it is seen `again_after_s` from now or later. Any thread.
        """
        self._again.put((text, Monotonic(self._clock() + self._again_after_s)))

    @property
    def alive_at(self) -> Monotonic:
        """When the thread last went round: at most `frame_timeout_s` and a decoding ago, also
        while the camera is away (but for the time that opening it takes)."""
        return self._alive_at

    @property
    def figures(self) -> ScannerFigures:
        """The counters now."""
        decoder = self._decoder.figures
        return replace(
            self._figures,
            second_looks=decoder.second,
            overdue=decoder.overdue + decoder.stale,
            left_out=decoder.left_out,
        )

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    with closing(self._open_camera()) as camera:
                        self._watch(camera)
                except self._broken as error:
                    self._camera_lost(str(error))
        except Exception as bug:  # a bug: the control loop brings the lane into its safe posture
            self._on_crash(bug)

    def _watch(self, camera: Camera) -> None:
        before: Sample | None = None
        while not self._stopping.is_set():
            frame = camera.frame(self._frame_timeout_s)
            now = self._sign_of_life()
            self._pause_s = self._retry_from_s
            sample = sampled(frame)
            news = self._take_in(nothing_in(sample, before), now)
            self._look(frame, now)
            del frame  # the camera may want its memory back while the next one is awaited
            if news is News.OPEN_AGAIN:
                return
            before = sample if self._moves else None
            self._stopping.wait(max(0.0, now + self._look_every_s - self._clock()))

    def _take_in(self, nothing: Nothing | None, now: Monotonic) -> News | None:
        """Lost and back, as far as the frames tell it."""
        since = self._sight.nothing_since
        self._sight, news = look(self._sight, nothing, now, blind_after_s=self._blind_after_s)
        if nothing is None:
            if self._lost and not self._sight.blind:
                self._lost = False
                self._on_back()
        elif news is News.BLIND:
            self._lose(said(nothing, now - (now if since is None else since)))
        return news

    def _look(self, frame: Grey, now: Monotonic) -> None:
        """Have the frame read if it is worth it, and report what is new."""
        self._presence = presence.look(self._presence, frame, now)
        codes = self._read(frame, now) if self._worth_reading(now) else ()
        late = self._decoder.late()
        self._figures = replace(self._figures, frames=self._figures.frames + 1)
        self._take_requests()
        height, width = frame.shape
        looks = (
            (late, self._second_at, self._second_since),
            (codes, now, self._presence.since),
        )
        for seen, seen_at, since in looks:
            nearest = sorted(seen, key=lambda code: dist(code.centre, (width / 2, height / 2)))
            self._report(nearest, seen_at, since, now)

    def _worth_reading(self, now: Monotonic) -> bool:
        """Whether somebody is there, or it is time anyway."""
        self._passed_over += 1
        return (
            self._presence.since is not None
            or self._passed_over >= self._read_every
            or (
                now >= self._read_at + self._same_phone_s / 3
                and anything(self._in_view, now, same_phone_s=self._same_phone_s)
            )
        )

    def _read(self, frame: Grey, now: Monotonic) -> Sequence[Code]:
        self._passed_over, self._read_at = 0, now
        begun = self._decoder.figures.second
        codes = self._decoder.read(frame, closely=presence.like_a_code(self._presence, now))
        if self._decoder.figures.second != begun:
            self._second_at, self._second_since = now, self._presence.since
        self._figures = replace(self._figures, looked=self._figures.looked + 1)
        return codes

    def _report(
        self,
        codes: Sequence[Code],
        seen_at: Monotonic,
        since: Monotonic | None,
        now: Monotonic,
    ) -> None:
        """`since`: as somebody was there in the frame of that moment."""
        texts = [code.text[:LONGEST_TEXT] for code in codes[:_MOST_A_FRAME]]
        self._in_view, report = notice(
            self._in_view, texts, seen_at, same_phone_s=self._same_phone_s
        )
        self._figures = after_reading(
            self._figures, (code.reader for code in codes), noticed=since is not None
        )
        if report and since is not None and since != self._served:
            self._served = since
            self._figures = after_first_sight(self._figures, now - since)
        self._figures = replace(self._figures, reported=self._figures.reported + len(report))
        for text in report:
            self._on_code(text, seen_at)

    def _take_requests(self) -> None:
        while True:
            try:
                text, at = self._again.get_nowait()
            except Empty:
                return
            self._in_view = ask_again(self._in_view, text, at)

    def _camera_lost(self, reason: str) -> None:
        if self._stopping.is_set():
            return
        self._lose(reason)
        left_s = self._pause_s
        self._pause_s = min(2 * self._pause_s, self._retry_to_s)
        while left_s > 0 and not self._stopping.wait(min(left_s, _SIGN_OF_LIFE_S)):
            self._sign_of_life()
            left_s -= _SIGN_OF_LIFE_S

    def _lose(self, reason: str) -> None:
        if not self._lost:
            self._lost = True
            self._figures = replace(self._figures, lost=self._figures.lost + 1)
            self._on_lost(reason)

    def _sign_of_life(self) -> Monotonic:
        self._alive_at = self._clock()
        return self._alive_at
