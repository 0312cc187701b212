"""`gate broker`: what the broker of a site has to know of its gates."""

import re
from typing import Annotated

import typer

from gate.acl import Place, acl

app = typer.Typer(no_args_is_help=True, help="Set up the broker of a site.")

_PLACE = re.compile(r"([a-z0-9-]{1,32})/([a-z0-9-]{1,32})/([a-z0-9-]{1,32})")


@app.callback()
def about() -> None:
    """Set up the broker of a site."""


@app.command("acl")
def print_acl(
    gates: Annotated[
        list[str], typer.Argument(help="The gates of the broker, each DISTRICT/VENUE/GATE.")
    ],
    root: Annotated[str, typer.Option(help="First word of every topic: [mqtt] root.")] = "aman",
    central: Annotated[str, typer.Option(help="Name of central's certificate.")] = "central",
    watcher: Annotated[
        list[str] | None, typer.Option(help="Name of somebody who may read all, and say nothing.")
    ] = None,
    operator: Annotated[
        list[str] | None, typer.Option(help="Name of somebody who sends commands (gate command).")
    ] = None,
) -> None:
    """Print mosquitto's ACL file for these gates: each hears and says what concerns it, no more.

    A gate's name at the broker is the common name of its certificate, and that is its id.
    Example: gate broker acl jkt/mall-a/t01-a jkt/mall-a/t01-b > /etc/mosquitto/gate.acl
    """
    try:
        places = [_place(gate) for gate in gates]
        text = acl(
            places, root=root, central=central, watchers=watcher or (), operators=operator or ()
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(text, nl=False)


def _place(text: str) -> Place:
    found = _PLACE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text} is no DISTRICT/VENUE/GATE, like jkt/mall-a/t01-a")
    return Place(*found.groups())
