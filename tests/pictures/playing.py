"""A drawn day, played through the camera thread and a decoder as fast as they go."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from drivers.frame import Grey
from drivers.qr import Code, Decoder, DecoderFigures, Kind, open_decoder
from gate.eyes.scan_figures import ScannerFigures
from gate.eyes.scanner import Scanner
from gate.model import Monotonic
from tests.pictures.day import Moment

PATIENCE_S = 600.0


class DayOver(Exception):  # noqa: N818 - reads as what happened
    """There is no further frame."""


@dataclass(slots=True)
class Played:
    """What came of it."""

    texts: set[str] = field(default_factory=set)
    """Passed on."""
    empty: int = 0
    """Frames without anybody."""
    empty_looked: int = 0
    walkers: int = 0
    """Frames with people and no phone."""
    walkers_looked: int = 0
    phones: int = 0
    phones_looked: int = 0
    cpu_s: float = 0.0
    """Of the camera thread and the decoder's, without drawing."""
    figures: ScannerFigures = field(default_factory=ScannerFigures)


class _Day:
    """A camera whose clock goes with its frames; `beside` is shown each of them."""

    def __init__(self, moments: Iterable[Moment], beside: Callable[[Moment], object]) -> None:
        self._moments = iter(moments)
        self._beside = beside
        self.moment: Moment | None = None
        self.elsewhere_s = 0.0
        self.over = threading.Event()

    def now(self) -> Monotonic:
        return Monotonic(self.moment.at if self.moment else 0.0)

    def frame(self, timeout_s: float) -> Grey:  # noqa: ARG002 - as a camera has it
        began = time.thread_time()
        self.moment = next(self._moments, None)
        if self.moment is None:
            self.over.set()
            raise DayOver("the day is over")
        self._beside(self.moment)
        self.elsewhere_s += time.thread_time() - began
        return self.moment.frame

    def close(self) -> None: ...


class _Settled:
    """A decoder whose second looks have ended when they are asked for: the day has no pauses."""

    def __init__(self, decoder: Decoder, on_look: Callable[[], None]) -> None:
        self._decoder = decoder
        self._on_look = on_look

    @property
    def figures(self) -> DecoderFigures:
        return self._decoder.figures

    def read(self, grey: Grey, *, closely: bool) -> Sequence[Code]:
        self._on_look()
        return self._decoder.read(grey, closely=closely)

    def late(self) -> Sequence[Code]:
        self._decoder.settle(PATIENCE_S)
        return self._decoder.late()


def played(
    moments: Iterable[Moment],
    *,
    kind: Kind = "cascade",
    read_every: int = 75,
    beside: Callable[[Moment], object] = lambda _: None,
) -> Played:
    """Have a day read. `beside` is called with each frame on the camera's thread, and must work
    on that thread alone: its time is left out."""
    came = Played()
    crashes: list[Exception] = []

    def on_look() -> None:
        assert day.moment
        came.phones_looked += bool(day.moment.texts)
        came.walkers_looked += day.moment.somebody and not day.moment.texts
        came.empty_looked += not day.moment.somebody

    def noting(moment: Moment) -> None:
        came.phones += bool(moment.texts)
        came.walkers += moment.somebody and not moment.texts
        came.empty += not moment.somebody
        beside(moment)

    day = _Day(moments, noting)
    with closing(open_decoder(kind, deadline_s=PATIENCE_S, clock=day.now)) as decoder:
        scanner = Scanner(
            open_camera=lambda: day,
            decoder=_Settled(decoder, on_look),
            same_phone_s=1.5,
            look_every_s=0.0,
            read_every=read_every,
            clock=day.now,
            on_code=lambda text, _at: came.texts.add(text.decode()),
            on_lost=lambda _: None,
            on_back=lambda: None,
            on_crash=crashes.append,
            broken=DayOver,
            retry_from_s=PATIENCE_S,
        )
        began_s = time.process_time()
        scanner.start()
        assert day.over.wait(PATIENCE_S)
        came.cpu_s = time.process_time() - began_s - day.elsewhere_s
        scanner.stop()
        came.figures = scanner.figures
    assert crashes == []
    return came
