"""The camera thread."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
import pytest

from drivers import qr
from drivers.frame import CameraError
from drivers.simulated.frames import Scene, SimulatedCamera
from gate.eyes.decoding import Grey
from gate.eyes.scan_figures import ScannerFigures
from gate.eyes.scanner import Scanner
from gate.model import Monotonic
from tests.gate.eyes.reads import ReadCode, Reads

SAME_PHONE_S = 3.0
PATIENCE_S = 5.0
BLIND_AFTER_S = 10.0

LIT: Grey = np.array([[40, 200], [120, 80]], dtype=np.uint8)
EMPTY: Grey = np.repeat(np.arange(40, 168, 2, dtype=np.uint8)[None, :], 64, axis=0)
"""A lane without anybody, large enough to be told from one with somebody."""
SOMEBODY: Grey = EMPTY.copy()
SOMEBODY[8:56, 8:56] = np.kron(np.indices((12, 12)).sum(axis=0) % 2, np.full((4, 4), 200))
BLACK: Grey = np.zeros((4, 4), dtype=np.uint8)


class BrokenCamera(Exception):  # noqa: N818 - reads as what happened
    """What the camera below raises when it is lost."""


class Lane:
    """A camera that gives what the test shows it, and a place where everything told ends up.

    Each frame brings its own time, so that the scanner's clock moves with the frames.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.opened = 0
        self.closed = threading.Event()
        self.over = threading.Event()
        self.to_raise_on_opening: list[Exception] = []
        self._shown: SimpleQueue[tuple[float, list[ReadCode], Grey] | Exception] = SimpleQueue()
        self._codes: list[ReadCode] = []
        self.decoder = Reads(lambda _: self._codes)
        self._told: SimpleQueue[object] = SimpleQueue()

    def show(self, *codes: bytes | ReadCode, at: float = 0.0, picture: Grey = LIT) -> None:
        """One frame at this moment."""
        read = [ReadCode(code) if isinstance(code, bytes) else code for code in codes]
        self._shown.put((at, read, picture))

    def show_picture(self, picture: Grey, *, at: float) -> None:
        """One frame that looks like this, without a code."""
        self.show(at=at, picture=picture)

    def break_with(self, error: Exception) -> None:
        """Instead of a frame."""
        self._shown.put(error)

    def end(self) -> None:
        """Nobody waits for a frame any more: from now on there is always one."""
        self.over.set()
        self.show()

    def tell(self, what: object) -> None:
        self._told.put(what)

    def hears(self) -> object:
        """The next thing that the scanner told."""
        return self._told.get(timeout=PATIENCE_S)

    def has_heard_nothing(self) -> bool:
        """To be asked when the scanner has ended."""
        return self._told.empty()

    def open_camera(self) -> "Lane":
        self.opened += 1
        if self.to_raise_on_opening:
            raise self.to_raise_on_opening.pop(0)
        return self

    def frame(self, timeout_s: float) -> Grey:
        if self.over.is_set():
            self._codes = []
            return LIT
        try:
            shown = self._shown.get(timeout=timeout_s)
        except Empty:
            raise BrokenCamera("no frame in time") from None
        if isinstance(shown, Exception):
            raise shown
        self.now, self._codes, picture = shown
        return picture

    def close(self) -> None:
        self.closed.set()

    def clock(self) -> Monotonic:
        return Monotonic(self.now)


Start = Callable[..., Scanner]


@pytest.fixture
def lane() -> Lane:
    return Lane()


