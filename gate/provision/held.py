"""Packages that an `apt upgrade` leaves alone: camera stack and kernel of a Raspberry Pi. Pure.

They belong together, and upgrades of one of them have broken cameras again and again
(docs/provisioning.md). What is held is upgraded on purpose, on one device first:
`apt-mark unhold`, upgrade, `gate doctor`.
"""

import re
from collections.abc import Iterator

STATUS = "var/lib/dpkg/status"

_HELD = re.compile(
    r"libcamera(0|-ipa|-v4l2|-tools|0\.\d+)|libpisp(1|-common)|python3-(libcamera|picamera2|kms\+\+)"
    r"|rpicam-apps(-[a-z]+)*|libcamera-apps(-[a-z]+)*"
    r"|linux-(image|headers)-[a-z0-9.+~-]*rpi[a-z0-9.+~-]*|raspberrypi-(kernel|bootloader)"
    r"|raspi-firmware"
)


def to_hold(status: str) -> Iterator[str]:
    """Names of packages in dpkg's own list that are installed and not held yet."""
    for paragraph in status.split("\n\n"):
        name = re.search(r"^Package: (\S+)$", paragraph, re.MULTILINE)
        state = re.search(r"^Status: (\S+) (\S+) (\S+)$", paragraph, re.MULTILINE)
        if name is None or state is None or not _HELD.fullmatch(name[1]):
            continue
        if state[1] != "hold" and state[3] == "installed":
            yield name[1]
