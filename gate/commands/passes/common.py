"""What the verbs of `gate pass` share: files, moments, and how they say no."""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from gate.drawing import save_png
from gate.model import Utc
from gate.passes import MAX_TEXT

PngFile = Annotated[Path | None, typer.Option("--png", help="Draw the code into this PNG file.")]


def replace(path: Path, data: bytes) -> None:
    """Put `data` in the file's place in one step: a reader sees the old or the new."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(data)
    new.replace(path)


def text_of(text: str | None, file: Path | None) -> bytes:
    """The text to show, without the end of its line; a byte too many shows as too long."""
    if text is not None:
        data = os.fsencode(text)
    elif file is not None:
        try:
            data = read(file, MAX_TEXT + 2)
        except OSError as error:
            fail_on_file(error)
    else:
        data = sys.stdin.buffer.read(MAX_TEXT + 2)
    return data.rstrip(b"\r\n")


def read(path: Path, most: int) -> bytes:
    """The file, up to so many bytes."""
    with path.open("rb") as file:
        return file.read(most)


def draw_into(text: str, path: Path) -> None:
    """Write the picture of a pass, and say where."""
    try:
        save_png(text, path)
    except OSError as error:
        fail_on_file(error)
    typer.echo(f"drawn in {path}", err=True)


def right_now() -> Utc:
    """The moment at which the verb runs."""
    return Utc(time.time())


def moment_of(text: str, option: str) -> Utc:
    """What an option says; local time where it has no offset."""
    try:
        return Utc(datetime.fromisoformat(text).astimezone().timestamp())
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"{text!r}: not like 2026-01-31T09:00+07:00", param_hint=option
        ) from error


def date(at: Utc) -> str:
    """For people."""
    return datetime.fromtimestamp(at, UTC).isoformat(sep=" ")


def fail_on_file(error: OSError) -> NoReturn:
    """End because of a file."""
    fail(f"{error.filename}: {error.strerror}")


def fail(sentence: str) -> NoReturn:
    """End with exit code 1, having said why."""
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
