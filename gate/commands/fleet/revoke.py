"""`gate fleet revoke`: a device that was stolen, or is out of use."""

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from gate.commands.failing import fail, fail_on_file
from gate.commands.fleet.opened import PassphraseFile, SiteAt, opened, until_the_broker_knows
from gate.commands.moments import right_now
from gate.fleet.register import RegisterError


def revoke(
    names: Annotated[list[str], typer.Argument(help="Gates, or clients of the broker.")],
    *,
    site: SiteAt = Path(),
    passphrase_file: PassphraseFile = None,
) -> None:
    """Let nobody in at the broker any more with the keys that these have.

    It counts once the broker has the new list, and was restarted: a reload would leave whoever is
    connected connected. There is no way back; a device that turns up again gets another key.

    \b
    Example:
      gate fleet revoke t01-a
      scp broker/site.crl root@broker:/etc/mosquitto/ && ssh root@broker systemctl restart mosquitto
    """
    work = opened(site, passphrase_file)
    known = work.register.names()
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f" Did you mean {near[0]}?" if near else " See gate fleet list."
            fail(f"{name} never had a certificate; nothing was revoked.{meant}")
    try:
        for name in names:
            gone = work.register.revoke(name, right_now())
            typer.echo(f"{name}: revoked" if gone else f"{name}: was revoked before")
    except RegisterError as error:
        fail(str(error))
    except OSError as error:
        fail_on_file(error)
    typer.echo(until_the_broker_knows(work))
