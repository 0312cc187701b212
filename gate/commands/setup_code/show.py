"""`gate setup-code show`: what is in a code, and whether a device would take it."""

from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from drivers import qr
from drivers.replay import PictureBroken, read_picture
from gate.commands.failing import fail
from gate.commands.moments import date, moment_of, right_now
from gate.keys import KeysError, load_keys
from gate.setup.code import Rejected, SetupCode, is_ours, read_code, read_part, untimely
from gate.setup.parts import Heap, Missing, collect
from gate.setup.wording import refused, wanting


def show(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures of all parts of one code.")],
    *,
    keys: Annotated[Path, typer.Option(help="setup-keys.json of the devices.")],
    at: Annotated[str | None, typer.Option(help="Judge it for this moment; default now.")] = None,
    file: Annotated[
        bool, typer.Option("--file", help="Print the small file in it, passwords too.")
    ] = False,
) -> None:
    """Read a set-up code from pictures, and say what a device with these keys makes of it.

    Ends with 1 where no device would take it. The device that it is bound to is not looked at.

    \b
    Example:
      gate setup-code show t01-a-1.png t01-a-2.png --keys setup-keys.json
    """
    now = right_now() if at is None else moment_of(at, "--at")
    try:
        known = load_keys(keys)
    except KeysError as error:
        fail(str(error))
    code = read_code(_message(pictures), keys=known, now=now, vouched=True)
    if isinstance(code, Rejected):
        fail(refused(code))
    _describe(code)
    if file:
        typer.echo(code.file.decode("utf-8", "backslashreplace"))
    names = () if code.device is None else (code.device,)
    if late := untimely(code, now=now, vouched=True, used=False, names=names):
        fail(refused(late))


def _message(pictures: list[Path]) -> bytes:
    """The message that the pictures show the parts of. Ends the verb where they do not."""
    heap, answer = Heap(), "no set-up code in these pictures"
    for text in chain.from_iterable(map(_texts, pictures)):
        part = read_part(text)
        if isinstance(part, Rejected):
            fail(refused(part))
        heap, found = collect(heap, part)
        if isinstance(found, bytes):
            return found
        answer = wanting(found) if isinstance(found, Missing) else refused(found)
    return fail(answer)


def _texts(picture: Path) -> list[bytes]:
    try:
        codes = qr.read_all(read_picture(picture))
    except PictureBroken as error:
        fail(f"{picture}: {error}")
    return [code.text for code in codes if is_ours(code.text)]


def _describe(code: SetupCode) -> None:
    for name, value in (
        ("signed by", code.by),
        ("for", code.device or "any device that takes its keys"),
        ("made", date(code.issued_at)),
        ("good until", date(code.expires)),
        ("small file", f"{len(code.file)} bytes"),
    ):
        typer.echo(f"{name:<12}{value}")
