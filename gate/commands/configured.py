"""The configuration that a verb needs, or all that is wrong with it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import typer

from gate.config import Config, ConfigError, load


def loaded(config: Path, *, err: bool = True, load: Callable[[Path], Config] = load) -> Config:
    """The configuration in the file, for a verb that needs a good one.

    Else prints everything wrong, to standard error or output, and ends with exit code 78.
    """
    try:
        return load(config)
    except ConfigError as error:
        refuse(
            config,
            [f"{it.path}: {it.what}.\n    {it.suggestion}" for it in error.problems],
            err=err,
        )


def refuse(config: Path, problems: list[str], *, err: bool) -> NoReturn:
    """Print what is wrong, and end with exit code 78."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    for line in (f"{printable(config)}: {count}", *problems):
        typer.echo(line, err=err)
    raise typer.Exit(os.EX_CONFIG)


def printable(path: Path) -> str:
    """A file name need not be UTF-8; what no terminal can take is replaced."""
    return str(path).encode("utf-8", "replace").decode()
