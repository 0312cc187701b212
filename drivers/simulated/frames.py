"""A camera that is drawn: a lane, and a phone with a pass held in front of it.

`Scene` is what stands in front of the lens (and what is wrong with the camera); it outlives the
`SimulatedCamera` that looks at it, as a lane outlives a camera that is opened again. Everything
random comes from a seed.
"""

import threading
import time
from collections.abc import Callable
from typing import Literal, assert_never

import numpy as np
import segno
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from drivers.frame import CameraAbsent, Grey, Pace

Fault = Literal["absent", "stalled", "black", "frozen"]
"""`absent`: unplugged. `stalled`: opens and gives no frame. `black`: the lens is covered, so that
there is nothing but a little noise. `frozen`: the last frame again and again."""

_SWAY_PX = 6
"""How far the hand and the camera's mount move, at most, either way."""
_NOISE = 10
"""Sensor noise in grey steps, at most, either way; the scene keeps off 0 and 255 by as much."""
_NOISE_FRAMES = 8
_QUIET_MODULES = 4
_BEZEL_PX = 14


class Scene:
    """What stands in front of the camera: the lane, and a phone while there is a text to show.

    Each `show` holds the phone a little differently: place, turn, size and sharpness are drawn
    from `seed`. Any thread may call any method.
    """

    def __init__(self, *, width: int = 640, height: int = 480, seed: int = 0) -> None:
        self.width = width
        self.height = height
        self.seed = seed
        self._lock = threading.Lock()
        self._random = np.random.default_rng(seed)
        self._lane = _lane(width + 2 * _SWAY_PX, height + 2 * _SWAY_PX, self._random)
        self._view = np.asarray(self._lane)
        self._fault: Fault | None = None

    def show(self, text: str | None) -> None:
        """Hold up a phone with `text` as a QR code (level M), or take it away.

        Takes about 20 ms. Raises `ValueError` for a text that no QR code can hold.
        """
        with self._lock:
            if text is None:
                self._view = np.asarray(self._lane)
            else:
                self._view = np.asarray(_held_up(self._lane, _phone(text, self), self._random))

    def set_fault(self, fault: Fault | None) -> None:
        """Break the camera in this way, or mend it."""
        with self._lock:
            self._fault = fault

    @property
    def fault(self) -> Fault | None:
        """What is wrong with the camera now."""
        with self._lock:
            return self._fault

    @property
    def view(self) -> Grey:
        """The whole scene without noise, larger than a frame by the sway; not to be written to."""
        with self._lock:
            return self._view


class SimulatedCamera:
    """Looks at `scene`, `fps` times a second, with a swaying hand and sensor noise.

    Raises `CameraAbsent` while the scene says that the camera is absent.
    """

    def __init__(
        self, *, scene: Scene, fps: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._scene = scene
        self._raise_if_absent()
        self._random = np.random.default_rng((scene.seed, 1))
        self._noise = _noise(scene.width, scene.height, self._random)
        self._frames = 0
        self._last: Grey | None = None
        self._pace = Pace(fps=fps, clock=clock)

    def frame(self, timeout_s: float) -> Grey:
        """The next frame, when it is due; raises a `CameraError` as a camera does.

        One thread at a time.
        """
        self._raise_if_absent()
        if self._scene.fault == "stalled":
            self._pace.stall(timeout_s)
        self._pace.wait(timeout_s)
        self._frames += 1
        match self._scene.fault:
            case "black":
                return self._dark()
            case "frozen" if self._last is not None:
                return self._last.copy()
            case None | "frozen" | "absent" | "stalled":
                # Frozen before there was a frame, or broken meanwhile: the next frame shows it.
                self._last = self._look()
                return self._last.copy()
            case fault:
                assert_never(fault)

    def close(self) -> None:
        """End a wait for a frame at once; a second time is fine."""
        self._pace.close()

    def _look(self) -> Grey:
        left, up = self._random.integers(0, 2 * _SWAY_PX + 1, size=2)
        height, width = self._scene.height, self._scene.width
        seen = self._scene.view[up : up + height, left : left + width]
        # Bytes wrap round, so that adding 250 takes 6 away; the scene keeps off both ends.
        frame: Grey = seen + self._fresh_noise()
        return frame

    def _dark(self) -> Grey:
        frame: Grey = np.maximum(self._fresh_noise().view(np.int8), 0).view(np.uint8)
        return frame

    def _fresh_noise(self) -> NDArray[np.uint8]:
        noise: NDArray[np.uint8] = self._noise[self._frames % _NOISE_FRAMES]
        return noise

    def _raise_if_absent(self) -> None:
        if self._scene.fault == "absent":
            raise CameraAbsent("the simulated camera is unplugged")


def _lane(width: int, height: int, random: np.random.Generator) -> Image.Image:
    """An empty lane: light falls from one side, and there is some structure behind."""
    slope = np.linspace(70, 130, width)[None, :] + np.linspace(-20, 20, height)[:, None]
    coarse = Image.fromarray(random.integers(0, 60, (12, 16), dtype=np.uint8))
    structure = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))
    return Image.fromarray(np.clip(slope + structure, 20, 235).astype(np.uint8))


