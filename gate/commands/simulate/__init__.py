"""`gate simulate`: a morning of visitors through a whole lane without hardware."""

import tempfile
import time
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from drivers.simulated.broker import BrokerError
from gate.commands.simulate.morning import Morning
from gate.commands.simulate.screen import LiveScreen, PlainScreen
from gate.commands.simulate.stage import Stage, StageError

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
    """Send a morning of visitors through a lane with simulated wires and a real broker.

    Parties, a fever, an expired and a forged pass, a used pass, a tailgater, people leaving, a
    fire release, a broker outage. The daemon, the database and mosquitto are real. At the end
    people who walked, people on disk and people that an independent subscriber counted must be
    the same numbers; the exit code says so. Example: gate simulate --seconds 30 --seed 7
    """
    console = Console()
    with tempfile.TemporaryDirectory(prefix="gate-simulate-") as folder:
        try:
            agreed = _play(console, config, Path(folder), seconds, seed, forever=forever)
        except (StageError, BrokerError) as error:
            console.print(f"{error}", style="red", markup=False)
            raise typer.Exit(1) from error
    if not agreed:
        raise typer.Exit(1)


def _play(
    console: Console, config: Path, folder: Path, seconds: float, seed: int, *, forever: bool
) -> bool:
    with Stage(config, folder) as stage:
        screen = LiveScreen(console, stage) if console.is_terminal else PlainScreen(console)
        morning = Morning(stage, seed, screen.say)
        end = time.monotonic() + seconds
        with screen:
            try:
                for act in morning.acts():
                    act()
                for act in chain(morning.more()):
                    if time.monotonic() >= end and not forever:
                        break
                    act()
            except KeyboardInterrupt:
                screen.say("stopped by hand")
            settled = stage.settle(SETTLE_S)
        code = stage.stop_daemon()
        return _judge(console, stage, morning, settled=settled, code=code)


def _judge(
    console: Console, stage: Stage, morning: Morning, *, settled: bool, code: int | None
) -> bool:
    """Print the three sums; whether all is as it should be."""
    walked = (stage.visitors.walked["in"], stage.visitors.walked["out"])
    disk = stage.on_disk()
    heard = (stage.tally.passages("in"), stage.tally.passages("out"))
    table = Table("", "in", "out", title="The sums")
    for name, (entered, left) in (
        ("people who walked", walked),
        ("counted on disk", disk),
        ("counted by a subscriber", heard),
    ):
        table.add_row(name, str(entered), str(left))
    console.print(table)
    console.print(f"duplicates that arrived before de-duplication: {stage.tally.duplicates}")
    problems = list(morning.wrong)
    if not walked == disk == heard:
        problems.append("the sums differ")
    if not settled:
        problems.append("the lane did not settle: events are still on their way")
    if code != 0:
        problems.append(f"the daemon ended with exit code {code}")
    for problem in problems:
        console.print(f"WRONG: {problem}", style="red", markup=False)
    if problems:
        log = (stage.folder / "gate.log").read_text(encoding="utf-8", errors="replace")
        console.print("\n".join(log.splitlines()[-30:]), markup=False)
    else:
        console.print("All three agree, in and out.", style="green")
    return not problems
