"""The sections about the parts of the lane: what is built in, and how it is wired."""

from typing import Annotated, Literal

from pydantic import Field

from gate.config.fields import BCM, HEX, NEEDED, SECONDS, PlacedPath, Section
from gate.config.variants import TRAITS, Traits, Variant
from gate.model import Direction

Active = Literal["high", "low"]


class Thermometer(Section):
    """The infrared thermometer, an MLX90614. Rests while [screening] mode is "off"."""

    source: Literal["i2c", "simulated", "none"] = Field(
        "i2c", description="Where the thermometer is: on the I2C bus, in the simulator, nowhere."
    )
    bus: int = Field(1, ge=0, le=31, description="The I2C bus, N of /dev/i2c-N.")
    address: int = Field(
        0x5A, ge=0x08, le=0x77, description="The I2C address.", json_schema_extra=HEX
    )
    variant: Variant | None = Field(
        None,
        description="The last three letters of the type printed on the part; they cannot be read"
        " over the bus. Needed wherever there is a thermometer. Sets settling time, noise and"
        " guard band. Only D parts are exact enough for hard screening.",
        json_schema_extra=NEEDED,
        examples=["DCC"],
    )
    warm_up_s: float = Field(
        1800.0,
        ge=0,
        le=7200,
        description="For so long after it got its power, or until its own temperature stays within"
        " 0.1 °C a minute for five, nobody is measured: what a lost thermometer means says"
        " [screening] on_fault. It gets its power with the Pi. 0: no warm-up.",
        json_schema_extra=SECONDS,
    )

    @property
    def traits(self) -> Traits:
        """The traits of the variant. Ask only where there is a thermometer."""
        assert self.variant is not None, "without a thermometer there are no traits to ask for"  # noqa: S101 - a rule of the configuration sees to it
        return TRAITS[self.variant]


Pin = Annotated[
    int,
    Field(
        ge=2,  # 0 and 1 belong to the memory of a HAT
        le=27,
        description="GPIO number as the chip counts (BCM), not the place on the header.",
        json_schema_extra=BCM,
        examples=[17],
    ),
]


class OutputPin(Section):
    """A wire that the gate drives."""

    pin: Pin
    active: Active = Field(
        description="The level that switches the part on. At rest, and at a crash, it is the other"
        " one.",
        examples=["high"],
    )

    @property
    def active_high(self) -> bool:
        """Whether a high level switches the part on."""
        return self.active == "high"


class RelayPin(OutputPin):
    """The wire of the entry relay."""

    type: Literal["hold", "pulse"] = Field(
        "hold",
        description="What the turnstile wants of its contact. hold: closed as long as the entry is"
        " free. pulse: closed for a moment for each person, since the turnstile locks by itself.",
    )
    pulse_s: float = Field(
        0.5,
        ge=0.05,
        le=3,
        description='With type = "pulse": how long that moment lasts, and the pause before the'
        " next one.",
        json_schema_extra=SECONDS,
    )


class InputPin(Section):
    """A wire that the gate reads."""

    pin: Pin
    active: Active = Field(
        description="The level that means: somebody is there, or the button is pressed.",
        examples=["low"],
    )
    pull: Literal["up", "down", "none"] = Field(
        "up", description="The resistor inside the Pi; none where the wiring has one."
    )

    @property
    def active_high(self) -> bool:
        """Whether a high level means active."""
        return self.active == "high"


def _output(pin: int, active: Active = "high") -> dict[str, object]:
    return {"pin": pin, "active": active}


def _input(pin: int, active: Active = "low") -> dict[str, object]:
    return {"pin": pin, "active": active, "pull": "up"}


