"""`gate camera`: set up the eye of a lane, and measure it."""

import typer

from gate.commands.camera.bench import bench
from gate.commands.camera.focus import focus
from gate.commands.camera.snapshot import snapshot

app = typer.Typer(
    help="Set up the camera of a lane: look through it, focus it, measure it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for verb in (snapshot, focus, bench):
    app.command(verb.__name__)(verb)
