"""What holds for every camera: replay, simulated, and picamera2 (on its stand-in)."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
from PIL import Image

from drivers.camera import Camera
from drivers.frame import CameraClosed, CameraStalled, Grey
from drivers.replay import Replay
from drivers.simulated.frames import Scene, SimulatedCamera
from tests.drivers.picamera_standin import FreeRunning, StandInLibcamera

WIDTH, HEIGHT = 64, 48
SLOW_FPS = 1 / 60


class AnyCamera(Protocol):
    def frame(self, timeout_s: float) -> Grey: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Rig:
    """How to make one kind of camera."""

    running: Callable[[float], AnyCamera]
    """At so many frames a second."""
    silent: Callable[[], tuple[AnyCamera, threading.Event | None]]
    """One that gives no frame, and an event that tells when somebody waits for one."""


def replay(folder: Path) -> Rig:
    for name in ("a.png", "b.png"):
        Image.new("L", (WIDTH, HEIGHT), 128).save(folder / name)

    def silent() -> tuple[AnyCamera, None]:
        camera = Replay(folder=folder, fps=SLOW_FPS)
        camera.frame(1.0)
        return camera, None

    return Rig(running=lambda fps: Replay(folder=folder, fps=fps), silent=silent)


def simulated(_: Path) -> Rig:
    def silent() -> tuple[AnyCamera, None]:
        scene = Scene(width=WIDTH, height=HEIGHT)
        scene.set_fault("stalled")
        return SimulatedCamera(scene=scene, fps=100), None

    return Rig(
        running=lambda fps: SimulatedCamera(scene=Scene(width=WIDTH, height=HEIGHT), fps=fps),
        silent=silent,
    )


def picamera(_: Path) -> Rig:
    def opened(libcamera: StandInLibcamera, fps: float) -> Camera:
        return libcamera.camera(width=WIDTH, height=HEIGHT, fps=fps)

    def silent() -> tuple[AnyCamera, threading.Event]:
        libcamera = StandInLibcamera()
        camera = opened(libcamera, 30)
        return camera, libcamera.openings.get(timeout=5.0).asked

    def running(fps: float) -> Camera:
        return opened(StandInLibcamera(stride=WIDTH, kind=FreeRunning), fps)

    return Rig(running=running, silent=silent)


@pytest.fixture(params=[replay, simulated, picamera])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Rig:
    make: Callable[[Path], Rig] = request.param
    return make(tmp_path)


@pytest.fixture
def opened(rig: Rig) -> Iterator[Callable[[float], AnyCamera]]:
    """Opens a running camera that is closed after the test."""
    with ExitStack() as stack:

        def open_at(fps: float) -> AnyCamera:
            camera = rig.running(fps)
            stack.callback(camera.close)
            return camera

        yield open_at


def test_a_frame_is_a_grey_plane_of_bytes(opened: Callable[[float], AnyCamera]) -> None:
    frame = opened(100).frame(5.0)

    assert frame.shape == (HEIGHT, WIDTH)
    assert frame.dtype == np.uint8
    assert frame.flags.c_contiguous


def test_a_frame_is_the_callers_own(opened: Callable[[float], AnyCamera]) -> None:
    camera = opened(100)

    first, second = camera.frame(5.0), camera.frame(5.0)

    assert first.flags.writeable
    assert not np.shares_memory(first, second)


def test_frames_that_are_kept_stop_no_camera(opened: Callable[[float], AnyCamera]) -> None:
    camera = opened(200)

    kept = [camera.frame(5.0) for _ in range(10)]

    assert len({frame.ctypes.data for frame in kept}) == 10


def test_frames_come_at_the_set_rate(opened: Callable[[float], AnyCamera]) -> None:
    camera = opened(50)
    camera.frame(5.0)

    before = time.monotonic()
    for _ in range(11):
        camera.frame(5.0)
    took_s = time.monotonic() - before

    # Of 11 frames the first may have been waiting, and one period of lateness may be made good.
    assert 9 / 50 * 0.95 < took_s < 5


def test_no_frame_in_time_is_a_stalled_camera(rig: Rig) -> None:
    camera, _ = rig.silent()

    before = time.monotonic()
    with pytest.raises(CameraStalled):
        camera.frame(0.05)

    assert 0.04 < time.monotonic() - before < 5
    camera.close()


def test_closing_twice_is_fine(opened: Callable[[float], AnyCamera]) -> None:
    camera = opened(100)

    camera.close()
    camera.close()


def test_a_closed_camera_gives_no_frame(opened: Callable[[float], AnyCamera]) -> None:
    camera = opened(100)
    camera.frame(5.0)
    camera.close()

    with pytest.raises(CameraClosed):
        camera.frame(5.0)


def test_closing_ends_a_wait_for_a_frame(rig: Rig) -> None:
    camera, asked = rig.silent()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(camera.frame, 30.0)
        if asked is not None:
            assert asked.wait(5.0)

        camera.close()

        with pytest.raises(CameraClosed):
            waiting.result(timeout=5.0)
