"""The transfers on the thermometer's bus: how many fail, of which kind, and of late. Pure."""

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum

RECENT = 50
WARN_ABOVE = 1
"""Failed ones of `RECENT`: 2 %."""

QUIET_AFTER = 500
"""Good transfers running, until the warning is taken back."""


class Failure(StrEnum):
    """What came of a transfer that brought no temperature."""

    BUS = "bus"
    CHECKSUM = "checksum"
    FLAG = "flag"
    NOT_READY = "not_ready"


@dataclass(frozen=True, slots=True)
class Transfers:
    """Those since the start, and those of late."""

    made: int = 0
    failures: Counter[Failure] = field(default_factory=Counter)
    """Since the start, each kind. Never changed, only replaced."""
    recent: tuple[Failure | None, ...] = ()
    """The last `RECENT` since the bus was opened, oldest first; None: good, or not ready."""
    last_failure: str = ""
    good_running: int = 0
    warned: bool = False
    """More than 2 % of late, and since then never `QUIET_AFTER` good ones running."""

    @property
    def failed(self) -> int:
        """How many of `recent`."""
        return sum(failure is not None for failure in self.recent)

    @property
    def of_late(self) -> str:
        """For the technician."""
        kinds = Counter(failure for failure in self.recent if failure is not None)
        many = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) or "none"
        last = f"; {self.last_failure}" if self.last_failure else ""
        return f"of the last {len(self.recent)} transfers failed: {many}{last}"


def succeeded(before: Transfers) -> Transfers:
    """One more, good."""
    return _one_more(before, None, before.good_running + 1)


def failed(before: Transfers, failure: Failure, why: str) -> Transfers:
    """One more, without a temperature. A part that is not ready has answered well, though."""
    late = None if failure is Failure.NOT_READY else failure
    after = _one_more(before, late, 0 if late else before.good_running + 1)
    return replace(after, failures=before.failures + Counter([failure]), last_failure=why)


def _one_more(before: Transfers, failure: Failure | None, good_running: int) -> Transfers:
    after = replace(
        before,
        made=before.made + 1,
        recent=(*before.recent, failure)[-RECENT:],
        good_running=good_running,
    )
    noisy = before.warned and good_running < QUIET_AFTER
    return replace(after, warned=after.failed > WARN_ABOVE or noisy)
