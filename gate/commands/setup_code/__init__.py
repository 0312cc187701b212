"""`gate setup-code`: codes that configure a gate when they are held up in front of its camera."""

import typer

from gate.commands.setup_code.keygen import keygen
from gate.commands.setup_code.make import make
from gate.commands.setup_code.show import show

app = typer.Typer(
    help="Make and read the QR codes that configure a gate which has no configuration yet.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for verb in (keygen, make, show):
    app.command(verb.__name__)(verb)
