"""`gate decode`: what the gate's own decoder reads in pictures."""

import json
import os
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from drivers import qr
from drivers.replay import PictureBroken, read_picture


def decode(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Pictures: png, jpg, webp and others.", show_default=False
        ),
    ],
    *,
    json_: Annotated[
        bool, typer.Option("--json", help="One JSON object a line for each file.")
    ] = False,
    decoder: Annotated[
        qr.Kind, typer.Option(help="Both readers, or one alone, as in \\[scanner].")
    ] = "cascade",
) -> None:
    """Read the QR codes in pictures with the gate's own decoder.

    A lane has a quarter of a second for a frame; here everything is tried that may help.

    One line a file, in the order given: the texts (bytes that are not UTF-8 become U+FFFD), which
    reader found them, and how many milliseconds the decoding took, loading not counted. With
    --json: `file`, and `texts`, `readers` and `ms`, or `error` for a file that is no picture;
    then the exit code is 1. Exit code 78: the decoder is not installed here.
    """
    broken = False
    for file in files:
        try:
            line = _read(file, decoder)
        except qr.DecoderAbsent as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(os.EX_CONFIG) from error
        broken = broken or "error" in line
        typer.echo(json.dumps(line) if json_ else _readable(line))
    if broken:
        raise typer.Exit(1)


def _read(file: Path, decoder: qr.Kind) -> dict[str, Any]:
    name = _printable(str(file))
    try:
        grey = read_picture(file)
    except PictureBroken as error:
        return {"file": name, "error": _printable(str(error))}
    before = time.perf_counter()
    codes = qr.read_all(grey, decoder)
    took_s = time.perf_counter() - before
    texts = [code.text.decode("utf-8", "replace") for code in codes]
    readers = [code.reader for code in codes]
    return {"file": name, "texts": texts, "readers": readers, "ms": round(took_s * 1000, 3)}


def _printable(text: str) -> str:
    """A file name need not be UTF-8; what no terminal can take is replaced."""
    return text.encode("utf-8", "replace").decode()


def _readable(line: dict[str, Any]) -> str:
    if "error" in line:
        return f"{line['file']}: error: {line['error']}"
    # repr: a code may hold anything, also what a terminal would obey.
    found = zip(line["texts"], line["readers"], strict=True)
    texts = ", ".join(f"{text!r} by {reader}" for text, reader in found) or "no code"
    return f"{line['file']}: {texts} ({line['ms']:.1f} ms)"
