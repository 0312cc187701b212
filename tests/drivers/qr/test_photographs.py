"""The photographs of zxing-cpp's test samples, read as a lane reads and as stills."""

import json
import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.frame import Grey
from drivers.qr import Code, Decoder, open_decoder, read_all, zbar, zxing
from drivers.replay import read_picture

PROJECT = Path(__file__).parents[3]
PHOTOS = Path(os.environ.get("AMAN_QR_PHOTOS", PROJECT.parent / "shared" / "qr-photos"))

LIVE_TODAY = 130
"""Of 137 photographs with a code, read as a lane reads them. May only go up."""
STILL_TODAY = 131
"""The same with the whole ladder for stills."""
IN_A_CODE = "qrcode-2/16.webp"
"""A code in a code: both are read, the manifest has the outer one."""
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Photo:
    file: str
    text: str | None
    """None where nothing must be read."""
    codes: tuple[Code, ...]
    """What a lane reads in it: at once, and late."""

    @property
    def right(self) -> bool:
        return self.text in {said(code) for code in self.codes}


def said(code: Code) -> str:
    return code.text.decode("utf-8", "replace")


def picture(file: str) -> Grey:
    return read_picture(PHOTOS / file)


def as_in_a_lane(decoder: Decoder, grey: Grey) -> tuple[Code, ...]:
    at_once = decoder.read(grey)
    assert decoder.settle(PATIENCE_S)
    return at_once + decoder.late()


@pytest.fixture(scope="module")
def photos() -> list[Photo]:
    """Every photograph, with what the cascade of a lane reads in it."""
    manifest = PHOTOS / "manifest.json"
    assert manifest.is_file(), f"{PHOTOS} holds no photographs; set AMAN_QR_PHOTOS to their folder"
    seen, now = [], 0.0
    with closing(open_decoder("cascade", deadline_s=PATIENCE_S, clock=lambda: now)) as decoder:
        for entry in json.loads(manifest.read_text("utf-8")):
            now += 3600.0  # and no time passes while one is looked at
            codes = as_in_a_lane(decoder, picture(entry["file"]))
            seen.append(Photo(entry["file"], entry["text"], codes))
    return seen


def test_the_photographs_are_all_there(photos: list[Photo]) -> None:
    assert len([photo for photo in photos if photo.text is not None]) == 137
    assert len([photo for photo in photos if photo.text is None]) == 46


def test_photographs_are_read_as_well_as_ever(photos: list[Photo]) -> None:
    assert sum(photo.right for photo in photos) >= LIVE_TODAY


def test_what_either_reader_alone_reads_the_cascade_reads(photos: list[Photo]) -> None:
    for photo in photos:
        if photo.text is None or photo.right:
            continue
        grey = picture(photo.file)
        alone = [*zxing.look(grey).codes, *zbar.read(grey)]
        assert photo.text not in {said(code) for code in alone}, photo.file


def test_a_still_picture_gets_looks_that_a_lane_has_no_time_for(photos: list[Photo]) -> None:
    unread = [photo for photo in photos if photo.text is not None and not photo.right]

    more = [p for p in unread if p.text in {said(code) for code in read_all(picture(p.file))}]

    assert 137 - len(unread) + len(more) >= STILL_TODAY


def test_no_photograph_is_misread(photos: list[Photo]) -> None:
    misread = {
        photo.file
        for photo in photos
        if photo.text is not None and any(said(code) != photo.text for code in photo.codes)
    }

    assert misread <= {IN_A_CODE}


def test_nothing_is_read_where_there_is_no_code(photos: list[Photo]) -> None:
    assert [photo.file for photo in photos if photo.text is None and photo.codes] == []


def test_nor_is_it_with_every_look_there_is(photos: list[Photo]) -> None:
    """A sample: `make bench` has all of them."""
    without = [photo.file for photo in photos if photo.text is None]

    assert [file for file in without[::12] if read_all(picture(file))] == []
