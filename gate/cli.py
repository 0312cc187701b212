"""The command line: one verb a file in `gate.commands`, put together here.

The module of a verb is imported when the verb is asked for: the daemon need not know how to draw
codes or how to simulate a lane, and `gate relay-safe` has to be quick.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

VERBS = {
    "run": "run",
    "check": "check",
    "doctor": "doctor",
    "status": "status",
    "recount": "status",
    "mode": "status",
    "reload": "status",
    "trust-clock": "status",
    "relay-safe": "relay_safe",
    "provision": "provision",
    "simulate": "simulate",
    "camera": "camera",
    "decode": "decode",
    "probe": "probe",
    "pins": "pins",
    "wiring": "wiring",
    "bundle": "bundle",
    "setup": "setup",
    "setup-code": "setup_code",
    "calibrate": "calibrate",
    "audit": "audit",
    "pass": "passes",
    "broker": "broker",
    "fleet": "fleet",
    "card": "card",
    "watch": "watch",
    "command": "command",
    "update": "update",
    "rollback": "update",
    "release": "release",
    "central": "central",
    "load": "load",
}
"""Each verb and its module, in the order of `gate --help`. The module is a family of verbs with an
`app` of its own, or else has a function of the verb's name."""


class Verbs(TyperGroup):
    """Knows the verbs by name, and imports one when it is asked for; `--help` asks for all."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for verb in VERBS:
            self.add_command(TyperCommand(verb))  # only the name, until it is asked for

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The verb itself; None where there is none of that name."""
        if cmd_name in VERBS:
            self.add_command(_imported(cmd_name), cmd_name)
        return super().get_command(ctx, cmd_name)


def _imported(verb: str) -> Any:
    """The command as typer makes it when it knows the verb from the start."""
    module = import_module(f"gate.commands.{VERBS[verb]}")
    name, alone = verb.replace("-", "_"), typer.Typer()
    if isinstance(getattr(module, "app", None), typer.Typer):
        alone.add_typer(module.app, name=verb)
    else:
        alone.command(verb)(getattr(module, name))
    return get_group(alone).commands[verb]


app = typer.Typer(
    cls=Verbs,
    name="gate",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog="On a new lane: gate check, then gate run. Without hardware: gate simulate.",
)


@app.callback()
def gate() -> None:
    """The controller of an entrance lane: pass, temperature, turnstile, counted entries."""


def main() -> None:
    """Entry point of the `gate` command."""
    app(prog_name="gate")
