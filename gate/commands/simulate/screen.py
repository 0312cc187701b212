"""What a simulation shows: the lane live in a terminal, plain lines elsewhere."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from rich.columns import Columns
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from drivers.frame import Grey
from drivers.simulated.frames import Scene
from gate.commands.simulate.stage import Stage

EVERY_S = 0.25
STORIES = 9
EYE_COLUMNS, EYE_ROWS = 44, 16
LAMPS = {
    "red": "bold white on red",
    "amber": "bold black on yellow",
    "green": "bold black on green",
}


class PlainScreen:
    """A line for each thing that happens; for pipes and logs."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        pass

    def say(self, line: str) -> None:
        """Print one line."""
        self._console.print(line, highlight=False, markup=False)


class LiveScreen:
    """The lane as it is, several times a second, and the last stories below it."""

    def __init__(self, console: Console, stage: Stage) -> None:
        self._stage = stage
        self._stories: deque[str] = deque(maxlen=STORIES)
        self._scene = Scene(width=640, height=480, seed=1)
        self._shown: str | None = None
        self._live = Live(console=console, auto_refresh=False)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="screen", daemon=True)

    def __enter__(self) -> Self:
        self._live.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stopping.set()
        self._thread.join()
        self._live.update(self._picture(), refresh=True)
        self._live.__exit__(None, None, None)

    def say(self, line: str) -> None:
        """Add a line to the stories."""
        self._stories.append(line)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_S):
            self._live.update(self._picture(), refresh=True)

    def _picture(self) -> Group:
        status = self._stage.status()
        if self._stage.world.shown != self._shown:
            self._shown = self._stage.world.shown
            self._scene.show(self._shown)
        eye = Panel(_thumbnail(self._scene.view), title="the camera sees", expand=False)
        lane = Panel(_lane(status, self._stage), title="the lane", width=58)
        stories = Panel("\n".join(self._stories), title="what happened")
        return Group(Columns([eye, lane]), stories)


def _lane(status: dict[str, Any] | None, stage: Stage) -> Table:
    table = Table.grid(padding=(0, 1))
    if status is None:
        table.add_row("the daemon does not answer")
        return table
    sentence, degrees = status["sentence"], status["thermometer_c"]
    lamp = Text(f" {status['lamp']} ", LAMPS.get(status["lamp"], "dim"))
    walked = stage.visitors.walked
    for name, value in (
        ("lamp", lamp),
        ("entry", "free" if status["entry_free"] else "shut"),
        ("says", sentence["id"]),
        ("", sentence["en"]),
        ("thermometer", "-" if degrees is None else f"{degrees:.1f} °C"),
        ("inside", f"{status['inside']}  ({status['in']} in, {status['out']} out)"),
        ("walked", f"{walked['in']} in, {walked['out']} out"),
        ("on MQTT", f"{stage.tally.passages('in')} in, {stage.tally.passages('out')} out"),
        ("backlog", f"{status['backlog']} events"),
        ("faults", ", ".join(status["faults"]) or "none"),
    ):
        table.add_row(Text(name, "dim"), value)
    return table


def _thumbnail(view: Grey) -> Text:
    """The frame in half blocks: two pixels a character."""
    rows = np.linspace(0, view.shape[0] - 1, 2 * EYE_ROWS).astype(int)
    columns = np.linspace(0, view.shape[1] - 1, EYE_COLUMNS).astype(int)
    small = view[np.ix_(rows, columns)]
    text = Text()
    for upper, lower in zip(small[::2], small[1::2], strict=True):
        for high, low in zip(upper.tolist(), lower.tolist(), strict=True):
            text.append("▀", f"rgb({high},{high},{high}) on rgb({low},{low},{low})")
        text.append("\n")
    return text


Screen = PlainScreen | LiveScreen
Say = Callable[[str], None]
