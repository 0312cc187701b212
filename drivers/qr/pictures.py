"""What is made of a frame before another look at it.

Cheap, because a lane makes some of these three times a second: smoothing in numpy costs a tenth
of Pillow's Gaussian, and the means of a threshold need not be exact to a pixel. Nothing here holds
the interpreter's lock for long.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from drivers.frame import Grey

_CELL = 4
"""The mean around a pixel is told for cells of so many pixels a side."""


def adaptive(grey: Grey, block: int = 31, offset: int = 7) -> Grey:
    """Black and white: white where a pixel is brighter than the mean of about `block` x `block`
    pixels around it, less `offset`. Evens out shadows and glare.
    """
    cells = Image.fromarray(grey).reduce(_CELL)
    mean = np.asarray(cells.filter(ImageFilter.BoxBlur((block / _CELL - 1) / 2)))
    mean = mean.repeat(_CELL, axis=0).repeat(_CELL, axis=1)[: grey.shape[0], : grey.shape[1]]
    # In bytes: taking the offset from a darker mean would begin again at 255.
    light = grey > np.maximum(mean, offset) - np.uint8(offset)
    return np.where(light, np.uint8(255), np.uint8(0))


def smoothed(grey: Grey) -> Grey:
    """Each pixel with its neighbours, 1-2-1 both ways: noise and the moire of a screen go."""
    wide = np.pad(grey, 1, mode="edge").astype(np.uint16)
    rows = wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]
    both: NDArray[np.uint16] = rows[:-2] + 2 * rows[1:-1] + rows[2:]
    return ((both + 8) // 16).astype(np.uint8)


def sharpened(grey: Grey) -> Grey:
    """Edges stand out."""
    return np.asarray(Image.fromarray(grey).filter(ImageFilter.UnsharpMask(2, 200, 0)))


def enlarged(grey: Grey, times: int) -> Grey:
    """So many times as wide and high."""
    height, width = grey.shape
    image = Image.fromarray(grey)
    return np.asarray(image.resize((times * width, times * height), Image.Resampling.BICUBIC))


def halved(grey: Grey) -> Grey:
    """Half as wide and high: each pixel the mean of four."""
    return np.asarray(Image.fromarray(grey).reduce(2))


def inverted(grey: Grey) -> Grey:
    """Light becomes dark."""
    return np.bitwise_not(grey)
