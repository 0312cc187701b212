"""The list of revoked visits: one visit id a line, `#` begins a comment."""

import re
from pathlib import Path

from gate.model import VisitId

LARGEST_FILE = 4 * 1024 * 1024
"""Bytes; about 160,000 visits."""

VISIT_ID = re.compile(r"[0-9a-f]{24}")


class RevocationsError(Exception):
    """The list cannot be used; the text names the line and the way out."""


def load_revocations(path: Path | None) -> frozenset[VisitId]:
    """The visits that are refused as `revoked`; none without a list.

    Raises RevocationsError where the file cannot be read or a line is no visit id: a list that is
    half understood would let somebody in who must not.
    """
    if path is None:
        return frozenset()
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise RevocationsError(f"{path}: larger than {LARGEST_FILE} bytes")
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RevocationsError(f"{path}: cannot be read: {error}") from error
    visits = set()
    for number, line in enumerate(lines, start=1):
        text = line.split("#", 1)[0].strip()
        if not text:
            continue
        if not VISIT_ID.fullmatch(text):
            raise RevocationsError(
                f"{path}, line {number}: {text[:40]!r} is no visit id (24 hex digits, as"
                " `gate pass show` prints it)"
            )
        visits.add(VisitId(text))
    return frozenset(visits)
