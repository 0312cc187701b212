"""Totals of one gate. Pure.

Only a passage changes `entered` and `left`. The same function serves the deciding thread (in
memory, at once) and the writer (in the transaction), so that the two cannot disagree.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from gate.chain import Fields
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
from gate.model import Alarm, Direction
from gate.rows import Kind


@dataclass(frozen=True, slots=True)
class Totals:
    """What one gate has counted since its database was made; never goes down but for `open`."""

    entered: int = 0
    left: int = 0
    open: int = 0
    """Grants that have not ended."""
    unknown: int = 0
    """Grants that a power cut left without an end: the person may or may not be inside."""
    uncertain: bool = False
    """An emergency release has happened, or the database was damaged or an old one, and nobody has
    counted since."""

    @property
    def pending(self) -> int:
        """Grants open or of unknown end: the published bound is [in, in + pending]."""
        return self.open + self.unknown


def totals_after(totals: Totals, record: Record) -> Totals:
    """The totals once `record` has happened."""
    match record:
        case Count(direction=direction, grant=grant):
            return replace(
                totals,
                entered=totals.entered + (direction is Direction.IN),
                left=totals.left + (direction is Direction.OUT),
                open=totals.open - (grant is not None),
            )
        case RecordGrant():
            return replace(totals, open=totals.open + 1)
        case EndGrant():
            return replace(totals, open=totals.open - 1)
        case RecordRelease(active=active):
            return replace(totals, uncertain=totals.uncertain or active)
        case RecordRecount():
            return replace(totals, uncertain=False, unknown=0)
        case RecordRefusal() | RaiseAlarm() | RecordRecovery() | RecordMode() | RecordCommand():
            return totals
        case _:
            assert_never(record)


def totals_told(totals: Totals, event: Fields) -> Totals:
    """The totals once `event` has happened, by its row alone. No row tells of `open`: that is 0.

    The same as `totals_after` and an opening say, for those who have nothing but the log.
    """
    _, _, kind, direction, _, n, reason, _ = event
    match kind:
        case Kind.PASSAGE:
            return replace(
                totals,
                entered=totals.entered + (direction == Direction.IN),
                left=totals.left + (direction == Direction.OUT),
            )
        case Kind.RECOVERED:  # with a number: grants that a power cut left without an end
            return replace(totals, unknown=totals.unknown + (n or 0))
        case Kind.RELEASE:
            return replace(totals, uncertain=totals.uncertain or reason == "active")
        case Kind.RECOUNT:
            return replace(totals, uncertain=False, unknown=0)
        case Kind.ALARM:  # a new epoch: who came in before is in another one
            return replace(totals, uncertain=totals.uncertain or reason == Alarm.BEHIND)
        case _:
            return totals
