"""The figures of a study as a picture."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gate.config.variants import TRAITS, Variant
from gate.model import Verdict
from gate.temperature.criteria import ScreeningSettings
from tests.people.study import Tally

COLOURS = {"admit": "#2a7f3b", "recheck": "#d08700", "wait": "#b3261e", "repeat": "#6b6b6b"}
LAST = {"admit": "#2a7f3b", "attendant": "#3b5bdb", "refuse": "#b3261e"}

Share = Callable[[Tally], float]


def draw(studied: Mapping[Variant, Sequence[Tally]], s: ScreeningSettings, path: Path) -> None:
    """A PNG: above the first reading, below what it comes to in the end, a column a variant."""
    figure = Figure(figsize=(11, 7), dpi=110, layout="constrained")
    rows = figure.subplots(2, len(studied), sharex=True, sharey=True, squeeze=False)
    for column, (variant, tallies) in enumerate(studied.items()):
        first, last = rows[0][column], rows[1][column]
        first.set_title(f"{variant}: the first reading")
        last.set_title(f"{variant}: in the end")
        for name, colour in COLOURS.items():
            _curve(first, tallies, name, colour, lambda it, name=name: it.first[Verdict(name)])  # type: ignore[misc] # bound now
        for name, colour in LAST.items():
            _curve(last, tallies, name, colour, lambda it, name=name: ended(it)[name])  # type: ignore[misc] # bound now
        for axes in (first, last):
            guard_c = TRAITS[variant].guard_c
            axes.axvspan(s.limit_c - guard_c, s.limit_c + guard_c, color="#f2e8c9", zorder=0)
            axes.axvline(s.limit_c, color="black", linewidth=0.8)
            axes.grid(alpha=0.3)
        last.set_xlabel("true body-equivalent temperature, °C")
    for row in rows:
        row[0].set_ylabel("of people, %")
        row[-1].legend(loc="center right")
    people = next(iter(studied.values()))[0].people
    figure.suptitle(
        f"{people} simulated people each; the limit {s.limit_c} °C, and the guard band around it"
    )
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path)


def ended(tally: Tally) -> dict[str, int]:
    """What it came to, after rechecks at once and the second measurement after the rest."""
    return {
        "admit": tally.final[Verdict.ADMIT] + tally.returned[Verdict.ADMIT],
        "attendant": tally.final[Verdict.ATTENDANT] + tally.returned[Verdict.ATTENDANT],
        "refuse": tally.returned[Verdict.REFUSE],
    }


def _curve(axes: Axes, tallies: Sequence[Tally], name: str, colour: str, share: Share) -> None:
    axes.plot(
        [tally.true_c for tally in tallies],
        [100 * share(tally) / tally.people for tally in tallies],
        color=colour,
        label=name,
    )
