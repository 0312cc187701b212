"""The service: whether it runs, how often it had to be started again, and what the lane says."""

import os
from collections.abc import Iterator, Mapping

from gate.doctor.device import Device
from gate.doctor.finding import Finding, Level, Trouble, good
from gate.units import LANE

DISABLED = Trouble(
    "SERVICE-DISABLED",
    Level.WARNING,
    tested="the service",
    cause="The service runs, and will not after the next start of the board.",
    mend="sudo systemctl enable gate.service",
)
STOPPED = Trouble(
    "SERVICE-STOPPED",
    Level.BROKEN,
    tested="the service",
    cause="The service does not run: somebody has stopped it, or it ended and may not be started"
    " again (exit code 78: a bad configuration).",
    mend="sudo systemctl restart gate.service",
    more="`journalctl -u gate -b` has its last words.",
)
SILENT = Trouble(
    "LANE-SILENT",
    Level.BROKEN,
    tested="the running lane",
    cause="The service runs, and the lane does not answer on its socket: it is starting, it hangs"
    " (systemd ends it soon), or this user may not open the socket.",
    mend="sudo gate status",
)
RESTARTS = Trouble(
    "SERVICE-RESTARTS",
    Level.WARNING,
    tested="restarts of the service",
    cause="systemd had to start the daemon again several times: it met a bug, a part that it cannot"
    " be without was not there, or it hung.",
    mend="journalctl -u gate.service -b -p warning",
    more="`sudo gate bundle` puts together what those who mend it need.",
)
LOST = Trouble(
    "LANE-FAULT",
    Level.BROKEN,
    tested="the running lane",
    cause="The running lane has lost a part. A part that comes back is taken again by itself.",
    mend="sudo systemctl stop gate.service; sudo gate doctor; sudo systemctl start gate.service",
    more="While the lane runs its devices are not touched; stopped, they are looked at.",
)
UNSURE = Trouble(
    "LANE-UNSURE",
    Level.WARNING,
    tested="the running lane",
    cause="The lane works and wants something of people: a recount after a release, a changed file"
    " to be taken over, a bad list of keys to be mended, a look at the thermometer.",
    mend="sudo gate status",
    more="It says what, and the command.",
)

TROUBLES = (DISABLED, STOPPED, SILENT, RESTARTS, LOST, UNSURE)

MANY = 3
"""Restarts since the unit was loaded, that is since the board started."""


def unit(device: Device) -> Iterator[Finding]:
    """What systemd says; nothing where the unit is not known, as on a developer's machine."""
    names = ("LoadState", "UnitFileState", "ActiveState", "ExecMainStatus", "NRestarts")
    shown = device.shown(LANE, *names)
    if shown.get("LoadState") != "loaded" or device.config is None:
        return
    state, status = shown.get("ActiveState", ""), shown.get("ExecMainStatus", "0")
    if state not in {"active", "activating", "reloading"}:
        why = ": a bad configuration" if status == str(os.EX_CONFIG) else ""
        yield STOPPED.found(f"{state} (exit code {status}{why})")
    elif device.lane is None:
        yield SILENT.found(f"{state}, and nobody answers on {device.config.status_socket}")
    elif shown.get("UnitFileState") not in {"enabled", "enabled-runtime"}:
        yield DISABLED.found(f"{state}, {shown.get('UnitFileState') or 'not enabled'}")
    else:
        yield good(STOPPED.tested, f"{state}, enabled")
    again = int(shown.get("NRestarts") or 0)
    if again >= MANY:
        yield RESTARTS.found(f"{again} since the board started")
    else:
        yield good(RESTARTS.tested, str(again))


def lane(device: Device) -> Iterator[Finding]:
    """What a running lane says of itself; its broker is looked at elsewhere."""
    said = device.lane
    if said is None:
        return
    faults = said.get("faults")
    lost = _names(faults) - {"broker", "clock"}
    wants = [
        *(["the count is uncertain"] if said.get("uncertain") else []),
        *(["the release is active"] if said.get("release") else []),
        *(
            f"{name}: {state}"
            for name in ("config", "lists")
            if (state := said.get(name, "in force")) != "in force"
        ),
        *(f"thermometer: {it}" for it in _names(_of(said, "thermometer").get("warnings"))),
        *(["thermometer: it drifts"] if _of(said, "upkeep").get("drifted") else []),
    ]
    if lost:
        yield LOST.found(f"lost: {', '.join(sorted(lost))}")
    if wants:
        yield UNSURE.found("; ".join(map(str, wants)))
    if not lost and not wants:
        yield good(LOST.tested, f"mode {said.get('mode')}, no fault")


CHECKS = (unit, lane)


def _of(said: Mapping[str, object], name: str) -> Mapping[str, object]:
    """A part of what the lane says; empty where the lane has no such part."""
    part = said.get(name)
    return part if isinstance(part, Mapping) else {}


def _names(said: object) -> set[str]:
    return {str(part) for part in said} if isinstance(said, list) else set()
