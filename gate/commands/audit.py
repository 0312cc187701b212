"""`gate audit`: whether anybody has altered a gate's database."""

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from gate.audit import Audit, Published
from gate.audit import audit as look_through
from gate.commands.configured import printable
from gate.schema import StoreError

BROKEN = 1
UNREADABLE = 2


def audit(
    file: Annotated[Path, typer.Argument(help="A gate's database (gate.db), or a copy of one.")],
    head: Annotated[
        str | None, typer.Option(help="The head in a ctr that this gate published, 64 hex digits.")
    ] = None,
    seq: Annotated[int | None, typer.Option(min=0, help="The seq in the same ctr.")] = None,
    *,
    json_: Annotated[bool, typer.Option("--json", help="Everything, as one JSON line.")] = False,
) -> None:
    """Look whether each event in a gate's database fits the one before, and the totals all of them.

    Changes nothing, also while the gate runs. With --head and --seq of a ctr that was heard before,
    a log that was cut short, restored or worked out anew shows as well (docs/audit.md).
    Exit code 0: all fits. 1: something does not; the first of it is said. 2: it cannot be read.
    """
    published = _published(head, seq)
    try:
        found = look_through(file, published)
    except (StoreError, TypeError, AttributeError) as error:  # tables of another kind than ours
        typer.echo(
            json.dumps({"file": printable(file), "error": str(error)}) if json_ else str(error)
        )
        raise typer.Exit(UNREADABLE) from error
    typer.echo(json.dumps(_everything(file, found)) if json_ else "\n".join(_lines(file, found)))
    if found.broken is not None:
        raise typer.Exit(BROKEN)


def _published(head: str | None, seq: int | None) -> Published | None:
    if head is None and seq is None:
        return None
    if head is None or seq is None:
        raise typer.BadParameter("--head and --seq belong together: both are in one ctr")
    if not re.fullmatch(r"[0-9a-fA-F]{64}", head):
        raise typer.BadParameter("--head takes 64 hex digits")
    return Published(seq, bytes.fromhex(head))


def _lines(file: Path, found: Audit) -> list[str]:
    totals = found.totals
    events = f"{found.first} to {found.last}" if found.first <= found.last else "none is left"
    lines = [
        f"{printable(file)}: gate {found.gate} of {found.venue}, epoch {found.epoch}",
        f"  events   {events}",
        f"  head     {found.head.hex()} (of {found.last})",
        f"  counted  {totals.entered} in, {totals.left} out, {totals.pending} pending",
        *(f"  unsaid   {text}" for text in found.unsaid),
    ]
    if found.broken is None:
        return [*lines, "Everything fits."]
    return [
        *lines,
        f"  BROKEN   {found.broken.what}",
        f"  stored   {found.broken.stored}",
        f"  expected {found.broken.expected}",
        found.broken.next,
    ]


def _everything(file: Path, found: Audit) -> dict[str, Any]:
    broken, totals = found.broken, found.totals
    return {
        "file": printable(file),
        "gate": found.gate,
        "venue": found.venue,
        "epoch": found.epoch,
        "first": found.first,
        "last": found.last,
        "head": found.head.hex(),
        "in": totals.entered,
        "out": totals.left,
        "pending": totals.pending,
        "unsaid": list(found.unsaid),
        "intact": broken is None,
        "broken": None
        if broken is None
        else {
            "seq": broken.seq,
            "what": broken.what,
            "stored": broken.stored,
            "expected": broken.expected,
            "next": broken.next,
        },
    }
