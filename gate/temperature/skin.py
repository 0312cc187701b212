"""From the thermometer's word to the number that is decided on. Pure.

Four temperatures, and a type for each that must not be taken for another:

- `object_c`, as the part says it: that of a black body that would shine like its whole view;
- `TrueC`, the same without the part's own error (`commissioning`: gain and offset);
- `SkinC`, of the forehead. Skin is no black body: it has emissivity 0.98 and mirrors two
  hundredths of the room. The part is left at emissivity 1.0, which belongs to its factory
  calibration, so the correction is here. The room that a forehead mirrors is what it looks at:
  the gate and what stands beside it. Of that the gate knows one temperature, the part's own.
  5 °C of error in it make 0.09 °C of skin.
- `BodyC`, the body-equivalent number: what the site's own paired measurements make of skin. It is
  rounded once, to the decimal that is shown, and all that is decided is decided on it.

A forehead is not the inside of a body: nothing here detects fever.
"""

from typing import NewType

TrueC = NewType("TrueC", float)
SkinC = NewType("SkinC", float)
BodyC = NewType("BodyC", float)
"""One decimal."""

SKIN_EMISSIVITY = 0.98
"""Of dry human skin between 8 and 14 um, within 0.01, whatever its colour."""

ABSOLUTE_ZERO_C = -273.15


def true_c(object_c: float, *, gain: float, offset_c: float) -> TrueC:
    """The line through the two black bodies that the part was commissioned with."""
    return TrueC(gain * object_c + offset_c)


def skin_c(seen_c: TrueC, room_c: float) -> SkinC:
    """What skin looks like `seen_c` in a room of `room_c`, by the law of Stefan and Boltzmann."""
    seen, mirrored = _fourth_power(seen_c), (1 - SKIN_EMISSIVITY) * _fourth_power(room_c)
    own = max(0.0, seen - mirrored) / SKIN_EMISSIVITY
    return SkinC(own**0.25 + ABSOLUTE_ZERO_C)


def body_c(skin: SkinC, ambient_c: float, *, offset_c: float, k: float) -> BodyC:
    """The number that is shown, and that the limit is compared with."""
    return BodyC(round(skin + offset_c + k * (skin - ambient_c), 1))


def _fourth_power(celsius: float) -> float:
    return (celsius - ABSOLUTE_ZERO_C) ** 4
