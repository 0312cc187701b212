"""The thermometer: its bus, whether it answers, and whether it is the one that was commissioned.

A running lane has the bus, and is asked instead: back-to-back transfers would disturb it.
"""

from collections.abc import Callable, Iterator
from contextlib import closing

from gate.config import Config
from gate.doctor.device import Device, opening_fault
from gate.doctor.device import Thermometer as Part
from gate.doctor.finding import Finding, Level, Trouble, good
from gate.temperature.commissioning import CommissioningError, read_record
from gate.temperature.identity import foreign, oddity
from gate.temperature.transfers import Failure

ABSENT = Trouble(
    "I2C-OFF",
    Level.BROKEN,
    tested="the I2C bus",
    cause="There is no /dev/i2c-N of that number: `dtparam=i2c_arm=on` is not in config.txt, or the"
    " module i2c-dev is not loaded.",
    mend="echo dtparam=i2c_arm=on | sudo tee -a /boot/firmware/config.txt && sudo reboot",
    more="The bus on pins 3 and 5 of the header is number 1.",
)
DENIED = Trouble(
    "I2C-DENIED",
    Level.BROKEN,
    tested="the I2C bus",
    cause="This user may not open the bus. A rule of udev gives it to the group i2c.",
    mend="sudo udevadm control --reload && sudo udevadm trigger --subsystem-match=i2c-dev",
)
SILENT = Trouble(
    "THERMOMETER-SILENT",
    Level.BROKEN,
    tested="the thermometer",
    cause="Nothing answers at its address (errno 121, EREMOTEIO: no acknowledgement): SDA and SCL"
    " are swapped, a wire is loose, it has no power, or it has another address.",
    mend="sudo i2cdetect -y {bus}",
    more="It shows 5a where the part answers. VCC is 3.3 V (pin 1), GND pin 9, SDA pin 3, SCL pin"
    " 5; `address` in [thermometer] where another was set. docs/wiring.md has the drawing.",
)
HASTY = Trouble(
    "THERMOMETER-HASTY",
    Level.WARNING,
    tested="the thermometer",
    cause="Transfers right behind each other fail (errno 121), and after a pause the part answers:"
    " the edges on the bus are too slow for its speed, from long wires or weak pull-ups. The gate"
    " pauses between its own, and loses some readings.",
    mend="echo dtparam=i2c_arm_baudrate=50000 | sudo tee -a /boot/firmware/config.txt &&"
    " sudo reboot",
    more="Better: wires below 20 cm, twisted with ground, 4.7 kilohm from SDA and SCL to 3.3 V.",
)
DAMAGED = Trouble(
    "THERMOMETER-DAMAGED",
    Level.BROKEN,
    tested="the thermometer",
    cause="Replies arrive damaged (the check sum does not fit), or the part flags its own result as"
    " wrong. The gate takes none of them for a temperature.",
    mend="Lead the wires of the thermometer away from the relay and the motor, and shorten them.",
    by_hand=True,
    more="Where it stays so on short wires, the part is broken: replace it.",
)
OTHER = Trouble(
    "THERMOMETER-OTHER",
    Level.BROKEN,
    tested="whether it is the commissioned thermometer",
    cause="Its identity differs from that in the commissioning record, or the record cannot be"
    " used. The gate measures nobody with a part that it does not know.",
    mend="sudo systemctl stop gate.service; sudo gate calibrate && sudo systemctl start gate",
    more="docs/temperature.md says how a thermometer is commissioned.",
)
ODD = Trouble(
    "THERMOMETER-ODD",
    Level.WARNING,
    tested="whether it is the commissioned thermometer",
    cause="The part is set otherwise than the factory does it, or was commissioned as another"
    " variant than the configuration says.",
    mend="sudo systemctl stop gate.service; sudo gate calibrate && sudo systemctl start gate",
)
ENDED = Trouble(
    "CALIBRATION-ENDED",
    Level.WARNING,
    tested="its commissioning",
    cause="The commissioning counts for six months; the part drifts, and its window gets dirty.",
    mend="sudo systemctl stop gate.service; sudo gate calibrate && sudo systemctl start gate",
    more="docs/temperature.md has the black bodies that it needs.",
)

