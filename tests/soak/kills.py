"""Mornings with kill -9: see `tests.killing`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.killing.morning import play
from tests.killing.verdict import problems

KILLS = 20


def morning_with_kills(seed: int) -> None:
    """One morning of a seed with twenty kills; raises where a promise is broken."""
    with TemporaryDirectory(prefix="gate-kills-") as folder:
        facts = play(Path(folder), seed=seed, kills=KILLS)
    sys.stdout.write(f"  {facts}\n")
    sys.stdout.flush()
    broken = problems(facts)
    assert not broken, broken
