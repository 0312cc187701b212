"""The verdict sees every promise broken."""

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.verdict import Facts, broken

GOOD = Facts(
    told_written=4,
    newest=4,
    entered=2,
    left=1,
    heard={1: "in", 2: "in", 3: "", 4: "out"},
    ctr=(2, 1, 4),
    arrived=7,
    contradictions=0,
)


def test_a_good_end_breaks_nothing() -> None:
    assert not [*broken(GOOD)]
    assert GOOD.duplicates == 3
    assert "3 duplicates before de-duplication (7 arrived)" in str(GOOD)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"heard": {1: "in", 2: "in", 4: "out"}}, "1 events lost, the first 3"),
        ({"heard": {**GOOD.heard, 5: ""}}, "nobody has recorded: [5]"),
        ({"told_written": 5}, "5 was said to be on disk"),
        ({"contradictions": 1}, "two contents"),
        ({"entered": 3, "ctr": (3, 1, 4)}, "by events 2 in"),
        ({"ctr": (2, 1, 3)}, "the totals that arrived"),
        ({"ctr": (3, 1, 4)}, "the totals that arrived"),
    ],
)
def test_each_broken_promise_is_named(change: dict[str, Any], says: str) -> None:
    (sentence,) = broken(replace(GOOD, **change))
    assert says in sentence
