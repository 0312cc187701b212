"""What `gate probe thermometer` can find."""

from gate.doctor.finding import Level, Trouble

ABSENT = Trouble(
    code="PROBE-THERMOMETER-ABSENT",
    level=Level.BROKEN,
    tested="whether the thermometer answers",
    cause="Nothing answers at the address, or there is no such bus.",
    mend="sudo i2cdetect -y 1",
    more="No /dev/i2c-1: `dtparam=i2c_arm=on` in config.txt, then restart. An empty table: VDD at"
    " 3.3 V (pin 1), SDA pin 3, SCL pin 5, GND; the sensor's own pin 1 is SCL. UU at 5a: a kernel"
    " driver holds it. A full table: SDA and SCL touch something (docs/wiring.md).",
)
TRANSFERS = Trouble(
    code="PROBE-THERMOMETER-BUS",
    level=Level.WARNING,
    tested="transfers on the bus",
    cause="More than 2 % of the transfers fail: the cable is too long or runs beside the mains, the"
    " edges are too slow, or the supply dips.",
    mend="echo dtparam=i2c_arm_baudrate=50000 | sudo tee -a /boot/firmware/config.txt",
    more="Then restart the Pi. Shorten the cable first; docs/wiring.md has what a long one needs.",
)
IDENTITY = Trouble(
    code="PROBE-THERMOMETER-IDENTITY",
    level=Level.BROKEN,
    tested="whether it is the commissioned part",
    cause="The cells of the part are not those on record: another sensor was built in, or somebody"
    " wrote into this one.",
    mend="gate calibrate",
)
ODD = Trouble(
    code="PROBE-THERMOMETER-ODD",
    level=Level.WARNING,
    tested="how the part is set",
    cause="The part is not as the factory makes it, or not the variant that was commissioned.",
    mend="gate calibrate --show",
)
IMPLAUSIBLE = Trouble(
    code="PROBE-THERMOMETER-READING",
    level=Level.BROKEN,
    tested="what it reads",
    cause="The part's own temperature is none of a lane: it is damaged, in the sun, or beside"
    " something hot.",
    mend="look where it is mounted: no sun, no draught, no lamp or power supply beside it",
    by_hand=True,
)
VARIANT = Trouble(
    code="PROBE-THERMOMETER-VARIANT",
    level=Level.WARNING,
    tested="whether its noise is that of the variant in the file",
    cause="The variant cannot be read over the bus; its noise can be seen. It is another one's, or"
    " somebody moved in front of it meanwhile.",
    mend="read the last three letters on the part, and set [thermometer] variant to them",
    by_hand=True,
    more="Try again with the sensor in front of a wall. A noise above all variants' means a supply"
    " that is not clean.",
)

TROUBLES = (ABSENT, TRANSFERS, IDENTITY, ODD, IMPLAUSIBLE, VARIANT)
