"""The sections about the camera, and what is made of its frames."""

from typing import Literal

from pydantic import Field

from gate.config.fields import (
    CENTIMETRES,
    FRAMES,
    MILLISECONDS,
    PIXELS,
    SECONDS,
    PlacedPath,
    Section,
)


class Camera(Section):
    """The eye that reads passes."""

    source: Literal["picamera2", "replay", "simulated"] = Field(
        "picamera2",
        description="Where frames come from: a Raspberry Pi camera, a folder of pictures, or the"
        " simulator.",
    )
    number: int = Field(
        0, ge=0, le=7, description="Which camera, as `rpicam-hello --list-cameras` numbers them."
    )
    width: int = Field(
        1296,
        ge=640,
        le=2592,
        multiple_of=2,
        description="Width of a frame. More pixels read smaller codes and take longer.",
        json_schema_extra=PIXELS,
    )
    height: int = Field(
        972,
        ge=480,
        le=1944,
        multiple_of=2,
        description="Height of a frame. At 4:3 the Camera Modules 1 and 2 show all that they see.",
        json_schema_extra=PIXELS,
    )
    fps: int = Field(15, ge=1, le=60, description="Frames a second.")
    exposure_max_ms: float = Field(
        10.0,
        ge=0.5,
        le=100,
        description="No frame is exposed longer: hands move, and a screen is brighter than the"
        " hall. 10 ms are one flash of lamps at 50 Hz and more than two of a dimmed screen.",
        json_schema_extra=MILLISECONDS,
    )
    gain_max: float = Field(
        4.0,
        ge=1,
        le=16,
        description="No frame is amplified more. More shows paper in a darker hall, and a screen"
        " whiter until the exposure has followed.",
    )
    mains_hz: Literal[50, 60] = Field(
        50,
        description="Frequency of the mains. Lamps flash twice as often; an exposure that holds"
        " whole flashes has no bands.",
    )
    focus: Literal["set", "search"] = Field(
        "set",
        description="Of a lens with a motor. set: it stands still at focus_cm. search: it looks for"
        " something by itself between 7 and 30 cm, which takes up to a second for each phone. Other"
        " lenses are turned by hand, with gate camera focus.",
    )
    focus_cm: float = Field(
        20.0,
        ge=5,
        le=100,
        description="Where a lens with a motor stands: as far as phones are held.",
        json_schema_extra=CENTIMETRES,
    )
    folder: PlacedPath | None = Field(
        None,
        description="The pictures that are replayed, in order of their names. Goes with source ="
        ' "replay", and only with it.',
        examples=["frames"],
    )
    stall_after_s: float = Field(
        2.0,
        ge=0.5,
        le=60,
        description="Without a frame for this long, the camera counts as lost.",
        json_schema_extra=SECONDS,
    )
    blind_after_s: float = Field(
        10.0,
        ge=1,
        le=600,
        description="With frames that show nothing (all black, all white, the same one again and"
        " again) for this long, the camera counts as lost. It is read all the same. A dark hall at"
        " night counts as lost once, until it is light.",
        json_schema_extra=SECONDS,
    )

    @property
    def moves(self) -> bool:
        """Whether two frames are never the same: a sensor has noise, a folder of pictures not."""
        return self.source != "replay"


class Scanner(Section):
    """What reads the codes, and when a code in sight is news."""

    decoder: Literal["cascade", "pyzbar", "zxing"] = Field(
        "cascade",
        description="Who reads codes: zxing-cpp with pyzbar as a second look, or one of them alone."
        ' A 32-bit system has pyzbar alone: write "pyzbar" there.',
    )

    read_every: int = Field(
        75,
        ge=1,
        le=1000,
        description="Frames are read while somebody is in front of the camera. Of so many frames at"
        " least one is read anyway; 1 reads every frame, also those of an empty lane.",
        json_schema_extra=FRAMES,
    )
    same_phone_s: float = Field(
        1.5,
        ge=0.2,
        le=10,
        description="A code is reported once while its phone is held there. It has gone when it"
        " was not seen for this long.",
        json_schema_extra=SECONDS,
    )
    again_after_s: float = Field(
        0.5,
        ge=0.1,
        le=10,
        description="A code that came while another party was being served is reported once more"
        " after this long, if it is still there.",
        json_schema_extra=SECONDS,
    )
