"""The decoder of a lane: what is read at once, what comes late, and what hangs."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from math import dist
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.frame import Grey
from drivers.qr import Decoder, DecoderAbsent, Kind, open_decoder, read_all
from drivers.qr.code import Code, Look, Seen
from drivers.qr.decoder import DecoderHangs
from drivers.qr.ladder import Step
from tests.drivers.qr.drawings import drawn, hostile

FRAME = np.zeros((4, 4), dtype=np.uint8)
ROOT = Path(__file__).parents[3]
SOON_S = 10.0
"""How long a test waits for what comes at once."""


def found(text: bytes) -> Seen:
    return Seen((Code(text, (0.0, 0.0), 1.0, "zxing"),))


def texts(codes: Sequence[Code]) -> list[bytes]:
    return [code.text for code in codes]


class Slow:
    """A look that goes on until it is told to end."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self.may_end = threading.Semaphore(0)
        self.ended = False

    def __call__(self, _: Grey) -> Seen:
        assert self.may_end.acquire(timeout=SOON_S)
        self.ended = True
        return self._seen


Open = Callable[..., Decoder]


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_one(clock: Clock) -> Iterator[Open]:
    """Opens decoders; they are closed after the test."""
    with ExitStack() as opened:

        def open_one(**parts: Any) -> Decoder:
            given = {"first": sees_nothing, "deadline_s": SOON_S, "clock": clock, **parts}
            return opened.enter_context(closing(Decoder(**given)))

        yield open_one


def sees_nothing(_: Grey) -> Seen:
    return Seen()


def sees_something(_: Grey) -> Seen:
    return Seen(unread=True)


def reads(decoder: Decoder, frame: Grey) -> list[bytes]:
    """What is read of a frame that is held up until something is."""
    while_later = threading.Event()
    for _ in range(1000):
        if codes := decoder.read(frame):
            return texts(codes)
        while_later.wait(0.01)
    return []


def late(decoder: Decoder) -> list[bytes]:
    """What comes late, when it comes."""
    assert decoder.settle(SOON_S)
    return texts(decoder.late())


# --- what is read ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["cascade", "pyzbar", "zxing"])
def test_every_kind_reads_a_plain_code_at_once(kind: Kind) -> None:
    with closing(open_decoder(kind, deadline_s=SOON_S)) as decoder:
        (code,) = decoder.read(drawn("AB1:PLAIN"))

    assert code.text == b"AB1:PLAIN"
    assert code.reader == ("pyzbar" if kind == "pyzbar" else "zxing")
    assert code.centre == pytest.approx((58, 58), abs=3)
    assert code.size_px == pytest.approx(84, abs=5)
    assert texts(read_all(drawn("AB1:PLAIN"), kind)) == [b"AB1:PLAIN"]


def test_pyzbar_alone_reads_small_and_inverted_codes_at_its_second_look() -> None:
    small, dark = drawn("AB1:SMALL", scale=2), 255 - drawn("AB1:DARK", border=8)

    for frame, text in ((small, b"AB1:SMALL"), (dark, b"AB1:DARK")):
        with closing(open_decoder("pyzbar", deadline_s=SOON_S, clock=Clock())) as decoder:
            assert texts(decoder.read(frame)) == []
            assert late(decoder) == [text]


def test_what_is_not_read_is_looked_at_again_and_comes_late(open_one: Open) -> None:
    decoder = open_one(second=(Step(sees_nothing), Step(lambda _: found(b"A"))))

    assert decoder.read(FRAME) == ()
    assert late(decoder) == [b"A"]
    assert decoder.late() == ()


def test_who_waits_until_it_has_settled_gets_what_comes_late_at_once(open_one: Open) -> None:
    second = Slow(found(b"A"))
    decoder = open_one(second=(Step(second),))
    assert decoder.settle(0.0)

    decoder.read(FRAME)
    assert not decoder.settle(0.01)
    second.may_end.release()

    assert decoder.settle(SOON_S)
    assert texts(decoder.late()) == [b"A"]


