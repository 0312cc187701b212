"""`gate run`: the daemon."""

import logging
import os
from pathlib import Path
from typing import Annotated

import typer

from drivers.lines import TurnstileError
from drivers.memory import give_back
from drivers.mqtt_endpoint import MqttError
from drivers.qr import DecoderAbsent
from drivers.systemd import Notify
from gate import app
from gate.commands.configured import loaded
from gate.config import DEFAULT_FILE, Config
from gate.keys import KeysError
from gate.lifetime import Lifetime
from gate.revocations import RevocationsError
from gate.schema import DiskError, StoreError


def run(
    config: Annotated[Path, typer.Option("--config", help="The file of this lane.")] = DEFAULT_FILE,
) -> None:
    """Run the lane until SIGTERM or Ctrl-C; both let those walk through who have a grant.

    SIGHUP (or gate reload) takes the file over again, if nothing in it is wrong.
    The entry relay is inactive before, during a stop and after. Exit code 78 (EX_CONFIG) means
    that the configuration has to be mended before another start makes sense; 1 that a part which
    the gate cannot be without was not to be had.
    """
    lane: Config | None = loaded(config)
    systemd, lifetime = Notify(os.environ), Lifetime()
    give_back()
    try:
        while lane is not None:
            logging.basicConfig(
                level=lane.gate.log_level.upper(),
                format="%(levelname)s %(threadName)s: %(message)s",
                force=True,
            )
            lane = app.run(lane, config, systemd, lifetime)
    except (KeysError, RevocationsError, MqttError, DecoderAbsent) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(os.EX_CONFIG) from error
    except (TurnstileError, StoreError, DiskError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
