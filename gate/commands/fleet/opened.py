"""What the verbs of `gate fleet` share: the site that they work on, and its passphrase."""

from collections.abc import Callable
from dataclasses import dataclass
from getpass import getpass
from pathlib import Path
from typing import Annotated

import typer

from gate.commands.configured import refuse
from gate.commands.failing import fail, fail_on_file
from gate.config import ConfigError, read_secret
from gate.durable import Disk
from gate.fleet.register import Register, RegisterError
from gate.fleet.site import Site, SiteFolder, load_site

SiteAt = Annotated[Path, typer.Option("--site", help="Folder of the site, where it is not this.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(help="File with the passphrase of the authority's key; else it is asked for."),
]
Replace = Annotated[
    list[str] | None,
    typer.Option(help="Name that may have another key; the one that it has ends. Repeatable."),
]


@dataclass(frozen=True, slots=True)
class Opened:
    """A site, ready to work on."""

    folder: SiteFolder
    site: Site
    register: Register
    disk: Disk


def opened(at: Path, passphrase_file: Path | None = None) -> Opened:
    """The site in a folder; else says what is wrong with it, and ends the verb."""
    folder, disk = SiteFolder(at), Disk()
    try:
        register = Register(folder, disk=disk, passphrase=asking(passphrase_file))
        return Opened(folder, load_site(folder.settings), register, disk)
    except RegisterError as error:
        fail(str(error))
    except ConfigError as error:
        refuse(folder.settings, [str(it) for it in error.problems], err=True)


def asking(file: Path | None) -> Callable[[], bytes]:
    """Where the passphrase comes from, when it is needed."""
    if file is None:
        return lambda: getpass("Passphrase of the authority's key: ").encode()
    return lambda: passphrase_in(file)


def passphrase_in(file: Path) -> bytes:
    """The only line of a file."""
    try:
        return read_secret(file).encode()
    except OSError as error:
        fail_on_file(error)
    except ValueError as error:
        fail(f"{file}: {error}")


def until_the_broker_knows(work: Opened) -> str:
    """What is to be done once a certificate was revoked."""
    return (
        f"Bring {work.folder.brokers_revocations} to /etc/mosquitto at the broker, and restart"
        " mosquitto: until then the key that was revoked opens its door."
    )
