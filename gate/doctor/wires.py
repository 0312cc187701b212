"""The GPIO lines: the right chip, free lines, and what the firmware does with them at an end.

Nothing is claimed: the kernel says who uses a line.
"""

from collections.abc import Iterator

from gate.config import Config
from gate.doctor.device import Chip, Device
from gate.doctor.finding import Finding, Level, Trouble, good

NONE = Trouble(
    "GPIO-NONE",
    Level.BROKEN,
    tested="the GPIO chip of the header",
    cause="The kernel has no chip with the pins of the 40-pin header (pinctrl-rp1 on a Raspberry Pi"
    " 5, pinctrl-bcm2711 on a 4, pinctrl-bcm2835 before). Without one there is no turnstile.",
    mend="sudo apt install --reinstall raspi-firmware && sudo reboot",
    more='On a machine that is no Raspberry Pi: `source = "simulated"` in [turnstile].',
)
CHIP = Trouble(
    "GPIO-CHIP",
    Level.BROKEN,
    tested="the GPIO chip of the header",
    cause="`chip` in [turnstile] is the number of another chip. The number of the header's differs"
    " between boards and kernels: on a Raspberry Pi 5 it was 4 and is 0 with newer kernels.",
    mend="sudo sed -i '/^chip *=/d' {file} && sudo systemctl restart gate.service",
    more="Without `chip` the gate finds it by its label.",
)
DENIED = Trouble(
    "GPIO-DENIED",
    Level.BROKEN,
    tested="the right to use the GPIO chip",
    cause="This user may not open /dev/gpiochipN. A rule of udev gives it to the group gpio.",
    mend="sudo udevadm control --reload && sudo udevadm trigger --subsystem-match=gpio",
    more="The rule comes with the Debian package; `sudo gate doctor --inside` asks as the daemon.",
)
BUSY = Trouble(
    "GPIO-BUSY",
    Level.BROKEN,
    tested="whether the lines are free",
    cause="Another program, or a driver of the kernel, has a line that [turnstile] names. A line"
    ' belongs to one. What uses lgpio calls itself "lg"; a name such as `spi0 CS0` or `onewire@0`'
    " comes of a dtparam or dtoverlay line in config.txt.",
    mend="sudo fuser -k /dev/gpiochip{chip}",
    more="For a driver of the kernel: take its line out of /boot/firmware/config.txt and reboot, or"
    " give the wire another pin.",
)
STRICT = Trouble(
    "GPIO-STRICT",
    Level.WARNING,
    tested="what the kernel does with lines at an end",
    cause="`dtparam=strict_gpiod` is not in config.txt. Without it a Raspberry Pi goes on driving a"
    " line after its process was killed: a relay that was open stays open.",
    mend="echo dtparam=strict_gpiod | sudo tee -a /boot/firmware/config.txt && sudo reboot",
    more="docs/wiring.md says what the resistor on the relay board has to do then.",
)

TROUBLES = (NONE, CHIP, DENIED, BUSY, STRICT)


def lines(device: Device) -> Iterator[Finding]:
    """The chip, and the lines of the configuration on it."""
    config = device.config
    if config is None or config.turnstile.source != "gpio":
        return
    try:
        chips = device.chips()
    except OSError as error:
        yield DENIED.found(str(error))
        return
    header = next((chip for chip in chips if chip.is_header), None)
    if header is None:
        labels = ", ".join(chip.label for chip in chips) or "none at all"
        yield NONE.found(f"the chips of this machine: {labels}")
    elif config.turnstile.chip not in {None, header.number}:
        yield CHIP.found(
            f"the file says {config.turnstile.chip}; {header.label} is gpiochip{header.number}",
            file=device.config_file,
        )
    else:
        yield good(NONE.tested, f"gpiochip{header.number} ({header.label})")
        yield from _users(device, config, header)


def strict(device: Device) -> Iterator[Finding]:
    """config.txt."""
    if not device.model or device.config is None or device.config.turnstile.source != "gpio":
        return
    if any(
        row.replace(" ", "").startswith("dtparam=strict_gpiod") and not row.endswith("off")
        for row in device.boot_lines()
    ):
        yield good(STRICT.tested, "strict_gpiod: they become inputs")
    else:
        yield STRICT.found("no strict_gpiod in config.txt")


CHECKS = (lines, strict)


def _users(device: Device, config: Config, chip: Chip) -> Iterator[Finding]:
    if device.lane is not None:
        yield good(BUSY.tested, "the running lane has them")
        return
    taken = [
        f"GPIO{pin} ({role}) by {line.consumer or 'a driver of the kernel'}"
        for role, pin in wires_of(config)
        if (line := device.line(chip.number, pin)).used
    ]
    if not taken:
        yield good(BUSY.tested, "all are")
        return
    holders = ", ".join(device.holders(f"dev/gpiochip{chip.number}"))
    programs = f"; open in {holders}" if holders else ""
    yield BUSY.found(", ".join(taken) + programs, chip=chip.number)


def wires_of(config: Config) -> Iterator[tuple[str, int]]:
    """Each wire of `[turnstile]` and its pin."""
    for name in type(config.turnstile).model_fields:
        pin = getattr(getattr(config.turnstile, name), "pin", None)
        if isinstance(pin, int):
            yield name, pin