@pytest.fixture
def start(lane: Lane) -> Iterator[Start]:
    """Starts a scanner on the lane; it is stopped after the test."""
    with ExitStack() as stack:

        def start_scanner(**changed: Any) -> Scanner:
            settings: dict[str, Any] = {
                "open_camera": lane.open_camera,
                "decoder": lane.decoder,
                "same_phone_s": SAME_PHONE_S,
                "look_every_s": 0.0,
                "read_every": 1,
                "blind_after_s": BLIND_AFTER_S,
                "moves": False,
                "clock": lane.clock,
                "on_code": lambda text, _: lane.tell(text),
                "on_lost": lambda reason: lane.tell(f"lost: {reason}"),
                "on_back": lambda: lane.tell("back"),
                "on_crash": lane.tell,
                "broken": BrokenCamera,
                "retry_from_s": 0.001,
            }
            scanner = Scanner(**(settings | changed))
            stack.callback(scanner.stop)
            stack.callback(lane.end)
            scanner.start()
            return scanner

        yield start_scanner


def test_a_code_is_told_with_the_moment_of_its_frame(lane: Lane, start: Start) -> None:
    start(on_code=lambda text, at: lane.tell((text, at)))

    lane.show(b"A", at=12.5)

    assert lane.hears() == (b"A", 12.5)


def test_the_same_phone_is_told_once_and_the_next_at_once(lane: Lane, start: Start) -> None:
    start()

    for moment, text in enumerate([b"A", b"A", b"B", b"B", b"C"]):
        lane.show(text, at=moment / 10)

    assert [lane.hears() for _ in range(3)] == [b"A", b"B", b"C"]


def test_of_several_codes_the_four_nearest_to_the_centre_count_the_nearest_first(
    lane: Lane, start: Start
) -> None:
    start()

    lane.show(*(ReadCode(str(x).encode(), centre=(x, 1.0)) for x in (30, -20, 1, -50, 40)))
    lane.show(b"end")

    assert [lane.hears() for _ in range(5)] == [b"1", b"-20", b"30", b"40", b"end"]


def test_what_a_second_look_finds_is_told_with_the_moment_of_the_frame_it_was_seen_in(
    lane: Lane, start: Start
) -> None:
    start(on_code=lambda text, at: lane.tell((text, at)))

    lane.decoder.second()
    lane.show(at=1.0)
    lane.show(at=1.1)
    lane.show(b"now", at=1.2)
    assert lane.hears() == (b"now", 1.2)
    lane.decoder.found_late(ReadCode(b"late", reader="pyzbar"))
    lane.show(b"then", at=1.3)

    assert [lane.hears(), lane.hears()] == [(b"late", 1.0), (b"then", 1.3)]


def test_a_text_is_passed_on_just_far_enough_to_be_seen_as_too_long(
    lane: Lane, start: Start
) -> None:
    start()

    lane.show(b"x" * 2953)

    assert lane.hears() == b"x" * 1025


def test_a_code_that_was_not_dealt_with_is_told_again(lane: Lane, start: Start) -> None:
    scanner = start()
    lane.show(b"A", at=10.0)
    lane.hears()

    scanner.look_again(b"A")
    lane.show(b"A", at=10.4)
    lane.show(b"B", at=10.5)  # seen to be the next one: A was not told at 10.4
    lane.show(b"A", at=10.6)

    assert [lane.hears(), lane.hears()] == [b"B", b"A"]


def test_with_two_phones_in_view_the_named_code_is_told_again(lane: Lane, start: Start) -> None:
    scanner = start()
    lane.show(ReadCode(b"A", (1.0, 1.0)), ReadCode(b"B", (9.0, 1.0)), at=10.0)
    assert [lane.hears(), lane.hears()] == [b"A", b"B"]

    scanner.look_again(b"A")
    lane.show(b"A", b"B", at=10.6)
    lane.show(b"end", at=10.7)

    assert [lane.hears(), lane.hears()] == [b"A", b"end"]


def test_looking_again_for_what_is_not_in_view_does_nothing(lane: Lane, start: Start) -> None:
    scanner = start()

    scanner.look_again(b"A")
    lane.show(b"A", at=1.0)
    lane.show(b"A", at=2.0)
    lane.show(b"end", at=2.0)

    assert [lane.hears(), lane.hears()] == [b"A", b"end"]


