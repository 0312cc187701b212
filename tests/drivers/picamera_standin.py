"""Stands in for picamera2 and the libcamera below it: what was read in their sources, no more.

Each behaviour names its file in the repository raspberrypi/picamera2 (releases 0.3.21 to 0.3.38)
or raspberrypi/libcamera (its Raspberry Pi pipeline and Python bindings). The real picamera2 0.3.25
and 0.3.38 were run over a libcamera made of Python, and did as it is written here.
"""

import os
import threading
from collections import deque
from concurrent.futures import CancelledError, Future
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.camera import Picamera, open_or_tidy

Planes = NDArray[np.uint8]


class StandInLibcamera:
    """The one camera of a Pi; it outlives whoever opens it, and this process holds it once."""

    def __init__(
        self,
        *,
        stride: int = 64,
        adjusted: dict[str, Any] | None = None,
        kind: "type[StandInPicamera] | None" = None,
    ) -> None:
        self.stride = stride
        self.adjusted = adjusted or {}
        self.picamera2 = type("Picamera2", (kind or StandInPicamera,), {"libcamera": self})
        """The class, as one imports it."""
        self.absent = False
        self.holder: StandInPicamera | None = None
        self.openings: SimpleQueue[StandInPicamera] = SimpleQueue()
        """Everybody who got it, in their order."""
        self.fails: dict[str, int] = {}
        """How often `start`, `stop` or `release` fail from now on."""
        self.hang: threading.Event | None = None
        """Closing waits for this."""

    def open(self, number: int) -> Picamera:
        """As the driver does it by itself on a Pi."""
        return open_or_tidy(self.picamera2, number)

    def call(self, what: str, complaint: str) -> None:
        """One call through the bindings; std::system_error is a RuntimeError.

        src/py/libcamera/py_main.cpp
        """
        if self.fails.get(what, 0) > 0:
            self.fails[what] -= 1
            raise RuntimeError(f"Failed to {what} camera: {complaint}")


class StandInPicamera:
    """One opening of the camera, as `picamera2.Picamera2`; the test delivers its frames."""

    libcamera: StandInLibcamera

    def __init__(self, number: int) -> None:  # noqa: ARG002 - its signature
        self.configuration: dict[str, Any] = {}
        self.asked = threading.Event()
        self.started = False
        self.loop_is_dead = False
        """picamera2/previews/null_preview.py, handle_request: an exception ends its thread."""
        self.is_open = False
        self.closed = 0
        self._jobs: deque[Future[Planes]] = deque()
        self._completed: deque[Planes] = deque(maxlen=1)
        # picamera2/picamera2.py, __init__: the pipe comes first, and only a close of an open
        # camera ends it.
        self.notifyme_r, self.notifyme_w = os.pipe2(os.O_NONBLOCK)
        self.notifymeread = os.fdopen(self.notifyme_r, "rb")
        if self.libcamera.absent:
            # picamera2/picamera2.py, __init__: global_camera_info()[camera_num]; since 0.3.37 a
            # RuntimeError.
            raise IndexError("list index out of range")
        if self.libcamera.holder is not None:
            # picamera2/picamera2.py, _open_camera: camera.acquire(); libcamera lets one holder
            # in (src/libcamera/camera.cpp).
            busy = RuntimeError("Failed to acquire camera: Device or resource busy")
            raise RuntimeError("Camera __init__ sequence did not complete.") from busy
        self.libcamera.holder = self
        self.is_open = True
        self.libcamera.openings.put(self)

    def create_video_configuration(self, **settings: object) -> dict[str, Any]:
        return dict(settings)

    def configure(self, camera_config: dict[str, Any]) -> None:
        """picamera2/picamera2.py, configure_: what libcamera made of it is written into it."""
        self.configuration = camera_config
        camera_config["main"] |= {"stride": self.libcamera.stride} | self.libcamera.adjusted

    def stream_configuration(self, name: str) -> dict[str, Any]:
        stream: dict[str, Any] = self.configuration[name]
        return stream

    def start(self) -> None:
        """picamera2/picamera2.py, start: the event loop runs before the camera is started."""
        self.libcamera.call("start", "Input/output error")
        self.started = True

    def capture_array(self, name: str, *, wait: float) -> Planes:
        """A job into the list, `wait` seconds for its future; given up, it stays in the list.

        picamera2/picamera2.py, dispatch_functions. A camera that is closed, or whose event loop
        has died (picamera2/previews/null_preview.py, handle_request), answers no job.
        """
        assert name == "main"
        assert wait > 0, "0 would mean: give me the job, do not wait"
        if self._completed:
            return self._made_array(self._completed.popleft())
        job: Future[Planes] = Future()
        self._jobs.append(job)
        self.asked.set()
        return job.result(timeout=wait)

    def deliver(self, planes: Planes, *, damaged: bool = False) -> None:
        """libcamera has completed a frame: rows of `stride` bytes, half as many again for U, V.

        picamera2/picamera2.py, process_requests: the first job gets it; the newest one that nobody
        took is kept (`_max_queue_len` 1); one that is `damaged` (no FrameMetadata.Status.Success)
        goes back unseen. picamera2/job.py, execute: what a job raises goes to who waits for it.
        """
        if not self.started or self.loop_is_dead or damaged:
            return
        if not self._jobs:
            self._completed.append(planes)
            return
        job = self._jobs.popleft()
        try:
            job.set_result(self._made_array(planes))
        except ValueError as error:
            job.set_exception(error)

    def cancel_all_and_flush(self) -> None:
        """Each job of the list fails with CancelledError.

        picamera2/picamera2.py; picamera2/job.py, cancel
        """
        while self._jobs:
            self._jobs.popleft().set_exception(CancelledError())

    def close(self) -> None:
        """The event loop is joined, then stop, release, forget: picamera2/picamera2.py, close.

        A failure leaves the rest undone and the camera held; a further close tries again. Jobs
        that wait are not cancelled. The last thing is the pipe.
        """
        self.closed += 1
        if self.libcamera.hang is not None:
            # picamera2/previews/null_preview.py, stop: joins the event loop's thread
            self.libcamera.hang.wait()
        if not self.is_open:
            return
        if self.started:
            self.libcamera.call("stop", "No such device")
            self.started = False
            self._completed.clear()
        self.libcamera.call("release", "Device or resource busy")
        self.libcamera.holder = None
        self.is_open = False
        self.notifymeread.close()
        os.close(self.notifyme_w)

    def _made_array(self, planes: Planes) -> Planes:
        """A copy of the buffer, by the configuration's size and stride.

        picamera2/request.py, _make_array_shared and make_array
        """
        _, height = self.configuration["main"]["size"]
        return planes.reshape((height * 3 // 2, self.configuration["main"]["stride"]))
