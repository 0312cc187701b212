"""The examination: every area in turn, and what each said."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from gate.doctor import (
    board,
    broker,
    camera,
    keys,
    release,
    service,
    settings,
    software,
    storage,
    thermometer,
    wires,
    wiring,
)
from gate.doctor.device import Device
from gate.doctor.finding import Finding, Level, Trouble

Check = Callable[[Device], Iterable[Finding]]
"""Looks at one thing. OSError: it could not be looked at."""

UNSEEN = Trouble(
    "NOT-EXAMINED",
    Level.WARNING,
    tested="a check",
    cause="The doctor could not look: this user may not, or a file went away meanwhile.",
    mend="sudo gate doctor",
)


@dataclass(frozen=True, slots=True)
class Area:
    """What belongs together on a device."""

    name: str
    checks: tuple[Check, ...]
    troubles: tuple[Trouble, ...]


AREAS = (
    Area("configuration", settings.CHECKS, settings.TROUBLES),
    Area("keys and certificates", keys.CHECKS, keys.TROUBLES),
    Area("service", service.CHECKS, service.TROUBLES),
    Area("release", release.CHECKS, release.TROUBLES),
    Area("software", software.CHECKS, software.TROUBLES),
    Area("wires", wires.CHECKS, wires.TROUBLES),
    Area("wiring", wiring.CHECKS, wiring.TROUBLES),
    Area("camera", camera.CHECKS, camera.TROUBLES),
    Area("thermometer", thermometer.CHECKS, thermometer.TROUBLES),
    Area("broker", broker.CHECKS, broker.TROUBLES),
    Area("disk", storage.CHECKS, storage.TROUBLES),
    Area("board", board.CHECKS, board.TROUBLES),
)
"""In the order in which one thing needs another."""


def examine(device: Device, areas: Iterable[Area] = AREAS) -> list[Finding]:
    """All that was found. It changes nothing, and disturbs no running lane."""
    return [finding for area in areas for finding in findings_of(area, device)]


def findings_of(area: Area, device: Device) -> Iterator[Finding]:
    """Those of one area; what one check cannot look at keeps none of the others away."""
    for check in area.checks:
        try:
            yield from check(device)
        except OSError as error:
            yield UNSEEN.found(f"{area.name}: {error}")


def troubles() -> Iterator[tuple[str, tuple[Trouble, ...]]]:
    """Every trouble that is known, by area."""
    yield from ((area.name, area.troubles) for area in AREAS)
    yield "the doctor", (UNSEEN,)
