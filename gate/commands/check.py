"""`gate check`: what is wrong with a configuration file, or what is in force."""

from pathlib import Path
from typing import Annotated

import typer

from gate.commands.configured import loaded, printable, refuse
from gate.config import DEFAULT_FILE, Config, shown
from gate.reloading import unusable_lists


def check(
    config: Annotated[Path, typer.Option("--config", help="The file to check.")] = DEFAULT_FILE,
    *,
    show: Annotated[
        bool, typer.Option("--show", help="Print what is in force, with the defaults marked.")
    ] = False,
) -> None:
    """Say everything that is wrong with a configuration file, and what to do about it.

    The keys and revocations that it names are looked at too. Exit code 78 (EX_CONFIG of
    sysexits.h) when the gate would not start with it.
    """
    good = loaded(config, err=False)
    if problems := [*unusable_lists(good)]:
        refuse(config, problems, err=False)
    typer.echo(shown(good).rstrip() if show else f"{printable(config)}: good, {_summary(good)}")


def _summary(config: Config) -> str:
    """Which gate this would be."""
    gate, screening = config.gate, config.screening
    return f"gate {gate.id} of {gate.venue}, {gate.scan}, screening {screening.mode}"
