"""The picamera2 driver, on a stand-in for picamera2."""

import sys
from collections.abc import Callable

import numpy as np
import pytest

from drivers.camera import Camera
from drivers.frame import CameraAbsent, CameraStalled
from tests.drivers.picamera_standin import StandInPicamera


def opened(picamera: StandInPicamera, *, fps: float = 30) -> Camera:
    return Camera(number=0, width=40, height=20, fps=fps, open_picamera=lambda _: picamera)


def planes(*, width: int = 40, height: int = 20, stride: int = 64) -> np.ndarray:
    """A YUV420 buffer: Y counts up, the padding is 254, U and V are 255."""
    buffer = np.full((height * 3 // 2, stride), 255, dtype=np.uint8)
    buffer[:height] = 254
    buffer[:height, :width] = np.arange(height * width).reshape(height, width) % 250
    return buffer


def test_a_frame_is_the_y_plane_without_padding_and_colour() -> None:
    picamera = StandInPicamera(stride=64)
    camera = opened(picamera)
    picamera.deliver(planes(stride=64))

    frame = camera.frame(1.0)

    assert frame.shape == (20, 40)
    assert (frame.ravel() == np.arange(800) % 250).all()
    assert frame.flags.c_contiguous


def test_a_stride_without_padding_is_not_copied_again() -> None:
    picamera = StandInPicamera(stride=40)
    camera = opened(picamera)
    delivered = planes(stride=40)
    picamera.deliver(delivered)

    frame = camera.frame(1.0)

    assert np.shares_memory(frame, delivered)
    assert frame.flags.c_contiguous


def test_the_camera_is_asked_for_yuv420_at_the_set_size_and_rate_and_nothing_else() -> None:
    picamera = StandInPicamera()

    opened(picamera, fps=25)

    assert picamera.configuration["main"]["size"] == (40, 20)
    assert picamera.configuration["main"]["format"] == "YUV420"
    assert picamera.configuration["raw"] is None
    assert picamera.configuration["controls"] == {"FrameDurationLimits": (40_000, 40_000)}
    assert picamera.started


def test_the_size_in_force_counts_not_the_size_asked_for() -> None:
    picamera = StandInPicamera(adjusted={"size": (32, 20)})
    camera = opened(picamera)
    picamera.deliver(planes(width=32))

    assert camera.frame(1.0).shape == (20, 32)
    assert (camera.width, camera.height) == (32, 20)


def test_a_frame_that_comes_too_late_goes_to_the_next_who_asks() -> None:
    """The job that was given up must not stay in picamera2's list, where it takes the frame."""
    picamera = StandInPicamera()
    camera = opened(picamera)
    with pytest.raises(CameraStalled, match=r"no frame within 0\.01 s"):
        camera.frame(0.01)

    picamera.deliver(planes())

    assert camera.frame(0.5).shape == (20, 40)


def test_a_camera_that_does_not_give_yuv420_is_refused_and_let_go() -> None:
    picamera = StandInPicamera(adjusted={"format": "MJPEG"})

    with pytest.raises(CameraAbsent, match="MJPEG"):
        opened(picamera)

    assert picamera.closed == 1


class FailsToStart(StandInPicamera):
    def start(self) -> None:
        raise RuntimeError("Could not open any dmaHeap device")


def test_a_camera_that_does_not_start_is_let_go_again() -> None:
    picamera = FailsToStart()

    with pytest.raises(CameraAbsent, match="dmaHeap"):
        opened(picamera)

    assert picamera.closed == 1


def raising(error: Exception) -> Callable[[int], StandInPicamera]:
    def open_picamera(_: int) -> StandInPicamera:
        raise error

    return open_picamera


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ImportError("No module named 'libcamera'"), "cannot be loaded: No module"),
        (ValueError("numpy.dtype size changed"), "cannot be loaded: numpy.dtype"),
        (IndexError("list index out of range"), "camera 0 cannot be opened"),
        (RuntimeError("Camera __init__ sequence did not complete."), "did not complete"),
        (OSError(12, "Cannot allocate memory"), "Cannot allocate memory"),
    ],
)
def test_what_prevents_opening_is_said(error: Exception, sentence: str) -> None:
    with pytest.raises(CameraAbsent, match=sentence):
        Camera(number=0, width=40, height=20, fps=30, open_picamera=raising(error))


def test_where_there_is_no_picamera2_the_camera_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a laptop, also where this runs on a Pi."""
    monkeypatch.setitem(sys.modules, "picamera2", None)

    with pytest.raises(CameraAbsent, match="picamera2"):
        Camera(number=0, width=40, height=20, fps=30)


class FailsWhileCapturing(StandInPicamera):
    def capture_array(self, name: str, *, wait: float) -> np.ndarray:  # noqa: ARG002 - its signature
        raise RuntimeError(f"Stream {name!r} is not defined")


def test_a_capture_that_fails_is_a_stalled_camera() -> None:
    with pytest.raises(CameraStalled, match="is not defined"):
        opened(FailsWhileCapturing()).frame(1.0)


def test_closing_twice_closes_picamera2_once() -> None:
    """Its second close would use what the first has taken down."""
    picamera = StandInPicamera()
    camera = opened(picamera)

    camera.close()
    camera.close()

    assert picamera.closed == 1


class FailsToClose(StandInPicamera):
    def close(self) -> None:
        super().close()
        raise RuntimeError("Unable to stop preview.")


def test_a_camera_that_does_not_close_is_said_and_does_not_raise(
    caplog: pytest.LogCaptureFixture,
) -> None:
    opened(FailsToClose()).close()

    assert "did not close: Unable to stop preview." in caplog.text
