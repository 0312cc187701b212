"""The list of revoked visits: one visit id a line, `#` begins a comment.

    # version 12
    0f549fdbf46589ada10d7811 until=2026-11-24T12:00:00Z  # lost telephone

An entry with `until` is over then: no pass is valid for longer than a day, so that a list need not
grow for ever. Its version, in the first line, only goes up; without one it is 0.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from pathlib import Path

from gate.model import Utc, VisitId

LARGEST_FILE = 4 * 1024 * 1024
"""Bytes; about 80,000 visits."""

VISIT_ID = re.compile(r"[0-9a-f]{24}")

_ENTRY = re.compile(r"(?P<visit>[0-9a-f]{24})(?:\s+until=(?P<until>\S{,40}))?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
"""RFC 3339 section 5.6."""

_VERSION = re.compile(r"#\s*version\s+([0-9]{1,15})\s*")


class RevocationsError(Exception):
    """The list cannot be used; the text names the line and the way out."""


@dataclass(frozen=True, slots=True)
class Revocations:
    """The visits that are refused as `revoked`."""

    until: Mapping[VisitId, float] = field(default_factory=dict)
    """When each is over, in unix seconds."""
    version: int = 0

    def cover(self, visit: VisitId, now: Utc, skew_s: float) -> bool:
        """Whether this visit is revoked at `now`; as long as its pass could be shown."""
        return now - skew_s < self.until.get(visit, -inf)


def load_revocations(path: Path | None) -> Revocations:
    """The list at `path`; an empty one without a path.

    What is over stays in it: whether it is, is asked when its pass is shown, by a clock that may
    have been set right since.

    Raises RevocationsError where the file cannot be read or a line is no visit id: a list that is
    half understood would let somebody in who must not.
    """
    if path is None:
        return Revocations()
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise RevocationsError(
                f"{path}: larger than {LARGEST_FILE} bytes. Take out what is over, and give entries"
                " an end: `gate pass revoke` does both."
            )
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RevocationsError(f"{path}: cannot be read: {error}") from error
    until: dict[VisitId, float] = {}
    for number, line in enumerate(lines, start=1):
        entry = line.split("#", 1)[0].strip()
        if not entry:
            continue
        visit, end = _parsed(entry, f"{path}, line {number}")
        until[visit] = max(end, until.get(visit, end))
    version = _VERSION.fullmatch(lines[0]) if lines else None
    return Revocations(until, int(version[1]) if version else 0)


def _parsed(entry: str, place: str) -> tuple[VisitId, float]:
    found = _ENTRY.fullmatch(entry)
    if found is None:
        raise RevocationsError(
            f"{place}: {entry[:60]!r} is no visit id (24 hex digits, as `gate pass show` prints"
            " it), or until= is no moment like until=2026-11-24T12:00:00Z"
        )
    if found["until"] is None:
        return VisitId(found["visit"]), inf
    with suppress(ValueError):  # the 31st of February
        if _MOMENT.fullmatch(found["until"]):
            return VisitId(found["visit"]), datetime.fromisoformat(found["until"]).timestamp()
    raise RevocationsError(
        f"{place}: until={found['until']} is no moment. Write it like 2026-11-24T12:00:00Z"
    )
