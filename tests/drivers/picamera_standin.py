"""Stands in for picamera2 and the libcamera below it: what was read in their sources, no more.

Each behaviour names its file in the repository raspberrypi/picamera2 (releases 0.3.21 to 0.3.38)
or raspberrypi/libcamera (its Raspberry Pi pipeline and Python bindings). The real picamera2 0.3.21,
0.3.25, 0.3.30 and 0.3.38 were run over a libcamera made of Python, and did as it is written here.
"""

import os
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import AbstractContextManager, contextmanager
from queue import SimpleQueue
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.camera import Camera
from drivers.optics import Optics
from drivers.picamera import Mapped, Picamera, Request, open_or_tidy

Planes = NDArray[np.uint8]
Controls = dict[str, tuple[Any, Any, Any]]

USB: Controls = {"Brightness": (-1.0, 1.0, 0.0), "ExposureValue": (-8.0, 8.0, 0.0)}
"""What a USB camera offers, more or less."""

FIXED: Controls = {
    "AeExposureMode": (0, 3, 0),
    "AeConstraintMode": (0, 3, 0),
    "AeMeteringMode": (0, 3, 0),
    "AnalogueGain": (1.0, 10.666667, 1.0),
    "ExposureTime": (75, 11766829, 20000),
    "ExposureValue": (-8.0, 8.0, 0.0),
    "FrameDurationLimits": (47183, 11767556, 33333),
    "NoiseReductionMode": (0, 4, 0),
}
"""A module without a motor, such as the Camera Module 2 (Sony IMX219)."""

MOTOR: Controls = FIXED | {
    "AfMode": (0, 2, 0),
    "AfRange": (0, 2, 0),
    "AfSpeed": (0, 1, 0),
    "AnalogueGain": (1.122807, 16.0, 1.122807),
    "LensPosition": (0.0, 15.0, 1.0),
}
"""The Camera Module 3 (Sony IMX708)."""


