"""What one step has measured, and how it is shown."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from rich.table import Table


@dataclass(slots=True)
class Figures:
    """None: not measured, because the server is not ours."""

    gates: int
    venues: int
    a_minute: float
    """People at each gate."""
    connect_s: float = 0.0
    """Until the broker has accepted every gate."""
    ready_s: float = 0.0
    """From then, until every way in had a quota."""
    seconds: float = 0.0
    """How long it was measured."""
    said: float = 0.0
    """Messages a second that gates have published."""
    heard: float = 0.0
    """Messages a second that gates have received."""
    events: float = 0.0
    """Events a second that happened at gates."""
    stored: float | None = None
    """Of them, those that came to be on central's disk."""
    acknowledged: float = 0.0
    """Of them, those that gates heard to be acknowledged."""
    refused: int = 0
    """Parties for whom there was no room."""
    lost: int = 0
    """Connections that were lost."""
    wait_ms: float = 0.0
    """From an event to its acknowledgement: the median."""
    wait_p99_ms: float = 0.0
    central_mb: float | None = None
    central_cpu: float | None = None
    """Per cent of one core."""
    broker_mb: float | None = None
    broker_cpu: float | None = None
    load_cpu: float = 0.0
    """Per cent of one core that the gates took: it is missing for the others."""
    other_cpu: float = 0.0
    """Per cent of one core that everything else on the machine took: well below 10, or the figures
    were measured in company."""
    database_mb: float | None = None
    settle_s: float = 0.0
    """From the last passage until all was acknowledged and every venue's number right."""
    backlog: int | None = None
    """Events that central had missed when it was started again."""
    restart_s: float | None = None
    """From its start until every venue's number was right again."""
    wrong: list[str] = field(default_factory=list)
    """What did not agree at the end; empty is well."""


ROWS = (
    ("gates", "gates", "{}"),
    ("venues", "venues", "{}"),
    ("people a minute at each gate", "a_minute", "{:g}"),
    ("all connected after, s", "connect_s", "{:.2f}"),
    ("all with a quota after another, s", "ready_s", "{:.2f}"),
    ("measured for, s", "seconds", "{:.0f}"),
    ("messages/s from gates", "said", "{:.1f}"),
    ("messages/s to gates", "heard", "{:.1f}"),
    ("events/s at gates", "events", "{:.1f}"),
    ("events/s on central's disk", "stored", "{:.1f}"),
    ("events/s acknowledged", "acknowledged", "{:.1f}"),
    ("parties refused: full", "refused", "{}"),
    ("connections lost", "lost", "{}"),
    ("event to acknowledgement, median ms", "wait_ms", "{:.0f}"),
    ("event to acknowledgement, p99 ms", "wait_p99_ms", "{:.0f}"),
    ("central: memory MB", "central_mb", "{:.0f}"),
    ("central: CPU, % of a core", "central_cpu", "{:.1f}"),
    ("mosquitto: memory MB", "broker_mb", "{:.1f}"),
    ("mosquitto: CPU, % of a core", "broker_cpu", "{:.1f}"),
    ("the gates themselves: CPU, % of a core", "load_cpu", "{:.1f}"),
    ("everything else: CPU, % of a core", "other_cpu", "{:.1f}"),
    ("central's database, MB", "database_mb", "{:.1f}"),
    ("all numbers right after the last passage, s", "settle_s", "{:.2f}"),
    ("events missed by a killed central", "backlog", "{}"),
    ("all numbers right after its start, s", "restart_s", "{:.2f}"),
)


def median_and_p99_ms(waits: Sequence[float]) -> tuple[float, float]:
    """Milliseconds; 0 where nothing was measured."""
    if len(waits) < 2:
        return (1000 * sum(waits),) * 2
    return 1000 * statistics.median(waits), 1000 * statistics.quantiles(waits, n=100)[98]


def table(found: Sequence[Figures], *, title: str) -> Table:
    """One column a step."""
    shown = Table("", *("" for _ in found), title=title, show_header=False)
    for column in shown.columns[1:]:
        column.justify = "right"
    for name, attribute, form in ROWS:
        values = [getattr(it, attribute) for it in found]
        shown.add_row(name, *("-" if it is None else form.format(it) for it in values))
    agree = ["no" if it.wrong else "yes" for it in found]
    shown.add_row("all sums agree", *agree)
    return shown


def as_json(found: Sequence[Figures]) -> str:
    """A list of objects, one a step."""
    return json.dumps([asdict(it) for it in found], indent=2)
