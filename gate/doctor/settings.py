"""The configuration: whether it is good, and whether it is the one on the FAT partition."""

from collections.abc import Iterator

from gate.config import Config, ConfigError
from gate.doctor.device import Device
from gate.doctor.finding import Finding, Level, Trouble, good
from gate.provision.small_file import FROM_SECRETS, SmallFile, read

MISSING = Trouble(
    "CONFIG-MISSING",
    Level.BROKEN,
    tested="the configuration",
    cause="There is no configuration: this gate is NOT CONFIGURED and serves nobody.",
    mend="sudo gate provision",
    more="It reads gate.toml on the boot partition, where any laptop can put it (docs/fleet.md);"
    " what was wrong with it stands beside it in gate-provision.log.",
)
WRONG = Trouble(
    "CONFIG-WRONG",
    Level.BROKEN,
    tested="the configuration",
    cause="The configuration has mistakes. The daemon does not start with them (exit code 78), and"
    " systemd does not try again.",
    mend="gate check --config {file}",
    more="It says every mistake at once, each with the way out.",
)
UNAPPLIED = Trouble(
    "CONFIG-UNAPPLIED",
    Level.WARNING,
    tested="the small file on the boot partition",
    cause="The gate.toml on the boot partition says something else than what is in force: it was"
    " changed since, a mistake in it kept it from being taken over, or somebody has edited"
    " /etc/gate/gate.toml by hand, which the next provisioning overwrites.",
    mend="sudo gate provision",
    more="gate-provision.log beside it says what was wrong.",
)
LEFTOVERS = Trouble(
    "FLASH-LEFTOVERS",
    Level.WARNING,
    tested="what the flashing tool left",
    cause="A customisation by Raspberry Pi Imager (firstrun.sh, cloud-init, rpi-preseed.toml) is"
    " still on the boot partition: it was never applied, which happens silently when Imager and the"
    " image do not fit each other, or will be applied once more.",
    mend="sudo rm {files}",
    more="Nothing of it is needed: the gate's own gate.toml sets name, Wi-Fi and keys.",
)

TROUBLES = (MISSING, WRONG, UNAPPLIED, LEFTOVERS)

LEFT = ("firstrun.sh", "custom.toml", "rpi-preseed.toml")


def configuration(device: Device) -> Iterator[Finding]:
    """The daemon's file."""
    if device.config is not None:
        gate = device.config.gate
        yield good(WRONG.tested, f"good: gate {gate.id} of {gate.venue}")
    elif not device.config_file.exists():
        yield MISSING.found(f"there is no {device.config_file}")
    else:
        with device.config_file.open("rb"):  # who may not read it hears that, not that it is wrong
            count = len(device.problems)
        first = device.problems[0] if device.problems else "it cannot be read"
        more = f" (and {count - 1} more)" if count > 1 else ""
        yield WRONG.found(f"{first}{more}", file=device.config_file)


def small_file(device: Device) -> Iterator[Finding]:
    """Whether what stands on the boot partition is what is in force."""
    file = device.places.small_file
    if device.config is None or not file.is_file():
        return
    try:
        small = read(file.read_bytes())
    except ConfigError as error:
        first = error.problems[0]
        yield UNAPPLIED.found(f"it has mistakes: {first.path}: {first.what}")
        return
    if other := [*_differing(small, device.config)]:
        yield UNAPPLIED.found(f"in force is something else: {', '.join(other)}")
    else:
        yield good(UNAPPLIED.tested, "in force")


def leftovers(device: Device) -> Iterator[Finding]:
    """Of Raspberry Pi Imager."""
    boot = device.places.boot
    if not device.model or not boot.is_dir():
        return
    left = [f"/boot/firmware/{name}" for name in LEFT if (boot / name).exists()]
    finished = (device.root / "var/lib/cloud/instance/boot-finished").exists()
    if not finished and _has_wishes(device):
        left.append("/boot/firmware/user-data")
    if left:
        yield LEFTOVERS.found(", ".join(left), files=tuple(left))
    else:
        yield good(LEFTOVERS.tested, "nothing")


CHECKS = (configuration, small_file, leftovers)


def _differing(small: SmallFile, config: Config) -> Iterator[str]:
    """The keys that differ, but for the places of what [secrets] brings."""
    for name in Config.model_fields:
        ours, theirs = getattr(config, name), getattr(small, name)
        for key in type(ours).model_fields if ours is not None else ():
            if (name, key) not in FROM_SECRETS and getattr(ours, key) != getattr(theirs, key, None):
                yield f"{name}.{key}"


def _has_wishes(device: Device) -> bool:
    """cloud-init's file is there on every image; only one with more than remarks wants anything."""
    rows = (device.text("boot/firmware/user-data") or "").splitlines()
    return any(row.strip() and not row.lstrip().startswith("#") for row in rows)
