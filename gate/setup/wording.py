"""What a device without a configuration says to the technician in front of its camera."""

from gate.setup.code import Code, Rejected
from gate.setup.parts import Missing

SENTENCES: dict[Code, str] = {
    Code.FOREIGN: "a QR code, but no set-up code and no Wi-Fi code",
    Code.UNSUPPORTED_VERSION: "a set-up code of another release: update this device, or make the"
    " code with the gate setup-code of this one",
    Code.MALFORMED: "a code that is damaged: show it again, or make a new one",
    Code.NO_KEYS: "a set-up code, but this device takes no signed codes: it has no setup-keys.json;"
    " configure it by the card",
    Code.UNKNOWN_KEY: "a set-up code of somebody whom this device does not know: sign it with a key"
    " of its setup-keys.json",
    Code.BAD_SIGNATURE: "a set-up code whose signature is wrong: nothing of it is taken",
    Code.OTHER_DEVICE: "a set-up code for another device",
    Code.NOT_YET: "a set-up code of the future: the clock of whoever made it is ahead",
    Code.EXPIRED: "the set-up code has expired: make a new one",
    Code.USED: "the set-up code was used before: make a new one",
    Code.NOT_TAKEN_HERE: "a Wi-Fi that this device does not join",
    Code.UNSIGNED: "a Wi-Fi code: a gate in service takes signed codes only",
    Code.CLOCK_UNSURE: "a set-up code, but the clock is unsure: gate trust-clock",
    Code.LIST_UNREADABLE: "the list of used codes cannot be read, so none is taken: configure this"
    " device by the card",
    Code.BAD_FILE: "the set-up code is genuine, but the file in it has mistakes; nothing was"
    " changed",
    Code.FAILED: "the device could not do it",
}


def refused(rejected: Rejected) -> str:
    """Why something is not taken, in a line or more."""
    detail = f" ({rejected.detail})" if rejected.detail else ""
    return f"NOT TAKEN: {SENTENCES[rejected.code]}{detail}"


def wanting(missing: Missing) -> str:
    """A part was taken, and others are still to come."""
    got = missing.of - len(missing.numbers)
    still = ", ".join(str(number) for number in missing.numbers)
    return f"set-up code: {got} of {missing.of} parts taken; still to be shown: {still}"
