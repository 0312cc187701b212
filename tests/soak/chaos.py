"""Chaos over a real broker: between gate and subscriber, and between gates and central."""

import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos import central_verdict
from tests.chaos.chaos import play
from tests.chaos.venue import play_venue
from tests.chaos.verdict import broken

SECONDS = 60.0


def minute_of_chaos(seed: int, seconds: float = SECONDS) -> None:
    """One chaos of a seed; MQTT 5 where the seed is odd. Raises where a promise is broken."""
    with TemporaryDirectory(prefix="gate-chaos-") as folder:
        facts = play(Path(folder), seed=seed, seconds=seconds, version=_version(seed))
    _judge(seed, str(facts), broken(facts))


def minute_of_chaos_with_central(seed: int, seconds: float = SECONDS) -> None:
    """The same with two gates and central."""
    with TemporaryDirectory(prefix="gate-chaos-") as folder:
        facts = play_venue(Path(folder), seed=seed, seconds=seconds, version=_version(seed))
    _judge(seed, str(facts), central_verdict.broken(facts))


def _version(seed: int) -> str:
    return "5" if seed % 2 else "3.1.1"


def _judge(seed: int, facts: str, broken_promises: Iterable[str]) -> None:
    sys.stdout.write(f"  MQTT {_version(seed)}: {facts}\n")
    sys.stdout.flush()
    sentences = [*broken_promises]
    assert not sentences, sentences