def _noise(width: int, height: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """Some frames of noise, ready to be added to bytes that wrap round.

    One frame after the other: all at once would take more memory than the whole gate.
    """
    noise = np.empty((_NOISE_FRAMES, height, width), dtype=np.int8)
    for frame in noise:
        steps = random.normal(0, _NOISE / 2.5, (height, width))
        frame[:] = np.clip(np.rint(steps, out=steps), -_NOISE, _NOISE, out=steps)
    return noise.view(np.uint8)


def _phone(text: str, scene: Scene) -> Image.Image:
    """A phone's bright screen with the code on it: dark 35, light 225, in a dark bezel."""
    code = segno.make(text, error="m", micro=False, boost_error=False)
    modules = np.array([list(row) for row in code.matrix], dtype=bool)
    quiet = np.pad(modules, _QUIET_MODULES)
    # 5 px a module where that fits, as with a phone at arm's length; less for a large code.
    room_px = 0.88 * min(scene.width, scene.height) - 2 * _BEZEL_PX
    module_px = max(1, min(5, int(room_px / len(quiet))))
    screen = np.where(np.kron(quiet, np.ones((module_px, module_px), dtype=bool)), 35, 225)
    return Image.fromarray(np.pad(screen, _BEZEL_PX, constant_values=45).astype(np.uint8))


def _held_up(lane: Image.Image, phone: Image.Image, random: np.random.Generator) -> Image.Image:
    """The lane with the phone in front of it: a bit turned, off the middle, never quite sharp."""
    turned_by = random.uniform(-8, 8)
    size = random.uniform(0.9, 1.0)
    phone = phone.resize(
        (round(phone.width * size), round(phone.height * size)), Image.Resampling.BICUBIC
    )
    shape = Image.new("L", phone.size, 255)
    turned = phone.rotate(turned_by, Image.Resampling.BICUBIC, expand=True)
    mask = shape.rotate(turned_by, Image.Resampling.BICUBIC, expand=True)
    free_x = max(0, lane.width - turned.width) // 2
    free_y = max(0, lane.height - turned.height) // 2
    at_x = (lane.width - turned.width) // 2 + round(random.uniform(-0.6, 0.6) * free_x)
    at_y = (lane.height - turned.height) // 2 + round(random.uniform(-0.6, 0.6) * free_y)
    seen = lane.copy()
    seen.paste(turned, (at_x, at_y), mask)
    seen = seen.filter(ImageFilter.GaussianBlur(random.uniform(0.4, 0.9)))
    return seen.point(lambda grey: min(max(grey, _NOISE), 255 - _NOISE))
