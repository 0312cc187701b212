"""`gate probe`: try one real part of the lane, through its own driver, and say how it is."""

import typer

from gate.commands.probe.broker import broker
from gate.commands.probe.camera import camera
from gate.commands.probe.relay import relay
from gate.commands.probe.sensors import sensors
from gate.commands.probe.thermometer import thermometer

app = typer.Typer(
    help="Try one real part of the lane and say how it is: 0 good, 1 look at it, 2 broken.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for verb in (camera, thermometer, relay, sensors, broker):
    app.command(verb.__name__)(verb)
