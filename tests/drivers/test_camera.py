"""The picamera2 driver, on a stand-in for picamera2 and the libcamera below it."""

import logging
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import numpy as np
import pytest

from drivers.camera import Camera, Taken
from drivers.frame import CameraAbsent, CameraClosed, CameraStalled
from drivers.optics import Optics
from drivers.picamera import Picamera, open_or_tidy
from tests.drivers.picamera_standin import (
    FIXED,
    MOTOR,
    USB,
    StandInJob,
    StandInLibcamera,
    StandInPicamera,
    StandInRequest,
)

PATIENCE_S = 5.0

Open = Callable[..., tuple[Camera, StandInPicamera]]


@pytest.fixture
def open_on() -> Iterator[Open]:
    """Opens the camera of a stand-in; it is closed after the test."""
    with ExitStack() as stack:

        def open_camera(
            libcamera: StandInLibcamera, *, fps: float = 30, optics: Optics | None = None
        ) -> tuple[Camera, StandInPicamera]:
            camera = libcamera.camera(width=40, height=20, fps=fps, optics=optics)
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


def test_a_frame_is_the_callers_own_and_its_buffer_goes_back_at_once(open_on: Open) -> None:
    """However many frames are kept: the sensor has but four buffers."""
    camera, picamera = open_on(StandInLibcamera(stride=40))
    kept = []

    for _ in range(2 * picamera.configuration["buffer_count"]):
        picamera.deliver(delivered := planes(stride=40))
        kept.append(camera.frame(1.0))
        assert not np.shares_memory(kept[-1], delivered)

    assert not picamera.out
    assert len(kept) == 8


def test_the_camera_is_asked_for_yuv420_at_the_set_size_and_rate(
    open_on: Open,
) -> None:
    _, picamera = open_on(StandInLibcamera(), fps=25)

    assert picamera.configuration["main"]["size"] == (40, 20)
    assert picamera.configuration["main"]["format"] == "YUV420"
    assert picamera.configuration["raw"] is None
    assert picamera.configuration["controls"]["FrameDurationLimits"] == (40_000, 40_000)
    assert picamera.started


@pytest.mark.parametrize(
    ("model", "pixels", "size"),
    [
        ("ov5647", (2592, 1944), (1296, 972)),
        ("imx219", (3280, 2464), (1640, 1232)),
        ("imx708", (4608, 2592), (2304, 1296)),
        ("imx477", (4056, 3040), (2028, 1520)),
        ("imx296", (1456, 1088), (1456, 1088)),
    ],
)
def test_the_sensor_is_read_so_that_it_shows_all_it_sees(
    model: str, pixels: tuple[int, int], size: tuple[int, int]
) -> None:
    libcamera = StandInLibcamera(properties={"Model": model, "PixelArraySize": pixels})

    with closing(libcamera.camera(width=1296, height=972, fps=15)):
        picamera = libcamera.openings.get(timeout=PATIENCE_S)
        assert picamera.configuration["sensor"] == {"output_size": size}


def test_a_camera_that_does_not_say_its_pixels_is_read_as_it_likes(open_on: Open) -> None:
    _, picamera = open_on(StandInLibcamera(offered=USB))

    assert picamera.configuration["sensor"] == {}


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
    def capture_request(self, *, wait: bool) -> StandInJob:  # noqa: ARG002 - its signature
        raise RuntimeError("the camera is not configured")


def test_a_capture_that_fails_is_a_stalled_camera(open_on: Open) -> None:
    camera, _ = open_on(StandInLibcamera(kind=FailsWhileCapturing))

    with pytest.raises(CameraStalled, match="is not configured"):
        camera.frame(1.0)


class AtTheLastMoment(StandInPicamera):
    """The frame is there, the job no longer in the list, and who waits not told yet: after the
    time-out it is (picamera2.py, process_requests)."""

    def capture_request(self, *, wait: bool) -> StandInJob:  # noqa: ARG002 - its signature
        self.late = StandInJob()
        return self.late

    def cancel_all_and_flush(self) -> None:
        super().cancel_all_and_flush()
        if not self.late.future.done():
            request = StandInRequest(self, planes(), {})
            self.out.append(request)
            self.late.future.set_result(request)


def test_a_frame_in_the_very_moment_of_the_time_out_is_taken_and_its_buffer_given_back(
    open_on: Open,
) -> None:
    camera, picamera = open_on(StandInLibcamera(kind=AtTheLastMoment))

    assert camera.frame(0.01).shape == (20, 40)
    assert not picamera.out


# --- light and focus ------------------------------------------------------------------------


def test_a_lens_with_a_motor_is_set_to_the_distance(open_on: Open) -> None:
    _, picamera = open_on(StandInLibcamera(offered=MOTOR), optics=Optics(focus_cm=25.0))

    controls = picamera.configuration["controls"]
    assert (controls["AfMode"], controls["LensPosition"]) == (0, 4.0)
    assert "AfRange" not in controls


