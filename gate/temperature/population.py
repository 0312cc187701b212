"""Do the people who come seem warmer or cooler than at the commissioning? Pure.

Foreheads of many people are a body of known temperature, too: what moves all of them is the
thermometer (sun on its case, a dirty window, a bracket that was knocked). The rules:

 1. Everybody counts with the first number of their visit to the thermometer, whatever its
    verdict was. Of those admitted alone the warm ones would be missing, the more the further the
    thermometer drifts: its drift would seem smaller than it is.
 2. The *reference* is what people are like after a commissioning: the mean of the medians of ten
    people each. It is learned from 50 people at least and for a day at least, since people are
    cooler in the morning; then it stays, also over a restart, until the thermometer is
    commissioned anew, or what its numbers are made from is set differently.
 3. Two sums say whether people *stay* away (Page's test, Biometrika 41, 1954): each person adds by
    how much more than 0.15 C they are above the reference, or below it, and takes away otherwise;
    no sum goes below zero. Nobody is taken for more than 0.6 C away (a fever, the sun, a cap).
 4. A sum of 7 means that the thermometer has drifted. It is back when a running mean, which each
    person moves a 25th of the way, is within 0.13 C; then the sums begin anew. Each is told once.
 5. This is for whoever looks after the lane. Nothing here leads to a verdict, a limit or a guard
    band: a drift must never be made up for by the people it wrongs.

The figures of rules 3 and 4 are measured (tests/gate/temperature/drift.py, `make bench`). A sum
takes its time with what is small and none with what is large: it is quieter than the median of the
last 20 or 50 people, or a running mean, by its own alarm, and tells a drift of hours earlier.

Nobody's number is kept on disk: what is told there (`Population.at_rest`) is of ten people or more.
"""

from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from gate.model import Utc, Verdict

GROUP = 10
LEARN_PEOPLE = 50
LEARN_S = 86_400.0

WEIGHT = 1 / 25
FURTHEST_C = 0.6

SLACK_C = 0.15
"""People are a tenth or two cooler in the morning; that is no drift."""
DRIFTED_SUM_C = 7.0

BACK_C = 0.13

Change = Literal["drifted", "back"]


@dataclass(frozen=True, slots=True)
class Population:
    """What is known of the people who were measured."""

    key: str
    """What the numbers are made from: another key is another reference (rule 2)."""
    since: Utc | None = None
    """When the first of them came."""
    people: int = 0
    """Of whom the reference is made; a multiple of ten."""
    reference_c: float | None = None
    learned: bool = False
    away_c: float = 0.0
    """The running mean."""
    above_c: float = 0.0
    below_c: float = 0.0
    """The sums of rule 3."""
    drifted: bool = False
    group: tuple[float, ...] = ()
    """Numbers of the ten that are not ten yet; of nobody's once they are."""
    counted: int = 0
    """People since the last moment that may go to disk."""
    known: bool = False
    """The next number is of somebody who has been counted: measured once more."""

    @property
    def at_rest(self) -> "Population":
        """The same without what a few people have left in it, as it may go to disk."""
        return replace(self, group=(), counted=0, known=False)

    @property
    def may_rest(self) -> bool:
        """Whether what has changed since it last went to disk is of ten people."""
        return self.counted == 0 and not self.group


def population_step(
    before: Population, celsius: float | None, verdict: Verdict, now: Utc
) -> tuple[Population, Change | None]:
    """After one more answer of the thermometer, and whether that is something to tell."""
    first = not before.known
    state = replace(before, known=verdict in {Verdict.RECHECK, Verdict.REPEAT})
    if celsius is None:
        # Without a number there is nothing to count yet: the next one may be the first.
        return replace(state, known=before.known and state.known), None
    if not first:
        return state, None
    state = replace(state, counted=(state.counted + 1) % GROUP)
    if not state.learned:
        return _learn(state, celsius, now), None
    return _compare(state, celsius)


def described(population: Population) -> str:
    """In a few words, for the technician."""
    if not population.learned:
        return f"learning what people are like here, {population.people} of {LEARN_PEOPLE} so far"
    if population.drifted:
        return f"DRIFTED, {away_in_words(population)}: see docs/temperature.md"
    most_c = max(population.above_c, population.below_c)
    return f"{away_in_words(population)}; {most_c / DRIFTED_SUM_C:.0%} of an alarm"


def away_in_words(population: Population) -> str:
    """By how much people seem warmer or cooler."""
    away_c = population.away_c
    return f"people read {abs(away_c):.2f} C {'above' if away_c > 0 else 'below'} the reference"


def _learn(state: Population, celsius: float, now: Utc) -> Population:
    since = now if state.since is None else state.since
    group = (*state.group, celsius)
    if len(group) < GROUP:
        return replace(state, since=since, group=group)
    of_ten, tens = median(group), state.people // GROUP
    reference_c = of_ten if state.reference_c is None else state.reference_c
    reference_c += (of_ten - reference_c) / (tens + 1)
    people = state.people + GROUP
    return replace(
        state,
        since=since,
        group=(),
        people=people,
        reference_c=reference_c,
        learned=people >= LEARN_PEOPLE and now - since >= LEARN_S,
    )


def _compare(state: Population, celsius: float) -> tuple[Population, Change | None]:
    assert state.reference_c is not None, "it was learned"  # noqa: S101 - a bug otherwise
    off_c = max(-FURTHEST_C, min(FURTHEST_C, celsius - state.reference_c))
    away_c = state.away_c + WEIGHT * (off_c - state.away_c)
    if state.drifted:
        state = replace(state, away_c=away_c)
        return (replace(state, drifted=False), "back") if abs(away_c) <= BACK_C else (state, None)
    above_c = max(0.0, state.above_c + off_c - SLACK_C)
    below_c = max(0.0, state.below_c - off_c - SLACK_C)
    if max(above_c, below_c) >= DRIFTED_SUM_C:
        return replace(state, away_c=away_c, above_c=0.0, below_c=0.0, drifted=True), "drifted"
    state = replace(state, away_c=away_c, above_c=above_c, below_c=below_c)
    return state, None
