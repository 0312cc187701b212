"""`gate simulate`: a morning of visitors at a whole mall without hardware."""

import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from drivers.simulated.broker import BrokerError
from gate.commands.simulate.adapting import StageError
from gate.commands.simulate.mall import Mall
from gate.commands.simulate.manager import ManagerError
from gate.commands.simulate.morning import Morning
from gate.commands.simulate.screen import LiveScreen, PlainScreen
from gate.commands.simulate.server import USER

SETTLE_S = 30.0


def simulate(
    config: Annotated[
        Path, typer.Option("--config", help="A configuration with simulated wires.")
    ] = Path("config/simulated.toml"),
    seconds: Annotated[
        float, typer.Option(min=0, help="Let people come for so long, and every act once.")
    ] = 60.0,
    seed: Annotated[int, typer.Option(help="Another seed, another morning.")] = 1,
    *,
    forever: Annotated[bool, typer.Option("--forever", help="Until Ctrl-C.")] = False,
) -> None:
    """Send a morning of visitors through an entry lane and an exit lane, under central.

    Parties, a fever, an expired and a forged pass, a used pass, a tailgater, people leaving by
    either lane, a limit that is reached, a fire release, a broker outage. The daemons, central with
    the manager's page, the databases and mosquitto are real, only the wires are not. At the end
    people who walked, people on disk, people that an independent subscriber counted and central's
    number must be the same; the exit code says so.

    \b
    Example:
      gate simulate --seconds 30 --seed 7
    """
    console = Console()
    with tempfile.TemporaryDirectory(prefix="gate-simulate-") as folder:
        try:
            agreed = _play(console, config, Path(folder), seconds, seed, forever=forever)
        except (StageError, BrokerError, ManagerError) as error:
            console.print(f"{error}", style="red", markup=False)
            raise typer.Exit(1) from error
    if not agreed:
        raise typer.Exit(1)


def _play(
    console: Console, config: Path, folder: Path, seconds: float, seed: int, *, forever: bool
) -> bool:
    with Mall(config, folder) as mall:
        console.print(
            f"The manager's page: {mall.server.url}  name: {USER}  password for this morning:"
            f" {mall.server.password}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
        screen = LiveScreen(console, mall) if console.is_terminal else PlainScreen(console)
        morning = Morning(mall, seed, screen.say)
        end = time.monotonic() + seconds
        with screen, _stopped_by_hand() as stopped:
            for act in morning.acts():
                if stopped():
                    break
                act()
            for act in morning.more():
                if stopped() or (time.monotonic() >= end and not forever):
                    break
                act()
            if stopped():
                screen.say("stopped by hand")
            settled = mall.settle(SETTLE_S)
        return _judge(console, mall, morning.wrong, settled=settled)


@contextmanager
def _stopped_by_hand() -> Iterator[Callable[[], bool]]:
    """Whether somebody has pressed Ctrl-C: whoever is in a lane walks on. Again: end at once."""
    asked = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _judge(console: Console, mall: Mall, wrong: Sequence[str], *, settled: bool) -> bool:
    """Print the sums; whether all is as it should be."""
    problems = [*wrong]
    if not _sums_agree(console, mall):
        problems.append("the sums differ")
    if not settled:
        problems.append("the mall did not settle: events are still on their way")
    problems += mall.stop()
    for problem in problems:
        console.print(f"WRONG: {problem}", style="red", markup=False)
    if problems:
        for name, last_words in mall.last_words(20).items():
            console.print(f"{name}:\n{last_words}", markup=False)
    else:
        console.print("All four agree, in and out and inside.", style="green")
    return not problems


def _sums_agree(console: Console, mall: Mall) -> bool:
    table = Table("", "in", "out", "inside", title="The sums")
    walked = _row(mall.walked)
    for name, sums in (
        ("people who walked", walked),
        ("counted on disk", on_disk := _row(mall.on_disk)),
        *((f"  at {lane.id}", (*lane.on_disk(), None)) for lane in mall.lanes),
        ("counted by a subscriber", heard := _row(mall.heard)),
        ("central's number", central := mall.central_counts),
    ):
        table.add_row(name, *("" if it is None else str(it) for it in sums or ("none",)))
    console.print(table)
    console.print(f"duplicates that arrived before de-duplication: {mall.tally.duplicates}")
    return walked == on_disk == heard == central


def _row(counted: tuple[int, int]) -> tuple[int, int, int]:
    """With the number inside."""
    entered, left = counted
    return entered, left, entered - left
