"""`gate probe thermometer`: who it is, how many transfers fail, what it reads, and its noise."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Annotated, Any, TypeVar

import typer

from drivers.mlx90614 import (
    Mlx90614,
    ThermometerError,
)
from gate.commands.configured import loaded
from gate.commands.probe.telling import ConfigFile, Json, Told, conclude
from gate.config import DEFAULT_FILE, Config
from gate.doctor.finding import Finding, good
from gate.doctor.probes.lane import LANE_RUNS
from gate.doctor.probes.thermometer import ABSENT, IDENTITY, IMPLAUSIBLE, ODD, TRANSFERS, VARIANT
from gate.failures import FAILURES
from gate.hardware import hardware
from gate.status import answer_of
from gate.temperature.commissioning import CommissioningError, in_hex, read_record
from gate.temperature.identity import Record, foreign, oddity, standing
from gate.temperature.noise import fitting, noise_of
from gate.temperature.transfers import Failure

Word = TypeVar("Word")

TOLERATED = 0.02
"""Of the transfers; the lane warns above it, too (`gate.temperature.transfers`)."""
SILENT = 20
"""So many transfers, and all of them failed: nobody is there."""
ROOM_C = (-5.0, 60.0)
"""Of the part's own temperature, in a lane."""


@dataclass(slots=True)
class Heard:
    """What came over the bus."""

    cells: tuple[int, ...] = ()
    ambient_c: list[float] = field(default_factory=list)
    object_c: list[float] = field(default_factory=list)
    made: int = 0
    failed: Counter[Failure] = field(default_factory=Counter)
    last_failure: str = ""

    @property
    def in_words(self) -> str:
        """For people."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.failed.items())
        last = f"; {self.last_failure}" if self.last_failure else ""
        return f"{self.failed.total()} failed of {self.made}{f' ({kinds})' if kinds else ''}{last}"


def thermometer(
    config: ConfigFile = DEFAULT_FILE,
    *,
    seconds: Annotated[
        float, typer.Option(min=0, max=600, help="Read for so long. 10 s tell the noise.")
    ] = 10.0,
    json_: Json = False,
) -> None:
    """Read the thermometer: its identity, failed transfers, ambient and object, and its noise.

    Point it at a wall, not at somebody who moves. With a running lane, which owns the bus, only
    what the lane says of it. Exit code 0: good. 1: something to look at. 2: it does not work.

    \b
    Example:
      gate probe thermometer --config /etc/gate/gate.toml
    """
    lane, told = loaded(config), Told(silent=json_)
    if lane.thermometer.source == "none" or lane.thermometer.variant is None:
        typer.echo("This lane has no thermometer ([thermometer] source, variant).", err=True)
        raise typer.Exit(1)
    if (said := answer_of(lane.status_socket)) is not None:
        conclude("thermometer", *_of_the_lane(said), told, json_=json_)
    heard = Heard()
    try:
        with ExitStack() as parts:
            wires = hardware(lane, parts, _crash)
            part = Mlx90614(wires.open_bus(), lane.thermometer.address)
            parts.callback(part.close)
            every_s = lane.thermometer.traits.settling_s
            listen(part, heard, seconds, every_s, told, time.monotonic, time.sleep)
    except ThermometerError as error:
        conclude("thermometer", [ABSENT.found(str(error))], {}, told, json_=json_)
    record = _record(lane)
    conclude("thermometer", judged(heard, lane, record), _figures(heard), told, json_=json_)


def listen(
    part: Mlx90614,
    heard: Heard,
    seconds: float,
    every_s: float,
    told: Told,
    monotonic: Callable[[], float],
    wait: Callable[[float], object],
) -> None:
    """Reads until the time is over; whatever fails is counted."""
    end_at = monotonic() + seconds
    while True:
        if not heard.cells and (who := _tried(heard, part.identity)) is not None:
            heard.cells = who.cells
            told.line(f"cells {in_hex(heard.cells)}")
        if (ambient_c := _tried(heard, part.ambient_c)) is not None:
            heard.ambient_c.append(ambient_c)
        if (object_c := _tried(heard, part.object_c)) is not None:
            heard.object_c.append(object_c)
            told.now(f"{object_c:.2f} C; {heard.in_words}")
        if monotonic() >= end_at or heard.failed.total() == heard.made >= SILENT:
            return
        wait(every_s)


def _tried(heard: Heard, read: Callable[[], Word]) -> Word | None:
    """One reading; None where it failed, and that is counted."""
    heard.made += 1
    try:
        return read()
    except ThermometerError as error:
        heard.failed[FAILURES.get(type(error), Failure.BUS)] += 1
        heard.last_failure = str(error)
        return None


def judged(heard: Heard, lane: Config, record: Record) -> list[Finding]:
    """What it means."""
    rate = heard.failed.total() / heard.made
    if not (heard.object_c and heard.ambient_c and heard.cells):
        return [ABSENT.found(f"nothing was read: {heard.in_words}")]
    found = [good(TRANSFERS.tested, heard.in_words)]
    if rate > TOLERATED:
        found = [TRANSFERS.found(heard.in_words)]
    if why := foreign(heard.cells, record):
        found.append(IDENTITY.found(why))
    elif odd := oddity(heard.cells, record, lane.thermometer.variant or ""):
        found.append(ODD.found(odd))
    else:
        found.append(good(IDENTITY.tested, standing(record)))
    ambient_c = median(heard.ambient_c)
    reads = f"object {median(heard.object_c):.2f} C, itself {ambient_c:.2f} C"
    plausible = ROOM_C[0] <= ambient_c <= ROOM_C[1]
    found.append(good(IMPLAUSIBLE.tested, reads) if plausible else IMPLAUSIBLE.found(reads))
    if (noise_c := noise_of(heard.object_c)) is not None:
        fits = fitting(noise_c)
        said = f"{noise_c:.3f} C, as {', '.join(fits)} have it"
        right = lane.thermometer.variant in fits
        found.append(good(VARIANT.tested, said) if right else VARIANT.found(said))
    return found


def _of_the_lane(said: dict[str, Any]) -> tuple[list[Finding], dict[str, Any]]:
    """What a running lane knows of it."""
    of = said.get("thermometer")
    if not said:
        return [LANE_RUNS.found("it runs, and this user may not ask it: take sudo")], {}
    if of is None:
        return [LANE_RUNS.found("it runs, and does not measure ([screening] mode)")], {}
    made, failures = of["transfers"], sum(of["failures"].values())
    figures = {"transfers": made, "failures": of["failures"], "by": "the running lane"}
    reads = said["thermometer_c"]
    words = f"{failures} failed of {made} since the start; reads " + (
        "nothing" if reads is None else f"{reads:.2f} C"
    )
    if "thermometer" in said["faults"] or of["trouble"]:
        return [ABSENT.found(f"the running lane has lost it: {of['trouble']}; {words}")], figures
    found = TRANSFERS.found(words) if of["warnings"] else good(TRANSFERS.tested, words)
    return [found, LANE_RUNS.found("it runs and owns the bus: this is what it says")], figures


def _record(lane: Config) -> Record:
    try:
        return read_record(lane.gate.data_dir)
    except CommissioningError as error:
        return error


def _figures(heard: Heard) -> dict[str, Any]:
    noise_c = noise_of(heard.object_c)
    return {
        "cells": in_hex(heard.cells) if heard.cells else None,
        "transfers": heard.made,
        "failures": {kind.value: heard.failed[kind] for kind in Failure},
        "object_c": round(median(heard.object_c), 3) if heard.object_c else None,
        "ambient_c": round(median(heard.ambient_c), 3) if heard.ambient_c else None,
        "noise_c": None if noise_c is None else round(noise_c, 4),
        "fits": [] if noise_c is None else [*fitting(noise_c)],
    }


def _crash(bug: BaseException) -> None:
    raise bug
