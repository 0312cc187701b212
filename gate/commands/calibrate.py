"""`gate calibrate`: commission the thermometer, with two black bodies or as the factory made it."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from drivers.mlx90614 import Mlx90614, ThermometerError
from gate import RELEASED
from gate.commands.black_body import Bench
from gate.commands.configured import loaded
from gate.config import DEFAULT_FILE, Config
from gate.hardware import hardware
from gate.status import answer_of
from gate.temperature.calibration import CalibrationError, Line, Reading, line_through, wrong_bodies
from gate.temperature.commissioning import (
    CELLS,
    FILE,
    SKIN_C,
    Commissioned,
    CommissioningError,
    expiry,
    in_hex,
    read_record,
    write_record,
)

GOOD_ENOUGH_C = 0.2
"""A check that finds more asks for a calibration: the error of a D part."""

BLACK = 0xFFFF
"""The emissivity cell of a part as it leaves the factory: 1.0."""


def calibrate(
    config: Annotated[Path, typer.Option("--config", help="The file of this lane.")] = DEFAULT_FILE,
    *,
    cool: Annotated[float, typer.Option(help="The cooler black body, in °C.")] = 35.0,
    warm: Annotated[float, typer.Option(help="The warmer one, in °C.")] = 40.0,
    rounds: Annotated[int, typer.Option(min=1, max=5, help="How often both bodies are read.")] = 1,
    check: Annotated[
        float | None,
        typer.Option(metavar="CELSIUS", help="Read one black body, change nothing."),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Print the record, read nothing.")] = False,
    accept: Annotated[
        bool,
        typer.Option("--accept", help="Put the part on record with the values of the factory."),
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Ask nothing; the bodies come by themselves, the cooler first."),
    ] = False,
    within: Annotated[
        float, typer.Option(min=10, max=3600, help="Seconds to wait for a steady reading.")
    ] = 120.0,
) -> None:
    """Commission the thermometer: which part it is, and by how much it is wrong where it is.

    At the final supply, mounting and distance, after half an hour of warm-up, with the lane
    stopped. Two black bodies, at least 3 °C apart, give gain and offset; the record counts for six
    months. What no sound part has is refused, and the record before stays. Exit code 1 where
    nothing was recorded, or where --check finds more than 0.2 °C; 78 for a wrong configuration.
    """
    lane = loaded(config)
    if lane.thermometer.source == "none":
        _refuse("This lane has no thermometer ([thermometer] source is none).")
    if show:
        typer.echo("\n".join(_lines(_record(lane))))
        return
    if check is None and not accept and (why := wrong_bodies(cool, warm)):
        _refuse(f"{why[0].upper()}{why[1:]}.")
    try:
        with _thermometer(lane, within) as (thermometer, bench, today):
            if check is not None:
                _check(bench, check, _needed(lane), yes=yes)
                return
            cells = _cells(thermometer)
            line = None if accept else _line(bench, (cool, warm), rounds, yes=yes)
            _keep(lane, commissioned(lane, today, cells, line), yes=yes)
    except (CalibrationError, ThermometerError) as error:
        _refuse(f"Nothing was recorded: {error}.")


@contextmanager
def _thermometer(lane: Config, within_s: float) -> Iterator[tuple[Mlx90614, Bench, date]]:
    """The thermometer of the lane, how it is read, and the day."""
    if answer_of(lane.status_socket) is not None:
        _refuse(
            "The lane runs, and the thermometer is its own. Stop it (sudo systemctl stop gate),"
            " calibrate, and start it again."
        )
    with ExitStack() as parts:
        wires = hardware(lane, parts, _crash)
        now = datetime.fromtimestamp(wires.clock.wall(), UTC)
        if now < RELEASED:
            _refuse(f"The clock says {now:%Y-%m-%d}: set it first, the record has a date.")
        thermometer = Mlx90614(wires.open_bus(), lane.thermometer.address)
        parts.callback(thermometer.close)
        traits = lane.thermometer.traits
        yield (
            thermometer,
            Bench(
                thermometer=thermometer,
                broken=ThermometerError,
                sigma_c=traits.sigma_c,
                every_s=traits.settling_s,
                within_s=within_s,
                monotonic=wires.clock.monotonic,
                wait=time.sleep,
                tell=_tell,
            ),
            now.date(),
        )


def _cells(thermometer: Mlx90614) -> tuple[int, ...]:
    cells = thermometer.identity().cells
    emissivity = cells[CELLS.index(0x24)]
    if emissivity != BLACK:
        raise CalibrationError(
            f"somebody has set the emissivity of this part to {emissivity / BLACK:.2f}, which"
            " undoes its factory calibration, and the gate corrects for skin itself: take another"
        )
    return cells


# --- two bodies, or one -----------------------------------------------------------------------


def _line(bench: Bench, bodies: tuple[float, float], rounds: int, *, yes: bool) -> Line:
    readings = []
    for body_c, other_c in (bodies, bodies[::-1]) * rounds:
        readings.append(_read(bench, body_c, other_c, yes=yes))
        typer.echo(f"  {body_c:g} C: {_in_words(readings[-1])}")
    line = line_through(readings)
    typer.echo(
        f"  gain {line.gain:.4f}, offset {line.offset_c:+.3f} C, residual {line.residual_c:.3f} C;"
        f" skin of {SKIN_C:g} C is corrected by {line.true_c(SKIN_C) - SKIN_C:+.2f} C"
    )
    return line


def _check(bench: Bench, body_c: float, record: Commissioned, *, yes: bool) -> None:
    reading = _read(bench, body_c, None, yes=yes)
    error_c = record.true_c(reading.read_c) - body_c
    typer.echo(
        f"  {body_c:g} C: {_in_words(reading)}; with the record of {record.on}"
        f" {record.true_c(reading.read_c):.2f} C, {error_c:+.2f} C off"
    )
    if abs(error_c) > GOOD_ENOUGH_C:
        _refuse(f"That is more than {GOOD_ENOUGH_C:g} C. Calibrate anew: gate calibrate.")


def _read(bench: Bench, body_c: float, other_c: float | None, *, yes: bool) -> Reading:
    wanted = (
        f"Put the black body of {body_c:g} C where foreheads are, so that it fills the view, and"
        " wait until it has its temperature"
    )
    if yes:
        typer.echo(f"{wanted}.")
    else:
        typer.prompt(f"{wanted}. Enter", default="", show_default=False, prompt_suffix=" ")
    reading = bench.reading(body_c, other_c, patient=yes)
    if sys.stdout.isatty():
        typer.echo("\r\x1b[K", nl=False)
    return reading


def _in_words(reading: Reading) -> str:
    return f"reads {reading.read_c:.2f} C, samples {reading.spread_c:.2f} C apart at most"


def _tell(newest_c: float, taken: int, needed: int) -> None:
    if sys.stdout.isatty():
        typer.echo(f"\r\x1b[K  {newest_c:.2f} C, {taken} of {needed} samples", nl=False)


# --- the record -------------------------------------------------------------------------------


def commissioned(
    lane: Config, today: date, cells: tuple[int, ...], line: Line | None
) -> Commissioned:
    """The record that this makes. Raises `CalibrationError` where no sound part has such a line."""
    record = Commissioned(
        on=today,
        expires=expiry(today),
        variant=lane.thermometer.variant or "",
        cells=cells,
    )
    if line is None:
        return record
    try:
        return replace(
            record,
            gain=line.gain,
            offset_c=line.offset_c,
            black_bodies_c=line.black_bodies_c,
            read_c=line.read_c,
        )
    except ValueError as error:
        raise CalibrationError(
            f"{error}: look at the supply, the window, the distance, whether the bodies fill the"
            " view, and at the variant in the configuration"
        ) from error


def _keep(lane: Config, record: Commissioned, *, yes: bool) -> None:
    folder = lane.gate.data_dir
    try:
        before = read_record(folder)
    except CommissioningError as error:
        typer.echo(f"It replaces a record that cannot be used: {error}")
        before = None
    if before is not None:
        other = "another part" if before.cells != record.cells else "the same part"
        typer.echo(f"It replaces the record of {before.on}, of {other}:")
        typer.echo("\n".join(_lines(before)))
    if not yes and not typer.confirm("Keep it?", default=True):
        _refuse("Nothing was recorded.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_record(folder, record)
    except OSError as error:
        _refuse(f"Nothing was recorded: {error.filename}: {error.strerror}. As the gate's user?")
    typer.echo(f"Recorded in {folder / FILE}:")
    typer.echo("\n".join(_lines(record)))
    typer.echo("It is in force from the next start of the lane (sudo systemctl start gate).")


def _record(lane: Config) -> Commissioned | None:
    try:
        return read_record(lane.gate.data_dir)
    except CommissioningError as error:
        _refuse(str(error))


def _needed(lane: Config) -> Commissioned:
    record = _record(lane)
    if record is None:
        _refuse("There is no record to check against. First: gate calibrate.")
    return record


def _lines(record: Commissioned | None) -> list[str]:
    if record is None:
        return ["Not commissioned: the lane works with the values of the factory (gate calibrate)."]
    if record.calibrated:
        seen = zip(record.black_bodies_c, record.read_c, strict=True)
        how = ", ".join(f"{body:g} C read {read:.2f}" for body, read in seen)
    else:
        how = "no black bodies: the values of the factory"
    return [
        f"  part     {record.variant}, cells {in_hex(record.cells)}",
        f"  counts   from {record.on} until {record.expires}",
        f"  bodies   {how}",
        f"  line     true = {record.gain:.4f} x read {record.offset_c:+.3f} C",
    ]


def _refuse(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)


def _crash(bug: BaseException) -> None:
    raise bug
