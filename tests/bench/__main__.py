"""Figures, as tables: `make bench`. Judges nothing; quote the ratios, not the times."""

from tests.bench.figures import deciding, decoding, storing, verification
from tests.bench.latency import latency
from tests.bench.processes import processes
from tests.bench.visits import visits

FIGURES = (verification, deciding, latency, storing, visits, decoding, processes)

if __name__ == "__main__":
    for figure in FIGURES:
        figure()
