"""Nonsense in front of the camera, and in picture files: no wrong word, no crash, no delay."""

import io
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from drivers.frame import Grey
from drivers.qr import Kind, open_decoder, read_all
from drivers.replay import PictureBroken, read_picture
from tests.drivers.qr.drawings import drawn, hostile

Random = np.random.Generator

KINDS: tuple[Kind, ...] = ("cascade", "pyzbar", "zxing")
DEADLINE_S = 0.25
SLACK_S = 2.0
"""For a machine that does other things, too; what was measured goes far beyond it without a
deadline."""
PATIENCE_S = 60.0
TEXT = "AB1:SOAK"
LARGEST = (1944, 2592)


def nonsense(seed: int) -> None:
    """One picture and one file of nonsense, and a good frame after them."""
    random = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    frame = _picture(random)
    good = drawn(TEXT)
    with closing(open_decoder(kind, deadline_s=DEADLINE_S)) as decoder:
        for shown in (frame, np.ascontiguousarray(frame[::-1, ::-1])):
            before = time.monotonic()
            codes = (*decoder.read(shown), *decoder.late())
            took_s = time.monotonic() - before
            assert took_s < DEADLINE_S + SLACK_S, f"{kind} took {took_s:.1f} s"
            assert all(code.text == TEXT.encode() for code in codes), codes
        give_up_at = time.monotonic() + PATIENCE_S
        while TEXT.encode() not in [code.text for code in decoder.read(good)]:
            assert time.monotonic() < give_up_at, f"{kind} never reads again"
            time.sleep(0.1)
    _file(random)


def _picture(random: Random) -> Grey:
    """A frame as nobody should show one."""
    match random.integers(8):
        case 0:
            return hostile(int(random.integers(20, 120)), int(random.integers(1, 4)))
        case 1:  # finder patterns, damaged here and there
            frame = hostile(int(random.integers(20, 120)), int(random.integers(1, 4)))
            return np.where(
                random.random(frame.shape) < random.uniform(0, 0.05), 255 - frame, frame
            )
        case 2:
            return random.integers(0, 256, _size(random), dtype=np.uint8)
        case 3:  # noise in blocks, as the modules of a code
            times = int(random.integers(2, 12))
            rows, columns = (side // times + 1 for side in _size(random))
            blocks = 255 * random.integers(0, 2, (rows, columns), dtype=np.uint8)
            return blocks.repeat(times, axis=0).repeat(times, axis=1)
        case 4:  # a sheet of codes, some of them damaged
            sheet = np.tile(drawn(TEXT, scale=int(random.integers(1, 4)), border=2), (8, 8))
            holes = random.integers(0, sheet.shape[0] - 8, (60, 2))
            for y, x in holes:
                sheet[y : y + 8, x : x + 8] = random.integers(0, 256)
            return sheet
        case 5:  # stripes and checks of any pitch
            y, x = np.indices(_size(random))
            a, b = random.uniform(0.05, 3.0, 2)
            return np.where(np.sin(a * x) * np.sin(b * y) > 0, 255, 0).astype(np.uint8)
        case 6:
            return np.full(_size(random), random.integers(0, 256), dtype=np.uint8)
        case _:  # as narrow as can be
            sides = [int(random.integers(1, 40)), int(random.integers(1, LARGEST[1]))]
            random.shuffle(sides)
            return random.integers(0, 256, sides, dtype=np.uint8)


def _size(random: Random) -> tuple[int, int]:
    height, width = (int(random.integers(1, side + 1)) for side in LARGEST)
    return height, width


def _file(random: Random) -> None:
    """A picture file that is damaged, cut off or made up: refused, or read in time."""
    kind = ("png", "jpeg", "webp")[random.integers(3)]
    stored = io.BytesIO()
    Image.fromarray(drawn(TEXT)).save(stored, kind)
    data = bytearray(stored.getvalue())
    match random.integers(4):
        case 0:
            data = bytearray(random.bytes(int(random.integers(0, 5000))))
        case 1:
            del data[int(random.integers(len(data))) :]
        case _:
            for _ in range(int(random.integers(1, 20))):
                data[random.integers(len(data))] = random.integers(256)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        path.write_bytes(data)
        try:
            grey = read_picture(path)
        except PictureBroken:
            return
    before = time.monotonic()
    texts = [code.text for code in read_all(grey, deadline_s=2.0)]
    assert time.monotonic() - before < 2.0 + SLACK_S
    assert set(texts) <= {TEXT.encode()}, texts
