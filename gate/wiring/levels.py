"""What the lines of the header are like now, as `pinctrl get` tells it. Pure.

pinctrl (Raspberry Pi's raspi-utils) reads the chip's registers past the kernel: it claims no line,
and a running lane does not notice. A line of it is one of

    17: op -- pd | lo // GPIO17 = output
    22: ip    pu | hi // GPIO22 = input
     2: a0    pu | hi // GPIO2 = SDA1
    18: no    pd | -- // GPIO18 = none
"""

import re
from dataclasses import dataclass

from gate.wiring.header import Pull

_LINE = re.compile(
    r"^\s*(?P<bcm>\d+):\s+(?P<mode>\w+)\s+(?:(?:dh|dl|--)\s+)?(?P<pull>pu|pd|pn|--)"
    r"\s*\|\s*(?P<level>hi|lo|--)\s*//.*?=\s*(?P<use>.*?)\s*$"
)
_PLAIN = {"", "input", "output", "none", "gpio"}
"""What pinctrl calls a line that no other function has."""

_PULLS: dict[str, Pull] = {"pu": "up", "pd": "down", "pn": "none"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One line now."""

    high: bool | None
    """None where nobody can say: a line that is switched off."""
    pull: Pull | None = None
    use: str = ""
    """input, output, or the function that has the line (SDA1)."""


def seen_by_pinctrl(text: str) -> dict[int, Seen]:
    """The lines that are told, by BCM number; what cannot be read is left out."""
    found = {}
    for line in text.splitlines():
        if match := _LINE.match(line):
            high = {"hi": True, "lo": False}.get(match["level"])
            found[int(match["bcm"])] = Seen(high, _PULLS.get(match["pull"]), match["use"])
    return found


def function_of(seen: Seen | None) -> str:
    """The other function that has a line now; empty where it is a plain one."""
    return "" if seen is None or seen.use.lower() in _PLAIN else seen.use
