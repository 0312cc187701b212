"""Ten seconds of chaos for each version of MQTT; `make soak` has minutes of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.chaos import play
from tests.chaos.verdict import broken


@pytest.mark.parametrize(("version", "seed"), [("5", 1), ("3.1.1", 2)])
def test_nothing_is_lost_and_nothing_doubled_whatever_is_killed_or_cut(
    tmp_path: Path, version: str, seed: int, record_property: Callable[[str, object], None]
) -> None:
    facts = play(tmp_path, seed=seed, seconds=10, version=version)

    record_property(f"chaos, MQTT {version}", str(facts))
    assert not [*broken(facts)], facts
