"""`gate relay-safe`: the entry relay inactive, whatever became of the daemon."""

import logging
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from drivers.lines import OutputLine, TurnstileError, make_inactive
from gate.commands.configured import loaded
from gate.config import DEFAULT_FILE, load_turnstile
from gate.hardware import hardware

log = logging.getLogger(__name__)


def relay_safe(
    config: Annotated[Path, typer.Option("--config", help="The file of this lane.")] = DEFAULT_FILE,
) -> None:
    """Make the entry relay inactive and let go of it.

    For after the daemon, however it ended (ExecStopPost= of the unit). While a daemon runs the line
    is its own: then this says so and changes nothing. Of the configuration only the relay has to be
    right; exit code 78 where it is not, 1 where the line cannot be had. The resistor on the relay
    board is there for both.
    """
    lane = loaded(config, load=load_turnstile)
    problems = []
    with ExitStack() as parts:
        try:
            factory = hardware(lane, parts, _complain).open_factory()
        except (TurnstileError, OSError) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from error
        parts.callback(factory.close)
        for role in ("relay", "wide_relay"):
            relay = getattr(lane.turnstile, role, None)  # what is wrong in the file is not there
            if relay is None:
                continue
            try:
                make_inactive(role, OutputLine(relay.pin, relay.active_high), factory)
            except TurnstileError as error:
                problems.append(str(error))
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)


def _complain(bug: BaseException) -> None:
    log.error("in the wires: %r", bug)
