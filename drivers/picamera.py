"""What is used of picamera2, and how a camera is opened with it.

Nothing here is ours but the tidying up after an opening that fails.
"""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray


class Request(Protocol):
    """What is used of `picamera2.request.CompletedRequest`: one frame in the camera's buffer."""

    def get_metadata(self) -> Mapping[str, Any]:
        """What the frame was taken with, by the names of libcamera's controls."""

    def release(self) -> None:
        """Give the buffer back to the camera."""


class Job(Protocol):
    """What is used of `picamera2.job.Job`."""

    def get_result(self, timeout: float | None = None) -> Request:
        """The frame, when it is there; `TimeoutError` when it is not within `timeout`."""


class Mapped(Protocol):
    """What is used of `picamera2.MappedArray`, as a context."""

    @property
    def array(self) -> NDArray[np.uint8]:
        """The buffer itself: (height * 3/2, stride), the Y plane on top."""


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

    @property
    def camera_controls(self) -> Mapping[str, tuple[Any, Any, Any]]:
        """Smallest, largest and usual value of each control that the module has."""

    @property
    def camera_properties(self) -> Mapping[str, Any]:
        """What the module is: `Model`, `PixelArraySize` (width, height)."""

    def capture_request(self, *, wait: bool) -> Job:
        """Ask for the next frame."""

    def set_controls(self, controls: dict[str, Any]) -> None:
        """From the next buffer on that goes back to the camera."""

    def cancel_all_and_flush(self) -> None:
        """Cancel every capture that is waited for."""

    def close(self) -> None:
        """Stop everything and let the camera go."""


def open_picamera2(number: int) -> Picamera:
    """Camera `number` of this Pi; raises whatever picamera2 and libcamera raise."""
    # Imported here: it exists on the Pi alone, and costs 41 MB.
    from picamera2 import Picamera2  # noqa: PLC0415 - see above

    return open_or_tidy(Picamera2, number)


def map_main(request: Request) -> AbstractContextManager[Mapped]:
    """The buffer of that frame, without a copy."""
    from picamera2 import MappedArray  # noqa: PLC0415 - as above

    return cast(AbstractContextManager[Mapped], MappedArray(request, "main", write=False))


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
