"""`gate card`: a device's files onto its card."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from drivers.process import run
from gate.commands.failing import fail, fail_on_file
from gate.commands.fleet.opened import Opened, SiteAt, opened
from gate.fleet.card import CardError, write
from gate.fleet.making import CERTIFICATE, SIGNED
from gate.fleet.volumes import (
    LSBLK,
    MAC_VOLUMES,
    VolumeError,
    the_one,
    volumes_in,
    volumes_on_a_mac,
)

app = typer.Typer(no_args_is_help=True)


@app.callback()
def about() -> None:
    """Put a device's files onto its card."""


@app.command("write")
def write_card(
    name: Annotated[str, typer.Argument(help="Id of the gate, as in the list of devices.")],
    *,
    to: Annotated[
        Path | None,
        typer.Option(help="Where the boot partition is mounted; else it is found by its label."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="The card may be another gate's so far.")
    ] = False,
    site: SiteAt = Path(),
) -> None:
    """Copy a device's folder onto the boot partition of its card, and read it again.

    Flash the card first and put it in again, so that bootfs is mounted. Nothing else on it is
    touched.

    \b
    Example:
      gate card write t01-a
    """
    work = opened(site)
    source = work.folder.devices / name
    if not source.is_dir():
        made = sorted(path.name for path in work.folder.devices.glob("*") if path.is_dir())
        fail(f"{source} is not there. Made were: {', '.join(made) or 'none; gate fleet make'}.")
    _counts(name, source, work)
    try:
        card = to or _found()
        written = write(source, card, name, disk=work.disk, replace=replace)
    except (CardError, VolumeError) as error:
        fail(str(error))
    except OSError as error:
        fail_on_file(error)
    for file in written.taken_out:
        typer.echo(f"{card / file} was another gate's, and is gone")
    typer.echo(f"{card}: {', '.join(written.files)}; read again, and as they should be.")
    typer.echo(
        "Eject the card, put it into the device, and switch it on. What became of it is told"
    )
    typer.echo("in gate-provision.log on the card, and by the lamps.")
    if (source / SIGNED).exists() or (source / CERTIFICATE).exists():
        return
    typer.echo(
        f"This device makes its own key: after its first start, bring gate.csr of its card to\n"
        f"  gate fleet sign {card / 'gate.csr'}"
    )


def _counts(name: str, source: Path, work: Opened) -> None:
    """Ends the verb where the device would be refused at the broker."""
    has_files = (source / SIGNED).exists() or (source / CERTIFICATE).exists()
    if has_files and work.register.of(name) is None:
        fail(
            f"{name} was revoked: the broker would refuse it. It needs another key:"
            f" gate fleet make --replace {name}"
        )


def _found() -> Path:
    """Where the only card is mounted. Raises VolumeError."""
    if sys.platform == "darwin":
        return the_one(volumes_on_a_mac([*MAC_VOLUMES.glob("*")]))
    asked = run(*LSBLK)
    if not asked.ok:
        raise VolumeError(
            f"{LSBLK[0]} does not say which volumes there are ({asked.why}): use --to"
        )
    return the_one(volumes_in(asked.out))
