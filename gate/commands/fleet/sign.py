"""`gate fleet sign`: certificates for keys that devices have made themselves."""

from pathlib import Path
from typing import Annotated

import typer

from gate.certificates import pem
from gate.commands.configured import refuse
from gate.commands.failing import fail_on_file
from gate.commands.files import read
from gate.commands.fleet.opened import (
    Opened,
    PassphraseFile,
    Replace,
    SiteAt,
    opened,
    until_the_broker_knows,
)
from gate.commands.moments import right_now
from gate.fleet.devices import gates_in
from gate.fleet.enrolment import signed
from gate.fleet.making import FOLDER, SIGNED
from gate.fleet.register import RegisterError
from gate.fleet.table import TableError

MAX_BYTES = 65_536


def sign(
    requests: Annotated[
        list[Path], typer.Argument(help="gate.csr from the boot partition of a device; or several.")
    ],
    *,
    site: SiteAt = Path(),
    replace: Replace = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Sign the request of a device that has made its own key, and write gate.crt beside it.

    Only gates of the list (gate fleet make) get a certificate. The same request again gets the same
    one; another key for a gate that has one is refused without --replace, which ends the other.
    On the card, gate.crt is all that the device needs: put it back in, and start it.

    \b
    Example:
      gate fleet sign /media/me/bootfs/gate.csr --site mall-t01
    """
    work = opened(site, passphrase_file)
    gates, revoked = _gates(work), len(work.register.revocations)
    good = [_sign(request, work, gates, replace or []) for request in requests]
    if len(work.register.revocations) > revoked:
        typer.echo(until_the_broker_knows(work))
    if not all(good):
        raise typer.Exit(1)


def _sign(request: Path, work: Opened, gates: list[str], replace: list[str]) -> bool:
    """Whether it was; else says why not."""
    try:
        name, certificate = signed(
            read(request, MAX_BYTES),
            gates=gates,
            register=work.register,
            terms=work.site.certificates,
            now=right_now(),
            replace=replace,
        )
        kept = work.folder.devices / name
        work.disk.make_folder(kept, FOLDER)
        work.disk.write(kept / SIGNED, pem(certificate))
        beside = request.with_suffix(".crt")
        work.disk.write(beside, pem(certificate))
    except (ValueError, RegisterError) as error:
        typer.echo(f"{request}: {error}", err=True)
        return False
    except OSError as error:
        fail_on_file(error)
    ends = certificate.not_valid_after_utc.date().isoformat()
    typer.echo(f"{name}: {beside} (good until {ends})")
    return True


def _gates(work: Opened) -> list[str]:
    try:
        return gates_in(work.folder.list.read_bytes())
    except TableError as error:
        refuse(work.folder.list, [str(it) for it in error.mistakes], err=True)
    except OSError as error:
        fail_on_file(error)
