"""`gate pass`: make keys, issue passes, look at them, and take them back."""

import typer

from gate.commands.passes.inspect import inspect
from gate.commands.passes.issue import issue
from gate.commands.passes.keys import keygen, rotate
from gate.commands.passes.revoke import revoke
from gate.commands.passes.show import show
from gate.commands.passes.sign import sign

app = typer.Typer(
    help="Make keys, issue passes, look at them, and take them back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for verb in (keygen, rotate, sign, issue, show, inspect, revoke):
    app.command(verb.__name__)(verb)
