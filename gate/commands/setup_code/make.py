"""`gate setup-code make`: a small file becomes QR codes."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gate.commands.configured import refuse
from gate.commands.failing import fail, fail_on_file
from gate.commands.files import read, signer_of
from gate.commands.moments import date, right_now
from gate.config import ConfigError
from gate.config.toml import decoded, tables_of
from gate.drawing import as_blocks, draw, save_png
from gate.model import Utc
from gate.provision.sections import STORED, is_content
from gate.provision.small_file import read as read_small_file
from gate.provision.small_file import written
from gate.setup.code import MAX_FILE, NONCE_BYTES, SetupCode, make_texts
from gate.sheet import LARGE, Card, save_sheet

MOST_HOURS = 31 * 24.0


def make(
    file: Annotated[Path, typer.Argument(help="The small file: gate.toml as on a card.")],
    *,
    key: Annotated[Path, typer.Option(help="File of the private key that signs it.")],
    hours: Annotated[
        float, typer.Option(min=0.1, max=MOST_HOURS, help="For so long the code is good.")
    ] = 24.0,
    device: Annotated[
        str | None,
        typer.Option(help="Serial number or host name of the only device that takes it."),
    ] = None,
    png: Annotated[
        Path | None,
        typer.Option(help="Draw into this PNG file; of several codes, NAME-1.png, NAME-2.png ..."),
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Draw a page to print: .pdf, .svg or .png.")
    ] = None,
) -> None:
    """Sign a small file and draw it as QR codes, for the camera of a gate without configuration.

    The file is checked as a device checks it. What its [secrets] name by file (keys.json, ca.pem)
    is looked for beside it and goes into the code. Whoever sees the code can read what is in it,
    passwords too: show it, and throw it away. A device takes it once.

    \b
    Example:
      gate setup-code make gate.toml --key tech-1.jwk
      gate setup-code make gate.toml --key tech-1.jwk --device 10000000abcdef01 --sheet t01-a.pdf
    """
    signer = signer_of(key)
    now = right_now()
    code = SetupCode(
        nonce=secrets.token_bytes(NONCE_BYTES),
        issued_at=now,
        expires=Utc(now + hours * 3600),
        file=_small_file(file),
        device=device,
    )
    try:
        texts = make_texts(code, signer)
    except ValueError as error:
        fail(f"{file}: {error}.")
    _draw(texts, code, png, sheet)
    version = draw(texts[0]).version
    count = "1 code" if len(texts) == 1 else f"{len(texts)} codes, to be shown in any order"
    typer.echo(
        f"{count} of QR version {version}, good until {date(Utc(int(code.expires)))}", err=True
    )


def _small_file(path: Path) -> bytes:
    """The file with everything in it that it names. Ends the verb where it is no good one."""
    try:
        data = read(path, MAX_FILE + 1)
        read_small_file(data)  # so that what is wrong is told by the lines of this file
        return written(**_whole(tables_of(decoded(data)), path.parent))
    except OSError as error:
        fail_on_file(error)
    except ConfigError as error:
        told = [f"{it.path}: {it.what}.\n    {it.suggestion}" for it in error.problems]
        refuse(path, told, err=True)


def _whole(tables: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The same with documents in the place of file names: on a QR code nothing lies beside."""
    held = tables.get("secrets")
    if not isinstance(held, dict):
        return dict(tables)
    documents = {
        name: _document(value, folder)
        if isinstance(value, str) and name != "mqtt_password"
        else value
        for name, value in held.items()
    }
    return {**tables, "secrets": documents}


def _document(value: str, folder: Path) -> str:
    """What a value of `[secrets]` stands for. JSON loses its spaces: a code has no room for them.

    Raises OSError.
    """
    if value == STORED:
        return value
    text = (
        value
        if is_content(value)
        else read(folder / value, MAX_FILE + 1).decode("utf-8", "replace")
    )
    try:
        return json.dumps(json.loads(text), separators=(",", ":"))
    except ValueError:  # a certificate
        return text


def _draw(texts: list[str], code: SetupCode, png: Path | None, sheet: Path | None) -> None:
    """Where it was asked for, or else in the terminal."""
    try:
        if png is not None:
            single = len(texts) == 1
            for number, text in enumerate(texts, start=1):
                path = png if single else png.with_stem(f"{png.stem}-{number}")
                save_png(text, path)
                typer.echo(f"drawn in {path}", err=True)
        if sheet is not None:
            until = date(Utc(int(code.expires)))[:16]
            cards = [
                Card(
                    text, f"{code.device or 'set-up'}, {number} of {len(texts)}, until {until} UTC"
                )
                for number, text in enumerate(texts, start=1)
            ]
            for path in save_sheet(cards, sheet, LARGE):
                typer.echo(f"drawn in {path}", err=True)
    except OSError as error:
        fail_on_file(error)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--sheet") from error
    if png is None and sheet is None:
        for number, text in enumerate(texts, start=1):
            typer.echo(f"{number} of {len(texts)}")
            typer.echo(as_blocks(text), nl=False)
