"""`gate wiring`: the configured wiring, drawn for the electrician."""

from pathlib import Path
from typing import Annotated

import typer

from gate.commands.configured import loaded, printable
from gate.config import DEFAULT_FILE, load_elsewhere
from gate.wiring.cautions import cautions
from gate.wiring.drawing import drawn
from gate.wiring.plan import plan_of
from gate.wiring.text import in_words


def wiring(
    file: Annotated[
        Path, typer.Argument(metavar="[FILE]", help="Where the drawing goes, as SVG.")
    ] = Path("wiring.svg"),
    config: Annotated[Path, typer.Option("--config", help="The file of this lane.")] = DEFAULT_FILE,
    *,
    text: Annotated[bool, typer.Option("--text", help="In words, to the terminal.")] = False,
) -> None:
    """Draw the wiring of this lane as its configuration has it: an SVG that prints on A4.

    Header, relay board, sensors, release, lamps, thermometer, and what has to work with the Pi
    unplugged; docs/wiring.md explains it. Any browser shows and prints it. What an electrician
    should look at twice is told as well (gate pins says more). Exit code 1 where the file cannot
    be written.

    \b
    Example:
      gate wiring --config /etc/gate/gate.toml lane-3.svg
    """
    plan = plan_of(loaded(config, load=load_elsewhere))
    if text:
        typer.echo("\n".join(in_words(plan)))
    else:
        try:
            file.write_text(drawn(plan).svg(), encoding="utf-8")
        except OSError as error:
            typer.echo(f"The drawing cannot be written: {error}. Name another FILE.", err=True)
            raise typer.Exit(1) from error
        typer.echo(f"{printable(file)}: open it in a browser, print it on A4 (landscape)")
    for one in cautions(plan):
        typer.echo(f"{one.code}: {one.found}\n    {one.mend}", err=True)