def test_an_empty_lane_is_read_now_and_then_and_somebody_in_every_frame(
    lane: Lane, start: Start
) -> None:
    scanner = start(read_every=10)

    for tenth in range(31):  # until the lane is known, all of them
        lane.show(at=tenth / 10, picture=EMPTY)
    for tenth in range(31, 71):
        lane.show(at=tenth / 10, picture=EMPTY)
    for tenth in range(71, 76):
        lane.show(at=tenth / 10, picture=SOMEBODY)
    lane.show(b"A", at=7.6, picture=SOMEBODY)

    assert lane.hears() == b"A"
    assert lane.decoder.asked == 30 + 4 + 6
    assert lane.decoder.closely[30:] == [False] * 4 + [True] * 6
    assert scanner.figures == ScannerFigures(
        frames=77,
        looked=40,
        read=1,
        reported=1,
        by_reader=(("zxing", 1),),
        first_sights_s=(7.6 - 7.1,),
    )


def test_a_code_where_nobody_was_noticed_is_told_and_counted(lane: Lane, start: Start) -> None:
    scanner = start(read_every=10)

    for tenth in range(40):
        lane.show(at=tenth / 10, picture=EMPTY)
    for tenth in range(40, 51):
        lane.show(b"A", at=tenth / 10, picture=EMPTY)
    lane.show(b"B", at=6.0, picture=SOMEBODY)

    assert [lane.hears(), lane.hears()] == [b"A", b"B"]
    assert scanner.figures.unnoticed >= 1
    assert len(scanner.figures.first_sights_s) == 1, "who was not noticed has no first sight"


def test_who_has_gone_when_the_code_comes_late_was_noticed(lane: Lane, start: Start) -> None:
    scanner = start(read_every=1000)

    for tenth in range(40):
        lane.show(at=tenth / 10, picture=EMPTY)
    lane.show(b"ahead", at=4.0, picture=SOMEBODY)
    assert lane.hears() == b"ahead"
    lane.decoder.second()
    lane.show(at=4.1, picture=SOMEBODY)
    lane.show(at=4.2, picture=EMPTY)
    lane.show(b"aside", at=4.3, picture=SOMEBODY)
    assert lane.hears() == b"aside"
    lane.decoder.found_late(ReadCode(b"late", reader="pyzbar"))
    lane.show(at=4.4, picture=EMPTY)

    assert lane.hears() == b"late"
    lane.show(b"end", at=4.5, picture=SOMEBODY)
    assert lane.hears() == b"end"
    assert scanner.figures.unnoticed == 0


def test_a_code_that_has_become_part_of_the_lane_is_no_new_phone(lane: Lane, start: Start) -> None:
    """A poster with a code hangs there from the beginning, and is read every 4 s otherwise."""
    scanner = start(read_every=40, same_phone_s=1.5)

    for tenth in range(200):
        lane.show(b"poster", at=tenth / 10, picture=EMPTY)
    lane.show(b"end", at=20.0, picture=SOMEBODY)

    assert [lane.hears(), lane.hears()] == [b"poster", b"end"]
    assert scanner.figures.looked < 80


def test_a_lost_camera_is_told_once_and_back_once(lane: Lane, start: Start) -> None:
    lane.to_raise_on_opening = [BrokenCamera("unplugged")] * 3
    start()

    lane.break_with(BrokenCamera("stalled"))  # opened again, but no good frame yet
    lane.show(b"A")
    lane.show(b"B")

    assert [lane.hears() for _ in range(4)] == ["lost: unplugged", "back", b"A", b"B"]
    assert lane.opened == 5


def test_a_camera_that_is_lost_twice_is_told_twice(lane: Lane, start: Start) -> None:
    scanner = start()

    lane.break_with(BrokenCamera("first"))
    lane.show()
    lane.break_with(BrokenCamera("second"))
    lane.show(b"A")

    told = [lane.hears() for _ in range(5)]
    assert told == ["lost: first", "back", "lost: second", "back", b"A"]
    assert scanner.figures.lost == 2


