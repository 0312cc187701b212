"""A thousand simulated people of each temperature at each of two thermometers."""

import sys

from gate.config.variants import TRAITS, Variant
from gate.model import Verdict
from tests.bench.tables import ROOT, table
from tests.people.person import criteria
from tests.people.picture import draw, ended
from tests.people.study import (
    VARIANTS,
    Tally,
    admitted_where_part_is_empty,
    study,
    times_s,
    wrong,
)

PEOPLE = 1000

PARTS = (0.99, 0.97, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5)
FEVER_C = 38.3

PICTURE = ROOT / "build" / "screening.png"


def people() -> None:
    """The curve, the times, and what a view hides that is not filled."""
    studied: dict[Variant, list[Tally]] = {}
    for variant in VARIANTS:
        studied[variant] = list(study(variant, PEOPLE))
        _curve(variant, studied[variant])
    s = criteria(VARIANTS[0])
    rows = []
    for variant, tallies in studied.items():
        broken = [it for tally in tallies for it in wrong(tally, s.limit_c)]
        rows.append(
            (variant, *(f"{seconds:.2f}" for seconds in times_s(tallies)), broken or "none")
        )
    table(
        "Seconds to the first verdict",
        ("variant", "median, stood still", "median, all", "99 %", "worst", "judged wrongly"),
        *rows,
    )
    table(
        f"Of those with {FEVER_C} who stay where only a part of the view is filled: admitted",
        ("part", *VARIANTS),
        *((part, *(f"{_let_in(variant, part):.0%}" for variant in studied)) for part in PARTS),
    )
    draw(studied, s, PICTURE)
    sys.stdout.write(f"\ndrawn: {PICTURE}\n")


def _let_in(variant: Variant, part: float) -> float:
    return admitted_where_part_is_empty(variant, FEVER_C, part, 200)


def _curve(variant: Variant, tallies: list[Tally]) -> None:
    names = (Verdict.ADMIT, Verdict.RECHECK, Verdict.WAIT, Verdict.REPEAT)
    guard_c = TRAITS[variant].guard_c
    table(
        f"{PEOPLE} people of each temperature at a {variant}, guard band {guard_c} °C, per cent",
        ("true °C", *(f"first: {name}" for name in names), "end: admit", "attendant", "refuse"),
        *(
            (
                tally.true_c,
                *(_per_cent(tally.first[name], tally) for name in names),
                *(_per_cent(count, tally) for count in ended(tally).values()),
            )
            for tally in tallies
        ),
    )


def _per_cent(count: int, tally: Tally) -> str:
    return f"{100 * count / tally.people:.1f}" if count else ""