def test_a_lens_with_a_motor_searches_near_by_where_it_is_told_to(open_on: Open) -> None:
    _, picamera = open_on(StandInLibcamera(offered=MOTOR), optics=Optics(focus_cm=None))

    controls = picamera.configuration["controls"]
    assert (controls["AfMode"], controls["AfRange"], controls["AfSpeed"]) == (2, 1, 1)
    assert "LensPosition" not in controls


def test_a_distance_nearer_than_the_lens_goes_is_the_nearest_it_goes(open_on: Open) -> None:
    _, picamera = open_on(StandInLibcamera(offered=MOTOR), optics=Optics(focus_cm=5.0))

    assert picamera.configuration["controls"]["LensPosition"] == 15.0


@pytest.mark.parametrize(
    ("offered", "missing"),
    [
        (MOTOR, None),
        (FIXED, "AfMode, LensPosition"),
        (USB, "FrameDurationLimits, AfMode, LensPosition, ExposureTime, AnalogueGain"),
    ],
)
def test_what_a_module_does_not_have_is_left_out_and_said_in_one_line(
    offered: dict[str, tuple[float, float, float]],
    missing: str | None,
    open_on: Open,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        camera, picamera = open_on(StandInLibcamera(offered=offered))
    picamera.deliver(planes())

    assert camera.frame(1.0).shape == (20, 40)
    said = [f"camera 0 has no {missing}: left out"] if missing else []
    assert [record.message for record in caplog.records] == said


def lit(grey: int) -> np.ndarray:
    buffer = planes()
    buffer[:20, :40] = grey
    return buffer


def test_the_next_frames_are_taken_as_this_one_tells(open_on: Open) -> None:
    """White all over: a quarter of the light. The control goes back with this very buffer."""
    camera, picamera = open_on(StandInLibcamera(offered=FIXED))
    assert picamera.queued["ExposureTime"] == 10_000

    picamera.deliver(lit(255), metadata={"ExposureTime": 10_000, "AnalogueGain": 1.0})
    camera.frame(1.0)

    assert picamera.queued["ExposureTime"] == 2500
    assert picamera.queued["AnalogueGain"] == 1.0
    assert camera.taken == Taken(exposure_ms=10.0, gain=1.0, focus_cm=None)


def test_where_libcamera_asks_for_it_exposure_and_gain_are_set_by_hand(open_on: Open) -> None:
    by_hand = {"ExposureTimeMode": (0, 1, 0), "AnalogueGainMode": (0, 1, 0)}

    _, older = open_on(StandInLibcamera(offered=FIXED))
    _, newer = open_on(StandInLibcamera(offered=FIXED | by_hand))

    assert not older.queued.keys() & by_hand.keys()
    assert (newer.queued["ExposureTimeMode"], newer.queued["AnalogueGainMode"]) == (1, 1)


def test_no_frame_makes_the_exposure_longer_than_the_site_allows(open_on: Open) -> None:
    optics = Optics(exposure_max_ms=5, gain_max=2.0)
    camera, picamera = open_on(StandInLibcamera(offered=FIXED), optics=optics)

    for _ in range(3):
        taken = {key: picamera.queued[key] for key in ("ExposureTime", "AnalogueGain")}
        picamera.deliver(lit(2), metadata=taken)
        camera.frame(1.0)

    assert (picamera.queued["ExposureTime"], picamera.queued["AnalogueGain"]) == (5000, 2.0)


def test_no_exposure_is_longer_than_a_frame(open_on: Open) -> None:
    _, picamera = open_on(StandInLibcamera(), fps=50, optics=Optics(exposure_max_ms=100))

    assert picamera.queued["ExposureTime"] <= 20_000


def test_where_the_lens_stands_is_said(open_on: Open) -> None:
    camera, picamera = open_on(StandInLibcamera(offered=MOTOR))
    assert camera.taken is None
    said = {"ExposureTime": 8000, "AnalogueGain": 1.5, "LensPosition": 5.0}

    picamera.deliver(planes(), metadata=said)
    camera.frame(1.0)

    assert camera.taken == Taken(exposure_ms=8.0, gain=1.5, focus_cm=20.0)


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
        Camera(
            number=0,
            width=40,
            height=20,
            fps=30,
            optics=Optics(),
            open_picamera=raising(error),
        )


def test_where_there_is_no_picamera2_the_camera_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a laptop, also where this runs on a Pi."""
    monkeypatch.setitem(sys.modules, "picamera2", None)

    with pytest.raises(CameraAbsent, match="picamera2"):
        Camera(number=0, width=40, height=20, fps=30, optics=Optics())


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
            libcamera.camera(width=40, height=20, fps=30)

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
