"""What every camera here hands out, how it fails, and how fast it goes.

A frame is the grey (Y) plane alone: the readers look at nothing else, and a YUV420 camera gives
it without any arithmetic.
"""

import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
"""One frame: shape (height, width), 0 black to 255 white, C-contiguous, the caller's own."""


class CameraError(Exception):
    """The camera is broken; its text is a sentence for the technician."""


class CameraAbsent(CameraError):  # noqa: N818 - the family is in the base
    """There is no camera to open, or it cannot be opened."""


class CameraStalled(CameraError):  # noqa: N818 - see above
    """The camera is open, but no frame came in time."""


class CameraClosed(CameraError):  # noqa: N818 - see above
    """Somebody closed the camera, perhaps while this frame was awaited."""


class Pace:
    """Makes a source of pictures as slow as a camera: one frame every `1 / fps` seconds.

    A caller that comes late gets its frame at once and misses the ones in between, as with a
    camera. Several threads may wait; `close` ends every wait at once.
    """

    def __init__(self, *, fps: float, clock: Callable[[], float] = time.monotonic) -> None:
        if not fps > 0:
            raise ValueError(f"a camera takes more than {fps} frames a second")
        self._period_s = 1.0 / fps
        self._clock = clock
        self._lock = threading.Lock()
        self._due = clock()
        self._closed = threading.Event()

    def wait(self, timeout_s: float) -> None:
        """Return when the next frame is due.

        Raises `CameraStalled` when that is more than `timeout_s` away (after waiting so long),
        `CameraClosed` when the camera is closed or gets closed meanwhile.
        """
        with self._lock:
            now = self._clock()
            # One period of lateness is made good (the rate stays right under jitter), more is not.
            due = max(self._due, now - self._period_s)
            if due - now <= timeout_s:
                self._due = due + self._period_s
        self._rest(min(due - now, timeout_s))
        if due - now > timeout_s:
            raise CameraStalled(f"no frame within {timeout_s:g} s")

    def stall(self, timeout_s: float) -> None:
        """Wait in vain, like a camera that has stopped: always raises."""
        self._rest(timeout_s)
        raise CameraStalled(f"no frame within {timeout_s:g} s")

    def close(self) -> None:
        """End every wait, now and from now on; a second time is fine."""
        self._closed.set()

    def _rest(self, duration_s: float) -> None:
        if self._closed.wait(max(0.0, duration_s)):
            raise CameraClosed("the camera is closed")
