"""`gate provision`: from gate.toml on the boot partition to a device that works."""

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from drivers import process
from gate.durable import Disk
from gate.model import Utc
from gate.places import Places
from gate.process import Runner
from gate.provision.applying import Provisioner
from gate.provision.report import lines
from gate.units import SETUP


def provision(
    *,
    boot: Annotated[
        Path | None,
        typer.Option("--boot", help="Where the FAT partition is.", show_default="/boot/firmware"),
    ] = None,
    root: Annotated[
        Path, typer.Option("--root", help="Another device: an image, mounted there.")
    ] = Path("/"),
    check: Annotated[
        bool, typer.Option("--check", help="Say all mistakes, and change nothing.")
    ] = False,
    restart: Annotated[
        bool,
        typer.Option("--restart", help="While the machine starts: again, if config.txt changed."),
    ] = False,
) -> None:
    """Take over gate.toml from the boot partition: host name, Wi-Fi, keys, the lane.

    gate-provision.service does it at each boot. Where anything is wrong nothing is changed, and
    everything wrong is said: here, and in gate-provision.log beside the file. Secrets are stored
    on the device, and then taken off the partition. A file that has not changed is not looked at
    again.

    With --check on a laptop, before the card is in the device. Exit code 78 (EX_CONFIG) where the
    file has mistakes, 1 where the disk takes nothing.

    \b
    Example:
      gate provision --check --boot /media/me/bootfs
    """
    places = Places(root, boot)
    here = root == Path("/")
    device = Provisioner(places=places, disk=Disk(), run=process.run if here else _nobody)
    try:
        if check:
            problems = device.check()
            said = [str(problem) for problem in problems] or [f"{places.small_file}: good"]
        else:
            first = not places.config.exists()
            outcome = device.provision(
                Utc(time.time()), may_restart=restart and here and starting()
            )
            problems, said = outcome.problems, lines(outcome)
            if here and first and outcome.configured:  # it has the camera that the daemon wants
                process.run("systemctl", "--no-block", "stop", SETUP)
    except OSError as error:
        typer.echo(f"{error}. Nothing is half done: the next start goes on.", err=True)
        raise typer.Exit(1) from error
    for line in said:
        typer.echo(line)
    if problems:
        raise typer.Exit(os.EX_CONFIG)


def starting(run: Runner = process.run) -> bool:
    """Whether the machine is still starting. Later somebody may be in the lane, or a package is
    being installed, which starts the unit too."""
    return run("systemctl", "is-system-running").out.strip() in {"initializing", "starting"}


def _nobody(*command: str | Path, **_: object) -> process.Finished:
    """Nothing runs on a device that is only mounted here."""
    return process.Finished(0, "", f"{command[0]}: not run")
