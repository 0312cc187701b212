"""What is made of a frame before another look at it. All of it leaves the interpreter's lock."""

import numpy as np
from PIL import Image, ImageFilter

from drivers.frame import Grey


def adaptive(grey: Grey, block: int = 31, offset: int = 7) -> Grey:
    """Black and white: white where a pixel is brighter than the mean of the `block` x `block`
    pixels around it, less `offset`. Evens out shadows and glare.
    """
    mean = Image.fromarray(grey).filter(ImageFilter.BoxBlur(block // 2))
    lighter = np.asarray(mean, dtype=np.int16) - offset < grey
    return np.where(lighter, np.uint8(255), np.uint8(0))


def blurred(grey: Grey) -> Grey:
    """What is smaller than a module is gone: noise, and the moire of a screen."""
    return np.asarray(Image.fromarray(grey).filter(ImageFilter.GaussianBlur(1)))


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
