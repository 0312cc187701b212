"""What stands at the far end of each wire of the drawing: name, terminals, what to mind. Pure."""

from dataclasses import dataclass

from gate.wiring.header import nearest
from gate.wiring.plan import Kind, Plan, Wire

COLOURS = {
    Kind.RELAY: "#b3261e",
    Kind.SENSOR: "#1257a8",
    Kind.RELEASE: "#c25700",
    Kind.BUTTON: "#5b3a9d",
    Kind.LAMP: "#1b7a34",
    Kind.BUZZER: "#00696f",
}
"""Of each kind of wire. The labels say the same, for black and white."""

BUS = "#6d4c1f"
"""Of the two wires of the I2C bus."""

SDA, SCL = 3, 5
"""Their pins."""


@dataclass(frozen=True, slots=True)
class Block:
    """One part of the lane, and the pins of the header that its signal wires come from."""

    title: str
    lines: tuple[str, str]
    """What to connect besides the signal, and what to mind: at most 50 characters each."""
    places: tuple[int, ...]
    colour: str
    contact: str = ""
    """`NC` or `NO` where a contact is at the other end."""

    @property
    def on_the_left(self) -> bool:
        """Odd pins look to the left."""
        return self.places[0] % 2 == 1


def blocks_of(plan: Plan) -> list[Block]:
    """All parts, in the order of the header's pins."""
    bus = [_thermometer(plan.thermometer)] if plan.thermometer else []
    return sorted([*bus, *map(_of, plan.wires)], key=lambda block: block.places)


def _thermometer(what: str) -> Block:
    power, ground = nearest("3V3", SDA), nearest("GND", SDA)
    return Block(
        title=f"Thermometer {what}",
        lines=(
            f"VDD {_to(power.name, power.place)}, VSS {_to('GND', ground.place)}; never 5 V",
            "SDA pin 3, SCL pin 5; cable under 30 cm",
        ),
        places=(SDA, SCL),
        colour=BUS,
    )


def _of(wire: Wire) -> Block:
    ground, place = nearest("GND", wire.pin.place), wire.pin.place
    match wire.kind:
        case Kind.RELAY:
            five = nearest("5V", place)
            how = "held while free" if wire.pulse_s is None else f"pulse {wire.pulse_s:g} s"
            to, pull = ("GND", "down") if wire.active_high else ("3V3", "up")
            lines = (
                f"coil {_to('5V', five.place)}, {_to('GND', ground.place)}; {how}",
                f"active {_level(wire.active_high)}; 10k pull-{pull} (to {to}) at the board",
            )
        case Kind.LAMP | Kind.BUZZER:
            off = _level(wire.rest_high)
            lines = (
                f"by transistor or relay, {_to('GND', ground.place)}",
                f"active {_level(wire.active_high)}, off {off}; 1k, own supply",
            )
        case _:
            lines = (_contact(wire, ground.place), _cut(wire))
    return Block(
        title=wire.title,
        lines=lines,
        places=(place,),
        colour=COLOURS[wire.kind],
        contact="" if wire.cut_is_active is None else "NC" if wire.cut_is_active else "NO",
    )


def _contact(wire: Wire, ground: int) -> str:
    match wire.pull:
        case "up":
            return f"contact {_to('GND', ground)}; pull-up in the Pi"
        case "down":
            return (
                f"contact {_to('3V3', nearest('3V3', wire.pin.place).place)}; pull-down in the Pi"
            )
        case _:
            return f"output of the board, 3.3 V at most, {_to('GND', ground)}"


def _cut(wire: Wire) -> str:
    meaning = {
        Kind.RELEASE: ("released", "NOT RELEASED"),
        Kind.SENSOR: ("somebody there", "NOBODY THERE"),
        Kind.BUTTON: ("pressed", "not pressed"),
    }[wire.kind]
    if wire.cut_is_active is None:
        return f"active {_level(wire.active_high)}; a cut wire: as the board has it"
    cut = meaning[0] if wire.cut_is_active else meaning[1]
    return f"active {_level(wire.active_high)}; cut wire reads: {cut}"


def _to(name: str, place: int) -> str:
    return f"{name} pin {place}"


def _level(high: bool) -> str:
    return "HIGH" if high else "LOW"
