"""From a simulated configuration to that of one lane in a folder of its own."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from drivers.simulated.broker import Broker
from drivers.simulated.visitors import Wiring
from gate.config import Config
from gate.config.text import toml_value

Tables = dict[str, dict[str, Any]]
"""A configuration file."""

Changes = Mapping[str, Mapping[str, Any] | None]
"""Keys of its tables that are to be others; None: the whole table is to go."""


class StageError(Exception):
    """The simulation cannot be set up; the text says what to do."""


def read_base(base: Path) -> Tables:
    """The simulated configuration at `base`. Raises StageError."""
    try:
        tables: Tables = tomllib.loads(base.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StageError(
            f"{base} cannot be read ({error}): start in the project's folder, or name a simulated"
            " configuration with --config"
        ) from error
    if "simulation" not in tables:
        raise StageError(f"{base} is no simulated configuration: it has no [simulation]")
    return tables


def adapt(tables: Tables, folder: Path, *, port: int, keys: Path, changes: Changes) -> Path:
    """Write the lane's file: its files in `folder`, the broker on `port`; returns where it is."""
    tables["gate"]["data_dir"] = str(folder / "data")
    tables["passes"]["keys"] = str(keys)
    tables["simulation"]["wires"] = str(folder / "wires.sock")
    tables.setdefault("mqtt", {}).update(host=Broker.host, port=port)
    tables.setdefault("store", {})["acknowledged"] = True  # the listener does, or central
    for name, keys_and_values in changes.items():
        if keys_and_values is None:
            tables.pop(name, None)
        else:
            tables.setdefault(name, {}).update(keys_and_values)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    os.chmod(folder, 0o700)  # noqa: PTH101 - private: it holds sockets
    file = folder / "gate.toml"
    file.write_text(written(tables), encoding="utf-8")
    return file


def written(tables: Tables) -> str:
    """As TOML."""
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key} = {toml_value(value)}\n" for key, value in keys.items())
        for name, keys in tables.items()
    )


def wiring_of(config: Config) -> Wiring:
    """Which wire is what. Raises StageError where one is missing."""
    lane = config.turnstile
    inputs = (lane.sensor_a, lane.sensor_b, lane.release, lane.attendant, lane.key, lane.proximity)
    signs = (lane.lamp_red, lane.lamp_amber, lane.lamp_green, lane.buzzer)
    if None in signs:
        raise StageError("the simulated lane needs three lamps and a buzzer")
    red, amber, green, buzzer = (sign.pin for sign in signs if sign)
    return Wiring(
        relay=lane.relay.pin,
        relay_active_high=lane.relay.active_high,
        red=red,
        amber=amber,
        green=green,
        buzzer=buzzer,
        sensor_a=lane.sensor_a.pin,
        sensor_b=lane.sensor_b.pin if lane.sensor_b else None,
        release=lane.release.pin,
        rest={line.pin: not line.active_high for line in inputs if line},
    )