def test_a_camera_that_goes_black_is_lost_once_and_back_when_it_sees_again(
    lane: Lane, start: Start
) -> None:
    scanner = start()

    for moment in (0.0, 5.0, 9.9, 10.0, 11.0):
        lane.show_picture(BLACK, at=moment)
    for moment in (12.0, 12.1, 12.2):
        lane.show_picture(LIT, at=moment)
    lane.show(b"A", at=12.3)

    hint = "is the lens covered, the hall dark, or the sensor dead?"
    assert [lane.hears() for _ in range(3)] == [f"lost: black for 10 s: {hint}", "back", b"A"]
    assert (scanner.figures.lost, lane.opened) == (1, 1)


def test_the_same_frame_again_and_again_is_a_lost_camera_only_where_frames_move(
    lane: Lane, start: Start
) -> None:
    start(moves=True)

    for moment in range(12):
        lane.show_picture(LIT, at=float(moment))
    lane.show(b"A", at=12.0)

    assert (
        lane.hears()
        == "lost: frozen for 10 s: the same frame again and again: does the sensor hang?"
    )
    assert lane.hears() == b"A", "what can be read is read, also from a camera that counts as lost"


def test_a_blind_camera_is_opened_again_after_a_minute_without_being_told_again(
    lane: Lane, start: Start
) -> None:
    start()

    for moment in (0.0, 10.0, 69.0, 70.0):
        lane.show_picture(BLACK, at=moment)
    lane.show(b"A", at=71.0)

    assert str(lane.hears()).startswith("lost: black")
    assert lane.hears() == b"A"
    assert (lane.opened, lane.closed.is_set()) == (2, True)


def test_a_camera_that_comes_back_black_is_not_back(lane: Lane, start: Start) -> None:
    start()

    lane.break_with(BrokenCamera("unplugged"))
    lane.show_picture(BLACK, at=1.0)
    lane.show(b"A", at=2.0)

    assert [lane.hears() for _ in range(3)] == ["lost: unplugged", "back", b"A"]
    assert lane.opened == 2


def test_a_broken_camera_is_closed_before_it_is_opened_again(lane: Lane, start: Start) -> None:
    start()

    lane.break_with(BrokenCamera("stalled"))
    lane.hears()

    assert lane.closed.is_set()


def test_the_pause_before_opening_again_doubles_up_to_its_limit(lane: Lane, start: Start) -> None:
    opened_at: list[float] = []

    def never_opens() -> Lane:
        opened_at.append(time.monotonic())
        if len(opened_at) == 5:
            lane.tell("five times")
        raise BrokenCamera("unplugged")

    start(open_camera=never_opens, retry_from_s=0.02, retry_to_s=0.04)
    assert [lane.hears(), lane.hears()] == ["lost: unplugged", "five times"]

    pauses = [later - earlier for earlier, later in pairwise(opened_at[:5])]
    for pause, least in zip(pauses, [0.02, 0.04, 0.04, 0.04], strict=True):
        assert pause > 0.95 * least
    assert sum(pauses) < 1.0


def test_a_bug_ends_the_thread_and_is_told(lane: Lane, start: Start) -> None:
    bug = ZeroDivisionError("a bug")
    start()

    lane.break_with(bug)

    assert lane.hears() is bug
    assert lane.closed.wait(PATIENCE_S)


def test_a_bug_in_a_callback_is_told_too(lane: Lane, start: Start) -> None:
    def fails(_: bytes, __: float) -> None:
        raise KeyError("in the inbox")

    start(on_code=fails)

    lane.show(b"A")

    assert isinstance(lane.hears(), KeyError)


