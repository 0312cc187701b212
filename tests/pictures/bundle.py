"""The frames that travel with the gate, so that `gate camera bench` compares devices.

`python -m tests.pictures.bundle drivers/frames` draws them again, with their texts.
"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from drivers.frame import Grey
from tests.pictures.conditions import BINNED, Conditions
from tests.pictures.drawing import draw
from tests.vectors import a_pass


@dataclass(frozen=True, slots=True)
class Frame:
    """One of them."""

    name: str
    shows: str
    at: Conditions
    text: str | None
    """None where there is nothing to read."""

    def draw(self) -> Grey:
        """The frame as it is before it becomes a file."""
        return draw(self.text, self.at, seed=self.name).grey


def _phone(name: str, shows: str, at: Conditions) -> Frame:
    number = int(name[:2])
    return Frame(name, shows, replace(at, person=True), a_pass(number))


FRAMES = (
    Frame("01-empty", "an empty lane", Conditions(), None),
    _phone("02-near", "a phone held near", Conditions(module_px=6)),
    _phone("03-far", "a phone at arm's length", Conditions(module_px=2.5)),
    _phone("04-tilted", "a tilted phone", Conditions(tilt_deg=35, turn_deg=20)),
    _phone("05-inverted", "light modules on dark ground", Conditions(inverted=True)),
    _phone("06-moire", "the screen's pixels beat with the sensor's", Conditions(moire=0.6)),
    Frame("07-empty-binned", "an empty lane", Conditions(BINNED), None),
    Frame("08-person-binned", "a person without a phone", Conditions(BINNED, person=True), None),
    _phone("09-near-binned", "a phone held near", Conditions(BINNED, module_px=8)),
    _phone("10-far-binned", "a phone at arm's length", Conditions(BINNED, module_px=3)),
    _phone(
        "11-dark-binned",
        "a phone in dark mode",
        Conditions(BINNED, module_px=5, dark_page=True, turn_deg=-25),
    ),
    _phone(
        "12-glare-binned",
        "a lamp in the glass, and a shadow",
        Conditions(BINNED, module_px=6, glare=0.25, shade=0.6),
    ),
)
_QUALITY = 75
"""Of the WebP files: all of them together stay below 600 kB."""
_HEAD = """\
# What the frames beside this file show: drawn, with passes signed by the example key of RFC 8037.
# Made by `python -m tests.pictures.bundle drivers/frames`. Without a text there is nothing to read.
"""


def save(folder: Path) -> None:
    """Write the frames and `frames.toml` to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    told = [_HEAD]
    for frame in FRAMES:
        file = f"{frame.name}.webp"
        Image.fromarray(frame.draw()).save(folder / file, quality=_QUALITY, method=6)
        told.append(f'\n[[frame]]\nfile = "{file}"\nshows = "{frame.shows}"\n')
        if frame.text is not None:
            told.append(f'text = "{frame.text}"\n')
    (folder / "frames.toml").write_text("".join(told), encoding="utf-8")


if __name__ == "__main__":
    save(Path(sys.argv[1]))
