"""What the verbs of `gate pass` share: a code to be looked at, and pictures of codes."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from gate.commands.failing import fail_on_file
from gate.commands.files import read
from gate.drawing import save_png
from gate.passes import MAX_TEXT

PngFile = Annotated[Path | None, typer.Option("--png", help="Draw the code into this PNG file.")]


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


def draw_into(text: str, path: Path) -> None:
    """Write the picture of a pass, and say where."""
    try:
        save_png(text, path)
    except OSError as error:
        fail_on_file(error)
    typer.echo(f"drawn in {path}", err=True)
