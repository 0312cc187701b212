"""`gate pass revoke`: visits that must not enter any more."""

import re
from collections.abc import Container
from pathlib import Path
from typing import Annotated

import typer

from gate.commands.failing import fail, fail_on_file
from gate.commands.files import replace
from gate.commands.moments import right_now
from gate.model import Refusal, Utc, VisitId
from gate.passes import read_unverified, visit_id
from gate.payloads import format_utc
from gate.revocations import VISIT_ID, RevocationsError, load_revocations

LATEST_S = 3600.0
"""No gate shows a pass this long after its end: clocks may be ten minutes apart (`skew_s`)."""

_REMARK = re.compile(r"[^\r\n#]{0,80}")


def revoke(
    *,
    what: Annotated[
        list[str], typer.Argument(help="Pass texts in quotes, or visit ids (gate pass show).")
    ],
    revoked: Annotated[Path, typer.Option("--list", help="The list; made where it is missing.")],
    remark: Annotated[str, typer.Option(help="Why, for people; nobody's name.")] = "",
) -> None:
    """Add visits to the list that gates refuse; bring it to every gate of the venue.

    A pass is over when it expires. A visit id alone does not say when that is, so it stays in the
    list. What is over at every gate by now is taken out. A running gate takes the new list over by
    itself.

    \b
    Example:
      gate pass revoke "AB1:..." --list revoked.txt --remark "lost telephone"
    """
    if not _REMARK.fullmatch(remark):
        raise typer.BadParameter("one line of at most 80 characters, no #", param_hint="--remark")
    now = right_now()
    entries = [_entry(text) for text in what]
    try:
        known = load_revocations(revoked if revoked.exists() else None)
        still = {id_ for id_, end in known.until.items() if now < end + LATEST_S}
        kept = _lines(revoked, still) if revoked.exists() else []
    except RevocationsError as error:
        fail(str(error))
    except OSError as error:
        fail_on_file(error)
    lines = [f"# version {known.version + 1}", *kept]
    for visit, end in entries:
        note = f"  # {remark}" if remark else ""
        until = "" if end is None else f" until={format_utc(end)}"
        lines.append(f"{visit}{until}{note}")
        typer.echo(f"revoked: {visit}{until.replace('=', ' ')}")
    try:
        replace(revoked, ("\n".join(lines) + "\n").encode())
    except OSError as error:
        fail_on_file(error)


def _entry(text: str) -> tuple[VisitId, Utc | None]:
    if VISIT_ID.fullmatch(text):
        return VisitId(text), None  # its pass may begin as late as it likes
    contents = read_unverified(text.encode())
    if isinstance(contents, Refusal):
        raise typer.BadParameter(
            f"{text[:20]!r} is neither a pass (AB1:...) nor a visit id (24 hex digits)",
            param_hint="WHAT",
        )
    return visit_id(contents.venue, contents.cti), contents.expires


def _lines(path: Path, still: Container[str]) -> list[str]:
    """The lines of what is not over, with their remarks; comments of their own stay."""
    kept = []
    for line in path.read_text("utf-8").splitlines():
        entry = line.split("#", 1)[0].split()
        if not entry:
            if line.strip() and not re.match(r"#\s*version", line):
                kept.append(line)
        elif entry[0] in still:
            kept.append(line)
    return kept