def test_where_all_is_read_nobody_looks_again(open_one: Open) -> None:
    decoder = open_one(first=lambda _: found(b"A"), second=(Step(lambda _: found(b"B")),))

    assert texts(decoder.read(FRAME)) == [b"A"]
    assert decoder.figures.second == 0


def test_beside_a_code_that_is_read_another_one_may_be_unread(open_one: Open) -> None:
    decoder = open_one(
        first=lambda _: Seen(found(b"A").codes, unread=True),
        second=(Step(lambda _: found(b"B")),),
    )

    assert texts(decoder.read(FRAME)) == [b"A"]
    assert late(decoder) == [b"B"]


@pytest.mark.parametrize(
    ("first", "cheap", "read"),
    [
        (sees_nothing, sees_nothing, []),
        (sees_something, sees_nothing, [b"A"]),
        (sees_nothing, sees_something, [b"A"]),
    ],
)
def test_dear_looks_are_for_what_looks_like_a_code(
    open_one: Open, clock: Clock, first: Look, cheap: Look, read: list[bytes]
) -> None:
    decoder = open_one(
        first=first,
        second=(Step(cheap), Step(lambda _: found(b"A"), dear=True)),
        closely_every_s=1.0,
    )
    decoder.read(FRAME, closely=True)
    assert late(decoder) == [b"A"], "whatever is seen, the first time"

    clock.now = 0.5
    decoder.read(FRAME, closely=True)

    assert late(decoder) == read


@pytest.mark.parametrize(("first", "looks"), [(sees_nothing, 0), (sees_something, 1)])
def test_where_no_code_can_be_only_something_like_one_is_looked_at_again(
    open_one: Open, first: Look, looks: int
) -> None:
    decoder = open_one(first=first, second=(Step(lambda _: found(b"A")),))

    decoder.read(FRAME, closely=False)

    assert late(decoder) == [b"A"] * looks
    assert decoder.figures.second == looks


def test_where_a_code_may_be_dear_looks_are_tried_once_a_second(
    open_one: Open, clock: Clock
) -> None:
    decoder = open_one(
        second=(Step(sees_nothing), Step(lambda _: found(b"A"), dear=True)), closely_every_s=1.0
    )

    seen = []
    for clock.now in (0.0, 0.4, 0.8, 1.2, 1.6):
        decoder.read(FRAME, closely=True)
        seen.append(late(decoder))

    assert seen == [[b"A"], [], [], [b"A"], []]


# --- time -----------------------------------------------------------------------------------


def test_the_second_look_comes_no_more_often_than_set(open_one: Open, clock: Clock) -> None:
    decoder = open_one(second=(Step(lambda _: found(b"A")),), second_every_s=0.3)

    seen = []
    for clock.now in (0.0, 0.1, 0.2, 0.31, 0.5, 0.62):
        decoder.read(FRAME)
        seen.append(late(decoder))

    assert seen == [[b"A"], [], [], [b"A"], [], [b"A"]]


def test_the_second_look_rests_three_times_as_long_as_it_works(
    open_one: Open, clock: Clock
) -> None:
    def works_for_half_a_second(_: Grey) -> Seen:
        clock.now += 0.5
        return Seen()

    decoder = open_one(second=(Step(works_for_half_a_second),), second_every_s=0.3)

    begun = []
    for clock.now in (0.0, 1.0, 1.9, 2.01):
        decoder.read(FRAME)
        assert late(decoder) == []
        begun.append(decoder.figures.second)

    assert begun == [1, 1, 1, 2]


def test_a_frame_on_which_a_reader_hangs_costs_its_deadline_and_no_other_frame(
    open_one: Open,
) -> None:
    hangs = Slow(found(b"A"))
    decoder = open_one(
        first=lambda grey: hangs(grey) if grey is FRAME else found(b"B"), deadline_s=0.02
    )

    assert decoder.read(FRAME) == ()
    assert decoder.figures.overdue == 1
    assert reads(decoder, FRAME + 1) == [b"B"]
    assert not hangs.ended
    hangs.may_end.release()


