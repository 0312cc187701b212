"""`gate fleet make`: a folder for each device of the list; `template`: how a list begins."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from gate.commands.configured import refuse
from gate.commands.failing import fail, fail_on_file
from gate.commands.files import read
from gate.commands.fleet.opened import Opened, PassphraseFile, Replace, SiteAt, opened
from gate.commands.moments import right_now
from gate.config import ConfigError
from gate.config.reader import read_tables
from gate.fleet import table
from gate.fleet.columns import template as template_text
from gate.fleet.devices import Device, devices_in
from gate.fleet.making import BROKER, Made, Maker, Outcome
from gate.fleet.register import SECRET, RegisterError
from gate.fleet.site import PUBLIC_KEYS
from gate.fleet.table import TableError
from gate.keys import KeysError, load_keys


def template(
    *,
    semicolon: Annotated[
        bool, typer.Option("--semicolon", help="For an Excel that has a comma in its numbers.")
    ] = False,
) -> None:
    """Print the beginning of a list of devices, with two lines as an example.

    \b
    Example:
      gate fleet template > devices.csv
    """
    typer.echo(template_text(";" if semicolon else ","), nl=False)


def make(
    devices: Annotated[
        Path | None,
        typer.Argument(help="List of the devices; else the one of last time (devices.csv)."),
    ] = None,
    *,
    site: SiteAt = Path(),
    replace: Replace = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make a folder for each device of a list: gate.toml, keys and certificates.

    Every mistake is told at once, with its line and column, and then nothing is made. Done again,
    it makes what is new or has changed, and certificates that are near their end; keys stay.
    Needed for the broker is in broker/, for central and others in clients/.

    \b
    Example:
      gate fleet make devices.csv
      gate card write t01-a
    """
    work = opened(site, passphrase_file)
    path = devices or work.folder.list
    data, listed = _read(path, work)
    known = {*(device.gate for device in listed), *work.site.clients.all}
    if unknown := sorted(set(replace or ()) - known):
        fail(f"--replace {unknown[0]}: is neither in {path} nor a client in site.toml.")
    maker = Maker(
        work.folder,
        work.site,
        work.register,
        disk=work.disk,
        now=right_now(),
        replace=replace or (),
    )
    try:
        if not work.folder.list.exists() or work.folder.list.read_bytes() != data:
            work.disk.write(work.folder.list, data, SECRET)
        done = [_told(made) for made in maker.make(listed)]
    except RegisterError as error:
        fail(str(error))
    except OSError as error:
        fail_on_file(error)
    _sum(done, work)


def _read(path: Path, work: Opened) -> tuple[bytes, list[Device]]:
    """The list and its devices; ends the verb with everything that is wrong."""
    keys, wrong = work.folder.public_keys(), []
    if "keys.json" not in keys:
        wrong.append(f"{work.folder.root / 'keys.json'} is missing: {PUBLIC_KEYS['keys.json']}.")
    for file in keys.values():
        try:
            load_keys(file)
        except KeysError as error:
            wrong += str(error).splitlines()
    try:
        common = read_tables(work.folder.common)
        data = read(path, table.MAX_BYTES + 1)
        listed = devices_in(data, site=work.site, common=common, keys=keys)
    except ConfigError as error:
        refuse(work.folder.common, [*wrong, *map(str, error.problems)], err=True)
    except TableError as error:
        refuse(path, [*wrong, *map(str, error.mistakes)], err=True)
    except OSError as error:
        fail_on_file(error)
    if wrong:
        refuse(path, wrong, err=True)
    return data, listed


def _told(made: Made) -> Made:
    if made.outcome is not Outcome.SAME:
        typer.echo(f"{made.name:20}  {made.outcome.value}")
        if made.why:
            typer.echo(f"{'':20}  {made.why}")
    return made


def _sum(done: list[Made], work: Opened) -> None:
    counted = Counter(made.outcome for made in done)
    typer.echo(
        f"{len(done)} folders: " + ", ".join(f"{n} {it.name.lower()}" for it, n in counted.items())
    )
    if any(made.name == BROKER and made.outcome is not Outcome.SAME for made in done):
        typer.echo(f"Bring {work.folder.broker}/ to the broker, and restart it (docs/fleet.md).")
    if counted[Outcome.LEFT]:
        raise typer.Exit(1)
