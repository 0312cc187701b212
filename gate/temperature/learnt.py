"""What can be learnt of the thermometer, and the names of its faults. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from gate.temperature.transfers import Failure


class Fault(StrEnum):
    """Why there is no verdict. Stable: they stand in front of the detail of alarms."""

    ABSENT = "absent"
    IDENTITY = "identity"
    BUS = "bus"
    SENSOR = "sensor"
    STALE = "stale"
    STUCK = "stuck"
    AMBIENT = "ambient"
    WARMING = "warming"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault, and its text for the technician."""

    fault: Fault
    why: str

    def __str__(self) -> str:
        return f"{self.fault}: {self.why}"


@dataclass(frozen=True, slots=True)
class Opened:
    """The part answers, and is the one that it should be."""

    cells: tuple[int, ...]
    """What tells it from others."""


@dataclass(frozen=True, slots=True)
class NotOpened:
    """There is no part to use: `fault` is *absent* or *identity*."""

    fault: Fault
    why: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A transfer brought no temperature."""

    failure: Failure
    why: str


@dataclass(frozen=True, slots=True)
class ObjectRead:
    """A sample."""

    celsius: float


@dataclass(frozen=True, slots=True)
class AmbientRead:
    """The part's own temperature."""

    celsius: float


Learnt = Opened | NotOpened | Failed | ObjectRead | AmbientRead
