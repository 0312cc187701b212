"""What the camera sees behind a phone: an empty lane, or one with a person in it."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Random = np.random.Generator
Light = NDArray[np.float32]
"""A picture before the sensor: shape (height, width), 0 black to 255 white, and beyond."""


def lane(size: tuple[int, int], random: Random) -> Image.Image:
    """Floor with tiles, walls, rails and a lit doorway; somewhat out of focus, as it is far."""
    width, height = size
    horizon = round(height * random.uniform(0.45, 0.55))
    middle = width / 2 + random.uniform(-0.1, 0.1) * width
    picture = Image.new("L", size, 96)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, horizon, width, height), fill=74)
    for step in range(1, 9):  # tiles: rows that come nearer, and columns out of one point
        y = horizon + (height - horizon) * (step / 8) ** 2
        pen.line((0, y, width, y), fill=58, width=1 + step // 3)
    for step in range(-8, 9):
        pen.line((middle, horizon, middle + step * width / 5, height), fill=60, width=2)
    door = width * 0.12
    pen.rectangle((middle - door, horizon - height * 0.3, middle + door, horizon), fill=170)
    for side in (-1, 1):  # the turnstile's rails, with a bright edge
        near, far = middle + side * width * 0.46, middle + side * width * 0.16
        top, low = height * 0.72, horizon - height * 0.02
        pen.polygon(((far, low), (near, top), (near, height), (far, horizon)), fill=118)
        pen.line((far, low, near, top), fill=205, width=max(2, width // 160))
    structure = Image.fromarray(random.integers(0, 60, (12, 16), dtype=np.uint8))
    light = np.asarray(structure.resize(size, Image.Resampling.BICUBIC), dtype=np.int16) - 30
    lit = np.clip(np.asarray(picture, dtype=np.int16) + light, 10, 245).astype(np.uint8)
    return Image.fromarray(lit).filter(ImageFilter.GaussianBlur(width / 500))


def with_person(view: Image.Image, random: Random) -> Image.Image:
    """Somebody from the waist up, with a striped shirt: much structure, and no code."""
    width, height = view.size
    middle = width * random.uniform(0.4, 0.6)
    head, shoulder = height * 0.14, height * 0.34
    shirt = Image.new("L", view.size, 60)
    pen = ImageDraw.Draw(shirt)
    stripe = max(4, height // 40)
    for y in range(0, height, 2 * stripe):
        pen.rectangle((0, y, width, y + stripe - 1), fill=150)
    body = Image.new("L", view.size, 0)
    pen = ImageDraw.Draw(body)
    pen.rounded_rectangle(
        (middle - shoulder, height * 0.5, middle + shoulder, height * 1.3), head, fill=255
    )
    seen = view.copy()
    seen.paste(shirt, mask=body)
    pen = ImageDraw.Draw(seen)
    pen.rectangle((middle - head / 3, height * 0.38, middle + head / 3, height * 0.54), fill=135)
    face = (middle - head, height * 0.1, middle + head, height * 0.1 + 2.5 * head)
    pen.ellipse(face, fill=160)
    pen.chord(face, 180, 360, fill=35)  # hair
    pen.rectangle(
        (middle - head * 0.8, height * 0.32, middle + head * 0.8, height * 0.41), fill=225
    )
    return seen.filter(ImageFilter.GaussianBlur(width / 600))
