"""zxing-cpp, and what its binding makes of it."""

import threading

import numpy as np
import pytest
import segno

from drivers.frame import Grey
from drivers.qr import zbar
from drivers.qr.apart import Apart
from drivers.qr.code import Look, Seen
from drivers.qr.zxing import look, look_globally
from tests.drivers.qr.drawings import drawn, hostile, matrix_drawn


def texts(grey: Grey) -> list[bytes]:
    return [code.text for code in look(grey).codes]


def damaged(text: str) -> Grey:
    """A code with a hole that is larger than its error correction."""
    grey = matrix_drawn(segno.make(text, micro=False, error="L", boost_error=False))
    middle = len(grey) // 2
    grey[middle - 16 : middle + 16, middle - 16 : middle + 16] = 255
    return grey


def test_every_character_a_pass_may_hold_comes_back_exact() -> None:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    text = "AB1:" + alphabet * 4 + alphabet[:36]

    assert texts(drawn(text)) == [text.encode()]


def test_every_ascii_byte_comes_back_exact() -> None:
    """Also line ends and control characters, whatever the library would show for them."""
    data = bytes(range(128))

    assert texts(drawn(data)) == [data]


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"\xc3\x28\x00\x81"])
def test_bytes_that_are_no_text_come_back_exact(data: bytes) -> None:
    assert texts(drawn(data)) == [data]


def test_text_in_another_encoding_comes_back_as_utf8() -> None:
    jis = segno.make("内側", micro=False, encoding="shift_jis", mode="byte")
    latin = segno.make("Königstraße", micro=False, encoding="iso-8859-1")

    assert texts(matrix_drawn(jis)) == ["内側".encode()]
    assert texts(matrix_drawn(latin)) == ["Königstraße".encode()]
    assert texts(drawn("Jl. Merdeka Ω".encode())) == ["Jl. Merdeka Ω".encode()]


def test_a_code_says_where_and_how_large_it_is() -> None:
    code = segno.make("AMAN", micro=False, version=1)  # 21 modules
    grey = np.full((300, 400), 255, dtype=np.uint8)
    grey[100:205, 200:305] = matrix_drawn(code, scale=5, border=0)

    (found,) = look(grey).codes

    assert found.centre == pytest.approx((252.5, 152.5), abs=3)
    assert found.size_px == pytest.approx(105, abs=5)
    assert found.reader == "zxing"


def test_every_code_in_the_frame_is_read() -> None:
    grey = np.hstack([drawn("AB1:ONE"), drawn("AB1:TWO")])

    assert sorted(texts(grey)) == [b"AB1:ONE", b"AB1:TWO"]


@pytest.mark.parametrize("turned", [1, 2, 3])
def test_a_phone_may_be_held_any_way_up(turned: int) -> None:
    assert texts(np.rot90(drawn("AB1:TURNED"), turned)) == [b"AB1:TURNED"]


def test_a_phone_in_dark_mode_is_read() -> None:
    assert texts(255 - drawn("AB1:DARK", border=8)) == [b"AB1:DARK"]


def test_a_frame_may_be_a_view_with_padded_rows() -> None:
    drawing = drawn("AB1:VIEW")
    height, width = drawing.shape
    padded = np.full((height, width + 37), 90, dtype=np.uint8)
    padded[:, :width] = drawing
    view = padded[:, :width]
    view.flags.writeable = False

    assert texts(view) == [b"AB1:VIEW"]
    assert texts(view[::-1]) == [b"AB1:VIEW"]


@pytest.mark.parametrize("text", ["A" * 4296, "1" * 7089])
def test_the_longest_codes_there_are_come_back_whole(text: str) -> None:
    assert texts(drawn(text)) == [text.encode()]


def test_a_part_of_a_text_spread_over_several_codes_is_read_as_what_it_says() -> None:
    text = "AB1:" + "PART OF A LONG TEXT " * 6
    parts = [matrix_drawn(part) for part in segno.make_sequence(text, symbol_count=2)]

    assert b"".join(read for part in parts for read in texts(part)) == text.encode()


def test_what_is_found_and_cannot_be_decoded_is_unread() -> None:
    assert look(damaged("AB1:HOLE")) == Seen(unread=True)
    both = np.hstack([drawn("AB1:WHOLE"), damaged("AB1:HOLE")])
    assert look(both).unread
    assert texts(both) == [b"AB1:WHOLE"]
    assert not look(drawn("AB1:WHOLE")).unread


def test_only_square_codes_are_looked_for() -> None:
    micro = matrix_drawn(segno.make("123", micro=True))

    assert look(micro) == Seen()


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (1, 1), (1, 1000), (1000, 1), (3, 3)])
def test_a_frame_without_room_for_a_code_has_none(shape: tuple[int, int]) -> None:
    assert look(np.zeros(shape, dtype=np.uint8)) == Seen()
    assert look_globally(np.zeros(shape, dtype=np.uint8)) == Seen()


def test_a_colour_frame_is_a_bug_of_the_caller() -> None:
    with pytest.raises(AssertionError, match="grey plane"):
        look(np.zeros((10, 10, 3), dtype=np.uint8))


@pytest.mark.parametrize("reader", [look, zbar.look])
def test_other_threads_go_on_while_a_frame_is_read(reader: Look) -> None:
    """With the interpreter's lock held, this thread would only go on when the look has ended."""
    frame, begun = hostile(50), threading.Event()

    def looks() -> Seen:
        begun.set()
        return reader(frame)

    apart = Apart("reader")
    task = apart.begin(looks)
    assert begun.wait(10.0)
    gone_on = sum(range(1000))

    assert not task.done
    assert gone_on == 499500
    assert task.wait(60.0) is not None
    apart.close()
