"""`gate status`, `recount`, `mode`, `reload`, `trust-clock`: ask a lane on this device."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from gate.commands.configured import loaded
from gate.config import DEFAULT_FILE
from gate.model import Mode
from gate.status import ask

ConfigFile = Annotated[Path, typer.Option("--config", help="The file of the running lane.")]


RELOAD_S = 10.0
"""A reload reads files and waits for the disk before it answers."""


def status(
    config: ConfigFile = DEFAULT_FILE,
    *,
    json_: Annotated[bool, typer.Option("--json", help="Everything, as one JSON line.")] = False,
) -> None:
    """Say how a running lane is: posture, people counted, faults, backlog.

    Exit code 1 when no lane runs with this configuration, 2 when it runs with a fault.
    """
    lane = _ask(config, "status")
    if json_:
        typer.echo(json.dumps(lane))
    else:
        for line in _lines(lane):
            typer.echo(line)
    if lane["faults"]:
        raise typer.Exit(2)


def recount(config: ConfigFile = DEFAULT_FILE) -> None:
    """Say that somebody has counted the people inside, after an emergency release.

    The lane admits again. Who may open the status socket of the device may say so.
    """
    _ask(config, "recount")
    typer.echo("The count is sure again, unless the release is still active (see gate status).")


def mode(
    mode: Annotated[Mode, typer.Argument(help="What the lane is to do from now on.")],
    config: ConfigFile = DEFAULT_FILE,
) -> None:
    """Set the operating mode; it stays over a restart, until another is set.

    normal: who has a grant enters. free: the entry stands open, people are counted. locked: nobody
    enters. count_only: a lane without a barrier. out_of_service: nobody enters, and the lane says
    that it is broken. The way out stays free in every mode; a turned key switch wins.
    """
    _ask(config, f"mode {mode}")
    typer.echo(f"The lane was told: {mode} (see gate status).")


def reload(config: ConfigFile = DEFAULT_FILE) -> None:
    """Have a running lane take its configuration file over.

    Where anything in it is wrong, the lane goes on as it is, and this says what; exit code 78.
    """
    problems = _ask(config, "reload", timeout_s=RELOAD_S)["problems"]
    if problems:
        for problem in problems:
            typer.echo(problem, err=True)
        raise typer.Exit(os.EX_CONFIG)
    typer.echo("The lane takes it over as soon as nobody has a grant (see gate status).")


def trust_clock(config: ConfigFile = DEFAULT_FILE) -> None:
    """Say that the clock of this device (see `date`) is right as it is now.

    For a site without a time service, after somebody has set the clock. Who may open the status
    socket of the device may say so.
    """
    _ask(config, "trust-clock")
    typer.echo("The lane takes the time of this device within a second (see gate status).")


def _ask(config: Path, question: str, *, timeout_s: float = 2.0) -> dict[str, Any]:
    socket = loaded(config).status_socket
    try:
        return ask(socket, question, timeout_s=timeout_s)
    except (OSError, ValueError) as error:
        typer.echo(
            f"No lane answers on {socket}: {error}. Does it run (gate run), and may this user"
            " open that socket?",
            err=True,
        )
        raise typer.Exit(1) from error


def _lines(lane: dict[str, Any]) -> list[str]:
    entry = "free" if lane["entry_free"] else "shut"
    people = f"{lane['in']} in, {lane['out']} out, {lane['pending']} pending"
    lines = [
        f"{lane['gate']} of {lane['venue']}: mode {lane['mode']}",
        f"  shows    entry {entry}, lamp {lane['lamp']}",
        f"  says     {lane['sentence']['en']} / {lane['sentence']['id']}",
        f"  counted  {people}: {lane['inside']} inside, {lane['right']} more may enter",
        f"  backlog  {lane['backlog']} events, clock {lane['clock']}",
        f"  camera   {_seen(lane)}",
    ]
    if lane["thermometer"]:
        lines += _thermometer(lane["thermometer"], lane["thermometer_c"])
    if upkeep := lane["upkeep"]:
        until = upkeep["calibrated_until"]
        lines.append(f"  people   {upkeep['population']}")
        if upkeep["calibration_ended"]:
            lines.append(f"  MEND     the calibration counted until {until}: gate calibrate")
    if lane["release"]:
        lines.append("  RELEASE  the emergency input is active: the lane is free both ways")
    if lane["config"] != "in force":
        lines.append(f"  config   the file is {lane['config']}: gate check, then gate reload")
    if lane["lists"] != "in force":
        lines.append(f"  lists    {lane['lists']}; those before stay in force")
    if lane["cut_off"]:
        lines.append("  CUT OFF  the other gates are not heard: who enters may have entered there")
    if lane["no_right"]:
        lines.append(f"  right    none: {lane['no_right']}")
    if lane["uncertain"]:
        lines.append("  count    uncertain: gate recount, once all inside are counted")
    lines += [f"  FAULT    {part}" for part in lane["faults"]]
    return lines


def _thermometer(of: dict[str, Any], celsius: float | None) -> list[str]:
    reads = "-" if celsius is None else f"{celsius:.1f} C"
    kinds = [f"{count} {kind}" for kind, count in of["failures"].items() if count]
    failed = f"{', '.join(kinds)} of {of['transfers']}" if kinds else f"none of {of['transfers']}"
    lines = [f"  reads    {reads}; failed transfers: {failed}; {of['values']}"]
    lines += [f"  warning  thermometer: {warning}" for warning in of["warnings"]]
    return [*lines, f"  trouble  thermometer: {of['trouble']}"] if of["trouble"] else lines


def _seen(lane: dict[str, Any]) -> str:
    """What the scanner has made of the frames since the lane was started."""
    scanner = lane["scanner"]
    readers = ", ".join(f"{count} by {name}" for name, count in scanner["by_reader"].items())
    took = scanner["sight_to_read_ms"]
    said = f"{lane['frames']} frames, {scanner['looked']} looked at, {scanner['read']} read"
    said += f" ({readers})" if readers else ""
    if took["median"] is not None:
        said += f"; first sight to read {took['median']} ms, at worst {took['worst']} ms"
    told = {
        "unnoticed": "read though nobody was noticed",
        "second_looks": "second looks",
        "overdue": "beyond their deadline",
        "left_out": "left out",
        "lost": "times lost",
    }
    return said + "".join(f"; {scanner[key]} {what}" for key, what in told.items() if scanner[key])
