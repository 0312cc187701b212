"""The drawings of docs/wiring.md: `python -m gate.wiring.doc FOLDER`; `make docs` does it."""

import sys
from pathlib import Path

from gate.wiring.drawing import drawn
from gate.wiring.plan import Plan, Wire

SENSORS = (
    Wire("relay", 17, active_high=True),
    Wire("sensor_a", 22, active_high=True, pull="up"),
    Wire("release", 24, active_high=True, pull="up"),
)
FULL = (
    *SENSORS,
    Wire("wide_relay", 27, active_high=True, pulse_s=0.5),
    Wire("sensor_b", 23, active_high=True, pull="up"),
    Wire("attendant", 25, active_high=False, pull="up"),
    Wire("key", 26, active_high=False, pull="up"),
    Wire("proximity", 16, active_high=True, pull="up"),
    Wire("lamp_red", 5, active_high=True),
    Wire("lamp_amber", 6, active_high=True),
    Wire("lamp_green", 13, active_high=True),
    Wire("buzzer", 19, active_high=True),
)


def drawings() -> dict[str, str]:
    """Each file in docs/ and its content: an entry lane with everything, the smallest way out."""
    entry = Plan("t01-a", "mall-t01", "entry", _in_order(FULL), "MLX90614 DCC at 0x5A")
    leaving = Plan("t01-b", "mall-t01", "exit", _in_order(SENSORS), None)
    return {"wiring-entry.svg": drawn(entry).svg(), "wiring-exit.svg": drawn(leaving).svg()}


def _in_order(wires: tuple[Wire, ...]) -> tuple[Wire, ...]:
    return tuple(sorted(wires, key=lambda wire: wire.pin.place))


if __name__ == "__main__":
    for name, svg in drawings().items():
        (Path(sys.argv[1]) / name).write_text(svg, encoding="utf-8")
