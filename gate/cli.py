"""The command line: one verb a file in `gate.commands`, put together here.

The module of a verb is imported when the verb is asked for: the daemon need not know how to draw
codes or how to simulate a lane, and `gate relay-safe` has to be quick.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

PANELS = {
    "The lane": {
        "run": "run",
        "check": "check",
        "status": "status",
        "mode": "status",
        "recount": "status",
        "reload": "status",
        "trust-clock": "status",
        "relay-safe": "relay_safe",
        "audit": "audit",
    },
    "This device": {
        "doctor": "doctor",
        "probe": "probe",
        "pins": "pins",
        "wiring": "wiring",
        "calibrate": "calibrate",
        "camera": "camera",
        "provision": "provision",
        "setup": "setup",
        "update": "update",
        "rollback": "update",
        "bundle": "bundle",
    },
    "The site": {
        "fleet": "fleet",
        "card": "card",
        "setup-code": "setup_code",
        "release": "release",
        "pass": "passes",
        "broker": "broker",
        "watch": "watch",
        "command": "command",
        "central": "central",
    },
    "Without hardware": {
        "simulate": "simulate",
        "load": "load",
        "decode": "decode",
    },
}
"""Each verb and its module, as `gate --help` shows them. The module is a family of verbs with an
`app` of its own, or else has a function of the verb's name."""

VERBS = {verb: module for panel in PANELS.values() for verb, module in panel.items()}
_PANEL = {verb: panel for panel, verbs in PANELS.items() for verb in verbs}


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
        alone.add_typer(module.app, name=verb, rich_help_panel=_PANEL[verb])
    else:
        alone.command(verb, rich_help_panel=_PANEL[verb])(getattr(module, name))
    return get_group(alone).commands[verb]


app = typer.Typer(
    cls=Verbs,
    name="gate",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog="On a new device: gate doctor. Without hardware: gate simulate.",
)


@app.callback()
def gate() -> None:
    """The controller of an entrance lane: pass, temperature, turnstile, counted entries."""


def main() -> None:
    """Entry point of the `gate` command."""
    app(prog_name="gate")
