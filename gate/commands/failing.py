"""How a verb says no: a sentence, and exit code 1."""

from typing import NoReturn

import typer


def fail_on_file(error: OSError) -> NoReturn:
    """End because of a file."""
    fail(f"{error.filename}: {error.strerror}")


def fail(sentence: str) -> NoReturn:
    """End with exit code 1, having said why."""
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