class StandInLibcamera:
    """The one camera of a Pi; it outlives whoever opens it, and this process holds it once."""

    def __init__(
        self,
        *,
        stride: int = 64,
        adjusted: dict[str, Any] | None = None,
        kind: "type[StandInPicamera] | None" = None,
        offered: Controls = FIXED,
        properties: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.properties = properties
        self.stride = stride
        self.offered = offered
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

    def camera(
        self, *, width: int, height: int, fps: float, optics: Optics | None = None
    ) -> Camera:
        """The driver, on this."""
        return Camera(
            number=0,
            width=width,
            height=height,
            fps=fps,
            optics=optics or Optics(),
            open_picamera=self.open,
            mapped=mapped,
        )

    def as_module(self) -> ModuleType:
        """As `import picamera2` finds it."""
        module = ModuleType("picamera2")
        module.Picamera2 = self.picamera2  # type: ignore[attr-defined] # made here
        module.MappedArray = mapped_main  # type: ignore[attr-defined] # made here
        return module

    def call(self, what: str, complaint: str) -> None:
        """One call through the bindings; std::system_error is a RuntimeError.

        src/py/libcamera/py_main.cpp
        """
        if self.fails.get(what, 0) > 0:
            self.fails[what] -= 1
            raise RuntimeError(f"Failed to {what} camera: {complaint}")


@contextmanager
def mapped(request: Request) -> Iterator[Mapped]:
    """picamera2/request.py, MappedArray: the buffer itself, and nothing after the block."""
    assert isinstance(request, StandInRequest)
    view = StandInMapped(request.reshaped())
    try:
        yield view
    finally:
        del view.array


def mapped_main(request: Request, stream: str, *, write: bool) -> AbstractContextManager[Mapped]:
    """As one asks picamera2 for it."""
    assert (stream, write) == ("main", False)
    return mapped(request)


class StandInMapped:
    """The array is there as long as the buffer is mapped."""

    def __init__(self, array: Planes) -> None:
        self.array = array


class StandInRequest:
    """One frame in one of the camera's buffers."""

    def __init__(
        self, picamera: "StandInPicamera", planes: Planes, metadata: Mapping[str, Any]
    ) -> None:
        self._picamera = picamera
        self._planes = planes
        self._metadata = metadata

    def get_metadata(self) -> Mapping[str, Any]:
        assert self in self._picamera.out, "its buffer has gone back"
        return self._metadata

    def reshaped(self) -> Planes:
        """By the configuration's size and stride.

        picamera2/request.py, _make_array_shared
        """
        assert self in self._picamera.out, "its buffer has gone back"
        _, height = self._picamera.configuration["main"]["size"]
        return self._planes.reshape(
            (height * 3 // 2, self._picamera.configuration["main"]["stride"])
        )

    def release(self) -> None:
        """What was set since goes back to the camera with the buffer: picamera2/request.py."""
        self._picamera.out.remove(self)
        if self._picamera.started:
            self._picamera.queued |= self._picamera.unsent
            self._picamera.unsent = {}


class StandInJob:
    """picamera2/job.py: a future, and who waits for it."""

    def __init__(self) -> None:
        self.future: Future[Request] = Future()

    def get_result(self, timeout: float | None = None) -> Request:
        return self.future.result(timeout=timeout)


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
        self.out: list[StandInRequest] = []
        """Frames that are not back with the camera: who keeps them all stops it."""
        self.queued: dict[str, Any] = {}
        """Controls that the camera was given, since it was started too."""
        self.unsent: dict[str, Any] = {}
        self._jobs: deque[StandInJob] = deque()
        self._completed: deque[StandInRequest] = deque()
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
        self._raise_for_unknown(camera_config["controls"])
        self.configuration = camera_config
        camera_config["main"] |= {"stride": self.libcamera.stride} | self.libcamera.adjusted

    def stream_configuration(self, name: str) -> dict[str, Any]:
        stream: dict[str, Any] = self.configuration[name]
        return stream

    def start(self) -> None:
        """picamera2/picamera2.py, start: the event loop runs before the camera is started."""
        self.libcamera.call("start", "Input/output error")
        self.queued = dict(self.configuration["controls"])
        self.started = True

    @property
    def camera_controls(self) -> Controls:
        return self.libcamera.offered

    @property
    def camera_properties(self) -> Mapping[str, Any]:
        return self.libcamera.properties

    def set_controls(self, controls: dict[str, Any]) -> None:
        """picamera2/picamera2.py: with the next buffer that goes back."""
        self._raise_for_unknown(controls)
        self.unsent |= controls

    def _raise_for_unknown(self, controls: dict[str, Any]) -> None:
        """picamera2/controls.py, __setattr__"""
        for name in controls:
            if name not in self.libcamera.offered:
                raise RuntimeError(f"Control {name} is not advertised by libcamera")

    def capture_request(self, *, wait: bool) -> StandInJob:
        """A job into the list; given up by who waits for it, it stays there.

        picamera2/picamera2.py, dispatch_functions. A camera that is closed, or whose event loop
        has died (picamera2/previews/null_preview.py, handle_request), answers no job.
        """
        assert not wait, "only a job can be asked again after its time"
        job = StandInJob()
        if self._completed:
            job.future.set_result(self._completed.popleft())
            return job
        self._jobs.append(job)
        self.asked.set()
        return job

    def deliver(
        self, planes: Planes, *, damaged: bool = False, metadata: Mapping[str, Any] | None = None
    ) -> None:
        """libcamera has completed a frame: rows of `stride` bytes, half as many again for U, V.

        picamera2/picamera2.py, process_requests: the first job gets it; the newest one that nobody
        took is kept (`_max_queue_len` 1); one that is `damaged` (no FrameMetadata.Status.Success)
        goes back unseen. A sensor without a buffer drops its frame.
        """
        if not self.started or self.loop_is_dead or damaged:
            return
        if len(self.out) == self.configuration["buffer_count"]:
            return
        request = StandInRequest(self, planes, metadata or {})
        self.out.append(request)
        if self._jobs:
            self._jobs.popleft().future.set_result(request)
            return
        self._completed.append(request)
        if len(self._completed) > 1:
            self._completed.popleft().release()

    def cancel_all_and_flush(self) -> None:
        """Each job of the list fails with CancelledError.

        picamera2/picamera2.py; picamera2/job.py, cancel
        """
        while self._jobs:
            self._jobs.popleft().future.set_exception(CancelledError())

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
            while self._completed:
                self._completed.popleft().release()
        self.libcamera.call("release", "Device or resource busy")
        self.libcamera.holder = None
        self.is_open = False
        self.notifymeread.close()
        os.close(self.notifyme_w)


class FreeRunning(StandInPicamera):
    """Delivers frames by itself, at the rate it was configured for."""

    def picture(self) -> Planes:
        """What it sees."""
        _, height = self.configuration["main"]["size"]
        return np.zeros((height * 3 // 2, self.libcamera.stride), dtype=np.uint8)

    def start(self) -> None:
        super().start()
        period_us, _ = self.configuration["controls"]["FrameDurationLimits"]
        self._stopped = threading.Event()
        self._libcamera = threading.Thread(target=self._run, args=(period_us / 1e6,))
        self._libcamera.start()

    def _run(self, period_s: float) -> None:
        while not self._stopped.wait(period_s):
            said = ("ExposureTime", "AnalogueGain", "LensPosition")
            taken = {name: self.queued[name] for name in said if name in self.queued}
            self.deliver(self.picture(), metadata=taken)

    def close(self) -> None:
        super().close()
        self._stopped.set()
        self._libcamera.join()
