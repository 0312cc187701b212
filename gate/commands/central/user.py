"""`gate central user`: who may sign in to the manager's page."""

from getpass import getpass
from pathlib import Path
from typing import Annotated

import typer

from gate.commands.configured import refuse
from gate.commands.failing import fail, fail_on_file
from gate.commands.files import read
from gate.config.central import DEFAULT_CENTRAL_FILE, load_central
from gate.config.problems import ConfigError

USERS = "users.json"
"""In central's folder, beside the database."""

LONGEST_FILE = 4096


def user(
    name: Annotated[str, typer.Argument(help="Whom; up to 32 of a-z 0-9 . _ -.")],
    *,
    config: Annotated[Path, typer.Option(help="The file of this server.")] = DEFAULT_CENTRAL_FILE,
    users: Annotated[
        Path | None, typer.Option(help="File of the users, instead of the one that it leads to.")
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="File whose first line is the password; else it is asked.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the user away.")] = False,
) -> None:
    """Make a user of the manager's page, or give one another password.

    It counts at once, also while central runs: with another password, and with the end of a user,
    their sessions end. Run it as the user that central runs as; nobody else may read the file.

    \b
    Example:
      gate central user anna --config central.toml
    """
    try:
        from gate.central.web.users import (  # noqa: PLC0415 - needs the extra
            UsersError,
            remove_user,
            set_password,
        )
    except ImportError as error:
        fail(f"{error}. The manager's page needs: pip install 'aman-gate[central]'")
    path = users or _beside_the_database(config)
    try:
        if remove:
            remove_user(path, name)
            typer.echo(f"{name} may no longer sign in")
            return
        new = set_password(path, name, _password_of(password_file))
    except UsersError as error:
        fail(str(error))
    typer.echo(f"{name} may sign in" if new else f"{name} has another password")


def _beside_the_database(config: Path) -> Path:
    try:
        folder = load_central(config).central.data_dir
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except ConfigError as error:
        problems = [f"{it.path}: {it.what}.\n    {it.suggestion}" for it in error.problems]
        refuse(config, problems, err=True)
    except OSError as error:
        fail_on_file(error)
    return folder / USERS


def _password_of(file: Path | None) -> str:
    if file is None:
        password = getpass("Password: ")
        if getpass("Once more: ") != password:
            fail("The two are not the same. Nothing has changed.")
        return password
    try:
        first_line, *_ = [*read(file, LONGEST_FILE).decode().splitlines(), ""]
    except OSError as error:
        fail_on_file(error)
    except UnicodeDecodeError:
        fail(f"{file}: is not a text in UTF-8")
    return first_line
