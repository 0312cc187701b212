"""What a code looks like to the camera, and what is in the way."""

from dataclasses import dataclass

VGA = (640, 480)
BINNED = (1296, 972)
"""The OV5647 with two by two pixels joined: the whole field of view at 43 frames a second."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """One way to hold a code before the camera. The defaults are a phone held well.

    What is said here is met exactly; the rest (place, direction of tilt, motion and light, a few
    degrees of turn) is drawn anew for each picture.
    """

    size: tuple[int, int] = VGA
    """Width and height of the frame in pixels."""
    module_px: float = 4.0
    """Pixels of a module in the middle of the code, before it is tilted."""
    turn_deg: float = 0.0
    """In the plane of the frame, against the clock; the hand adds up to 3 degrees either way."""
    tilt_deg: float = 0.0
    """Out of the plane of the frame, about an axis of any direction."""
    defocus: float = 0.0
    """Radius of the disc that the lens makes of a point, in modules."""
    motion: float = 0.0
    """Way of the code while the shutter is open, in modules."""
    noise: float = 3.0
    """Standard deviation at middle grey, in grey steps of 256."""
    contrast: float = 0.8
    """Distance of light and dark modules, as a part of all that the sensor can show."""
    glare: float = 0.0
    """Width of a lamp's reflection, as a part of the code's side; white in its middle."""
    moire: float = 0.0
    """Depth of the stripes where the screen's pixels beat with the sensor's, 0 to 1."""
    moire_period: float = 1.3
    """Width of such a stripe and its neighbour, in modules."""
    shade: float = 0.0
    """Light that a soft shadow's edge across the code takes away, 0 to 1."""
    cut: float = 0.0
    """Part of the code's side that is beyond the frame's edge."""
    inverted: bool = False
    """Light modules on dark ground."""
    dark_page: bool = False
    """The page around the quiet zone is black, as in a phone's dark mode."""
    quiet: int = 4
    """Modules of the quiet zone."""
    person: bool = False
    """Somebody stands in the lane, behind the phone."""
