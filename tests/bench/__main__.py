"""Figures, as tables: `make bench`. Judges nothing; quote the ratios, not the times.

`make bench ARGS=outbox` takes one of them.
"""

import sys

from tests.bench.codes import codes, photographs
from tests.bench.day import day, reading
from tests.bench.drift import drift
from tests.bench.figures import deciding, storing, verification
from tests.bench.latency import latency
from tests.bench.outbox import outbox
from tests.bench.people import people
from tests.bench.processes import processes
from tests.bench.visits import visits

FIGURES = (
    verification,
    deciding,
    latency,
    storing,
    outbox,
    visits,
    photographs,
    codes,
    day,
    reading,
    drift,
    people,
    processes,
)

if __name__ == "__main__":
    wanted = sys.argv[1:]
    for figure in FIGURES:
        if not wanted or figure.__name__ in wanted:
            figure()
