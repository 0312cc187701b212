"""The Raspberry Pi's camera, through picamera2 (0.3.21 or newer: before that, no wait ends).

Y plane only: a YUV420 stream begins with it, so nothing is computed. It is copied once, from the
camera's own buffer, without the padding of its rows and without U and V; picamera2's capture_array
copies all of them, and the cut makes a second copy (at 1296 x 972, in rows of 1344 bytes, that is
four times the work: 0.21 against 0.05 ms on a desktop). No copy at all would be no gain: the buffer
is one of four that the sensor needs back, while a second look at a frame may take longer than the
sensor does, and where no cached DMA heap is found each further reading of it costs more than the
copy. What is said here about picamera2 was read in its source (picamera2/picamera2.py, request.py,
job.py of github.com/raspberrypi/picamera2, 0.3.21 to 0.3.38), beside each use, by function.

A camera that has stopped never starts again by itself: libcamera's RPi pipeline stops everything
when the sensor has been silent for a while ("Camera frontend has timed out!",
pipeline/rpi/common/pipeline_base.cpp, cameraTimeout) and hands its requests back as cancelled,
which picamera2 drops (CameraManager.handle_request); and an exception in picamera2's event loop
ends that thread (previews/null_preview.py, handle_request). Either way frames just stay away, so
the one cure for all is a time-out, closing, and opening again.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from drivers.exposure import Exposure, aim, brightest
from drivers.frame import CameraAbsent, CameraClosed, CameraStalled, Grey
from drivers.optics import Asked, Optics, asked, sensor_size
from drivers.picamera import Mapped, Picamera, Request, map_main, open_picamera2

_LOG = logging.getLogger(__name__)
_BUFFERS = 4
"""Two with the sensor, one that waits, one that is copied: each is 2 MB that a Zero lacks."""
_HANDED_OVER_S = 1.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What a frame was taken with, as far as the module says so."""

    exposure_ms: float | None
    gain: float | None
    focus_cm: float | None
    """Where a lens with a motor stands; None where there is none."""


class Camera:
    """Camera `number` of this Pi, giving grey frames of `width` x `height` at `fps`.

    Exposure, gain and focus are as `optics` says, as far as the module has them; each frame decides
    what the next ones are taken with (`drivers.exposure`). libcamera may adjust the size (both are
    made even); `width` and `height` say what is in force. Raises `CameraAbsent` when the camera
    cannot be opened.

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
        optics: Optics,
        open_picamera: Callable[[int], Picamera] = open_picamera2,
        mapped: Callable[[Request], AbstractContextManager[Mapped]] = map_main,
    ) -> None:
        self._number = number
        self._mapped = mapped
        self._lock = threading.Lock()
        self._closed = False
        self.taken: Taken | None = None
        """What the last frame was taken with."""
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
            self._asked = asked(optics, fps=fps, offered=self._picamera.camera_controls)
            self.width, self.height = self._start(width, height, self._asked)
        except Exception as error:  # as above
            self.close()
            raise CameraAbsent(f"camera {number} does not start: {_said(error)}") from error
        if self._asked.missing:
            _LOG.info("camera %d has no %s: left out", number, ", ".join(self._asked.missing))

    def _start(self, width: int, height: int, wanted: Asked) -> tuple[int, int]:
        pixels = self._picamera.camera_properties.get("PixelArraySize")
        sensor = sensor_size(pixels, width=width, height=height)
        self._picamera.configure(
            self._picamera.create_video_configuration(
                main={"size": (width, height), "format": "YUV420"},
                raw=None,  # else picamera2 keeps raw buffers too: memory that a Zero lacks
                display=None,
                encode=None,
                buffer_count=_BUFFERS,
                sensor={} if sensor is None else {"output_size": sensor},
                controls=wanted.controls,
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
            return self._copied(self._next(timeout_s))
        except TimeoutError as error:
            self._raise_if_closed()
            raise CameraStalled(
                f"camera {self._number} gave no frame within {timeout_s:g} s"
            ) from error
        except Exception as error:
            # A CancelledError from close; a buffer that does not have the size it should have, or
            # is mapped no more since the camera was closed.
            self._raise_if_closed()
            raise CameraStalled(f"camera {self._number} failed: {error!r}") from error

    def _next(self, timeout_s: float) -> Request:
        job = self._picamera.capture_request(wait=False)
        try:
            return job.get_result(timeout=timeout_s)
        except TimeoutError:
            # The job stays in picamera2's list and would swallow the next frame.
            self._picamera.cancel_all_and_flush()
            # One that was in the list is cancelled now. One that was not has got its frame in this
            # very moment (process_requests: taken from the list first, signalled later), and that
            # frame must not be left to nobody, with its buffer.
            try:
                return job.get_result(timeout=_HANDED_OVER_S)
            except CancelledError:
                raise TimeoutError from None

    def _copied(self, request: Request) -> Grey:
        try:
            with self._mapped(request) as mapped:
                grey: Grey = mapped.array[: self.height, : self.width].copy()
            if grey.shape != (self.height, self.width):
                raise ValueError(f"a frame of {grey.shape}")
            self._meter(grey, request.get_metadata())
        finally:
            request.release()
        return grey

    def _meter(self, grey: Grey, said: Mapping[str, Any]) -> None:
        """Say what the next frames are to be taken with: before this buffer goes back."""
        time_us, gain, dioptres = (
            said.get(name) for name in ("ExposureTime", "AnalogueGain", "LensPosition")
        )
        self.taken = Taken(
            exposure_ms=None if time_us is None else time_us / 1000,
            gain=gain,
            focus_cm=100 / dioptres if dioptres else None,
        )
        if self._asked.bounds is None or not time_us or not gain:
            return
        wanted = aim(Exposure(time_us, gain), brightest(grey), self._asked.bounds)
        if wanted is not None:
            self._picamera.set_controls(
                {"ExposureTime": round(wanted.time_us), "AnalogueGain": wanted.gain}
            )

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
