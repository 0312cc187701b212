"""Nonsense on all that central listens to, beside a good venue: `tests.gate.central.nonsense`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.gate.central.nonsense import flooded

MESSAGES = 20_000
LIMIT_S = 0.1
"""Processor time of a turn, where a gate has begun anew as often as it may."""


def central_flooded(seed: int) -> None:
    """So many messages; raises where something stopped, or another venue's number was touched."""
    with TemporaryDirectory(prefix="central-junk-") as folder:
        flood = flooded(Path(folder), seed, MESSAGES)
    lives = len(flood.site.by_id["wild"].people.epochs)
    sys.stdout.write(
        f"  {MESSAGES} messages, slowest turn {flood.slowest_s * 1000:.1f} ms, {lives} lives\n"
    )
    sys.stdout.flush()
    assert flood.slowest_s < LIMIT_S, f"{flood.slowest_s * 1000:.0f} ms for one message"
