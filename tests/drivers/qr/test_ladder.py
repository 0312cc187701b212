"""Which looks follow each other, and that what they find is told in the frame's own pixels."""

import numpy as np
import pytest

from drivers.frame import Grey
from drivers.qr.code import Code, Look, Seen
from drivers.qr.ladder import Ladders, Step, cascade, climb, pyzbar_alone, zxing_alone
from drivers.qr.zbar import read
from tests.drivers.qr.drawings import drawn

FRAME = np.zeros((4, 4), dtype=np.uint8)


def finds(text: bytes) -> Look:
    return lambda _: Seen((Code(text, (0.0, 0.0), 1.0, "zxing"),))


def never(_: Grey) -> Seen:
    raise AssertionError("nobody should look")


def test_the_first_look_that_reads_something_is_the_last() -> None:
    steps = (Step(lambda _: Seen()), Step(finds(b"A")), Step(never))

    (code,) = climb(steps, FRAME, unread=True, in_time=lambda: True).codes

    assert code.text == b"A"


def test_no_step_is_begun_out_of_time() -> None:
    assert climb((Step(never),), FRAME, unread=True, in_time=lambda: False) == Seen(unread=True)


def test_at_the_top_of_the_ladder_it_is_told_whether_something_is_unread() -> None:
    steps = (Step(lambda _: Seen(unread=True)), Step(lambda _: Seen()))

    assert climb(steps, FRAME, unread=False, in_time=lambda: True) == Seen(unread=True)
    assert climb(steps[1:], FRAME, unread=False, in_time=lambda: True) == Seen()


def every_look() -> list[Look]:
    """Each one of the three kinds, once."""
    ladders: list[Ladders] = [cascade(), pyzbar_alone(), zxing_alone()]
    return [
        look
        for one in ladders
        for look in (one.first, *(step.look for step in (*one.second, *one.still)))
    ]


@pytest.mark.parametrize("look", every_look())
def test_every_look_tells_places_in_pixels_of_the_frame(look: Look) -> None:
    """A code of 25 modules, 6 px each, as anybody reads it; in dark mode for who looks for that."""
    frame = np.full((480, 640), 200, dtype=np.uint8)
    code = drawn("AB1:HERE AND NOWHERE ELSE", scale=6)
    height, width = code.shape
    frame[150 : 150 + height, 300 : 300 + width] = code

    seen = look(frame).codes or look(255 - frame).codes

    (found,) = seen
    assert found.text == b"AB1:HERE AND NOWHERE ELSE"
    assert found.centre == pytest.approx((300 + width / 2, 150 + height / 2), abs=8)
    assert found.size_px == pytest.approx(width - 48, rel=0.1)


@pytest.mark.parametrize("look", every_look())
@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (1, 500), (3, 3), (9, 2000)])
def test_no_look_minds_the_shape_of_a_frame(look: Look, shape: tuple[int, int]) -> None:
    assert look(np.zeros(shape, dtype=np.uint8)) == Seen()


def test_what_zbar_makes_of_other_encodings_nobody_believes_who_has_zxing() -> None:
    """zbar reads UTF-8 as Shift-JIS: what comes back is not what was written."""
    frame = drawn("Jl. Merdeka Ω, Königstraße".encode())
    assert [code.text for code in read(frame)] not in ([], ["Jl. Merdeka Ω, Königstraße".encode()])

    by_zbar = [step.look for step in cascade().still][9:11]

    assert [look(frame) for look in by_zbar] == [Seen(), Seen()]
