"""kill -9, ten times in a morning: disk, subscriber and people agree within the published bound."""

from pathlib import Path

import pytest

from tests.killing.morning import play
from tests.killing.verdict import problems


@pytest.mark.parametrize("seed", [7, 8], ids=["pulse", "hold"])
def test_a_lane_that_is_killed_again_and_again_keeps_its_promises(
    seed: int, tmp_path: Path
) -> None:
    facts = play(tmp_path, seed=seed, kills=5)

    assert (problems(facts), facts.kills) == ([], 5), facts
    assert facts.walked("in") > 0
