"""zbar, and what pyzbar makes of it."""

import threading
import time

import numpy as np
import pytest
import segno
from pyzbar import pyzbar

from drivers.frame import Grey
from drivers.qr.zbar import read
from drivers.simulated.frames import Scene, SimulatedCamera
from tests.drivers.qr.drawings import drawn, matrix_drawn


def texts(grey: Grey) -> list[bytes]:
    return [code.text for code in read(grey)]


def test_every_character_a_pass_may_hold_comes_back_exact() -> None:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    text = "AB1:" + alphabet * 4 + alphabet[:36]

    assert texts(drawn(text)) == [text.encode()]


def test_a_code_says_where_and_how_large_it_is() -> None:
    code = segno.make("AMAN", micro=False, version=1)  # 21 modules
    grey = np.full((300, 400), 255, dtype=np.uint8)
    grey[100:205, 200:305] = matrix_drawn(code, scale=5, border=0)

    (found,) = read(grey)

    assert found.centre == pytest.approx((252.5, 152.5), abs=3)
    assert found.size_px == pytest.approx(105, abs=5)


def test_every_code_in_the_frame_is_read() -> None:
    grey = np.hstack([drawn("AB1:ONE"), drawn("AB1:TWO")])

    assert sorted(texts(grey)) == [b"AB1:ONE", b"AB1:TWO"]


def test_a_frame_may_be_a_view_with_padded_rows() -> None:
    drawing = drawn("AB1:VIEW")
    height, width = drawing.shape
    padded = np.full((height, width + 37), 90, dtype=np.uint8)
    padded[:, :width] = drawing

    assert texts(padded[:, :width]) == [b"AB1:VIEW"]


@pytest.mark.parametrize(
    "payload", [b"\x00\x01\x02", b"\xff\xfe\xfd", b"\xc3\x28", "Jl. Merdeka Ω"]
)
def test_any_content_is_some_bytes_and_no_error(payload: bytes | str) -> None:
    (found,) = read(drawn(payload))

    assert isinstance(found.text, bytes)


def test_the_longest_code_there_is_comes_back_whole() -> None:
    text = "A" * 4296

    assert texts(drawn(text)) == [text.encode()]


@pytest.mark.parametrize("length", [230, 1000])
def test_decoding_that_took_ten_seconds_and_dense_codes_unreadable_are_not_seen_here(
    length: int,
) -> None:
    """Seen in the CovidCertificate app on cheap cameras. A pass has about 230 characters, and
    never more than 1000; 25 ms here, so that a bound of a second stands on any machine.
    """
    scene = Scene(width=960, height=720, seed=7)
    text = "AB1:" + "0123456789ABCDEF" * 63
    scene.show(text[:length])
    camera = SimulatedCamera(scene=scene, fps=1000)
    frames = [camera.frame(1.0) for _ in range(5)]

    before = time.process_time()
    found = [texts(frame) for frame in frames]
    took_s = time.process_time() - before

    assert found == [[text[:length].encode()]] * 5
    assert took_s / 5 < 1.0


def test_a_part_of_a_text_spread_over_several_codes_is_no_error() -> None:
    """pyzbar raises ValueError on it; a visitor's phone must not be able to end the gate."""
    parts = segno.make_sequence("AB1:" + "PART OF A LONG TEXT " * 6, symbol_count=2)

    for part in parts:
        assert read(matrix_drawn(part)) == ()


def test_a_bar_code_is_not_read() -> None:
    """Code 39, "*AB*": only QR codes are looked for, which takes a third of the time."""
    wide = {"*": "010010100", "A": "100001001", "B": "001001001"}
    runs = [3 if bit == "1" else 1 for letter in "*AB*" for bit in wide[letter] + "0"]
    row = np.concatenate([np.full(2 * run, 255 * (i % 2)) for i, run in enumerate(runs)])
    bars = np.pad(np.tile(row.astype(np.uint8), (60, 1)), 30, constant_values=255)

    assert [found.data for found in pyzbar.decode(bars)] == [b"AB"]
    assert read(bars) == ()


@pytest.mark.parametrize("shape", [(1, 1), (1, 1000), (1000, 1), (3, 3)])
def test_a_frame_without_room_for_a_code_has_none(shape: tuple[int, int]) -> None:
    assert read(np.zeros(shape, dtype=np.uint8)) == ()


def test_a_colour_frame_is_a_bug_of_the_caller() -> None:
    with pytest.raises(AssertionError, match="grey plane"):
        read(np.zeros((10, 10, 3), dtype=np.uint8))


def test_two_threads_may_read_at_the_same_time() -> None:
    frames = {text: drawn(text) for text in ("AB1:LEFT", "AB1:RIGHT")}
    wrong: list[str] = []

    def read_often(text: str) -> None:
        wrong.extend(text for _ in range(20) if texts(frames[text]) != [text.encode()])

    threads = [threading.Thread(target=read_often, args=(text,)) for text in frames]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert wrong == []
