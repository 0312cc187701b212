"""`gate fleet list`: who has a certificate, and until when."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from gate.commands.configured import refuse
from gate.commands.failing import fail_on_file
from gate.commands.fleet.opened import SiteAt, opened
from gate.commands.moments import right_now
from gate.fleet.devices import gates_in
from gate.fleet.listing import Entry, entries
from gate.fleet.table import TableError


def list_(
    *,
    site: SiteAt = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say who has a certificate, until when, and what is to be done.

    Exit code 1 when it is time for something: run it once a month.
    """
    work = opened(site)
    try:
        gates = gates_in(work.folder.list.read_bytes()) if work.folder.list.exists() else []
    except TableError as error:
        refuse(work.folder.list, [str(it) for it in error.mistakes], err=True)
    except OSError as error:
        fail_on_file(error)
    found = [*entries(work.register, work.site, gates, right_now())]
    if as_json:
        typer.echo(json.dumps([asdict(entry) for entry in found], indent=2))
    else:
        for entry in found:
            typer.echo(_line(entry))
    if any(entry.warns for entry in found):
        raise typer.Exit(1)


def _line(entry: Entry) -> str:
    ends = f"until {entry.ends}, {entry.days} days" if entry.days is not None else ""
    return f"{entry.kind:10}{entry.name:20}  {ends:29}  {entry.todo}".rstrip()
