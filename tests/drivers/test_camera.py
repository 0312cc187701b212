"""The picamera2 driver, on a stand-in for picamera2 and the libcamera below it."""

import logging
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np
import pytest

from drivers.camera import Camera, Picamera, open_or_tidy
from drivers.frame import CameraAbsent, CameraClosed, CameraStalled
from tests.drivers.picamera_standin import StandInLibcamera, StandInPicamera

PATIENCE_S = 5.0

Open = Callable[..., tuple[Camera, StandInPicamera]]


@pytest.fixture
def open_on() -> Iterator[Open]:
    """Opens the camera of a stand-in; it is closed after the test."""
    with ExitStack() as stack:

        def open_camera(
            libcamera: StandInLibcamera, *, fps: float = 30
        ) -> tuple[Camera, StandInPicamera]:
            camera = Camera(number=0, width=40, height=20, fps=fps, open_picamera=libcamera.open)
            stack.callback(camera.close)
            return camera, libcamera.openings.get(timeout=PATIENCE_S)

        yield open_camera


def planes(*, width: int = 40, height: int = 20, stride: int = 64) -> np.ndarray:
    """A YUV420 buffer: Y counts up, the padding is 254, U and V are 255."""
    buffer = np.full((height * 3 // 2, stride), 255, dtype=np.uint8)
    buffer[:height] = 254
    buffer[:height, :width] = np.arange(height * width).reshape(height, width) % 250
    return buffer


# --- frames ---------------------------------------------------------------------------------


def test_a_frame_is_the_y_plane_without_padding_and_colour(open_on: Open) -> None:
    camera, picamera = open_on(StandInLibcamera(stride=64))
    picamera.deliver(planes(stride=64))

    frame = camera.frame(1.0)

    assert frame.shape == (20, 40)
    assert (frame.ravel() == np.arange(800) % 250).all()
    assert frame.flags.c_contiguous


def test_a_stride_without_padding_is_not_copied_again(open_on: Open) -> None:
    camera, picamera = open_on(StandInLibcamera(stride=40))
    delivered = planes(stride=40)
    picamera.deliver(delivered)

    frame = camera.frame(1.0)

    assert np.shares_memory(frame, delivered)
    assert frame.flags.c_contiguous


def test_the_camera_is_asked_for_yuv420_at_the_set_size_and_rate_and_nothing_else(
    open_on: Open,
) -> None:
    _, picamera = open_on(StandInLibcamera(), fps=25)

    assert picamera.configuration["main"]["size"] == (40, 20)
    assert picamera.configuration["main"]["format"] == "YUV420"
    assert picamera.configuration["raw"] is None
    assert picamera.configuration["controls"] == {"FrameDurationLimits": (40_000, 40_000)}
    assert picamera.started


def test_the_size_in_force_counts_not_the_size_asked_for(open_on: Open) -> None:
    camera, picamera = open_on(StandInLibcamera(adjusted={"size": (32, 20)}))
    picamera.deliver(planes(width=32))

    assert camera.frame(1.0).shape == (20, 32)
    assert (camera.width, camera.height) == (32, 20)


def test_a_frame_that_comes_too_late_goes_to_the_next_who_asks(open_on: Open) -> None:
    """The job that was given up must not stay in picamera2's list, where it takes the frame."""
    camera, picamera = open_on(StandInLibcamera())
    with pytest.raises(CameraStalled, match=r"no frame within 0\.01 s"):
        camera.frame(0.01)

    picamera.deliver(planes())

    assert camera.frame(0.5).shape == (20, 40)


def test_a_frame_of_another_size_is_a_stalled_camera_and_no_crash(open_on: Open) -> None:
    """As after a driver that ignores the configuration: numpy cannot reshape the buffer."""
    camera, picamera = open_on(StandInLibcamera())
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(camera.frame, 30.0)
        assert picamera.asked.wait(PATIENCE_S)

        picamera.deliver(planes(height=18))

        with pytest.raises(CameraStalled, match="cannot reshape"):
            waiting.result(timeout=PATIENCE_S)


def test_a_damaged_frame_is_no_frame_and_the_next_good_one_is_given(open_on: Open) -> None:
    """As from a ribbon that sits loosely."""
    camera, picamera = open_on(StandInLibcamera())
    picamera.deliver(planes(), damaged=True)
    with pytest.raises(CameraStalled):
        camera.frame(0.01)

    picamera.deliver(planes())

    assert camera.frame(0.5).shape == (20, 40)


class FailsWhileCapturing(StandInPicamera):
    def capture_array(self, name: str, *, wait: float) -> np.ndarray:  # noqa: ARG002 - its signature
        raise RuntimeError(f"Stream {name!r} is not defined")


def test_a_capture_that_fails_is_a_stalled_camera(open_on: Open) -> None:
    camera, _ = open_on(StandInLibcamera(kind=FailsWhileCapturing))

    with pytest.raises(CameraStalled, match="is not defined"):
        camera.frame(1.0)


# --- opening --------------------------------------------------------------------------------


def test_a_camera_that_does_not_give_yuv420_is_refused_and_let_go(open_on: Open) -> None:
    libcamera = StandInLibcamera(adjusted={"format": "MJPEG"})

    with pytest.raises(CameraAbsent, match="MJPEG"):
        open_on(libcamera)

    assert libcamera.holder is None


def test_a_camera_that_does_not_start_once_is_let_go_and_starts_the_next_time(
    open_on: Open,
) -> None:
    libcamera = StandInLibcamera()
    libcamera.fails["start"] = 1

    with pytest.raises(CameraAbsent, match=r"does not start: .*Input/output error"):
        open_on(libcamera)
    assert libcamera.openings.get() is not libcamera.holder
    camera, picamera = open_on(libcamera)

    picamera.deliver(planes())
    assert camera.frame(1.0).shape == (20, 40)


def test_a_camera_that_another_process_holds_is_absent_and_the_cause_is_said(
    open_on: Open,
) -> None:
    libcamera = StandInLibcamera()
    camera, _ = open_on(libcamera)

    with pytest.raises(CameraAbsent, match=r"did not complete\. \(Failed to acquire camera: De"):
        open_on(libcamera)

    camera.close()
    open_on(libcamera)


def raising(error: Exception) -> Callable[[int], Picamera]:
    def open_picamera(_: int) -> Picamera:
        raise error

    return open_picamera


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ImportError("No module named 'libcamera'"), "cannot be loaded: No module"),
        (ValueError("numpy.dtype size changed"), "camera 0 cannot be opened: numpy.dtype"),
        (AttributeError("module 'libcamera' has no attribute 'x'"), "has no attribute"),
        (IndexError("list index out of range"), "there is no camera 0"),
        (RuntimeError("No camera number 0 found"), "No camera number 0"),
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


def pipes() -> set[str]:
    """The pipes that this process has open, by their inode."""
    links = set()
    for number in os.listdir("/proc/self/fd"):  # noqa: PTH208 - the listing's own file is in it
        try:
            links.add(os.readlink(f"/proc/self/fd/{number}"))  # noqa: PTH115 - no file to resolve
        except FileNotFoundError:
            continue
    return {link for link in links if link.startswith("pipe:")}


class NoHeap(StandInPicamera):
    """picamera2.py, __init__: the DmaAllocator comes last, when the camera is acquired already;
    close then fails where it deletes the allocator that is not there."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        raise RuntimeError("Could not open any dmaHeap device")

    def close(self) -> None:
        super().close()
        raise AttributeError("allocator")


@pytest.mark.parametrize("why", ["absent", "taken", "no heap"])
def test_a_camera_that_stays_away_costs_no_file_descriptor_however_often_it_is_tried(
    why: str,
) -> None:
    libcamera = StandInLibcamera(kind=NoHeap if why == "no heap" else None)
    libcamera.absent = why == "absent"
    holder = StandInLibcamera().open(0) if why == "taken" else None
    libcamera.holder = holder  # type: ignore[assignment] # somebody: which one does not matter
    before = pipes()

    for _ in range(3):
        with pytest.raises(CameraAbsent):
            Camera(number=0, width=40, height=20, fps=30, open_picamera=libcamera.open)

    assert pipes() == before
    assert libcamera.holder is holder, "a camera that was acquired meanwhile is let go again"
    if holder is not None:
        holder.close()


def test_a_failed_opening_that_has_not_come_to_its_pipe_is_passed_on_as_it_is() -> None:
    class NoPipe:
        def __init__(self, _: int) -> None:
            raise OSError(24, "Too many open files")

        def close(self) -> None:
            raise AttributeError("_preview")

    with pytest.raises(OSError, match="Too many open files"):
        open_or_tidy(NoPipe, 0)


# --- closing --------------------------------------------------------------------------------


def test_closing_twice_closes_picamera2_once(open_on: Open) -> None:
    camera, picamera = open_on(StandInLibcamera())

    camera.close()
    camera.close()

    assert picamera.closed == 1


def test_closing_ends_a_wait_at_once_although_picamera2s_own_close_does_not(
    open_on: Open,
) -> None:
    camera, picamera = open_on(StandInLibcamera())
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(camera.frame, 30.0)
        assert picamera.asked.wait(PATIENCE_S)

        camera.close()

        with pytest.raises(CameraClosed):
            waiting.result(timeout=PATIENCE_S)


@pytest.mark.parametrize("what", ["stop", "release"])
def test_a_camera_that_does_not_close_at_first_is_closed_and_can_be_opened_again(
    open_on: Open, what: str
) -> None:
    """Otherwise it would be "busy" for this process until its end."""
    libcamera = StandInLibcamera()
    camera, _ = open_on(libcamera)
    libcamera.fails[what] = 1

    camera.close()

    assert libcamera.holder is None
    camera, picamera = open_on(libcamera)
    picamera.deliver(planes())
    assert camera.frame(1.0).shape == (20, 40)


def test_a_camera_that_does_not_close_at_all_is_said_once_and_does_not_raise(
    open_on: Open, caplog: pytest.LogCaptureFixture
) -> None:
    libcamera = StandInLibcamera()
    camera, picamera = open_on(libcamera)
    libcamera.fails["stop"] = 2

    with caplog.at_level(logging.WARNING):
        camera.close()

    assert [record.message for record in caplog.records] == [
        "camera 0 did not close: Failed to stop camera: No such device"
    ]
    picamera.close()


@pytest.mark.parametrize("loop_is_dead", [False, True])
def test_what_stalls_is_closed_and_opened_again_with_a_new_picamera2(
    open_on: Open, loop_is_dead: bool
) -> None:
    """What cures libcamera's time-out, and an event loop of picamera2 that has died."""
    libcamera = StandInLibcamera()
    camera, first = open_on(libcamera)
    first.loop_is_dead = loop_is_dead
    first.deliver(planes(), damaged=not loop_is_dead)
    with pytest.raises(CameraStalled):
        camera.frame(0.01)

    camera.close()
    camera, second = open_on(libcamera)
    second.deliver(planes())

    assert camera.frame(1.0).shape == (20, 40)
    assert libcamera.holder is second is not first
