"""What a day in the lane costs, and how soon a text is on the inbox."""

import time
from collections.abc import Iterable
from contextlib import closing

from pyzbar import pyzbar

from drivers.frame import Grey
from drivers.qr import open_decoder
from gate.control import CodeSeen, Crashed, Inbox
from gate.eyes.scanner import Scanner
from gate.model import Monotonic
from tests.bench.tables import median_and_p99, table
from tests.pictures.conditions import BINNED, VGA
from tests.pictures.day import Hall, Moment, Visit, traffic, whole_day
from tests.pictures.playing import DayOver, played

SIZE = BINNED
"""The camera's default, as are the frames a second."""
FPS = 15
LENGTH_S = 200.0
VISITORS = 200


def day() -> None:
    """Some hours within three minutes: presence and cascade beside pyzbar on every frame."""
    hours = whole_day(6 * LENGTH_S)  # from the morning until a little after the lamp goes off
    visits = traffic(LENGTH_S, seed=11, somebody=0.05, with_phone=0.6, stays_s=1.2)
    shown = {visit.text for visit in visits if visit.text}
    by_pyzbar: set[str] = set()
    pyzbar_s = 0.0

    def beside(moment: Moment) -> None:
        nonlocal pyzbar_s
        began = time.thread_time()
        codes = pyzbar.decode(moment.frame, symbols=[pyzbar.ZBarSymbol.QRCODE])
        pyzbar_s += time.thread_time() - began
        by_pyzbar.update(code.data.decode() for code in codes)

    hall = Hall(size=SIZE, seed=11, light=lambda at: hours(at + 100.0), visits=visits)
    came = played(hall.moments(LENGTH_S, fps=FPS), beside=beside)
    frames = came.figures.frames

    def row(name: str, looked: str, texts: set[str], cpu_s: float) -> tuple[str, ...]:
        ratio = f"{cpu_s / pyzbar_s:.3f}"
        return name, looked, f"{len(texts)} of {len(shown)}", f"{1000 * cpu_s / frames:.2f}", ratio

    looked = ", ".join(
        f"{100 * part / whole:.1f} % of {whole} {what}"
        for part, whole, what in (
            (came.empty_looked, came.empty, "empty"),
            (came.walkers_looked, came.walkers, "with people"),
            (came.phones_looked, came.phones, "with a phone"),
        )
    )
    table(
        f"A day in the lane: {frames} frames of {SIZE[0]} x {SIZE[1]}",
        ("reader", "frames looked at", "phones read", "CPU ms a frame", "beside pyzbar"),
        row("pyzbar on every frame", "all", by_pyzbar, pyzbar_s),
        row("presence and cascade", looked, came.texts, came.cpu_s),
    )


class _Visitors:
    """A camera that knows when it has handed out the first frame of each phone."""

    def __init__(self, moments: Iterable[Moment]) -> None:
        self._moments = iter(moments)
        self._shown: tuple[str, ...] = ()
        self._at = 0.0
        self.handed: dict[str, float] = {}

    def now(self) -> Monotonic:
        return Monotonic(self._at)

    def frame(self, timeout_s: float) -> Grey:  # noqa: ARG002 - as a camera has it
        moment = next(self._moments, None)
        if moment is None:
            raise DayOver("no further visitor")
        self._at = moment.at
        for text in moment.texts:
            self.handed.setdefault(text, time.perf_counter())
        return moment.frame

    def close(self) -> None:
        """Nothing is held."""


def reading() -> None:
    """From the first frame with a readable code to its text on the inbox."""
    rows = []
    for size in (VGA, BINNED):
        took = _times(size)
        median, p99 = median_and_p99(took)
        rows.append((f"{size[0]} x {size[1]}", f"{1000 * median:.1f}", f"{1000 * p99:.1f}"))
    table(
        f"From the first readable frame to the text on the inbox: {VISITORS} visitors",
        ("frame", "median ms", "p99 ms"),
        *rows,
    )


def _times(size: tuple[int, int]) -> list[float]:
    """Of each visitor; the camera's own time (drawing) is not in it."""
    visits = [
        Visit(4.0 + number, 4.8 + number, f"AB1:{number}." + "X7K" * 50, seed=number)
        for number in range(VISITORS)
    ]
    camera = _Visitors(Hall(size=size, seed=5, visits=visits).moments(5.0 + VISITORS, fps=5))
    inbox: Inbox = Inbox()
    with closing(open_decoder("cascade")) as decoder:
        scanner = Scanner(
            open_camera=lambda: camera,
            decoder=decoder,
            same_phone_s=1.5,
            look_every_s=0.0,
            read_every=75,
            clock=camera.now,
            on_code=lambda text, _at: inbox.put(CodeSeen(text)),
            on_lost=lambda _why: None,
            on_back=lambda: None,
            on_crash=lambda bug: inbox.put(Crashed(bug)),
            broken=DayOver,
            retry_from_s=600.0,
        )
        scanner.start()
        took = []
        for _ in visits:
            match inbox.get(timeout=60.0):
                case CodeSeen(raw):
                    took.append(time.perf_counter() - camera.handed[raw.decode()])
                case other:
                    raise AssertionError(other)
        scanner.stop()
    return took
