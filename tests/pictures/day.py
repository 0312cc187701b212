"""A day in the lane: light that changes, people who walk by, and some who show a phone.

`Hall` draws what its camera sees at a moment. The curves of light are functions of the time in
seconds; a whole day of them may be played in minutes, which is harder than the day.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from drivers.frame import Grey
from tests.pictures.conditions import VGA, Conditions
from tests.pictures.lane import Random, lane
from tests.pictures.phone import CELL, phone

_NOISE_FRAMES = 8
_MIDDLE_GREY = 105.0
_HAND_PX = 3
_FIRST_AT_S = 5.0


@dataclass(frozen=True, slots=True)
class Lit:
    """The light at a moment; 1 is that of an ordinary day."""

    sun: float = 1.0
    """From one side, over the whole picture."""
    lamp: float = 1.0
    """A pool of light in the picture's middle."""
    exposure: float = 1.0
    """What the camera makes of it, phones included."""


Light = Callable[[float], Lit]
"""Seconds to light."""


def steady(_at: float) -> Lit:
    """An ordinary day at noon."""
    return Lit()


def night(_at: float) -> Lit:
    """One lamp far away."""
    return Lit(0.05, 0.0)


def dawn_to_dusk(length_s: float) -> Light:
    """The sun rises, stands high, and is gone again; the lamp is on all the time."""
    return lambda at: Lit(sun=0.1 + 1.3 * sin(pi * min(max(at / length_s, 0.0), 1.0)), lamp=0.4)


def whole_day(length_s: float) -> Light:
    """From dawn to dusk with clouds; the lamp burns in the morning and in the evening, and its
    flashes beat a little with the frames."""

    def light(at: float) -> Lit:
        hour = at / length_s
        clouds = 0.85 + 0.15 * sin(9 * hour) * sin(97 * hour)
        burns = hour < 0.2 or hour > 0.8
        return Lit(
            sun=(0.1 + 1.2 * sin(pi * min(max(hour, 0.0), 1.0))) * clouds,
            lamp=(1.0 + 0.05 * sin(2 * pi * 1.7 * at)) if burns else 0.0,
        )

    return light


def cloudy(every_s: float) -> Light:
    """Clouds with soft edges take more than half of the sun, again and again."""
    return lambda at: Lit(sun=0.7 + 0.35 * np.tanh(3 * cos(2 * pi * at / every_s)))


def switched(*moments: float) -> Light:
    """The lamp is off, and goes on, off, on at these moments."""
    return lambda at: Lit(sun=0.5, lamp=float(sum(at >= moment for moment in moments) % 2))


def switched_in_the_dark(on_at: float) -> Light:
    """Night, and then all the lights of the hall at once."""
    return lambda at: Lit(1.0, 1.0) if at >= on_at else Lit(0.03, 0.0)


def flickering(depth: float) -> Light:
    """A lamp whose 100 flashes a second beat with the frames, and that is lit more and less."""
    return lambda at: Lit(lamp=1.0 + depth * sin(2 * pi * 1.7 * at))


