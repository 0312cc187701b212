"""The frames that travel with the gate are the ones that the module draws."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from drivers.replay import read_picture
from tests.pictures.bundle import FRAMES, Frame
from tests.pictures.conditions import VGA

FOLDER = Path(__file__).parents[2] / "drivers" / "frames"
MOST_BYTES = 600_000


def test_the_texts_beside_the_frames_are_those_that_are_drawn() -> None:
    told = tomllib.loads((FOLDER / "frames.toml").read_text(encoding="utf-8"))["frame"]

    assert [(Path(one["file"]).stem, one["shows"], one.get("text")) for one in told] == [
        (frame.name, frame.shows, frame.text) for frame in FRAMES
    ]


@pytest.mark.parametrize(
    "frame", [one for one in FRAMES if one.at.size == VGA], ids=lambda f: f.name
)
def test_a_bundled_frame_is_what_is_drawn_but_for_what_webp_smooths(frame: Frame) -> None:
    kept = read_picture(FOLDER / f"{frame.name}.webp").astype(np.int16)

    assert np.abs(kept - frame.draw()).mean() < 4


def test_the_bundled_frames_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST_BYTES
