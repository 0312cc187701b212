"""`gate central`: the server of one site or many, and the manager's page."""

import logging
import os
from pathlib import Path
from typing import Annotated

import typer

from drivers.mqtt_endpoint import MqttError
from drivers.systemd import Notify
from gate.central.schema import DatabaseError
from gate.commands.central.user import user
from gate.commands.configured import refuse
from gate.config.central import DEFAULT_CENTRAL_FILE, CentralConfig, load_central
from gate.config.problems import ConfigError

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
app.command("user")(user)

ConfigFile = Annotated[Path, typer.Option("--config", help="The file of this server.")]


@app.callback()
def central(
    context: typer.Context,
    config: ConfigFile = DEFAULT_CENTRAL_FILE,
    *,
    web: Annotated[bool, typer.Option("--web", help="Serve the manager's page, too.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Say what is wrong with the file, and end.")
    ] = False,
) -> None:
    """Count the people inside, hold the limit over all gates, and acknowledge what gates tell.

    One process for one venue or many; config/central.toml names every key. Stopped and started
    again, or killed, it goes on where its disk ends. Exit code 78 (EX_CONFIG) means that the
    configuration has to be mended before another start makes sense.

    \b
    Example:
      gate central --config central.toml --check
      gate central user ani --config central.toml
      gate central --config central.toml --web
    """
    if context.invoked_subcommand is not None:
        return
    site = configured(config)
    if check:
        typer.echo(f"{config}: {len(site.venue)} venues, nothing wrong")
        return
    logging.basicConfig(
        level=site.central.log_level.upper(), format="%(levelname)s %(threadName)s: %(message)s"
    )
    from gate.commands.central.serve import ServeError, serve  # noqa: PLC0415 - heavy for `user`

    try:
        serve(site, Notify(os.environ), web=web)
    except (MqttError, ServeError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(os.EX_CONFIG) from error
    except DatabaseError as error:
        typer.echo(f"{site.central.data_dir}: {error}", err=True)
        raise typer.Exit(1) from error


def configured(config: Path) -> CentralConfig:
    """The configuration in the file; else everything wrong is printed, and the verb ends."""
    try:
        return load_central(config)
    except ConfigError as error:
        problems = [f"{it.path}: {it.what}.\n    {it.suggestion}" for it in error.problems]
        refuse(config, problems, err=True)