def exposed(steps: Sequence[tuple[float, float]]) -> Light:
    """From each moment on the camera exposes by so much more or less than at first."""

    def light(at: float) -> Lit:
        factor = 1.0
        for moment, step in steps:
            if at >= moment:
                factor = step
        return Lit(exposure=factor)

    return light


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody in front of the camera."""

    begins: float
    ends: float
    text: str | None = None
    """What is on the phone that is held up in the middle of the visit; None: no phone."""
    still: bool = False
    """Stands there, or has put the phone down, instead of walking through and swaying."""
    module_px: float = 4.0
    dark: bool = False
    """The phone is in its dark mode: light modules on a dark screen."""
    seed: int = 0

    def there(self, at: float) -> bool:
        """Whether that one is in the picture."""
        return self.begins <= at < self.ends

    def shows(self, at: float) -> bool:
        """Whether the phone is held up: the middle half of the visit."""
        quarter = (self.ends - self.begins) / 4
        return self.text is not None and self.begins + quarter <= at < self.ends - quarter


def traffic(
    length_s: float, *, seed: int, somebody: float, with_phone: float, stays_s: float = 3.5
) -> tuple[Visit, ...]:
    """People one after the other, so that a part `somebody` of the time somebody is there, and a
    part `with_phone` of them shows a phone, each with a text of its own."""
    random = np.random.default_rng(seed)
    visits: list[Visit] = []
    at = _FIRST_AT_S
    while True:
        stays = stays_s * random.uniform(0.7, 1.3)
        at += random.uniform(0.5, 1.5) * stays * (1 - somebody) / somebody
        if at + stays > length_s - 1.0:
            return tuple(visits)
        number = len(visits)
        text = f"AB1:{seed}.{number}." + "X7K" * 50 if random.uniform() < with_phone else None
        module_px, dark = float(random.uniform(2.5, 4.5)), bool(random.uniform() < 0.25)
        visits.append(
            Visit(at, at + stays, text, module_px=module_px, dark=dark, seed=1000 * seed + number)
        )
        at += stays


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame and what is in it."""

    at: float
    frame: Grey
    somebody: bool
    texts: tuple[str, ...] = field(default=())
    """What the phones in it say."""


class Hall:
    """What a camera of `size` sees; everything random comes from `seed`."""

    def __init__(
        self,
        *,
        size: tuple[int, int] = VGA,
        seed: int = 0,
        light: Light = steady,
        visits: Sequence[Visit] = (),
        things: Sequence[tuple[float, Image.Image]] = (),
    ) -> None:
        """`things` are put into the picture's middle at their moment, and stay."""
        self._size = size
        self._light = light
        self._visits = visits
        self._things = things
        self._random = np.random.default_rng(seed)
        self._lane = lane(size, self._random)
        width, height = size
        across = np.linspace(1.25, 0.75, width, dtype=np.float32)[None, :]
        x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
        y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        self._sun = np.broadcast_to(across, (height, width))
        self._lamp = 0.9 * np.exp(-2.5 * (x**2 + y**2), dtype=np.float32)
        self._noise = [
            self._random.normal(0, 3, (height, width)).astype(np.float32)
            for _ in range(_NOISE_FRAMES)
        ]

    def moments(
        self, length_s: float, *, fps: float = 10.0, begin: float = 0.0
    ) -> Iterator[Moment]:
        """The frames of so many seconds."""
        for number in range(round(length_s * fps)):
            yield self.moment(begin + number / fps)

    def moment(self, at: float) -> Moment:
        """What is seen then."""
        here = [visit for visit in self._visits if visit.there(at)]
        view = self._lane
        for moment, thing in self._things:
            if at >= moment:
                view = view.copy()
                view.paste(thing, _middle(thing, self._size))
        for visit in here:
            view = view.copy()
            walker = _walker(self._size[1], visit.seed)
            view.paste(walker, self._place(visit, at, walker), walker)
        lit = self._light(at)
        light = np.asarray(view, dtype=np.float32) * (
            0.55 * lit.sun * self._sun + 0.75 * lit.lamp * self._lamp + 0.02
        )
        showing = [visit for visit in here if visit.shows(at)]
        for visit in showing:
            self._hold(light, visit)
        light *= lit.exposure
        light += self._noise[self._random.integers(_NOISE_FRAMES)]
        frame = np.clip(light, 0, 255, out=light).astype(np.uint8)
        return Moment(at, frame, bool(here), tuple(visit.text or "" for visit in showing))

    def _place(self, visit: Visit, at: float, walker: Image.Image) -> tuple[int, int]:
        width, height = self._size
        way = (
            0.5 if visit.still or visit.text else (at - visit.begins) / (visit.ends - visit.begins)
        )
        return round(way * (width + walker.width)) - walker.width, height - walker.height

    def _hold(self, light: NDArray[np.float32], visit: Visit) -> None:
        assert visit.text is not None
        screen = _screen(visit.text, visit.module_px, visit.dark, visit.seed)
        height, width = min(screen.shape[0], light.shape[0]), min(screen.shape[1], light.shape[1])
        sway = (0, 0) if visit.still else self._random.integers(-_HAND_PX, _HAND_PX + 1, size=2)
        place = np.random.default_rng(visit.seed).uniform(0.25, 0.75, size=2)
        top, left = (
            int(np.clip(round(part * (whole - one)) + by, 0, whole - one))
            for part, whole, one, by in zip(place, light.shape, (height, width), sway, strict=True)
        )
        light[top : top + height, left : left + width] = screen[:height, :width]


