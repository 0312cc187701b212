"""How a probe tells what it does, and its verdict."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from gate.doctor.finding import Finding, as_json, worst

SCHEMA = "aman.probe/1"
"""Of the JSON form: the doctor's, with the part and its figures."""

ConfigFile = Annotated[Path, typer.Option("--config", help="The file of this lane.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object, and nothing live.")]


class Told:
    """What is told while a probe works; nothing with --json."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._live = sys.stdout.isatty() and not silent

    def line(self, text: str) -> None:
        """One line that stays."""
        if not self._silent:
            typer.echo(("\r\x1b[K" if self._live else "") + text)

    def now(self, text: str, /) -> None:
        """How it stands now: on a terminal in a line that moves."""
        if self._live:
            typer.echo(f"\r\x1b[K{text}", nl=False)


def conclude(
    part: str, findings: Sequence[Finding], figures: Mapping[str, Any], told: Told, *, json_: bool
) -> NoReturn:
    """The verdict, each finding with its way out; the worst is the exit code."""
    if json_:
        said = {**json.loads(as_json(findings)), "schema": SCHEMA}
        typer.echo(json.dumps({**said, "part": part, "figures": dict(figures)}))
    else:
        for one in findings:
            told.line(f"{one.level.name:<7} {one.tested}: {one.found}")
            if one.code:
                told.line(f"        {one.code}; mend: {one.mend}")
        told.line(f"{part}: {worst(findings).word}")
    raise typer.Exit(int(worst(findings)))
