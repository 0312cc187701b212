"""The decoder of a lane: what is read at once, what comes late, and what hangs."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import numpy as np
import pytest

from drivers.frame import Grey
from drivers.qr import Decoder, DecoderAbsent, Kind, open_decoder, read_all
from drivers.qr.code import Code, Seen
from tests.drivers.qr.drawings import drawn

FRAME = np.zeros((4, 4), dtype=np.uint8)
SOON_S = 10.0
"""How long a test waits for what comes at once."""


def found(text: bytes) -> Seen:
    return Seen((Code(text, (0.0, 0.0), 1.0, "zxing"),))


def texts(codes: tuple[Code, ...]) -> list[bytes]:
    return [code.text for code in codes]


class Slow:
    """A look that goes on until it is told to end."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)

    def __call__(self, _: Grey) -> Seen:
        self.begun.release()
        assert self.may_end.acquire(timeout=SOON_S)
        return self._seen


Open = Callable[..., Decoder]


@pytest.fixture
def open_one() -> Iterator[Open]:
    with ExitStack() as opened:

        def open_one(**parts: Any) -> Decoder:
            given = {"second": lambda _: Seen(), "deadline_s": SOON_S, "clock": lambda: 0.0}
            return opened.enter_context(closing(Decoder(**{**given, **parts})))

        yield open_one


def late(decoder: Decoder) -> tuple[Code, ...]:
    """What comes late, when it comes."""
    gone_on = threading.Event()
    for _ in range(1000):
        if codes := decoder.late():
            return codes
        gone_on.wait(0.01)
    return ()


@pytest.mark.parametrize("kind", ["cascade", "pyzbar", "zxing"])
def test_every_kind_reads_a_plain_code_at_once(kind: Kind) -> None:
    with closing(open_decoder(kind)) as decoder:
        (code,) = decoder.read(drawn("AB1:PLAIN"))

    assert code.text == b"AB1:PLAIN"
    assert code.reader == ("pyzbar" if kind == "pyzbar" else "zxing")
    assert code.centre == pytest.approx((58, 58), abs=3)
    assert code.size_px == pytest.approx(84, abs=5)
    assert texts(tuple(read_all(drawn("AB1:PLAIN"), kind))) == [b"AB1:PLAIN"]


def test_what_stays_unread_is_looked_at_again_and_comes_late(open_one: Open) -> None:
    decoder = open_one(first=lambda _: Seen(unread=True), second=lambda _: found(b"A"))

    assert decoder.read(FRAME) == ()
    assert texts(late(decoder)) == [b"A"]
    assert decoder.late() == ()


def test_who_waits_until_it_has_settled_gets_what_comes_late_at_once(open_one: Open) -> None:
    second = Slow(found(b"A"))
    decoder = open_one(first=lambda _: Seen(unread=True), second=second)
    assert decoder.settle(0.0)

    decoder.read(FRAME)
    assert not decoder.settle(0.01)
    second.may_end.release()

    assert decoder.settle(SOON_S)
    assert texts(decoder.late()) == [b"A"]


def test_where_nothing_stays_unread_nobody_looks_again(open_one: Open) -> None:
    decoder = open_one(first=lambda _: found(b"A"), second=lambda _: found(b"B"))

    assert texts(decoder.read(FRAME)) == [b"A"]
    assert decoder.figures.second == 0


def test_a_reader_that_hangs_costs_its_deadline_once(open_one: Open) -> None:
    first = Slow(found(b"A"))
    decoder = open_one(first=first, deadline_s=0.01)

    assert decoder.read(FRAME) == ()
    assert decoder.read(FRAME) == ()
    assert (decoder.figures.overdue, decoder.figures.left_out) == (1, 1)
    first.may_end.release()


@pytest.mark.parametrize("kind", ["cascade", "zxing"])
def test_where_zxing_is_absent_there_is_a_way_out(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a 32-bit system, which has no wheel of it."""
    monkeypatch.delitem(sys.modules, "drivers.qr.zxing", raising=False)
    monkeypatch.delattr("drivers.qr.zxing", raising=False)
    monkeypatch.setitem(sys.modules, "zxingcpp", None)

    with pytest.raises(DecoderAbsent, match='write decoder = "pyzbar"'):
        open_decoder(kind)
    with closing(open_decoder("pyzbar")) as decoder:
        assert texts(decoder.read(drawn("AB1:OLD PI"))) == [b"AB1:OLD PI"]
