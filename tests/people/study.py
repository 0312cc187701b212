"""Many people of each true temperature at gates with each variant, and what became of them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import median

from gate.config.variants import Variant
from gate.model import Verdict
from gate.temperature.criteria import ScreeningSettings
from tests.people.approaches import OF_TEN, stand, stay
from tests.people.person import NOISES, Judged, circumstances, criteria, judge

VARIANTS: tuple[Variant, ...] = ("DAA", "DCC")

TRUE_C = tuple(tenths / 10 for tenths in range(355, 391))

FAR_C = 0.5
"""Nobody who is so far beyond the limit is admitted by the first reading, or so far below turned
away by any."""


@dataclass
class Tally:
    """What became of people of one true temperature at one variant."""

    true_c: float
    people: int = 0
    first: Counter[Verdict | None] = field(default_factory=Counter)
    """By the first reading."""
    final: Counter[Verdict | None] = field(default_factory=Counter)
    """After what was measured once more at once."""
    returned: Counter[Verdict | None] = field(default_factory=Counter)
    """Of those who were sent to rest, once they have come back as warm as they were."""
    first_s: list[float] = field(default_factory=list)
    still_s: list[float] = field(default_factory=list)
    """Of those who came and stood still."""
    errors_c: list[float] = field(default_factory=list)
    """Of their first reading: what was shown less what is true."""

    def add(self, judged: Judged, back: Judged | None, *, still: bool) -> None:
        self.people += 1
        self.first[judged.first] += 1
        self.final[judged.final] += 1
        if judged.outcomes:
            self.first_s.append(judged.first_s)
            if still:
                self.still_s.append(judged.first_s)
                if (shown_c := judged.outcomes[0].celsius) is not None:
                    self.errors_c.append(shown_c - self.true_c)
        if back is not None:
            self.returned[back.final] += 1


def study(
    variant: Variant,
    people: int,
    *,
    seed: int = 1,
    true_c: Sequence[float] = TRUE_C,
    s: ScreeningSettings | None = None,
) -> Iterator[Tally]:
    """`people` of each temperature; `s` instead of what a gate with this variant goes by."""
    s = s or criteria(variant)
    for celsius in true_c:
        tally = Tally(celsius)
        for number in range(people):
            random = Random(f"{seed} {variant} {celsius} {number}")  # noqa: S311 - no secret
            how = circumstances(random, variant)
            come, noise = OF_TEN[number % len(OF_TEN)], NOISES[number // len(OF_TEN) % len(NOISES)]
            judged = judge(celsius, how, come, noise, s, random)
            back = None
            if judged.final is Verdict.WAIT:
                back = judge(celsius, how, come, noise, s, random, rested=True)
            tally.add(judged, back, still=come is stand)
        yield tally


def wrong(tally: Tally, limit_c: float) -> Iterator[str]:
    """What must not be, whatever the other figures are."""
    admitted, asked = tally.first[Verdict.ADMIT], tally.people
    if tally.true_c >= round(limit_c + FAR_C, 1) and admitted:
        yield f"{admitted} of {asked} with {tally.true_c} were admitted by the first reading"
    turned_away = tally.final[Verdict.WAIT] + tally.returned[Verdict.REFUSE]
    if tally.true_c <= round(limit_c - FAR_C, 1) and turned_away:
        yield f"{turned_away} of {asked} with {tally.true_c} were turned away"
    if tally.final[None]:
        yield f"{tally.final[None]} of {asked} with {tally.true_c} heard nothing"


def times_s(tallies: Iterable[Tally]) -> tuple[float, float, float, float]:
    """Seconds to the first verdict: median of those who stood still; of all median, 99 %,
    and the longest."""
    tallies = list(tallies)
    everyone = sorted(seconds for tally in tallies for seconds in tally.first_s)
    still = [seconds for tally in tallies for seconds in tally.still_s]
    return median(still), median(everyone), everyone[len(everyone) * 99 // 100], everyone[-1]


def admitted_where_part_is_empty(
    variant: Variant, true_c: float, part: float, people: int, *, seed: int = 1
) -> float:
    """How many of those who stay where only `part` of the view is filled pass at first sight."""
    s, admitted = criteria(variant), 0
    for number in range(people):
        random = Random(f"{seed} {variant} {part} {number}")  # noqa: S311 - no secret
        how, noise = circumstances(random, variant), NOISES[number % len(NOISES)]
        admitted += judge(true_c, how, stay(part), noise, s, random).first is Verdict.ADMIT
    return admitted / people
