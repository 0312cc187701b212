"""What must be true after a chaos, whatever happened. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Facts:
    """What was found on both sides when all was quiet."""

    told_written: int
    """The highest number that the gate ever said to be on disk."""
    newest: int
    """The highest number that its database has given."""
    entered: int
    left: int
    """The totals in the gate's database."""
    heard: Mapping[int, str]
    """The subscriber's events of the gate's epoch: number, and `in`, `out` or nothing."""
    ctr: tuple[int, int, int]
    """In, out and number of the subscriber's merged `ctr`."""
    arrived: int
    """Events as they came, before any was found to be there already."""
    contradictions: int
    """One number with two contents."""
    troubles: Counter[str] = field(default_factory=Counter)

    @property
    def duplicates(self) -> int:
        """Events that came once more."""
        return self.arrived - len(self.heard)

    def __str__(self) -> str:
        troubles = ", ".join(f"{times} {name}" for name, times in sorted(self.troubles.items()))
        return (
            f"{self.newest} events, {self.duplicates} duplicates before de-duplication"
            f" ({self.arrived} arrived); {troubles}"
        )


def broken(facts: Facts) -> Iterator[str]:
    """Every promise that was broken."""
    lost = [seq for seq in range(1, facts.newest + 1) if seq not in facts.heard]
    if lost:
        yield f"{len(lost)} events lost, the first {lost[0]}"
    invented = [seq for seq in facts.heard if not 1 <= seq <= facts.newest]
    if invented:
        yield f"events that nobody has recorded: {invented[:3]}"
    if facts.told_written > facts.newest:
        yield f"{facts.told_written} was said to be on disk, and {facts.newest} is the newest there"
    if facts.contradictions:
        yield f"{facts.contradictions} times one number with two contents"
    counted = Counter(facts.heard.values())
    totals = (facts.entered, facts.left)
    if (counted["in"], counted["out"]) != totals:
        yield f"by events {counted['in']} in and {counted['out']} out, on disk {totals}"
    if facts.ctr != (*totals, facts.newest):
        yield f"the totals that arrived are {facts.ctr}, on disk {(*totals, facts.newest)}"
