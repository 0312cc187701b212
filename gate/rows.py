"""What one record says in the log: the columns of its event row. Pure.

The same words stand in the database and in the `evt` payload (docs: MQTT, event kinds), so a row
is never translated a second time on its way out.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from gate.events import (
    Count,
    EndGrant,
    RaiseAlarm,
    Record,
    RecordCommand,
    RecordGrant,
    RecordMode,
    RecordRecount,
    RecordRecovery,
    RecordRefusal,
    RecordRelease,
)
from gate.model import Direction, End, Pass, VisitId

DETAIL_LIMIT = 200
"""Characters of free text in one row; longer text is cut."""


class Kind(StrEnum):
    """What an event row is about; `k` in the payload."""

    GRANTED = "granted"
    PASSAGE = "passage"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    ALARM = "alarm"
    RELEASE = "release"
    RECOVERED = "recovered"
    MODE = "mode"
    RECOUNT = "recount"
    COMMAND = "command"
    SELFTEST = "selftest"


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of the log, without its number and time."""

    kind: Kind
    direction: Direction | None = None
    visit: VisitId | None = None
    n: int | None = None
    """Size of the party; for `recovered` after a power cut, the grants of unknown end."""
    reason: str | None = None
    """A stable code: of a passage its `Reason`, of a refusal its code, of an alarm its kind."""
    detail: str | None = None
    """The part that was lost or is back, and free text for the technician."""


def row_of(record: Record) -> EventRow:
    """The row that `record` becomes."""
    match record:
        case RecordGrant(reason=reason, pass_=pass_, detail=detail, celsius=celsius):
            told = _measured(detail, celsius)
            return _of_pass(Kind.GRANTED, pass_, direction=Direction.IN, reason=reason, detail=told)
        case EndGrant(how=End.LAPSED, pass_=pass_):
            return _of_pass(Kind.LAPSED, pass_, direction=Direction.IN)
        case EndGrant(how=End.WITHDRAWN, pass_=pass_):
            return _of_pass(Kind.WITHDRAWN, pass_, direction=Direction.IN)
        case Count(direction=direction, reason=reason, pass_=pass_):
            return _of_pass(Kind.PASSAGE, pass_, direction=direction, reason=reason)
        case RecordRefusal(code=code, detail=detail, pass_=pass_, celsius=celsius):
            return _of_pass(Kind.REFUSED, pass_, reason=code, detail=_measured(detail, celsius))
        case RaiseAlarm(alarm=alarm, part=part, detail=detail):
            return EventRow(Kind.ALARM, reason=alarm, detail=_text(part or "", detail))
        case RecordRecovery(part=part):
            return EventRow(Kind.RECOVERED, detail=_text(part))
        case RecordRelease(active=active):
            return EventRow(Kind.RELEASE, reason="active" if active else "over")
        case RecordMode(mode=mode, by_key=by_key):
            return EventRow(Kind.MODE, reason=mode, detail="key" if by_key else None)
        case RecordRecount():
            return EventRow(Kind.RECOUNT)
        case RecordCommand(code=code, detail=detail, found=found):
            kind = Kind.COMMAND if found is None else Kind.SELFTEST
            return EventRow(kind, reason=code, detail=_text(detail, found or ""))
        case EndGrant():
            raise AssertionError(f"a grant cannot end like this: {record.how}")
        case _:
            assert_never(record)


def _of_pass(
    kind: Kind,
    pass_: Pass | None,
    *,
    direction: Direction | None = None,
    reason: str | None = None,
    detail: str = "",
) -> EventRow:
    return EventRow(
        kind,
        direction=direction,
        visit=pass_.visit if pass_ else None,
        n=pass_.party if pass_ else None,
        reason=reason,
        detail=_text(detail),
    )


def _measured(detail: str, celsius: float | None) -> str:
    """With the number, where the site wants it on record (`[screening] record_values`)."""
    return detail if celsius is None else _text(detail, f"{celsius:.1f} C") or ""


def _text(*words: str) -> str | None:
    """`part: what happened`, cut to the limit; None where there is nothing to say."""
    return ": ".join(word for word in words if word)[:DETAIL_LIMIT] or None