class Turnstile(Section):
    """The barrier, its sensors, lamps and buttons. The way out is wired free, whatever is here."""

    source: Literal["gpio", "simulated"] = Field(
        "gpio", description="Real wires, or those of the simulator."
    )
    chip: int | None = Field(
        None,
        ge=0,
        le=15,
        description="N of /dev/gpiochipN. Without it the chip of the header is looked for.",
        examples=[0],
    )
    open_for_s: float = Field(
        8.0,
        ge=1,
        le=60,
        description="How long the entry is free for one person.",
        json_schema_extra=SECONDS,
    )
    grace_s: float = Field(
        1.5,
        ge=0,
        le=10,
        description="Who is seen this long after the entry has shut was on the way through, and"
        " still uses the grant.",
        json_schema_extra=SECONDS,
    )
    assisted_open_for_s: float = Field(
        20.0,
        ge=1,
        le=120,
        description="The same as open_for_s for a pass whose holder needs more time.",
        json_schema_extra=SECONDS,
    )
    relay: RelayPin = Field(
        description="Frees the entry while it is active.", examples=[_output(17)]
    )
    wide_relay: RelayPin | None = Field(
        None,
        description="Frees a wide gate beside the turnstile, for passes that ask for more time; the"
        " turnstile stays shut then. The sensors have to see whoever walks there, too.",
        examples=[_output(27)],
    )
    sensor_a: InputPin = Field(
        description="The beam or contact on the side of the street; the only one of a lane with"
        " one sensor. Choose a contact that a cut wire makes look active.",
        examples=[_input(22, "high")],
    )
    sensor_b: InputPin | None = Field(
        None,
        description="The beam or contact on the side of the venue. With two sensors the lane"
        " knows the direction.",
        examples=[_input(23, "high")],
    )
    release: InputPin = Field(
        description="The emergency release (fire panel). Wire a normally closed contact, so that"
        " a cut wire releases too.",
        examples=[_input(24, "high")],
    )
    attendant: InputPin | None = Field(
        None, description="The attendant's button: admit one.", examples=[_input(25)]
    )
    key: InputPin | None = Field(
        None,
        description="A key switch for staff. While it is turned, [gate] key_mode holds, and signed"
        " set-up codes are taken through the camera.",
        examples=[_input(26)],
    )
    proximity: InputPin | None = Field(
        None,
        description="A sensor that is active while somebody stands at the thermometer, so near"
        " that a forehead fills its view. Without it the temperature says who is there. Choose a"
        " contact that a cut wire makes look active: what is active for two minutes is told.",
        examples=[_input(16, "high")],
    )
    lamp_red: OutputPin | None = Field(None, description="Red light.", examples=[_output(5)])
    lamp_amber: OutputPin | None = Field(None, description="Amber light.", examples=[_output(6)])
    lamp_green: OutputPin | None = Field(None, description="Green light.", examples=[_output(13)])
    buzzer: OutputPin | None = Field(None, description="Buzzer.", examples=[_output(19)])


class Passage(Section):
    """How edges of the sensors become people."""

    debounce_s: float = Field(
        0.02,
        ge=0,
        le=0.5,
        description="A level that lasts shorter than this is chatter.",
        json_schema_extra=SECONDS,
    )
    held_after_s: float = Field(
        8.0,
        ge=1,
        le=120,
        description="Somebody who stands in the lane for this long raises an alarm.",
        json_schema_extra=SECONDS,
    )
    stuck_after_s: float = Field(
        60.0,
        ge=5,
        le=3600,
        description="A sensor that is active for this long is broken or blocked.",
        json_schema_extra=SECONDS,
    )
    tailgate_s: float = Field(
        2.0,
        ge=0,
        le=10,
        description="Who enters without a grant this shortly after somebody with one is a"
        " tailgater, later an intruder. Both are counted and raise an alarm.",
        json_schema_extra=SECONDS,
    )
    one_sensor_direction: Annotated[Direction, Field(strict=False)] | None = Field(
        None,
        description="What a lane with one sensor counts. Without it, the direction of [gate]"
        " scan. Must not stand beside two sensors, which see the direction.",
        examples=["in"],
    )


class Simulation(Section):
    """The simulator's end of the wires. Present where a source is "simulated", else absent."""

    wires: PlacedPath = Field(
        description="Unix socket on which the simulator moves the wires.",
        examples=["wires.sock"],
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**32 - 1,
        description="Start of the simulator's noise: the same seed, the same noise.",
    )
