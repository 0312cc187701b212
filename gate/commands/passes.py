"""`gate pass`: make keys, issue passes and look at them."""

import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from gate.drawing import as_blocks, draw, save_png
from gate.issuing import Jwk, issue, new_key, public_jwk, public_jwks, signing_key
from gate.keys import MAX_FILE_BYTES, KeysError, load_keys, parse_keys
from gate.model import Pass, Refusal, Utc
from gate.passes import (
    ASSISTED,
    MAX_TEXT,
    STAFF,
    Contents,
    read_unverified,
    verify,
    visit_id,
)

app = typer.Typer(
    help="Make keys, issue passes and look at them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

PngFile = Annotated[Path | None, typer.Option("--png", help="Draw the code into this PNG file.")]


@app.command("keygen")
def keygen(
    *,
    kid: Annotated[str, typer.Argument(help="Name of the key; every pass carries it.")],
    private: Annotated[
        Path, typer.Option(help="New file for the private key; only its owner may read it.")
    ],
    public: Annotated[
        Path, typer.Option(help="JWKS file for the gates; made, or the key is added.")
    ] = Path("keys.json"),
) -> None:
    """Make a key pair: the private file signs passes, the public file goes to the gates.

    To change keys, add the new one to the public file, bring that to every gate, sign with the
    new private file, and take the old key out when its last pass has expired.

    \b
    Example:
      gate pass keygen city-26 --private city-26.jwk --public keys.json
    """
    try:
        key = new_key(kid)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="KID") from error
    if private.resolve() == public.resolve():
        raise typer.BadParameter("the two keys need two files", param_hint="--private")
    try:
        jwks = _with_key(public, key)
        with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(json.dumps(key, indent=2) + "\n")
        _replace(public, jwks)
    except FileExistsError:
        _fail(f"{private} exists and is left as it is: name another file for the new private key.")
    except KeysError as error:
        _fail(str(error))
    except OSError as error:
        _fail_on_file(error)
    typer.echo(f"private key: {private} (keep it where passes are issued, and nowhere else)")
    typer.echo(f"public keys: {public} (copy it to the gates)")


@app.command("issue")
def issue_passes(
    *,
    key: Annotated[Path, typer.Option(help="Private key file, made by `gate pass keygen`.")],
    venue: Annotated[str, typer.Option(help="Venue id, 1 to 16 of a-z 0-9 -.")],
    party: Annotated[int, typer.Option(help="How many people, 1 to 20.")] = 1,
    hours: Annotated[float, typer.Option(help="Valid for this long, at most 24.")] = 4.0,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Valid from, as 2026-01-31T09:00+07:00; local time without offset; default now.",
        ),
    ] = None,
    staff: Annotated[bool, typer.Option("--staff", help="The holder works here.")] = False,
    assisted: Annotated[
        bool, typer.Option("--assisted", help="Needs more time or the wide lane.")
    ] = False,
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many passes.")] = 1,
    png: PngFile = None,
) -> None:
    """Sign passes and print their texts, one a line.

    Each pass is a visit of its own. A text may hold spaces: they belong to it.
    With --count, the pictures are numbered: pass.png becomes pass-1.png, pass-2.png and so on.

    \b
    Examples:
      gate pass issue --key city-26.jwk --venue demo-mall --party 3
      gate pass issue --key city-26.jwk --venue demo-mall --hours 2 --png pass.png
    """
    try:
        signer = signing_key(_read(key, MAX_FILE_BYTES))
    except OSError as error:
        _fail_on_file(error)
    except ValueError as error:
        _fail(f"{key}: {error}")
    now = _now()
    valid_from = now if start is None else _moment(start, "--from")
    for number in range(1, count + 1):
        try:
            text = issue(
                key=signer,
                venue=venue,
                issued_at=now,
                valid_from=valid_from,
                expires=Utc(valid_from + hours * 3600),
                party=party,
                staff=staff,
                assisted=assisted,
            )
        except (ValueError, OverflowError) as error:
            raise typer.BadParameter(str(error)) from error
        typer.echo(text)
        if png is not None:
            _draw(text, png if count == 1 else png.with_stem(f"{png.stem}-{number}"))


@app.command("show")
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
    shown = _text(text, file)
    contents = read_unverified(shown)
    if isinstance(contents, Refusal):
        _fail(_refused(contents))
    drawable = shown.decode()
    if png is not None:
        _draw(drawable, png)
    else:
        typer.echo(as_blocks(drawable), nl=False)
    for name, value in _described(drawable, contents):
        typer.echo(f"{name:<10}{value}")
    if keys is None:
        typer.echo("verdict   not verified: name the gate's keys with --keys")
        return
    try:
        key_set = load_keys(keys)
    except KeysError as error:
        _fail(str(error))
    now = _now() if at is None else _moment(at, "--at")
    verdict = verify(shown, keys=key_set, venue=venue or contents.venue, now=now, skew_s=0.0)
    match verdict:
        case Pass():
            typer.echo("verdict   accepted")
        case Refusal():
            typer.echo(f"verdict   {_refused(verdict)}")
            raise typer.Exit(1)


def _described(text: str, contents: Contents) -> list[tuple[str, str]]:
    flags = {STAFF: "staff", ASSISTED: "needs more time or the wide lane"}
    kid = contents.kid
    return [
        ("pass", f"{len(text)} characters, QR version {draw(text).version}"),
        ("kid", "none" if kid is None else ascii(kid.decode("utf-8", "backslashreplace"))),
        ("venue", contents.venue),
        ("party", str(contents.party)),
        ("flags", ", ".join(word for bit, word in flags.items() if contents.flags & bit) or "none"),
        ("from", _date(contents.valid_from)),
        ("until", _date(contents.expires)),
        ("visit", visit_id(contents.venue, contents.cti)),
    ]


def _refused(refusal: Refusal) -> str:
    return f"refused: {refusal.code}" + (f" ({refusal.detail})" if refusal.detail else "")


def _with_key(public: Path, key: Jwk) -> bytes:
    """The JWKS file's new contents. Raises `KeysError` where a gate would not take them."""
    document: dict[str, list[Jwk]] = public_jwks()
    if public.exists():
        load_keys(public)
        document = json.loads(_read(public, MAX_FILE_BYTES))
    document["keys"].append(public_jwk(key))
    data = (json.dumps(document, indent=2) + "\n").encode()
    parse_keys(data, source=str(public))
    return data


def _replace(path: Path, data: bytes) -> None:
    """Put `data` in the file's place in one step: a reader sees the old or the new."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(data)
    new.replace(path)


def _text(text: str | None, file: Path | None) -> bytes:
    """The text to show, without the end of its line; a byte too many shows as too long."""
    if text is not None:
        data = os.fsencode(text)
    elif file is not None:
        try:
            data = _read(file, MAX_TEXT + 2)
        except OSError as error:
            _fail_on_file(error)
    else:
        data = sys.stdin.buffer.read(MAX_TEXT + 2)
    return data.rstrip(b"\r\n")


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)


def _draw(text: str, path: Path) -> None:
    try:
        save_png(text, path)
    except OSError as error:
        _fail_on_file(error)
    typer.echo(f"drawn in {path}", err=True)


def _now() -> Utc:
    return Utc(time.time())


def _moment(text: str, option: str) -> Utc:
    try:
        return Utc(datetime.fromisoformat(text).astimezone().timestamp())
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"{text!r}: not like 2026-01-31T09:00+07:00", param_hint=option
        ) from error


def _date(moment: Utc) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(sep=" ")


def _fail_on_file(error: OSError) -> NoReturn:
    _fail(f"{error.filename}: {error.strerror}")


def _fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