TROUBLES = (ABSENT, DENIED, SILENT, HASTY, DAMAGED, OTHER, ODD, ENDED)

READS = 8
PAUSE_S = 0.1
ENOUGH = 0.5
"""Of the reads after a pause, so many have to be good."""


def bus(device: Device) -> Iterator[Finding]:
    """The bus, and what is on it."""
    config = device.config
    if config is None or config.thermometer.source != "i2c" or config.screening.mode == "off":
        return
    node = device.root / f"dev/i2c-{config.thermometer.bus}"
    if not node.exists():
        yield ABSENT.found(f"there is no /dev/i2c-{config.thermometer.bus}")
    elif (why := opening_fault(node)) is not None:
        yield DENIED.found(f"/dev/i2c-{config.thermometer.bus} may not be opened: {why}")
    elif device.lane is not None:
        yield good(ABSENT.tested, "the running lane has it")
    else:
        yield good(ABSENT.tested, f"/dev/i2c-{config.thermometer.bus}")
        yield from _part(device, config)


def commissioning(device: Device) -> Iterator[Finding]:
    """Its record."""
    config = device.config
    if config is None or config.thermometer.source == "none" or config.screening.mode == "off":
        return
    try:
        record = read_record(config.gate.data_dir)
    except CommissioningError as error:
        yield OTHER.found(str(error))
        return
    if record is None:
        yield good(ENDED.tested, "none: it works with the factory's values")
    elif record.has_expired(device.now):
        yield ENDED.found(f"it counted until {record.expires}")
    else:
        yield good(ENDED.tested, f"counts until {record.expires}")


CHECKS = (bus, commissioning)


def _part(device: Device, config: Config) -> Iterator[Finding]:
    try:
        part = device.open_thermometer(config)
    except device.broken as error:
        yield SILENT.found(str(error), bus=config.thermometer.bus)
        return
    with closing(part):
        yield from _answers(device, config, part)


def _answers(device: Device, config: Config, part: Part) -> Iterator[Finding]:
    hasty = _failed(device, part.object_c, pause_s=0.0)
    if not hasty:
        yield good(SILENT.tested, f"{READS} of {READS} transfers are good")
        yield from _identity(device, config, part)
        return
    patient = _failed(device, part.object_c, pause_s=PAUSE_S)
    last = (patient or hasty)[-1]
    if len(patient) > ENOUGH * READS and device.failures.get(type(last)) is Failure.BUS:
        yield SILENT.found(str(last), bus=config.thermometer.bus)
    elif len(patient) > ENOUGH * READS or device.failures.get(type(last)) is not Failure.BUS:
        yield DAMAGED.found(f"{len(hasty)} of {READS}: {last}")
    else:
        yield HASTY.found(f"{len(hasty)} of {READS} fail at once, {len(patient)} with pauses")
        device.pause(PAUSE_S)
        yield from _identity(device, config, part)


def _failed(device: Device, read: Callable[[], object], pause_s: float) -> list[Exception]:
    failed: list[Exception] = []
    for _ in range(READS):
        if pause_s:
            device.pause(pause_s)
        try:
            read()
        except device.broken as error:
            failed.append(error)
    return failed


def _identity(device: Device, config: Config, part: Part) -> Iterator[Finding]:
    try:
        cells = part.identity().cells
        record = read_record(config.gate.data_dir)
    except (device.broken, CommissioningError):
        return  # told by others
    if (why := foreign(cells, record)) is not None:
        yield OTHER.found(why)
    elif (why := oddity(cells, record, config.thermometer.variant or "")) is not None:
        yield ODD.found(why)
    else:
        yield good(OTHER.tested, "it is" if record else "not commissioned yet")
