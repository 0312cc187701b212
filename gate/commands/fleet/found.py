"""`gate fleet init`: the folder of a site, with an authority of its own."""

from getpass import getpass
from pathlib import Path
from typing import Annotated

import typer

from gate.commands.configured import refuse
from gate.commands.failing import fail, fail_on_file
from gate.commands.fleet.opened import passphrase_in
from gate.commands.moments import right_now
from gate.config import ConfigError
from gate.config.text import toml_value
from gate.durable import Disk
from gate.fleet.register import RegisterError, found
from gate.fleet.site import PUBLIC_KEYS, SiteFolder, load_site

SHORTEST = 12

SITE = """\
# What this site is (docs/fleet.md). After a change here: gate fleet make

[site]
name = {name}

[broker]
hosts = {hosts}    # names and addresses of the broker; gates connect to the first one
#port = 8883
#root = "aman"    # first word of every topic

[clients]    # who comes to the broker and is no gate; each gets a certificate in clients/
central = "central"
#watchers = ["desk"]    # may read all (gate watch)
#operators = ["ops"]    # send commands (gate command)

[certificates]
enrol = {enrol}    # true: each device makes its own key, and asks with gate.csr
#days = 1825    # how long a certificate is good
#renew_days = 180    # so long before its end gate fleet make makes the next one
"""

COMMON = """\
# What all gates of this site have in common: any section and key of config/gate.toml, and [device]
# and [wifi]. What differs is a column of devices.csv, like turnstile.open_for_s, and goes first.
# After a change here: gate fleet make

[device]
timezone = "Asia/Jakarta"
wifi_country = "ID"

[thermometer]
variant = "DCC"    # the last three letters of the type printed on the part

[turnstile]    # docs/wiring.md
relay = { pin = 17, active = "high" }
sensor_a = { pin = 22, active = "high", pull = "up" }
sensor_b = { pin = 23, active = "high", pull = "up" }
release = { pin = 24, active = "high", pull = "up" }
lamp_red = { pin = 5, active = "high" }
lamp_amber = { pin = 6, active = "high" }
lamp_green = { pin = 13, active = "high" }
"""


def init(
    folder: Annotated[Path, typer.Argument(help="New folder of the site.")],
    *,
    broker: Annotated[
        list[str],
        typer.Option(help="Host name or address of the broker; the first is what gates use."),
    ],
    name: Annotated[
        str | None, typer.Option(help="The site, as people call it; else the folder's name.")
    ] = None,
    enrol: Annotated[
        bool, typer.Option("--enrol", help="Each device makes its own key (gate fleet sign).")
    ] = False,
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="The authority's key gets a passphrase.")
    ] = False,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="The passphrase is the only line of this file.")
    ] = None,
) -> None:
    """Make the folder of a site: its certificate authority, and two files to be filled in.

    Whoever has ca.key can be every gate and the broker. Keep the folder on one machine, and a copy
    of all of it where nobody finds it: without it no device can be added, renewed or revoked.

    \b
    Example:
      gate fleet init mall-t01 --broker broker.mall-t01.lan --broker 192.0.2.10 --passphrase
    """
    site, disk = SiteFolder(folder), Disk()
    secret = _passphrase(passphrase_file) if passphrase or passphrase_file else None
    called = name or folder.resolve().name
    settings = SITE.format(
        name=toml_value(called), hosts=toml_value(broker), enrol=toml_value(enrol)
    )
    try:
        disk.make_folder(folder, 0o700)
        if site.authority.exists():
            fail(f"{site.authority} is there: this site has its authority, and gates trust it.")
        disk.write(site.settings, settings.encode())
        load_site(site.settings)
        if not site.common.exists():
            disk.write(site.common, COMMON.encode())
        found(site, called, right_now(), disk=disk, passphrase=secret)
    except ConfigError as error:
        disk.remove(site.settings)
        refuse(site.settings, [str(it) for it in error.problems], err=True)
    except RegisterError as error:
        fail(str(error))
    except OSError as error:
        fail_on_file(error)
    _what_next(folder)


def _what_next(folder: Path) -> None:
    typer.echo(f"{folder} has an authority of its own. Nobody but you may read ca.key.")
    typer.echo("What next:")
    typer.echo("  1. read gates.toml: how all lanes are wired")
    typer.echo("  2. put the public keys there that every device is to have:")
    for file, meaning in PUBLIC_KEYS.items():
        typer.echo(f"       {file:17} {meaning}{'' if file == 'keys.json' else ' (optional)'}")
    typer.echo(f"  3. cd {folder}; gate fleet template > devices.csv; fill it in")
    typer.echo("  4. gate fleet make devices.csv")


def _passphrase(file: Path | None) -> bytes:
    if file is not None:
        secret = passphrase_in(file)
    else:
        secret = getpass("New passphrase of the authority's key: ").encode()
        if getpass("Once more: ").encode() != secret:
            fail("The two are not the same. Nothing was made.")
    if len(secret) < SHORTEST:
        fail(f"A passphrase has {SHORTEST} characters or more: four words are easy to remember.")
    return secret
