"""What the gate wants of a thermometer, and what it tells of one."""

from dataclasses import dataclass
from typing import Protocol

from gate.temperature.learnt import Trouble
from gate.temperature.transfers import Transfers


class Identity(Protocol):
    """What a thermometer says of itself."""

    @property
    def cells(self) -> tuple[int, ...]:
        """The words of `commissioning.CELLS`."""


class Thermometer(Protocol):
    """What is needed of a thermometer; the sampler is told which exceptions are its failures."""

    def object_c(self) -> float:
        """What it looks at, in degrees Celsius."""

    def ambient_c(self) -> float:
        """Its own temperature, in degrees Celsius."""

    def identity(self) -> Identity:
        """Which one it is."""

    def close(self) -> None:
        """Let go of the hardware."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How the thermometer is, for whoever asks."""

    trouble: Trouble | None
    """Why nobody is measured."""
    warnings: tuple[str, ...]
    """What is no fault, and should be looked at."""
    standing: str
    """Which values it works with."""
    transfers: Transfers
