"""The whole configuration, and the few values that follow from more than one of its keys."""

from pathlib import Path

from gate.config.eye import Camera, Scanner
from gate.config.fields import Section
from gate.config.lane import (
    Passage,
    Simulation,
    Thermometer,
    Turnstile,
)
from gate.config.services import Mqtt, Status, Store
from gate.config.site import Gate, Limit, Passes, Screening, Visit
from gate.model import Direction


class Config(Section):
    """What is in force: every key has its value, every path is placed, every rule is kept.

    Made by `gate.config.load` only, which fills in the sections that the file leaves out.
    """

    gate: Gate
    camera: Camera
    scanner: Scanner
    passes: Passes
    visit: Visit
    thermometer: Thermometer
    screening: Screening
    turnstile: Turnstile
    passage: Passage
    limit: Limit
    mqtt: Mqtt
    store: Store
    status: Status
    simulation: Simulation | None = None

    @property
    def guard_c(self) -> float:
        """Half the band around the limit. Ask only where there is a thermometer."""
        own = self.screening.guard_c
        return self.thermometer.traits.guard_c if own is None else own

    @property
    def one_sensor_direction(self) -> Direction | None:
        """What the only sensor counts; None where two sensors see the direction."""
        if self.turnstile.sensor_b is not None:
            return None
        return self.passage.one_sensor_direction or self.gate.direction

    @property
    def status_socket(self) -> Path:
        """Where a running gate answers `gate status`."""
        return self.gate.data_dir / self.status.socket

    @property
    def simulated(self) -> tuple[str, ...]:
        """The sections whose source is the simulator."""
        sources = {
            "camera": self.camera.source,
            "thermometer": self.thermometer.source,
            "turnstile": self.turnstile.source,
        }
        return tuple(name for name, source in sources.items() if source == "simulated")
