"""The 40-pin header of a Raspberry Pi, as it is printed on every model since the B+. Pure.

The pulls are those of BCM2835 ARM Peripherals, table 6-31, for GPIO 0 to 27: what a line is drawn
to from power-on until somebody claims it. Those of a Pi 5 are the same where they matter here.
Lines 2 and 3 have resistors of 1.8 kOhm to 3.3 V on the board, too.
"""

from dataclasses import dataclass
from typing import Literal

Pull = Literal["up", "down", "none"]

ON_BOARD = frozenset({2, 3})
"""BCM numbers of lines that the board itself pulls up, whatever is configured."""

_ORDER = (
    ("3V3", "5V"),
    ("GPIO2", "5V"),
    ("GPIO3", "GND"),
    ("GPIO4", "GPIO14"),
    ("GND", "GPIO15"),
    ("GPIO17", "GPIO18"),
    ("GPIO27", "GND"),
    ("GPIO22", "GPIO23"),
    ("3V3", "GPIO24"),
    ("GPIO10", "GND"),
    ("GPIO9", "GPIO25"),
    ("GPIO11", "GPIO8"),
    ("GND", "GPIO7"),
    ("GPIO0", "GPIO1"),
    ("GPIO5", "GND"),
    ("GPIO6", "GPIO12"),
    ("GPIO13", "GND"),
    ("GPIO19", "GPIO16"),
    ("GPIO26", "GPIO20"),
    ("GND", "GPIO21"),
)

_OTHERS = {
    0: "HAT memory",
    1: "HAT memory",
    2: "I2C1 SDA",
    3: "I2C1 SCL",
    4: "1-Wire",
    7: "SPI0 CE1",
    8: "SPI0 CE0",
    9: "SPI0 MISO",
    10: "SPI0 MOSI",
    11: "SPI0 SCLK",
    12: "PWM0",
    13: "PWM1",
    14: "UART TXD",
    15: "UART RXD",
    18: "PCM CLK",
    19: "PCM FS",
    20: "PCM DIN",
    21: "PCM DOUT",
}


@dataclass(frozen=True, slots=True)
class Pin:
    """One pin of the header."""

    place: int
    """1 to 40: odd on the inner side of the board, even at its edge."""
    name: str
    """3V3, 5V, GND, or GPIO and its number."""
    bcm: int | None
    """The number of its line; None for power and ground."""
    other: str
    """What else the line may be; empty where nothing common is."""

    @property
    def row(self) -> int:
        """0 to 19, from the end with the SD card's power pins."""
        return (self.place - 1) // 2

    @property
    def boot_pull(self) -> Pull | None:
        """What draws the line until somebody claims it; None for power and ground."""
        return None if self.bcm is None else "up" if self.bcm <= 8 else "down"


def _pin(place: int, name: str) -> Pin:
    bcm = int(name.removeprefix("GPIO")) if name.startswith("GPIO") else None
    return Pin(place, name, bcm, "" if bcm is None else _OTHERS.get(bcm, ""))


HEADER = tuple(
    _pin(2 * row + side + 1, name)
    for row, pair in enumerate(_ORDER)
    for side, name in enumerate(pair)
)
"""All 40 pins, pin 1 first."""

OF_LINE = {pin.bcm: pin for pin in HEADER if pin.bcm is not None}
"""The pin of each line, by BCM number."""


def nearest(name: str, place: int) -> Pin:
    """The pin of this name (GND, 5V, 3V3) nearest to a place, on its side if it can be."""
    mine = HEADER[place - 1]
    return min(
        (pin for pin in HEADER if pin.name == name),
        key=lambda pin: (abs(pin.row - mine.row), (pin.place - place) % 2, pin.place),
    )