def _middle(thing: Image.Image, size: tuple[int, int]) -> tuple[int, int]:
    return (size[0] - thing.width) // 2, (size[1] - thing.height) // 2


@cache
def _screen(text: str, module_px: float, dark: bool, seed: int) -> NDArray[np.float32]:
    """A phone that shines by itself, a little turned and not quite sharp."""
    front = phone(text, Conditions(inverted=dark)).front
    scale = module_px / CELL
    small = front.resize(
        (round(front.width * scale), round(front.height * scale)), Image.Resampling.BOX
    )
    turned = small.rotate(
        float(np.random.default_rng(seed).uniform(-6, 6)), Image.Resampling.BICUBIC, fillcolor=40
    )
    return np.asarray(turned.filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float32)


@cache
def _walker(height: int, seed: int) -> Image.Image:
    """Somebody in clothes that are plain, striped or checked; grey and outline."""
    random: Random = np.random.default_rng(seed)
    tall, wide = (
        round(height * random.uniform(0.7, 0.95)),
        round(height * random.uniform(0.3, 0.45)),
    )
    picture = Image.new("LA", (wide, tall), (0, 0))
    cloth = Image.new("L", (wide, tall), int(random.integers(25, 200)))
    pen = ImageDraw.Draw(cloth)
    step, other = int(random.integers(5, 20)), int(random.integers(25, 200))
    pattern = random.integers(3)
    if pattern:
        for y in range(0, tall, 2 * step):
            pen.rectangle((0, y, wide, y + step), fill=other)
    if pattern == 2:
        for x in range(0, wide, 3 * step):
            pen.rectangle((x, 0, x + step, tall), fill=int(random.integers(25, 200)))
    outline = Image.new("L", (wide, tall), 0)
    pen = ImageDraw.Draw(outline)
    head = wide // 4
    pen.rounded_rectangle((0, 2.2 * head, wide - 1, tall + head), head, fill=255)
    picture.paste(cloth.filter(ImageFilter.GaussianBlur(1)), (0, 0), outline)
    pen = ImageDraw.Draw(picture)
    middle = wide // 2
    pen.ellipse((middle - head * 0.8, 0, middle + head * 0.8, 2.4 * head), fill=(150, 255))
    pen.chord((middle - head * 0.8, 0, middle + head * 0.8, 2.4 * head), 180, 360, fill=(40, 255))
    return picture


def thing(name: str, size: tuple[int, int]) -> Image.Image:
    """What may be put into a lane for good: a "poster", a "chair" or a "bag"."""
    width, height = size[0] // 4, size[1] // 3
    if name == "bag":
        return Image.new("L", (width, height), 40)
    random = np.random.default_rng(5)
    picture = Image.new("L", (width, height), 215 if name == "poster" else 96)
    pen = ImageDraw.Draw(picture)
    if name == "chair":
        for x in range(0, width, width // 6):
            pen.rectangle((x, 0, x + 6, height), fill=30)
        pen.rectangle((0, height // 2, width, height // 2 + 12), fill=30)
        return picture
    for y in range(8, height - 12, 12):  # lines of print
        for x in range(8, width - 8, 6):
            if random.uniform() < 0.7:
                pen.rectangle((x, y, x + 4, y + 7), fill=30)
    return picture
