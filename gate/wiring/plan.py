"""The wires of a lane, as its configuration has them. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from gate.config import Config
from gate.config.lane import InputPin, OutputPin, RelayPin
from gate.wiring.header import OF_LINE, Pin, Pull


class Kind(StrEnum):
    """What is at the other end of a wire."""

    RELAY = "relay"
    SENSOR = "sensor"
    RELEASE = "release"
    BUTTON = "button"
    LAMP = "lamp"
    BUZZER = "buzzer"


ROLES: dict[str, tuple[Kind, str]] = {
    "relay": (Kind.RELAY, "Entry relay"),
    "wide_relay": (Kind.RELAY, "Wide gate's relay"),
    "sensor_a": (Kind.SENSOR, "Sensor A, street side"),
    "sensor_b": (Kind.SENSOR, "Sensor B, venue side"),
    "release": (Kind.RELEASE, "Release, fire panel"),
    "attendant": (Kind.BUTTON, "Attendant's button"),
    "key": (Kind.BUTTON, "Key switch"),
    "proximity": (Kind.SENSOR, "Proximity, thermometer"),
    "lamp_red": (Kind.LAMP, "Lamp, red"),
    "lamp_amber": (Kind.LAMP, "Lamp, amber"),
    "lamp_green": (Kind.LAMP, "Lamp, green"),
    "buzzer": (Kind.BUZZER, "Buzzer"),
}
"""Every wire that `[turnstile]` knows: its key, what is there, and its name for people."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One line of the header, and what it is for."""

    role: str
    """Its key in `[turnstile]`."""
    bcm: int
    active_high: bool
    pull: Pull | None = None
    """The chip's resistor on a line that is read; None on one that is driven."""
    pulse_s: float | None = None
    """How long a pulsed relay holds; None for one that holds while the entry is free."""

    @property
    def kind(self) -> Kind:
        """What is at its other end."""
        return ROLES[self.role][0]

    @property
    def title(self) -> str:
        """For people."""
        return ROLES[self.role][1]

    @property
    def pin(self) -> Pin:
        """Where it is on the header."""
        return OF_LINE[self.bcm]

    @property
    def driven(self) -> bool:
        """Whether the gate drives it; else it reads it."""
        return self.pull is None

    @property
    def rest_high(self) -> bool:
        """Its level while nothing happens."""
        return not self.active_high

    @property
    def cut_is_active(self) -> bool | None:
        """Whether a cut wire reads as active; None where only the board outside can say."""
        match self.pull:
            case "up":
                return self.active_high
            case "down":
                return not self.active_high
            case _:
                return None

    @property
    def contact(self) -> str:
        """What kind of contact the configuration expects; empty on a line that is driven."""
        if self.pull is None:
            return ""
        if self.pull == "none":
            return "an output of its own, with a resistor outside"
        to = "GND" if self.pull == "up" else "3V3"
        kind = "normally closed" if self.cut_is_active else "normally open"
        return f"{kind}, to {to}"


@dataclass(frozen=True, slots=True)
class Plan:
    """All wires of one lane."""

    gate: str
    venue: str
    scan: str
    wires: tuple[Wire, ...]
    """In the order of the header's pins."""
    thermometer: str | None
    """What it is, and its address; None without one on the header's bus."""

    def of(self, role: str) -> Wire | None:
        """The wire with this role; None where it is not wired."""
        return next((wire for wire in self.wires if wire.role == role), None)

    def at(self, bcm: int | None) -> Wire | None:
        """The wire on a line."""
        return next((wire for wire in self.wires if wire.bcm == bcm), None)


def plan_of(config: Config) -> Plan:
    """What the configuration says. A simulated lane is wired as it would be for real."""
    found = (_wire(role, getattr(config.turnstile, role)) for role in ROLES)
    heat = config.thermometer
    on_header = heat.source != "none" and heat.bus == 1 and config.screening.mode != "off"
    variant = f"MLX90614{f' {heat.variant}' if heat.variant else ''}"
    return Plan(
        gate=config.gate.id,
        venue=config.gate.venue,
        scan=config.gate.scan,
        wires=tuple(sorted((wire for wire in found if wire), key=lambda wire: wire.pin.place)),
        thermometer=f"{variant} at 0x{heat.address:02X}" if on_header else None,
    )


def _wire(role: str, line: OutputPin | InputPin | None) -> Wire | None:
    match line:
        case None:
            return None
        case InputPin():
            return Wire(role, line.pin, line.active_high, line.pull)
        case RelayPin():
            pulse_s = line.pulse_s if line.type == "pulse" else None
            return Wire(role, line.pin, line.active_high, pulse_s=pulse_s)
        case _:
            return Wire(role, line.pin, line.active_high)
