"""`gate fleet`: many devices at once, from a list; docs/fleet.md."""

import typer

from gate.commands.fleet.found import init
from gate.commands.fleet.listed import list_
from gate.commands.fleet.make import make, template
from gate.commands.fleet.revoke import revoke
from gate.commands.fleet.sign import sign

app = typer.Typer(no_args_is_help=True)
app.command("init")(init)
app.command("template")(template)
app.command("make")(make)
app.command("sign")(sign)
app.command("list")(list_)
app.command("revoke")(revoke)


@app.callback()
def about() -> None:
    """Make the devices of a site from a list, with keys and certificates of the site's own.

    \b
    Example:
      gate fleet init mall-t01 --broker broker.mall-t01.lan
      cd mall-t01
      gate fleet template > devices.csv
      gate fleet make devices.csv
      gate card write t01-a
    """
