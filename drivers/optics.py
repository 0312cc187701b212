"""What a camera is asked for: libcamera's controls, from what the site says. Pure.

Names and numbers are those of libcamera (src/libcamera/control_ids_core.yaml), as picamera2 takes
them. libcamera raises for a control that a module does not have (picamera2/controls.py,
__setattr__), so only what is offered is asked for: the Camera Module 3 has a lens with a motor, the
others none; a USB camera has nearly nothing, and its own automatic has to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drivers.exposure import Bounds, first

Offered = Mapping[str, tuple[Any, Any, Any]]
"""Smallest, largest and usual value of each control that the module has."""

_MANUAL, _CONTINUOUS = 0, 2
_MACRO, _FAST = 1, 1
_EXPOSURE = ("ExposureTime", "AnalogueGain")
_BY_HAND = {"ExposureTimeMode": 1, "AnalogueGainMode": 1}
"""Where libcamera has these (0.5 and newer), the two above do nothing without them; picamera2 adds
them by itself only in newer releases (0.3.30 does, 0.3.25 does not)."""


@dataclass(frozen=True, slots=True)
class Optics:
    """What the site says about light and distance."""

    exposure_max_ms: float = 10.0
    gain_max: float = 4.0
    mains_hz: int = 50
    focus_cm: float | None = 20.0
    """Where a lens with a motor is set to; None: it searches by itself, from 7 to 30 cm."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the module at hand is asked for."""

    controls: dict[str, Any]
    bounds: Bounds | None
    """None: its exposure cannot be set."""
    missing: tuple[str, ...]
    """What it does not have of what was wanted."""


def asked(optics: Optics, *, fps: float, offered: Offered) -> Asked:
    """The controls for this module, and what has to be left out."""
    period_us = round(1e6 / fps)
    flash_us = round(1e6 / (2 * optics.mains_hz))
    bounds = _bounds(optics, period_us, flash_us, offered)
    wanted = {"FrameDurationLimits": (period_us, period_us), **_focus(optics.focus_cm, offered)}
    missing = [name for name in (*wanted, *_EXPOSURE) if name not in offered]
    if bounds is not None:
        start = first(bounds)
        wanted |= {"ExposureTime": round(start.time_us), "AnalogueGain": start.gain, **_BY_HAND}
    controls = {name: value for name, value in wanted.items() if name in offered}
    return Asked(controls, bounds, tuple(missing))


def sensor_size(
    pixels: tuple[int, int] | None, *, width: int, height: int
) -> tuple[int, int] | None:
    """The size to read the sensor at, so that it shows all it sees; None: as libcamera likes.

    By itself picamera2 takes the mode that is nearest in size (picamera2.py,
    _make_libcamera_config), and for 1296 x 972 that is the middle of the Camera Module 3 (1536 x
    864, two thirds of the width) or of the HQ camera: a phone that is held near does not fit. Half
    of all pixels each way, every two by two of them joined, is a mode of every Camera Module.
    """
    if pixels is None:
        return None
    half = pixels[0] // 2, pixels[1] // 2
    return half if half[0] >= width and half[1] >= height else pixels


def _bounds(optics: Optics, period_us: float, flash_us: float, offered: Offered) -> Bounds | None:
    if not {*_EXPOSURE} <= offered.keys():
        return None
    (shortest, longest, _), (least, most, _) = (offered[name] for name in _EXPOSURE)
    # A frame takes no longer than its period; some modules offer 0 for "no longest time".
    longest = min(longest or period_us, period_us, 1000 * optics.exposure_max_ms)
    least = max(least, 1.0)
    return Bounds(
        time_us=(float(min(shortest, longest)), float(longest)),
        gain=(least, max(least, min(most, optics.gain_max))),
        flash_us=flash_us,
    )


def _focus(focus_cm: float | None, offered: Offered) -> dict[str, Any]:
    if focus_cm is None:
        return {"AfMode": _CONTINUOUS, "AfRange": _MACRO, "AfSpeed": _FAST}
    dioptres = 100.0 / focus_cm
    if "LensPosition" in offered:
        nearest = offered["LensPosition"][1]
        dioptres = min(dioptres, nearest)
    return {"AfMode": _MANUAL, "LensPosition": dioptres}
