"""`gate pass show`: a pass drawn, and what it says."""

from pathlib import Path
from typing import Annotated

import typer

from gate.commands.failing import fail
from gate.commands.moments import date, moment_of, right_now
from gate.commands.passes.codes import PngFile, draw_into, text_of
from gate.drawing import as_blocks, draw
from gate.keys import KeysError, load_keys
from gate.model import Pass, Refusal
from gate.passes import ASSISTED, STAFF, Contents, read_unverified, verify, visit_id


def show(
    *,
    text: Annotated[
        str | None, typer.Argument(help="The text in quotes; without it standard input is read.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Read the text from this file.")] = None,
    png: PngFile = None,
    keys: Annotated[
        Path | None, typer.Option(help="Verify it as a gate with this JWKS file would.")
    ] = None,
    venue: Annotated[
        str | None, typer.Option(help="The gate's venue; default the one that the pass names.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(help="Verify it for this moment, as in `issue --from`; default now."),
    ] = None,
) -> None:
    """Draw a pass and print what it says; with --keys also whether a gate would believe it.

    Ends with 1 where the text is no pass, or where the gate would refuse it; clocks that differ
    are not allowed for.

    \b
    Examples:
      gate pass show "AB1:..." --keys keys.json --venue demo-mall
      gate pass issue --key city-26.jwk --venue demo-mall | gate pass show
    """
    shown = text_of(text, file)
    contents = read_unverified(shown)
    if isinstance(contents, Refusal):
        fail(refused(contents))
    drawable = shown.decode()
    if png is not None:
        draw_into(drawable, png)
    else:
        typer.echo(as_blocks(drawable), nl=False)
    for name, value in described(drawable, contents):
        typer.echo(f"{name:<10}{value}")
    if keys is None:
        typer.echo("verdict   not verified: name the gate's keys with --keys")
        return
    try:
        key_set = load_keys(keys)
    except KeysError as error:
        fail(str(error))
    now = right_now() if at is None else moment_of(at, "--at")
    verdict = verify(shown, keys=key_set, venue=venue or contents.venue, now=now, skew_s=0.0)
    match verdict:
        case Pass():
            typer.echo("verdict   accepted")
        case Refusal():
            typer.echo(f"verdict   {refused(verdict)}")
            raise typer.Exit(1)


def described(text: str, contents: Contents) -> list[tuple[str, str]]:
    """What a pass says, in words."""
    flags = {STAFF: "staff", ASSISTED: "needs more time or the wide lane"}
    kid = contents.kid
    return [
        ("pass", f"{len(text)} characters, QR version {draw(text).version}"),
        ("kid", "none" if kid is None else ascii(kid.decode("utf-8", "backslashreplace"))),
        ("venue", contents.venue),
        ("party", str(contents.party)),
        ("flags", ", ".join(word for bit, word in flags.items() if contents.flags & bit) or "none"),
        ("from", date(contents.valid_from)),
        ("until", date(contents.expires)),
        ("visit", visit_id(contents.venue, contents.cti)),
    ]


def refused(refusal: Refusal) -> str:
    """A refusal, in words."""
    return f"refused: {refusal.code}" + (f" ({refusal.detail})" if refusal.detail else "")
