"""Power cuts at any moment: what was told to be on disk is there, and no number comes twice."""

from collections import Counter
from pathlib import Path

import pytest

from tests.power.lives import Life, LostError

CHAPTERS = 3
TRANSACTIONS = 12


def live_and_cut(folder: Path, seed: int, *, synchronous: str = "FULL") -> Counter[str]:
    """One database through several power cuts; what was seen on the way."""
    life = Life(folder, seed, synchronous=synchronous)
    for _ in range(CHAPTERS):
        life.cut(life.live(TRANSACTIONS))
    return life.seen


@pytest.mark.parametrize("seed", range(8))
def test_no_stored_grant_or_passage_is_lost_in_a_power_cut(tmp_path: Path, seed: int) -> None:
    seen = live_and_cut(tmp_path, seed)

    assert seen["found as told"] + seen["found with what was under way"] == CHAPTERS


def test_a_database_that_does_not_flush_each_transaction_loses_some(tmp_path: Path) -> None:
    """WAL with synchronous=NORMAL, as many gates have it: this is what the test above is worth."""
    lost = 0
    for seed in range(8):
        (tmp_path / str(seed)).mkdir()
        try:
            live_and_cut(tmp_path / str(seed), seed, synchronous="NORMAL")
        except LostError:
            lost += 1

    assert lost > 0
