"""What `gate probe camera` can find."""

from gate.doctor.finding import Level, Trouble

ABSENT = Trouble(
    code="PROBE-CAMERA-ABSENT",
    level=Level.BROKEN,
    tested="whether the camera gives frames",
    cause="No frame comes: no camera, its cable or connector, another program that has it, or no"
    " libcamera for this Python.",
    mend="rpicam-hello --list-cameras",
    more="Not listed: switch the Pi off, seat the ribbon cable at both ends (contacts away from the"
    " latch), look at the camera lines of config.txt. Listed: `fuser -v /dev/video* /dev/media*`"
    " names the program that has it. `gate doctor` tells these apart.",
)
SLOW_CAMERA = Trouble(
    code="PROBE-CAMERA-SLOW",
    level=Level.WARNING,
    tested="frames a second",
    cause="The camera gives fewer frames than [camera] fps asks for: too many pixels for this Pi,"
    " another program that takes its time, a processor that is throttled (power, heat).",
    mend="vcgencmd get_throttled",
    more="0x0 is good. Else: a power supply of 5 A for a Pi 5 and 3 A for a Pi 4, a heat sink. With"
    " 0x0: fewer pixels or fps in [camera].",
)
BLIND = Trouble(
    code="PROBE-CAMERA-BLIND",
    level=Level.BROKEN,
    tested="whether the camera sees anything",
    cause="Frames come, and they show nothing: black, white, or the same one again and again.",
    mend="gate camera snapshot look.png",
    more="A cap or tape on the lens, the sun in it, a ribbon cable that is half out. Black in a lit"
    " hall on a Pi whose unit was changed: /dev/dma_heap must be allowed.",
)
NO_CODE = Trouble(
    code="PROBE-CAMERA-NO-CODE",
    level=Level.WARNING,
    tested="a code held in front of the camera",
    cause="No code was read in the time: none was there, or it was unsharp, small, or dark.",
    mend="gate camera focus",
)
POOR_CODE = Trouble(
    code="PROBE-CAMERA-POOR",
    level=Level.WARNING,
    tested="how well the code was seen",
    cause="A code was read, and not all codes will be: it was small, dark, or blown out there.",
    mend="gate camera snapshot look.png",
    more="The picture shows what the gate sees; docs/camera.md says what to turn.",
)

TROUBLES = (ABSENT, SLOW_CAMERA, BLIND, NO_CODE, POOR_CODE)
