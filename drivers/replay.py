"""A camera that shows the pictures of a folder, and how a picture file becomes a frame."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from drivers.frame import CameraAbsent, Grey, Pace

_LOG = logging.getLogger(__name__)
_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp"})
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
"""What a file may hold, whatever its name: Pillow knows formats that start other programs."""
_MOST_PIXELS = 64_000_000
"""More than any camera of the Pi takes; a small file can claim far more than memory holds."""


class PictureBroken(Exception):  # noqa: N818 - reads as what happened
    """The file is no picture that can be read; the text says why."""


def read_picture(path: Path) -> Grey:
    """The picture in `path` as a frame of its own size; of an animation the first picture.

    What is transparent becomes white, as on paper. Raises `PictureBroken`.
    """
    try:
        with Image.open(path, formats=_FORMATS) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise PictureBroken(f"{image.width} x {image.height} pixels are too many")
            return _grey(image)
    except (
        OSError,  # absent, a folder, truncated, or no picture at all
        ValueError,
        SyntaxError,  # Pillow's word for a damaged PNG
        EOFError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,  # raised where warnings are errors
    ) as error:
        raise PictureBroken(str(error)) from error


def _grey(image: Image.Image) -> Grey:
    if image.mode.startswith("I"):
        # 16 bits a pixel; Pillow would cut everything above 255 to white.
        return (np.asarray(image) >> 8).astype(np.uint8)
    if "A" in image.getbands() or "transparency" in image.info:
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image.convert("RGBA"))
        image = paper
    return np.array(image.convert("L"), dtype=np.uint8)


class Replay:
    """Shows the pictures (png, jpg, webp) of `folder` in the order of their names.

    `fps` frames a second; each frame has its picture's size. With `loop` it starts again after
    the last one; without, `frame` then raises `CameraAbsent`. A picture that cannot be read is
    named once in the log and left out. Raises `CameraAbsent` where there is nothing to show.
    """

    def __init__(
        self,
        *,
        folder: Path,
        fps: float,
        loop: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._loop = loop
        try:
            self._pictures = sorted(p for p in folder.iterdir() if p.suffix.lower() in _SUFFIXES)
        except OSError as error:
            raise CameraAbsent(f"the folder of pictures cannot be read: {error}") from error
        if not self._pictures:
            raise CameraAbsent(f"there is no png, jpg or webp picture in {folder}")
        self._next = 0
        self._lock = threading.Lock()
        self._pace = Pace(fps=fps, clock=clock)

    def frame(self, timeout_s: float) -> Grey:
        """The next picture, when it is due; raises a `CameraError` as a camera does."""
        self._pace.wait(timeout_s)
        with self._lock:
            while self._pictures:
                if self._next == len(self._pictures):
                    if not self._loop:
                        raise CameraAbsent(f"all pictures in {self._folder} have been shown")
                    self._next = 0
                path = self._pictures[self._next]
                try:
                    grey = read_picture(path)
                except PictureBroken as error:
                    _LOG.warning("left out %s: %s", path, error)
                    del self._pictures[self._next]
                else:
                    self._next += 1
                    return grey
        raise CameraAbsent(f"none of the pictures in {self._folder} can be read")

    def close(self) -> None:
        """End a wait for a frame at once; a second time is fine."""
        self._pace.close()
