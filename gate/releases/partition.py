"""Update bundles on the FAT partition: found at a start, told of in a log, and not tried for ever.

A bundle that was dealt with gets another name, so that who looks at the card sees it; give it its
name back, and it is tried again. Where the partition takes no new name, its mark is remembered.
"""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from gate.durable import Disk
from gate.releases.bundle import SUFFIX
from gate.releases.layout import Layout
from gate.releases.state import Outcome, Result, note_seen, read_seen

LINES = 200
"""Of the log: the older ones go."""

_MARKED = 64 * 1024
_ENDS = {
    Result.UPDATED: "done",
    Result.NOTHING_TO_DO: "done",
    Result.ROLLED_BACK: "done",
    Result.REFUSED: "refused",
    Result.RETURNED: "failed",
    Result.STUCK: "failed",
}


def lying_there(boot: Path, layout: Layout) -> tuple[Path, str] | None:
    """The first bundle that was not dealt with yet, and its mark; None where there is none.

    Names that begin with a dot are what macOS leaves beside each file.
    """
    try:
        names = sorted(path for path in boot.iterdir() if _is_bundle(path))
    except OSError:
        return None
    seen = {*read_seen(layout)}
    for path in names:
        try:
            mark = mark_of(path)
        except OSError:
            continue
        if mark not in seen:
            return path, mark
    return None


def mark_of(path: Path) -> str:
    """Tells a file from others, its signature among them. Raises OSError."""
    with path.open("rb") as file:
        begin = file.read(_MARKED)
    return hashlib.sha256(f"{path.stat().st_size} ".encode() + begin).hexdigest()[:32]


def set_aside(path: Path, mark: str, outcome: Outcome, layout: Layout, disk: Disk) -> None:
    """Do not take it again by itself. Raises OSError where that cannot be remembered either."""
    if not path.exists():
        return
    try:
        disk.rename(path, path.with_name(f"{path.name}.{_ENDS[outcome.result]}"))
    except OSError:
        note_seen(layout, mark, disk)


def log(path: Path, outcome: Outcome, disk: Disk) -> None:
    """Tell the technician who looks at the card on a laptop (CRLF). Raises OSError."""
    moment = datetime.fromtimestamp(outcome.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    line = f"{moment}  {outcome.bundle}  {outcome.sentence()}"
    try:
        lines = path.read_bytes().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        lines = []
    if line not in lines:
        kept = [*lines, line][-LINES:]
        disk.write(path, "".join(f"{it}\r\n" for it in kept).encode())


def _is_bundle(path: Path) -> bool:
    name = path.name
    return name.lower().endswith(SUFFIX) and not name.startswith(".") and path.is_file()
