"""The Raspberry Pi's camera, through picamera2 (0.3.18 or newer).

Y plane only: a YUV420 stream begins with it, so nothing is computed. What is said here about
picamera2 was read in its source (picamera2/picamera2.py, request.py, job.py in
github.com/raspberrypi/picamera2 at ec9ab36d and at 0.3.25) and stands beside each use.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from drivers.frame import CameraAbsent, CameraClosed, CameraStalled, Grey

_LOG = logging.getLogger(__name__)


class Picamera(Protocol):
    """What is used of `picamera2.Picamera2`."""

    def create_video_configuration(self, **settings: object) -> dict[str, Any]:
        """A configuration to be given to `configure`."""

    def configure(self, camera_config: dict[str, Any]) -> None:
        """Apply it; libcamera may adjust size and format."""

    def stream_configuration(self, name: str) -> Mapping[str, Any]:
        """What is in force: `format`, `size` (width, height), `stride` in bytes."""

    def start(self) -> None:
        """Start camera and event loop (a thread of picamera2's own)."""

    def capture_array(self, name: str, *, wait: float) -> NDArray[np.uint8]:
        """The next frame of that stream."""

    def cancel_all_and_flush(self) -> None:
        """Cancel every capture that is waited for."""

    def close(self) -> None:
        """Stop everything and let the camera go."""


def _picamera2(number: int) -> Picamera:
    # Imported here: it exists on the Pi alone, and costs 41 MB.
    from picamera2 import Picamera2  # noqa: PLC0415 - see above

    return cast(Picamera, Picamera2(number))


class Camera:
    """Camera `number` of this Pi, giving grey frames of `width` x `height` at `fps`.

    libcamera may adjust the size (both are made even); `width` and `height` say what is in
    force. Raises `CameraAbsent` when the camera cannot be opened.
    """

    def __init__(
        self,
        *,
        number: int,
        width: int,
        height: int,
        fps: float,
        open_picamera: Callable[[int], Picamera] = _picamera2,
    ) -> None:
        self._number = number
        self._lock = threading.Lock()
        self._closed = False
        try:
            self._picamera = open_picamera(number)
        except (ImportError, ValueError) as error:
            # ValueError is what numpy's "dtype size changed" is: a pip numpy hides the system's.
            raise CameraAbsent(f"picamera2 cannot be loaded: {error}") from error
        except (IndexError, RuntimeError, OSError) as error:
            # __init__: IndexError when no camera has this number; RuntimeError for everything
            # that goes wrong later, above all a camera that another process holds.
            raise CameraAbsent(f"camera {number} cannot be opened: {error}") from error
        try:
            self.width, self.height = self._start(width, height, fps)
        except (RuntimeError, OSError) as error:
            self.close()
            raise CameraAbsent(f"camera {number} does not start: {error}") from error

    def _start(self, width: int, height: int, fps: float) -> tuple[int, int]:
        period_us = round(1_000_000 / fps)
        self._picamera.configure(
            self._picamera.create_video_configuration(
                main={"size": (width, height), "format": "YUV420"},
                raw=None,  # else picamera2 keeps raw buffers too: memory that a Zero lacks
                display=None,
                encode=None,
                controls={"FrameDurationLimits": (period_us, period_us)},
            )
        )
        stream = self._picamera.stream_configuration("main")
        if stream["format"] != "YUV420":
            raise RuntimeError(f"it gives {stream['format']}, not YUV420")
        self._picamera.start()
        in_force: tuple[int, int] = stream["size"]
        return in_force

    def frame(self, timeout_s: float) -> Grey:
        """The next frame, or the newest one that nobody took (at most one period old).

        Raises `CameraStalled` when none came within `timeout_s` (more than 0), `CameraClosed`
        when the camera is closed or gets closed meanwhile (if that happens in the very moment
        of asking, only after `timeout_s`).
        """
        if self._closed:
            raise CameraClosed(f"camera {self._number} is closed")
        try:
            # dispatch_functions: a number is a time-out; 0 would mean "do not wait".
            planes = self._picamera.capture_array("main", wait=float(timeout_s))
        except TimeoutError as error:
            # The job stays in picamera2's list and would swallow the next frame.
            self._picamera.cancel_all_and_flush()
            self._raise_if_closed()
            raise CameraStalled(
                f"camera {self._number} gave no frame within {timeout_s:g} s"
            ) from error
        except (CancelledError, RuntimeError, OSError) as error:
            self._raise_if_closed()
            raise CameraStalled(f"camera {self._number} failed: {error!r}") from error
        # make_array: shape (height * 3/2, stride), a copy already, Y plane on top, each row
        # padded to the stride. Without padding the cut is contiguous and nothing is copied again.
        return np.ascontiguousarray(planes[: self.height, : self.width])

    def close(self) -> None:
        """Let the camera go; ends a wait for a frame; a second time is fine."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        try:
            # close alone would leave somebody who waits for a frame waiting.
            self._picamera.cancel_all_and_flush()
            self._picamera.close()
        except (RuntimeError, OSError) as error:
            # Nothing to be done about it; if it matters, the next opening fails and says so.
            _LOG.warning("camera %d did not close: %s", self._number, error)

    def _raise_if_closed(self) -> None:
        if self._closed:
            raise CameraClosed(f"camera {self._number} is closed")
