"""Running a command as the daemon runs: its user, its sandbox, its credentials. Pure.

Root on a shell may do everything, and so hides what the daemon may not. systemd-run makes a unit
for one command; it gets the lines of the daemon's unit (`systemctl cat`), drop-ins too, but for
those that start, stop and watch the daemon.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

LEFT_OUT = (
    *("Type", "ExecStart", "ExecStop", "ExecReload", "ExecCondition", "PIDFile", "BusName"),
    *("Restart", "Watchdog", "Timeout", "Notify", "SuccessExitStatus", "RemainAfterExit"),
    *("StandardInput", "StandardOutput", "StandardError", "SyslogIdentifier", "OOMScoreAdjust"),
    *("FileDescriptorStore", "USBFunction", "RuntimeDirectoryPreserve"),
)
"""The beginnings of settings that are the daemon's own."""

KEPT = ("RuntimeDirectoryPreserve", "yes")
"""Else systemd removes /run/gate at the end of the command, under the feet of a running lane."""

SPECIFIERS = {"%t": "/run", "%S": "/var/lib", "%C": "/var/cache", "%L": "/var/log", "%%": "%"}


class SandboxError(Exception):
    """There is no sandbox to run in; the text says why."""


def command(unit: str, words: Sequence[str | Path]) -> list[str]:
    """`words` as systemd-run starts them with the settings of `unit`, as `systemctl cat` has it.

    It waits for the end and hands output and exit code through. Raises SandboxError where the text
    is no unit with a service.
    """
    settings = [*_settings(unit)]
    if not settings:
        raise SandboxError("the unit has no [Service] that could be borrowed")
    properties = [f"--property={name}={value}" for name, value in _borrowed(settings)]
    start = ("systemd-run", "--quiet", "--pipe", "--wait", "--collect", "--service-type=exec")
    return [*start, *properties, "--", *map(str, words)]


def _borrowed(settings: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    yield from ((name, value) for name, value in settings if not name.startswith(LEFT_OUT))
    yield KEPT


def _settings(unit: str) -> Iterator[tuple[str, str]]:
    """Name and value of each setting in [Service], in order; an empty value takes others back."""
    within, whole = False, ""
    for row in unit.splitlines():
        if row.lstrip().startswith(("#", ";")):
            continue
        whole += row.rstrip()
        if whole.endswith("\\"):
            whole = whole[:-1]
            continue
        row_, whole = whole.strip(), ""
        if row_.startswith("["):
            within = row_ == "[Service]"
        elif within and "=" in row_:
            name, _, value = row_.partition("=")
            yield name.strip(), _placed(" ".join(value.split()))


def _placed(value: str) -> str:
    """With the specifiers that a transient unit does not fill in."""
    for short, long in SPECIFIERS.items():
        value = value.replace(short, long)
    return value