def test_stopping_ends_the_thread_and_closes_the_camera(lane: Lane, start: Start) -> None:
    scanner = start()
    lane.show(b"A")
    lane.hears()

    lane.end()
    scanner.stop()

    assert lane.closed.is_set()
    assert "scanner" not in {thread.name for thread in threading.enumerate()}


class FailsToClose(Lane):
    def close(self) -> None:
        super().close()
        raise BrokenCamera("does not close")


def test_a_camera_that_fails_while_it_is_let_go_at_the_end_is_not_lost(start: Start) -> None:
    stubborn = FailsToClose()
    scanner = start(open_camera=stubborn.open_camera, on_lost=stubborn.tell)
    stubborn.end()

    scanner.stop()

    assert stubborn.closed.is_set()
    assert stubborn.has_heard_nothing()


def test_stopping_does_not_wait_for_the_next_try_to_open(lane: Lane, start: Start) -> None:
    lane.to_raise_on_opening = [BrokenCamera("unplugged")]
    scanner = start(retry_from_s=600.0)
    lane.hears()

    before = time.monotonic()
    scanner.stop()

    assert time.monotonic() - before < PATIENCE_S
    assert "scanner" not in {thread.name for thread in threading.enumerate()}


def test_stopping_what_was_never_started_is_fine(lane: Lane) -> None:
    scanner = Scanner(
        open_camera=lane.open_camera,
        decoder=lane.decoder,
        same_phone_s=SAME_PHONE_S,
        look_every_s=0.0,
        read_every=1,
        blind_after_s=BLIND_AFTER_S,
        moves=False,
        clock=lane.clock,
        on_code=lambda text, _: lane.tell(text),
        on_lost=lane.tell,
        on_back=lambda: None,
        on_crash=lane.tell,
        broken=BrokenCamera,
    )

    scanner.stop()

    assert lane.opened == 0


def test_frames_are_looked_at_no_more_often_than_set(lane: Lane, start: Start) -> None:
    start(
        clock=lambda: Monotonic(time.monotonic()),
        look_every_s=0.03,
        on_code=lambda _, at: lane.tell(at),
    )

    for text in (b"A", b"B", b"C", b"D"):
        lane.show(text)

    moments = [lane.hears() for _ in range(4)]
    assert all(later - earlier > 0.028 for earlier, later in pairwise(moments))  # type: ignore[operator] # moments are floats


def test_the_figures_count_frames_codes_and_texts(lane: Lane, start: Start) -> None:
    scanner = start()

    lane.show()
    lane.show(b"A", at=0.5)
    lane.show(b"A", ReadCode(b"B", reader="pyzbar"), at=0.6)
    lane.show(b"end", at=0.7)
    for _ in range(3):
        lane.hears()

    assert scanner.figures == ScannerFigures(
        frames=4,
        looked=4,
        read=3,
        reported=3,
        by_reader=(("zxing", 3), ("pyzbar", 1)),
        first_sights_s=(0.5,),
    )


def test_the_scanner_shows_when_it_was_last_alive(lane: Lane, start: Start) -> None:
    scanner = start()
    assert scanner.alive_at == 0.0

    lane.show(b"A", at=77.0)
    lane.hears()

    assert scanner.alive_at == 77.0


def test_the_scanner_sees_what_is_held_up_to_the_simulated_camera(lane: Lane, start: Start) -> None:
    """The real seam: a drawn camera, zbar, and a cable that is pulled and put back."""
    scene = Scene(seed=1)
    start(
        open_camera=lambda: SimulatedCamera(scene=scene, fps=100),
        decoder=Reads(qr.read_all),
        broken=CameraError,
    )

    scene.show("AB1:FIRST")
    assert lane.hears() == b"AB1:FIRST"
    scene.set_fault("absent")
    assert lane.hears() == "lost: the simulated camera is unplugged"
    scene.set_fault(None)
    assert lane.hears() == "back"
    scene.show("AB1:SECOND")
    assert lane.hears() == b"AB1:SECOND"