def test_while_too_many_readers_hang_frames_are_left_out(open_one: Open) -> None:
    first = Slow(found(b"A"))
    decoder = open_one(first=first, deadline_s=0.02, spare=1)

    for _ in range(4):
        assert decoder.read(FRAME) == ()
    assert (decoder.figures.overdue, decoder.figures.left_out) == (2, 2)

    first.may_end.release(1000)
    assert reads(decoder, FRAME) == [b"A"], "what hung has ended, and frames are read again"


def test_a_second_look_that_hangs_delays_nothing_and_is_dropped(
    open_one: Open, clock: Clock
) -> None:
    second = Slow(found(b"OLD"))
    decoder = open_one(second=(Step(second),), second_deadline_s=1.0)

    decoder.read(FRAME)
    clock.now = 0.9
    assert decoder.late() == ()
    clock.now = 1.1
    assert decoder.late() == ()
    assert decoder.figures.stale == 1
    decoder.read(FRAME)
    assert decoder.figures.second == 1, "one at a time"
    second.may_end.release()


def test_what_was_found_in_time_is_told_to_a_camera_of_one_frame_a_second(
    open_one: Open, clock: Clock
) -> None:
    decoder = open_one(second=(Step(lambda _: found(b"A")),), second_deadline_s=1.0, late_s=2.0)

    decoder.read(FRAME)
    assert decoder.settle(SOON_S)
    clock.now = 1.1
    assert texts(decoder.late()) == [b"A"]
    assert decoder.figures.stale == 0


def test_what_nobody_has_asked_for_in_time_is_dropped(open_one: Open, clock: Clock) -> None:
    """The camera was away meanwhile, and so may be the phone."""
    decoder = open_one(second=(Step(lambda _: found(b"A")),), late_s=2.0)

    decoder.read(FRAME)
    assert decoder.settle(SOON_S)
    clock.now = 2.1
    assert decoder.late() == ()
    assert decoder.figures.stale == 1


def test_readers_that_never_come_back_are_told(open_one: Open, clock: Clock) -> None:
    first = Slow(found(b"A"))
    decoder = open_one(first=first, deadline_s=0.02, spare=0, hangs_after_s=300.0)

    for clock.now in (0.0, 1.0, 300.9):
        assert decoder.read(FRAME) == ()
    clock.now = 301.0
    with pytest.raises(DecoderHangs, match="not come back for 300 s"):
        decoder.read(FRAME)
    first.may_end.release()


def test_readers_that_come_back_now_and_then_do_not_hang(open_one: Open, clock: Clock) -> None:
    first = Slow(found(b"A"))
    decoder = open_one(first=first, deadline_s=0.02, spare=0, hangs_after_s=300.0)

    decoder.read(FRAME)
    decoder.read(FRAME)
    first.may_end.release()
    while_later = threading.Event()
    for _ in range(1000):
        if first.ended and decoder.read(FRAME) == () and decoder.figures.overdue == 2:
            break
        while_later.wait(0.01)
    clock.now = 300.0
    assert decoder.read(FRAME) == (), "another frame, and not for so long"
    first.may_end.release()


def test_a_second_look_that_never_comes_back_is_told(open_one: Open, clock: Clock) -> None:
    second = Slow(found(b"OLD"))
    decoder = open_one(second=(Step(second),), hangs_after_s=300.0)

    decoder.read(FRAME)
    for clock.now in (1.1, 299.0):
        assert decoder.late() == ()
    clock.now = 300.0
    with pytest.raises(DecoderHangs):
        decoder.late()
    second.may_end.release()


def test_no_step_of_the_second_look_begins_after_its_deadline(open_one: Open, clock: Clock) -> None:
    def takes_too_long(_: Grey) -> Seen:
        clock.now += 1.1
        return Seen(unread=True)

    second = (Step(takes_too_long), Step(lambda _: found(b"A")))
    decoder = open_one(second=second, second_deadline_s=1.0)

    decoder.read(FRAME)
    assert decoder.settle(SOON_S)
    assert decoder.late() == ()
    assert decoder.figures.stale == 1


