"""The Raspberry Pi's camera, through picamera2 (0.3.21 or newer: before that, no wait ends).

Y plane only: a YUV420 stream begins with it, so nothing is computed. What is said here about
picamera2 was read in its source (picamera2/picamera2.py, request.py, job.py of
github.com/raspberrypi/picamera2, 0.3.21 to 0.3.38) and stands beside each use, by function.

A camera that has stopped never starts again by itself: libcamera's RPi pipeline stops everything
when the sensor has been silent for a while ("Camera frontend has timed out!",
pipeline/rpi/common/pipeline_base.cpp, cameraTimeout) and hands its requests back as cancelled,
which picamera2 drops (CameraManager.handle_request); and an exception in picamera2's event loop
ends that thread (previews/null_preview.py, handle_request). Either way frames just stay away, so
the one cure for all is a time-out, closing, and opening again.
"""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
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

    return open_or_tidy(Picamera2, number)


def open_or_tidy(picamera2: Any, number: int) -> Picamera:
    """`Picamera2(number)` of the class given; what a failed one has opened is closed again.

    Its `__init__` begins with a pipe that nobody closes when the camera is absent or taken: with
    a try every few seconds the process would be out of file descriptors within hours. And a DMA
    heap that cannot be opened, the last thing in it, leaves the camera acquired for ever.
    """
    picamera = picamera2.__new__(picamera2)  # in two steps: else nothing is left to be tidied
    try:
        picamera.__init__(number)
    except Exception:
        with suppress(Exception):  # close does not expect to find only half of what it closes
            picamera.close()
        reader = getattr(picamera, "notifymeread", None)
        if reader is not None and not reader.closed:  # close ends with the pipe, if it gets so far
            reader.close()
            os.close(picamera.notifyme_w)
        raise
    return cast(Picamera, picamera)


class Camera:
    """Camera `number` of this Pi, giving grey frames of `width` x `height` at `fps`.

    libcamera may adjust the size (both are made even); `width` and `height` say what is in
    force. Raises `CameraAbsent` when the camera cannot be opened.

    A hang inside libcamera is beyond this class: its Python bindings hold the interpreter while
    they stop or start a camera (src/py/libcamera/py_main.cpp), so only a watchdog outside helps.
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
        except ImportError as error:
            raise CameraAbsent(f"picamera2 cannot be loaded: {error}") from error
        except IndexError as error:  # up to 0.3.36; later a RuntimeError with a sentence
            raise CameraAbsent(f"there is no camera {number}") from error
        except Exception as error:
            # RuntimeError for one that is taken; but a half-upgraded camera stack may raise
            # anything (ValueError is numpy's "dtype size changed"), and the lane is to live on.
            raise CameraAbsent(f"camera {number} cannot be opened: {_said(error)}") from error
        try:
            self.width, self.height = self._start(width, height, fps)
        except Exception as error:  # as above
            self.close()
            raise CameraAbsent(f"camera {number} does not start: {_said(error)}") from error

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
        except Exception as error:
            # Job.execute catches whatever a capture raises in the event loop and hands it on: a
            # CancelledError from close, a buffer that does not have the size it should have.
            self._raise_if_closed()
            raise CameraStalled(f"camera {self._number} failed: {error!r}") from error
        # make_array: shape (height * 3/2, stride), a copy already, Y plane on top, each row
        # padded to the stride. Without padding the cut is contiguous and nothing is copied again.
        grey = np.ascontiguousarray(planes[: self.height, : self.width])
        if grey.shape != (self.height, self.width):
            raise CameraStalled(f"camera {self._number} gave a frame of {planes.shape}")
        return grey

    def close(self) -> None:
        """Let the camera go; ends a wait for a frame; a second time is fine."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        try:
            self._let_go()
        except Exception as first:
            # A camera that is left acquired cannot be opened again by this process. A second
            # close goes on where the first one failed: it forgets the camera only at its end.
            _LOG.info("camera %d did not close, once more: %s", self._number, first)
            try:
                self._let_go()
            except Exception as error:
                # Nothing more to be done; if it matters, the next opening fails and says so.
                _LOG.warning("camera %d did not close: %s", self._number, error)

    def _let_go(self) -> None:
        # close alone would leave somebody who waits for a frame waiting.
        self._picamera.cancel_all_and_flush()
        self._picamera.close()

    def _raise_if_closed(self) -> None:
        if self._closed:
            raise CameraClosed(f"camera {self._number} is closed")


def _said(error: BaseException) -> str:
    """Its text and that of its causes: picamera2 hides them behind "did not complete"."""
    cause = error.__cause__ or error.__context__
    text = str(error) or repr(error)
    return text if cause is None else f"{text} ({_said(cause)})"
