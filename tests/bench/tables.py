"""How figures are taken and shown. Judges nothing; quote the ratios, not the times."""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


def microseconds(act: Callable[[], object], times: int = 1000) -> float:
    """Median of one call, in microseconds."""
    took = []
    for _ in range(times):
        before = time.perf_counter()
        act()
        took.append(time.perf_counter() - before)
    return statistics.median(took) * 1e6


def median_and_p99(seconds: Sequence[float]) -> tuple[float, float]:
    """The middle of them, and what one of a hundred is beyond."""
    return statistics.median(seconds), statistics.quantiles(seconds, n=100)[98]


def table(title: str, *rows: Sequence[object]) -> None:
    """Print a markdown table; the first row is its head."""
    head, *body = rows
    lines = [f"\n### {title}\n", "| " + " | ".join(map(str, head)) + " |", "|---" * len(head) + "|"]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in body]
    sys.stdout.write("\n".join(lines) + "\n")
