"""`gate run`: the daemon."""

import logging
import os
from pathlib import Path
from typing import Annotated

import typer

from drivers.lines import TurnstileError
from drivers.mqtt_endpoint import MqttError
from gate import app
from gate.commands.check import loaded
from gate.config import DEFAULT_FILE
from gate.keys import KeysError
from gate.revocations import RevocationsError
from gate.schema import DiskError, StoreError


def run(
    config: Annotated[Path, typer.Option("--config", help="The file of this lane.")] = DEFAULT_FILE,
) -> None:
    """Run the lane until SIGTERM or Ctrl-C.

    The entry relay is inactive before, during a stop and after. Exit code 78 (EX_CONFIG) means
    that the configuration has to be mended before another start makes sense; 1 that a part which
    the gate cannot be without was not to be had.
    """
    lane = loaded(config)
    logging.basicConfig(
        level=lane.gate.log_level.upper(), format="%(levelname)s %(threadName)s: %(message)s"
    )
    try:
        app.run(lane)
    except (KeysError, RevocationsError, MqttError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(os.EX_CONFIG) from error
    except (TurnstileError, StoreError, DiskError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
