"""The camera that a configuration names, for a technician's look through it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from drivers.camera import Camera as PiCamera
from drivers.frame import CameraError
from gate.config import Config
from gate.eyes.scanner import Camera
from gate.hardware import open_camera
from gate.status import ask

ConfigFile = Annotated[Path, typer.Option("--config", help="The file that names the camera.")]

ANSWERS_S = 1.0
EXAMPLE = "AB1:HELD UP BY THE SIMULATOR FOR WHOEVER LOOKS THROUGH ITS CAMERA"


@contextmanager
def looking(config: Config) -> Iterator[Camera]:
    """The camera, open. Whatever breaks it is told as a sentence; then the exit code is 1."""
    if config.camera.source == "picamera2" and _answers(config.status_socket):
        # One process at a time has a camera, and no picture leaves a lane that is in service.
        typer.echo(
            "The lane is running and has the camera. Stop it (sudo systemctl stop gate), look, and"
            " start it again (sudo systemctl start gate).",
            err=True,
        )
        raise typer.Exit(1)
    try:
        with closing(open_eye(config)) as camera:
            yield camera
    except CameraError as error:
        typer.echo(f"The camera gives no picture: {error}.{_hint(config)}", err=True)
        raise typer.Exit(1) from error


def taken_with(camera: Camera) -> str:
    """What the last frame was taken with; empty where the source does not say."""
    taken = camera.taken if isinstance(camera, PiCamera) else None
    if taken is None:
        return ""
    said = [
        "" if taken.exposure_ms is None else f"{taken.exposure_ms:.1f} ms",
        "" if taken.gain is None else f"gain {taken.gain:.1f}",
        "" if taken.focus_cm is None else f"focus at {taken.focus_cm:.0f} cm",
    ]
    return ", ".join(word for word in said if word)


def open_eye(config: Config) -> Camera:
    """The camera of the file; a simulated one looks at an example. Raises `CameraError`."""
    if config.camera.source != "simulated":
        return open_camera(config.camera, None)
    from drivers.simulated.frames import Scene  # noqa: PLC0415 - only in a simulation

    scene = Scene(width=config.camera.width, height=config.camera.height, seed=1)
    scene.show(EXAMPLE)
    return open_camera(config.camera, scene)


def _answers(socket: Path) -> bool:
    try:
        ask(socket, "status", timeout_s=ANSWERS_S)
    except (OSError, ValueError):
        return False
    return True


def _hint(config: Config) -> str:
    if config.camera.source != "picamera2":
        return ""
    return (
        " Does rpicam-hello --list-cameras show it? Does another program have it"
        " (fuser -v /dev/video* /dev/media*)?"
    )
