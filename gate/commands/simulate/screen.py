"""What a simulation shows: the lanes live in a terminal, plain lines elsewhere."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Self

import numpy as np
from rich.columns import Columns
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from drivers.frame import Grey
from drivers.simulated.frames import Scene
from gate.commands.simulate.lane import Lane
from gate.commands.simulate.mall import Mall

EVERY_S = 0.25
STORIES = 7
EYE_COLUMNS, EYE_ROWS = 44, 16
WIDTH = 58
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
    """The mall as it is, several times a second, and the last stories below it."""

    def __init__(self, console: Console, mall: Mall) -> None:
        self._mall = mall
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
        mall = self._mall
        if mall.entry.world.shown != self._shown:
            self._shown = mall.entry.world.shown
            self._scene.show(self._shown)
        eye = Panel(_thumbnail(self._scene.view), title="the camera at the entrance", expand=False)
        ways = Group(
            Panel(_lane(mall.entry, _ENTRY), title="the way in", width=WIDTH),
            Panel(_lane(mall.exit, _EXIT), title="the way out", width=WIDTH),
        )
        stories = Panel("\n".join(self._stories), title="what happened")
        return Group(Columns([eye, ways]), Panel(_venue(mall), title="the mall"), stories)


_ENTRY = ("lamp", "entry", "says", "", "thermometer", "right", "backlog", "faults")
_EXIT = ("lamp", "says", "backlog", "faults")


def _lane(lane: Lane, names: Sequence[str]) -> Table:
    """What it says of itself, of that what is named."""
    table = Table.grid(padding=(0, 1))
    status = lane.status()
    if status is None:
        table.add_row("the daemon does not answer")
        return table
    sentence, degrees = status["sentence"], status["thermometer_c"]
    values: dict[str, str | Text] = {
        "lamp": Text(f" {status['lamp']} ", LAMPS.get(status["lamp"], "dim")),
        "entry": "free" if status["entry_free"] else "shut",
        "says": sentence["id"],
        "": sentence["en"],
        "thermometer": "-" if degrees is None else f"{degrees:.1f} °C",
        "right": f"{status['right']} more may enter",
        "backlog": f"{status['backlog']} events",
        "faults": ", ".join(status["faults"]) or "none",
    }
    for name in names:
        table.add_row(Text(name, "dim"), values[name])
    return table


def _venue(mall: Mall) -> Table:
    """One line of what the manager sees, beside what is true."""
    table = Table.grid(padding=(0, 1))
    entered, left = mall.walked
    seen = mall.manager.sees
    shown = "nothing" if seen is None else f"{seen.inside} of {seen.limit} inside, {seen.condition}"
    table.add_row(Text("central", "dim"), shown)
    table.add_row(Text("walked", "dim"), f"{entered} in, {left} out")
    table.add_row(Text("on MQTT", "dim"), "{} in, {} out".format(*mall.heard))
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
