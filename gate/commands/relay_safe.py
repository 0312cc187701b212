"""`gate relay-safe`: the relays inactive, whatever became of the daemon."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from gpiozero import Factory

from drivers.lines import OutputLine, TurnstileError, make_inactive
from gate.commands.configured import loaded
from gate.config import DEFAULT_FILE, Config, load_turnstile
from gate.hardware import hardware

log = logging.getLogger(__name__)

RELAYS = ("relay", "wide_relay")
"""Keys of `[turnstile]` whose lines let somebody in."""


def relay_safe(
    config: Annotated[Path, typer.Option("--config", help="The file of this lane.")] = DEFAULT_FILE,
) -> None:
    """Make the relays inactive and let go of them.

    For after the daemon, however it ended (ExecStopPost= of the unit). While a daemon runs the
    lines are its own: then this says so and changes nothing. Of the configuration only the relays
    have to be right. Exit code 78 where it does not say which line the turnstile's is on, 1 where
    a relay could not be made inactive. The resistor on the relay board is there for both.
    """
    lane = loaded(config, load=load_turnstile)
    try:
        with ExitStack() as parts:
            factory = hardware(lane, parts, _complain).open_factory()
            parts.callback(factory.close)
            problems = [*_made_inactive(lane, factory)]
    except (TurnstileError, OSError) as error:
        problems = [str(error)]
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)


def _made_inactive(lane: Config, factory: Factory) -> Iterator[str]:
    """One relay after the other; says why one could not be, and goes on with the next."""
    for name in RELAYS:
        try:
            relay = getattr(lane.turnstile, name)
            line = OutputLine(relay.pin, relay.active_high) if relay is not None else None
        except AttributeError:  # a hole (`load_turnstile`)
            yield f"turnstile.{name} is wrong, so nothing was done to it: see gate check"
            continue
        try:
            if line is not None:
                make_inactive(name, line, factory)
        except TurnstileError as error:
            yield str(error)


def _complain(bug: BaseException) -> None:
    log.error("in the wires: %r", bug)
