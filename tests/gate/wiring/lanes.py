"""Lanes to draw and to look at."""

from pathlib import Path
from typing import Any

from gate.wiring.plan import ROLES, Plan, plan_of
from tests.gate.configs import config_of

FULL: dict[str, Any] = {
    "wide_relay": {"pin": 27, "active": "high", "type": "pulse"},
    "sensor_b": {"pin": 23, "active": "high"},
    "attendant": {"pin": 25, "active": "low"},
    "key": {"pin": 26, "active": "low"},
    "proximity": {"pin": 16, "active": "high"},
    "lamp_red": {"pin": 5, "active": "high"},
    "lamp_amber": {"pin": 6, "active": "high"},
    "lamp_green": {"pin": 13, "active": "high"},
    "buzzer": {"pin": 19, "active": "high"},
}
"""Every wire there is, on the lines of the README."""


def planned(**turnstile: Any) -> Plan:
    """The smallest lane with these wires."""
    return plan_of(config_of(Path("/nowhere"), {"turnstile": turnstile}))


def on_one_side(pins: list[int]) -> Plan:
    """Every wire there is, on these lines."""
    return planned(
        **{role: {"pin": pin, "active": "low"} for role, pin in zip(ROLES, pins, strict=True)}
    )
