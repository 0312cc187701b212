"""`gate check`: what is wrong with a configuration file, or what is in force."""

import os
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from gate.config import DEFAULT_FILE, Config, ConfigError, load, shown
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
        _refuse(config, problems, err=False)
    typer.echo(shown(good).rstrip() if show else f"{_printable(config)}: good, {_summary(good)}")


def loaded(config: Path, *, err: bool = True) -> Config:
    """The configuration in the file, for a verb that needs a good one.

    Else prints everything wrong, to standard error or output, and ends with exit code 78.
    """
    try:
        return load(config)
    except ConfigError as error:
        _refuse(
            config,
            [f"{it.path}: {it.what}.\n    {it.suggestion}" for it in error.problems],
            err=err,
        )


def _refuse(config: Path, problems: list[str], *, err: bool) -> NoReturn:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    for line in (f"{_printable(config)}: {count}", *problems):
        typer.echo(line, err=err)
    raise typer.Exit(os.EX_CONFIG)


def _summary(config: Config) -> str:
    """Which gate this would be."""
    gate, screening = config.gate, config.screening
    return f"gate {gate.id} of {gate.venue}, {gate.scan}, screening {screening.mode}"


def _printable(path: Path) -> str:
    """A file name need not be UTF-8; what no terminal can take is replaced."""
    return str(path).encode("utf-8", "replace").decode()
