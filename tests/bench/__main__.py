"""Figures, as tables: `make bench`. Judges nothing; quote the ratios, not the times."""

from tests.bench.figures import deciding, decoding, starting, storing, verification

FIGURES = (verification, deciding, storing, decoding, starting)

if __name__ == "__main__":
    for figure in FIGURES:
        figure()
