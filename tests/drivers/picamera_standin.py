"""Stands in for `picamera2.Picamera2`, below our driver: what was read in its source, no more."""

import threading
from collections import deque
from concurrent.futures import CancelledError, Future
from typing import Any

import numpy as np
from numpy.typing import NDArray

Planes = NDArray[np.uint8]


class StandInPicamera:
    """A camera whose frames the test delivers.

    picamera2/picamera2.py at ec9ab36d: `dispatch_functions` puts a job into a list and waits
    `wait` seconds for its future (a job that was given up stays in the list);
    `process_requests` gives each new frame to the first job and keeps the newest one that nobody
    took (`_max_queue_len` 1); `cancel_all_and_flush` fails the jobs with `CancelledError`;
    `configure_` writes the format and size that libcamera made of them into the configuration.
    """

    def __init__(self, *, stride: int = 64, adjusted: dict[str, Any] | None = None) -> None:
        self.stride = stride
        self.adjusted = adjusted or {}
        self.configuration: dict[str, Any] = {}
        self.asked = threading.Event()
        self.started = False
        self.closed = 0
        self._jobs: deque[Future[Planes]] = deque()
        self._completed: deque[Planes] = deque(maxlen=1)

    def create_video_configuration(self, **settings: object) -> dict[str, Any]:
        return dict(settings)

    def configure(self, camera_config: dict[str, Any]) -> None:
        self.configuration = camera_config
        camera_config["main"] |= {"stride": self.stride} | self.adjusted

    def stream_configuration(self, name: str) -> dict[str, Any]:
        stream: dict[str, Any] = self.configuration[name]
        return stream

    def start(self) -> None:
        self.started = True

    def capture_array(self, name: str, *, wait: float) -> Planes:
        assert name == "main"
        assert wait > 0, "0 would mean: give me the job, do not wait"
        if self._completed:
            return self._completed.popleft()
        job: Future[Planes] = Future()
        self._jobs.append(job)
        self.asked.set()
        return job.result(timeout=wait)

    def deliver(self, planes: Planes) -> None:
        """libcamera has completed a frame: rows of `stride` bytes, half as many again for U, V."""
        if self._jobs:
            self._jobs.popleft().set_result(planes)
        else:
            self._completed.append(planes)

    def cancel_all_and_flush(self) -> None:
        while self._jobs:
            self._jobs.popleft().set_exception(CancelledError())

    def close(self) -> None:
        self.closed += 1
