"""Chaos between gate and subscriber, over a real broker: see `tests.chaos`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.chaos import play
from tests.chaos.verdict import broken

SECONDS = 60.0


def minute_of_chaos(seed: int, seconds: float = SECONDS) -> None:
    """One chaos of a seed; MQTT 5 where the seed is odd. Raises where a promise is broken."""
    version = "5" if seed % 2 else "3.1.1"
    with TemporaryDirectory(prefix="gate-chaos-") as folder:
        facts = play(Path(folder), seed=seed, seconds=seconds, version=version)
    sys.stdout.write(f"  MQTT {version}: {facts}\n")
    sys.stdout.flush()
    sentences = [*broken(facts)]
    assert not sentences, sentences
