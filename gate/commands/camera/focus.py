"""`gate camera focus`: a figure that rises while the lens is turned the right way."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from gate.commands.camera.eye import ConfigFile, looking, taken_with
from gate.commands.configured import loaded
from gate.config import DEFAULT_FILE
from gate.eyes.scanner import Camera
from gate.eyes.sharpness import sharpness

AS_GOOD = 0.97
"""Of the best: nearer nobody turns a lens by hand."""

FRAMES = 3
PLAIN_EVERY_S = 0.5
BAR = 30
"""With what is told beside it, it fits a terminal of 80 columns."""
MEASURING = "measuring"
NOTHING = "nothing to be seen sharp: hold a code in front of the camera, filling the middle"


def focus(
    config: ConfigFile = DEFAULT_FILE,
    *,
    seconds: Annotated[
        float | None, typer.Option(min=0, help="End after this time; without it, with Ctrl-C.")
    ] = None,
) -> None:
    """Show live how sharp the middle of the picture is, and the best so far.

    Put a printed pass (or a phone that does not go dark) where phones are held, filling the middle
    of the picture, and leave it there. Turn the lens slowly: the figure rises, passes its best, and
    falls. Turn back until it is there again, and fix the lens. Light and noise do not change the
    figure; another thing in front of the camera does. Exit code 1 where nothing could be seen.

    \b
    Example:
      gate camera focus --config /etc/gate/gate.toml
    """
    settings = loaded(config)
    meter = Meter()
    with looking(settings) as camera, _shown(meter) as show:
        with suppress(KeyboardInterrupt):
            _measure(camera, settings.camera.stall_after_s, seconds, meter, show)
        taken = taken_with(camera)
    if meter.best is None:
        typer.echo(f"There was {NOTHING}.", err=True)
        raise typer.Exit(1)
    typer.echo(meter.summary + (f" ({taken})" if taken else ""))


class Meter:
    """The figure now, and the best so far."""

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=FRAMES)
        self.now: float | None = None
        """The median of some frames, so that a hand that passes by is no best."""
        self.best: float | None = None

    def take(self, figure: float | None) -> None:
        """One more frame's."""
        if figure is None:
            self._last.clear()
            self.now = None
            return
        self._last.append(figure)
        if len(self._last) == FRAMES:
            self.now = median(self._last)
            self.best = self.now if self.best is None else max(self.best, self.now)

    @property
    def line(self) -> str:
        """For people."""
        if self.now is None or self.best is None:
            return MEASURING if self._last else NOTHING
        told = f"sharpness {self.now:5.1f}   best {self.best:5.1f}"
        return told if self.now >= AS_GOOD * self.best else f"{told}   turn back"

    @property
    def summary(self) -> str:
        """At the end."""
        assert self.best is not None, "asked for only where something was seen"  # noqa: S101
        if self.now is None:
            return f"The best was {self.best:.1f}; at the end there was nothing to be seen."
        if self.now >= AS_GOOD * self.best:
            return f"The lens stands at {self.now:.1f}, its best here ({self.best:.1f}): fix it."
        return f"The lens stands at {self.now:.1f}; its best here was {self.best:.1f}: turn back."


def _measure(
    camera: Camera,
    stall_after_s: float,
    seconds: float | None,
    meter: Meter,
    show: Callable[[], None],
) -> None:
    end_at = None if seconds is None else time.monotonic() + seconds
    for taken in count(1):
        meter.take(sharpness(camera.frame(stall_after_s)))
        show()
        if end_at is not None and time.monotonic() >= end_at and taken >= FRAMES:
            return


@contextmanager
def _shown(meter: Meter) -> Iterator[Callable[[], None]]:
    """A line that stays and moves on a terminal; elsewhere a line twice a second."""
    if sys.stdout.isatty():
        with Live(console=Console(), auto_refresh=False) as live:
            yield lambda: live.update(_bar(meter), refresh=True)
        return
    told_at = float("-inf")

    def tell() -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= PLAIN_EVERY_S:
            told_at = time.monotonic()
            typer.echo(meter.line)

    yield tell


def _bar(meter: Meter) -> Text:
    """As long as the figure is good, with a mark at the best."""
    if meter.now is None or not meter.best:
        return Text(meter.line, "yellow")
    good = meter.now >= AS_GOOD * meter.best
    filled = round(BAR * min(1.0, meter.now / meter.best))
    bar = Text("█" * filled, "green" if good else "yellow")
    bar.append("·" * (BAR - filled), "dim").append("|  ").append(meter.line)
    return bar
