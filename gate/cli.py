"""The command line: one verb a file in `gate.commands`, put together here."""

import typer

from gate.commands.broker import app as broker
from gate.commands.check import check
from gate.commands.decode import decode
from gate.commands.passes import app as passes
from gate.commands.run import run
from gate.commands.simulate import simulate
from gate.commands.status import mode, recount, reload, status, trust_clock

app = typer.Typer(
    name="gate",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The controller of an entrance lane: pass, temperature, turnstile, counted entries.",
    epilog="On a new lane: gate check, then gate run. Without hardware: gate simulate.",
)
app.command()(run)
app.command()(check)
app.command()(status)
app.command()(recount)
app.command()(mode)
app.command()(reload)
app.command()(trust_clock)
app.command()(simulate)
app.command()(decode)
app.add_typer(passes, name="pass")
app.add_typer(broker, name="broker")


def main() -> None:
    """Entry point of the `gate` command."""
    app()