@pytest.mark.parametrize("kind", ["cascade", "pyzbar", "zxing"])
def test_ten_thousand_finder_patterns_cost_their_frame_and_no_other(kind: Kind) -> None:
    """The real readers, which try them three by three: far beyond this deadline."""
    with closing(open_decoder(kind, deadline_s=0.02, clock=Clock())) as decoder:
        assert decoder.read(hostile(100, module_px=2)) == ()
        assert decoder.figures.overdue == 1
        assert reads(decoder, drawn("AB1:NEXT")) == [b"AB1:NEXT"]


def test_a_still_picture_has_a_deadline_too() -> None:
    assert read_all(hostile(100, module_px=2), deadline_s=0.02) == []


def test_a_bug_in_a_look_reaches_who_asks(open_one: Open) -> None:
    def breaks(_: Grey) -> Seen:
        raise LookupError("a bug")

    with pytest.raises(LookupError):
        open_one(first=breaks).read(FRAME)
    decoder = open_one(second=(Step(breaks),))
    decoder.read(FRAME)
    with pytest.raises(LookupError):
        late(decoder)


def test_closing_ends_the_threads_and_twice_is_fine() -> None:
    before = set(threading.enumerate())
    decoder = open_decoder("cascade", deadline_s=SOON_S)
    decoder.read(drawn("AB1:X"))
    begun = set(threading.enumerate()) - before
    decoder.close()
    decoder.close()

    assert sorted(thread.name for thread in begun) == ["decoder 1", "decoder 2", "second look"]
    assert not begun & set(threading.enumerate())


def test_the_end_of_the_process_waits_for_a_look_that_was_left_behind() -> None:
    """One that comes back while the interpreter is taken down would abort the process."""
    story = (
        "import atexit, threading\n"
        "from drivers.qr import open_decoder\n"
        "from tests.drivers.qr.drawings import hostile\n"
        "atexit.register(lambda: print([t.name for t in threading.enumerate()]))\n"
        "decoder = open_decoder('cascade', deadline_s=0.0)\n"
        "assert decoder.read(hostile(60, module_px=2)) == ()\n"
        "decoder.close()\n"
        "assert 'decoder 1' in [t.name for t in threading.enumerate()]\n"
    )

    told = subprocess.run([sys.executable, "-c", story], cwd=ROOT, check=True, capture_output=True)

    assert told.stdout == b"['MainThread']\n"


def test_a_frame_that_is_not_grey_is_a_bug_of_the_caller(open_one: Open) -> None:
    with pytest.raises(AssertionError, match="grey plane"):
        open_one().read(np.zeros((4, 4, 3), dtype=np.uint8))


# --- who is installed -----------------------------------------------------------------------


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


@pytest.mark.parametrize("kind", ["cascade", "pyzbar"])
def test_where_zbar_is_absent_there_is_a_way_out_and_zxing_reads_alone(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyzbar looks for zbar's library when it is imported, and says so with an ImportError."""
    for name in ("drivers.qr.zbar", "pyzbar.pyzbar", "pyzbar.wrapper"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delattr("drivers.qr.zbar", raising=False)
    monkeypatch.delattr("pyzbar.pyzbar", raising=False)
    monkeypatch.setattr("pyzbar.zbar_library.find_library", lambda _: None)

    with pytest.raises(DecoderAbsent, match="sudo apt install libzbar0"):
        open_decoder(kind)
    with closing(open_decoder("zxing")) as decoder:
        assert texts(decoder.read(drawn("AB1:NO ZBAR"))) == [b"AB1:NO ZBAR"]


@pytest.mark.parametrize("kind", ["pyzbar", "zxing"])
def test_a_code_has_its_corners_and_zxing_tells_its_modules(kind: Kind) -> None:
    """21 modules of 4 pixels, behind a quiet zone of 4 modules; zbar is three modules out."""
    with closing(open_decoder(kind)) as decoder:  # pyzbar looks at half of the size first
        (code,) = decoder.read(drawn("AB1:HELLO", scale=4, border=4))

    assert len(code.corners) == 4
    for corner in ((16, 16), (100, 16), (100, 100), (16, 100)):
        assert min(dist(corner, at) for at in code.corners) < (4 if kind == "zxing" else 12)
    assert code.modules == (21 if kind == "zxing" else None)
