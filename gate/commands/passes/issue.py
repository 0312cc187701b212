"""`gate pass issue`: one pass or a list of them, as texts, as pictures, on a sheet to print."""

from pathlib import Path
from typing import Annotated

import typer

from gate.commands.failing import fail, fail_on_file
from gate.commands.files import signer_of
from gate.commands.moments import moment_of, right_now
from gate.commands.passes.codes import PngFile, draw_into
from gate.commands.passes.wanted import CsvError, Wanted, read_csv
from gate.issuing import Jwk
from gate.issuing import issue as sign
from gate.model import Utc
from gate.sheet import Card, save_sheet


def issue(
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
    csv: Annotated[
        Path | None,
        typer.Option(
            help="One pass for each line of this file, with a head of any of: label, party, hours,"
            " from, staff, assisted. What a line leaves out is as in the options."
        ),
    ] = None,
    png: PngFile = None,
    sheet: Annotated[
        Path | None,
        typer.Option(help="All passes on A4 pages with their labels: .png, .svg or .pdf."),
    ] = None,
) -> None:
    """Sign passes and print their texts, one a line.

    Each pass is a visit of its own. A text may hold spaces: they belong to it.
    With --count, the pictures are numbered: pass.png becomes pass-1.png, pass-2.png and so on.
    A label is for the sheet alone; a pass holds nothing that leads to a person.

    \b
    Examples:
      gate pass issue --key city-26.jwk --venue demo-mall --party 3
      gate pass issue --key city-26.jwk --venue demo-mall --hours 2 --png pass.png
      gate pass issue --key city-26.jwk --venue demo-mall --csv guests.csv --sheet guests.pdf
    """
    signer = signer_of(key)
    now = right_now()
    usual = Wanted(
        label="",
        party=party,
        hours=hours,
        start=now if start is None else moment_of(start, "--from"),
        staff=staff,
        assisted=assisted,
    )
    if csv is None:
        wanted = [usual] * count
    else:
        try:
            wanted = read_csv(csv, usual)
        except CsvError as error:
            fail(str(error))
    texts = _signed(wanted, signer, venue, now, csv)
    for number, text in enumerate(texts, start=1):
        typer.echo(text)
        if png is not None:
            draw_into(text, png if len(texts) == 1 else png.with_stem(f"{png.stem}-{number}"))
    if sheet is not None:
        _save(sheet, [Card(text, one.label) for text, one in zip(texts, wanted, strict=True)])


def _signed(wanted: list[Wanted], signer: Jwk, venue: str, now: Utc, csv: Path | None) -> list[str]:
    """All of them; nothing is printed or written where one cannot be made."""
    texts, problems = [], []
    for one in wanted:
        try:
            text = sign(
                key=signer,
                venue=venue,
                issued_at=now,
                valid_from=one.start,
                expires=Utc(one.start + one.hours * 3600),
                party=one.party,
                staff=one.staff,
                assisted=one.assisted,
            )
        except (ValueError, OverflowError) as error:
            if csv is None:
                raise typer.BadParameter(str(error)) from error
            problems.append(f"{csv}, line {one.line}: {error}")
        else:
            texts.append(text)
    if problems:
        fail("\n".join(problems))
    return texts


def _save(sheet: Path, cards: list[Card]) -> None:
    try:
        written = save_sheet(cards, sheet)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--sheet") from error
    except OSError as error:
        fail_on_file(error)
    for path in written:
        typer.echo(f"drawn in {path}", err=True)
