"""`gate doctor`: what is wrong with this device, and the command that mends it."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from drivers.process import run
from gate.commands.doctor.inside import examined_inside
from gate.commands.doctor.machine import machine
from gate.config import DEFAULT_FILE
from gate.doctor.device import Device
from gate.doctor.examination import AREAS, examine, findings_of
from gate.doctor.finding import Finding, Level, as_json, in_one_line, worst
from gate.doctor.sandbox import SandboxError
from gate.units import LANE

MARKS = {Level.GOOD: "good", Level.WARNING: "WARNING", Level.BROKEN: "BROKEN"}


def doctor(
    config: Annotated[Path, typer.Option("--config", help="The file of this lane.")] = DEFAULT_FILE,
    *,
    json_: Annotated[bool, typer.Option("--json", help="Everything, as one JSON line.")] = False,
    inside: Annotated[
        bool,
        typer.Option("--inside", help="Examine as the daemon's user, in the sandbox of its unit."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Tell what is good, too.")
    ] = False,
    within: Annotated[bool, typer.Option("--within", hidden=True)] = False,
) -> None:
    """Say what is wrong with this device, each with the one command that mends it.

    Looks at configuration, keys, service, software, wires, camera, thermometer, broker, disk and
    board, changes nothing, and takes a few seconds. A running lane is asked and not disturbed: what
    it has open stays its own. Each finding has a code; docs/troubleshooting.md has a section for
    each. Root on a shell may do more than the daemon: sudo gate doctor --inside sees what that
    sees. Exit code 0: all is well. 1: warnings. 2: something is broken.

    \b
    Example:
      sudo gate doctor --inside
    """
    if inside:
        try:
            code, out = examined_inside(config, json_=json_, verbose=verbose, run=run)
        except SandboxError as error:
            typer.echo(f"There is no sandbox to examine in: {error}. Without --inside it works.")
            raise typer.Exit(int(Level.BROKEN)) from error
        typer.echo(out, nl=False)
        raise typer.Exit(code)
    device = machine(config, inside=within)
    found = examine(device) if json_ else _told(device, verbose=verbose)
    if json_:
        typer.echo(as_json(found))
    else:
        typer.echo(_summary(found))
        if os.geteuid() == 0 and not within and device.shown(LANE, "LoadState"):
            typer.echo("As root: sudo gate doctor --inside sees what the daemon may not do.")
    raise typer.Exit(int(worst(found)))


def _told(device: Device, *, verbose: bool) -> list[Finding]:
    """Area by area, so that somebody who waits sees where it is."""
    found: list[Finding] = []
    for area in AREAS:
        if sys.stderr.isatty():
            typer.echo(f"\r\x1b[K{area.name} ...", nl=False, err=True)
        these = [*findings_of(area, device)]
        found += these
        if sys.stderr.isatty():
            typer.echo("\r\x1b[K", nl=False, err=True)
        for line in _lines(area.name, these, verbose=verbose):
            typer.echo(line)
    return found


def _lines(area: str, found: Sequence[Finding], *, verbose: bool) -> list[str]:
    shown = [it for it in found if verbose or it.level > Level.GOOD]
    lines = [f"{area}: good"] if found and not shown else []
    lines += [area] if shown else []
    for it in shown:
        lines.append(
            f"  {MARKS[it.level]:<8} {it.code or '-'}  {it.tested}: {in_one_line(it.found)}"
        )
        if it.mend:
            lines += [f"           mend  {it.mend}", f"           see   {it.anchor}"]
    return lines


def _summary(found: Sequence[Finding]) -> str:
    broken = sum(it.level is Level.BROKEN for it in found)
    warned = sum(it.level is Level.WARNING for it in found)
    if not broken and not warned:
        return f"All is well ({len(found)} things looked at)."
    return f"{broken} broken, {warned} to look at, {len(found) - broken - warned} good."
