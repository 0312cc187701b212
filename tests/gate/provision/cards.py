"""Small files to test with: a good one, and what is changed in it."""

from collections.abc import Mapping
from typing import Any

from gate.config import ConfigError, Problem
from gate.provision.small_file import read, written

PASSWORD, WIFI = "the broker's word", "correct horse battery"

GOOD: dict[str, dict[str, Any]] = {
    "device": {"name": "gate-t01-a", "timezone": "Asia/Jakarta", "wifi_country": "ID"},
    "wifi": {"ssid": "mall gates", "password": WIFI},
    "secrets": {"mqtt_password": PASSWORD, "keys": "keys.json"},
    "gate": {"id": "t01-a", "venue": "mall-t01", "district": "pusat"},
    "mqtt": {"host": "broker.example", "user": "t01-a"},
    "thermometer": {"variant": "DCC"},
    "turnstile": {
        "relay": {"pin": 17, "active": "high"},
        "sensor_a": {"pin": 22, "active": "high"},
        "release": {"pin": 24, "active": "high"},
    },
}


def card(**changes: Mapping[str, Any] | None) -> bytes:
    """The good file with these keys changed; None takes a section out, or a key."""
    sections = {name: keys for name, keys in GOOD.items() if changes.get(name, keys) is not None}
    for name, keys in changes.items():
        if keys is not None:
            sections[name] = {**sections.get(name, {}), **keys}
    return written(**sections)


def problems_in(data: bytes) -> list[Problem]:
    """What is wrong with such a file; nothing where it is good."""
    try:
        read(data)
    except ConfigError as error:
        return [*error.problems]
    return []
