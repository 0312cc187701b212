"""The machine that the doctor stands in front of; here gate and drivers meet."""

import sys
import time
from dataclasses import replace
from pathlib import Path

from drivers.gpiochip import chips, line
from drivers.kernel_clock import KernelClock
from drivers.mlx90614 import (
    Mlx90614,
    ThermometerError,
    open_bus,
)
from drivers.mqtt_endpoint import Endpoint
from drivers.mqtt_probe import probe
from drivers.process import run
from gate.commands.at_broker import place_of_lane
from gate.config import Config, ConfigError, load
from gate.doctor.device import Device, Tried
from gate.failures import FAILURES
from gate.model import Utc
from gate.status import answer_of
from gate.topics import topics

BROKER_S = 3.0


def machine(file: Path, *, inside: bool = False) -> Device:
    """This machine, with the lane of that configuration file."""
    config, problems = read(file)
    return Device(
        config_file=file,
        config=config,
        problems=problems,
        lane=None if config is None else lane_of(config),
        run=run,
        python=Path(sys.executable),
        prefix=Path(sys.prefix),
        now=Utc(time.time()),
        clock_kept=KernelClock().synchronised,
        chips=chips,
        line=line,
        open_thermometer=lambda lane: Mlx90614(
            open_bus(lane.thermometer.bus), lane.thermometer.address
        ),
        broken=ThermometerError,
        failures=FAILURES,
        ask_broker=ask_broker,
        pause=time.sleep,
        inside=inside,
    )


def read(file: Path) -> tuple[Config | None, tuple[str, ...]]:
    """The configuration, or all that is wrong with it."""
    try:
        return load(file), ()
    except ConfigError as error:
        return None, tuple(f"{it.path}: {it.what}. {it.suggestion}" for it in error.problems)


def lane_of(config: Config) -> dict[str, object] | None:
    """What the running lane says of itself; None: none answers."""
    return answer_of(config.status_socket) or None


def ask_broker(config: Config) -> Tried:
    """One attempt, under a name that nobody has."""
    try:
        endpoint: Endpoint = place_of_lane(config).endpoint
    except (OSError, ValueError) as error:
        return Tried("files", str(error))
    site = config.gate
    own = topics(root=config.mqtt.root, district=site.district, venue=site.venue, gate=site.id)
    # Answers to operators: an empty one is nobody's, and it is the broker's answer that counts.
    probed = probe(replace(endpoint, connect_timeout_s=BROKER_S), topic=own.res, timeout_s=BROKER_S)
    return Tried(probed.outcome.value, probed.why)
