"""What an electrician should look at twice in a plan. Pure.

A configuration with these is taken: each of them may be right at one site, with a resistor or a
board that the file cannot know. `docs/wiring.md` says why each is asked about.
"""

from collections.abc import Iterator, Mapping

from gate.doctor.finding import Finding, Level, Trouble
from gate.wiring.header import ON_BOARD
from gate.wiring.levels import Seen, function_of
from gate.wiring.plan import Kind, Plan, Wire

RELEASE_CUT = Trouble(
    code="WIRING-RELEASE-CUT",
    level=Level.BROKEN,
    tested="what a cut wire of the release means",
    cause="The release is wired so that a cut wire, or an unplugged fire panel, looks like peace:"
    " the gate would go on shutting the entry while people flee. The way out does not depend on"
    " it (docs/wiring.md), what the gate shows and counts does.",
    mend='wire a normally closed contact to GND, with active = "high" and pull = "up"',
    by_hand=True,
)
CUT_UNSEEN = Trouble(
    code="WIRING-CUT-UNSEEN",
    level=Level.WARNING,
    tested="what a cut wire of a sensor means",
    cause="A cut wire of this sensor looks like a lane in which nobody walks. The gate would go on"
    " admitting and count nobody.",
    mend='take the sensor\'s normally closed output, with active = "high" and pull = "up"',
    by_hand=True,
)
BOOT_PULL = Trouble(
    code="WIRING-BOOT-PULL",
    level=Level.WARNING,
    tested="what the relay does while the Pi boots",
    cause="Until the daemon claims the line, the Pi's own resistor draws it to the level that"
    " switches this relay on: up on GPIO 0 to 8, down on GPIO 9 to 27.",
    mend="put a resistor of 10 kOhm at the relay board: from its input to {to}",
    by_hand=True,
    more="Or choose a line whose own resistor agrees: GPIO 9 to 27 for an active-high board, GPIO 4"
    " to 8 for an active-low one. The own resistor is weak (about 50 kOhm) and goes when the line"
    " is claimed, so a resistor at the board is right in any case.",
)
CONSOLE = Trouble(
    code="WIRING-CONSOLE",
    level=Level.WARNING,
    tested="whether the serial console is on a wire",
    cause="GPIO 14 and 15 are the serial port. Where the console is on, the Pi writes its boot"
    " messages there: a relay or a lamp on GPIO 14 chatters, an input is driven against.",
    mend="sudo raspi-config nonint do_serial_cons 1 && sudo raspi-config nonint do_serial_hw 1",
    more="Or take another line: gate pins shows what is free.",
)
I2C_LINE = Trouble(
    code="WIRING-I2C-LINE",
    level=Level.WARNING,
    tested="whether a wire is on the I2C bus of the header",
    cause="GPIO 2 and 3 have resistors of 1.8 kOhm to 3.3 V on the board and belong to the I2C bus"
    " once it is switched on (dtparam=i2c_arm=on). A line that is driven there is high at boot.",
    mend="move the wire to another line: gate pins shows what is free",
    by_hand=True,
)

FUNCTION = Trouble(
    code="WIRING-FUNCTION",
    level=Level.BROKEN,
    tested="whether another function has one of our lines",
    cause="Something in config.txt gives this line to a bus or a card of the Pi (SPI, I2S, PWM,"
    " 1-Wire, the serial port). The gate cannot read or drive it.",
    mend="grep -nE 'dtparam|dtoverlay' /boot/firmware/config.txt",
    more="Take out the line that switches the function on and restart the Pi, or move the wire to"
    " another line (gate pins shows what is free).",
)

TROUBLES = (RELEASE_CUT, CUT_UNSEEN, BOOT_PULL, CONSOLE, I2C_LINE, FUNCTION)
"""For docs/troubleshooting.md."""


def cautions(plan: Plan) -> Iterator[Finding]:
    """One after the other, in the order of the header's pins."""
    for wire in plan.wires:
        named = f"{wire.title} on GPIO{wire.bcm} (pin {wire.pin.place})"
        if wire.kind is Kind.RELEASE and wire.cut_is_active is False:
            yield RELEASE_CUT.found(f"{named}: a cut wire does not release")
        if wire.kind is Kind.SENSOR and wire.cut_is_active is False:
            yield CUT_UNSEEN.found(f"{named}: a cut wire looks like an empty lane")
        if _fires_at_boot(wire):
            to = "GND" if wire.active_high else "3V3"
            pulled = "up" if wire.active_high else "down"
            found = f"{named} is active {_level(wire)}, and the Pi pulls it {pulled} at boot"
            yield BOOT_PULL.found(found, to=to)
        if wire.bcm in {14, 15}:
            yield CONSOLE.found(f"{named} is {wire.pin.other}")
        if wire.bcm in ON_BOARD:
            yield I2C_LINE.found(f"{named} is {wire.pin.other}")


def taken(plan: Plan, seen: Mapping[int, Seen]) -> Iterator[Finding]:
    """Wires on lines that another function has now."""
    for wire in plan.wires:
        if function := function_of(seen.get(wire.bcm)):
            where = f"{wire.title} on GPIO{wire.bcm} (pin {wire.pin.place})"
            yield FUNCTION.found(f"{where}: the Pi has it as {function}")


def _fires_at_boot(wire: Wire) -> bool:
    """The I2C lines have their own caution."""
    if wire.kind is not Kind.RELAY or wire.bcm in ON_BOARD:
        return False
    return (wire.pin.boot_pull == "up") == wire.active_high


def _level(wire: Wire) -> str:
    return "high" if wire.active_high else "low"
