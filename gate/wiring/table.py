"""The header in a terminal, as it lies before one: our wires, levels now, pulls. Pure."""

from collections.abc import Iterator, Mapping

from gate.wiring.header import HEADER, Pin
from gate.wiring.levels import Seen, function_of
from gate.wiring.plan import Plan

USE = 22
BUS_ROLES = {2: "Thermometer SDA", 3: "Thermometer SCL"}
_ARROWS = {"up": "^", "down": "v", "none": "-", None: " "}


def header_table(plan: Plan, seen: Mapping[int, Seen]) -> Iterator[str]:
    """A row for each pair of pins, at most 80 characters wide."""
    yield f"{'use':>{USE}} now  line pin   pin line   now use"
    for odd, even in zip(HEADER[::2], HEADER[1::2], strict=True):
        left, right = _now(odd, plan, seen), _now(even, plan, seen)
        yield (
            f"{_use(odd, plan, seen):>{USE}} {left} {odd.name:>6} {odd.place:>2}"
            f" | {even.place:<2} {even.name:<6} {right} {_use(even, plan, seen)}"
        ).rstrip()
    yield "now: HI or LO, * where it is active, and the Pi's resistor: ^ up, v down, - none"


def _use(pin: Pin, plan: Plan, seen: Mapping[int, Seen]) -> str:
    if pin.bcm is None:
        return ""
    if wire := plan.at(pin.bcm):
        return wire.title[:USE]
    if plan.thermometer and pin.bcm in BUS_ROLES:
        return BUS_ROLES[pin.bcm]
    found = function_of(seen.get(pin.bcm))
    return f"({found})" if found else ""


def _now(pin: Pin, plan: Plan, seen: Mapping[int, Seen]) -> str:
    """Four characters."""
    found = seen.get(pin.bcm) if pin.bcm is not None else None
    if found is None or found.high is None:
        return "    "
    wire = plan.at(pin.bcm)
    active = "*" if wire and wire.active_high == found.high else " "
    return f"{'HI' if found.high else 'LO'}{active}{_ARROWS[found.pull]}"
