"""`gate camera snapshot`: what the camera sees, what is read in it, and how good it is."""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import segno
import typer
from PIL import Image, ImageDraw

from drivers.frame import Grey
from drivers.qr import Code, DecoderAbsent, Kind, read_all
from gate.commands.camera.eye import ConfigFile, looking, taken_with
from gate.commands.configured import loaded, printable
from gate.config import DEFAULT_FILE
from gate.eyes.legible import judge, judge_without
from gate.eyes.scanner import Camera

READ_WITHIN_S = 2.0
MOST_MODULES = 177
"""Of a side, at version 40 (ISO 18004)."""
GREEN = (0, 200, 0)


def snapshot(
    file: Annotated[
        Path, typer.Argument(metavar="[FILE]", help="Where the picture goes, as PNG.")
    ] = Path("snapshot.png"),
    config: ConfigFile = DEFAULT_FILE,
    *,
    seconds: Annotated[
        float, typer.Option(min=0, max=600, help="Wait so long for a code to be held up.")
    ] = 5.0,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Take a picture as the gate sees it, with every code in it outlined and judged.

    Waits until a code is read, or for --seconds; the picture is the frame that was read last. Each
    code is told with its size: 4 pixels a module are good. The picture may show people; delete it
    when it has served. Exit code 1 without a picture, 2 without a code in it.

    \b
    Example:
      gate camera snapshot --config /etc/gate/gate.toml look.png
    """
    settings = loaded(config)
    with looking(settings) as camera:
        try:
            grey, codes = _read(
                camera, settings.scanner.decoder, settings.camera.stall_after_s, seconds
            )
        except DecoderAbsent as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from error
        taken = taken_with(camera)
    try:
        outlined(grey, codes).save(file, format="PNG")
    except OSError as error:
        typer.echo(f"The picture cannot be written: {error}", err=True)
        raise typer.Exit(1) from error
    told = _told(grey, codes)
    if json_:
        size = {"width": grey.shape[1], "height": grey.shape[0]}
        typer.echo(json.dumps({"file": printable(file), **size, "taken": taken, **told}))
    else:
        for line in _lines(grey, file, taken, told):
            typer.echo(line)
    if not codes:
        raise typer.Exit(2)


def _read(
    camera: Camera, decoder: Kind, stall_after_s: float, seconds: float
) -> tuple[Grey, list[Code]]:
    """The first frame with a code, or the last one; exposure and focus settle meanwhile."""
    give_up_at = time.monotonic() + seconds
    while True:
        grey = camera.frame(stall_after_s)
        codes = read_all(grey, decoder, deadline_s=READ_WITHIN_S)
        if codes or time.monotonic() >= give_up_at:
            return grey, codes


def outlined(grey: Grey, codes: list[Code]) -> Image.Image:
    """The frame, with a numbered outline around each code."""
    image = Image.fromarray(grey).convert("RGB")
    draw = ImageDraw.Draw(image)
    thick = max(2, image.width // 320)
    for number, code in enumerate(codes, 1):
        if code.corners:
            around = [*code.corners, code.corners[0]]
            draw.line(around, fill=GREEN, width=thick, joint="curve")
        x, y = code.centre
        draw.text((x, y), str(number), fill=GREEN, stroke_width=2, stroke_fill=(255, 255, 255))
    return image


def _told(grey: Grey, codes: list[Code]) -> dict[str, Any]:
    said = []
    for code in codes:
        judged = judge(grey, code, code.modules or _modules(code.text))
        said.append(
            {
                "text": code.text.decode("utf-8", "replace"),
                "reader": code.reader,
                "px": round(code.size_px, 1),
                "module_px": round(judged.module_px, 2),
                "light": judged.light,
                "dark": judged.dark,
                "complaints": [*judged.complaints],
            }
        )
    return {"codes": said, "complaints": [] if codes else [*judge_without(grey)]}


def _modules(text: bytes) -> int:
    """Of the smallest code at level M, as passes have it, that holds this text."""
    try:
        code = segno.make(text, error="m", micro=False, boost_error=False)
    except segno.DataOverflowError:  # it was made at level L
        return MOST_MODULES
    side, _ = code.symbol_size(border=0)
    return int(side)


def _lines(grey: Grey, file: Path, taken: str, told: dict[str, Any]) -> list[str]:
    size = f"{grey.shape[1]} x {grey.shape[0]}"
    lines = [f"{printable(file)}: {size}{', ' if taken else ''}{taken}"]
    for number, code in enumerate(told["codes"], 1):
        # repr: a code may hold anything, also what a terminal would obey.
        lines.append(f"  {number}  {code['text']!r}")
        lines.append(
            f"     {code['px']:.0f} px, {code['module_px']:.1f} px a module, light"
            f" {code['light']}, dark {code['dark']}, read by {code['reader']}:"
            f" {'; '.join(code['complaints']) or 'good'}"
        )
    if not told["codes"]:
        lines.append("  no code was read")
        lines += [f"     {complaint}" for complaint in told["complaints"]]
    return lines
