"""The verdict on central sees every promise broken."""

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.central_verdict import GateFacts, VenueFacts, broken

FIRST = GateFacts(
    name="t01-a",
    walked={2: "in x", 4: "in y"},
    told_written=4,
    newest=6,
    totals=(2, 1, 1),
    lives=((2, 1, 1),),
    reached=6,
    events={1: "", 2: "in x", 3: "", 4: "in y", 5: "", 6: "out x"},
    by_visits=(2, 1),
)
SECOND = replace(
    FIRST,
    name="t01-b",
    walked={1: "out z"},
    told_written=1,
    newest=1,
    totals=(0, 1, 0),
    lives=((0, 1, 0),),
    reached=1,
    events={1: "out z"},
    by_visits=(0, 1),
)
GOOD = VenueFacts(gates=(FIRST, SECOND), bounds=(0, 0, 1), occ=(0, 0, 1), doubles=0)


def test_a_good_end_breaks_nothing() -> None:
    assert not [*broken(GOOD)]
    assert str(GOOD).startswith("t01-a: 2 in, 1 out, 6 events; t01-b: 0 in, 1 out, 1 events; 0 ins")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"events": {1: "", 2: "in x", 4: "in y", 5: "", 6: "out x"}},
            "1 events lost, the first 3",
        ),
        ({"events": {**FIRST.events, 7: ""}}, "nobody has recorded: [7]"),
        ({"reached": 5}, "central has reached 5 of 6"),
        ({"told_written": 7}, "7 was said to be on disk"),
        ({"walked": {2: "in q"}}, "somebody else walked by event 2"),
        ({"walked": {3: "in q"}}, "somebody else walked by event 3"),
        ({"events": {**FIRST.events, 4: "in x"}, "walked": {2: "in x"}}, "counted twice: in x"),
        ({"events": {**FIRST.events, 1: "in w"}}, "by events (3, 1)"),
        ({"lives": ((1, 1, 1), (1, 0, 0))}, "2 epochs"),
        ({"lives": ((2, 2, 1),)}, "at central (2, 2, 1)"),
        ({"lives": ((2, 1, 0),)}, "at central (2, 1, 0)"),
        ({"by_visits": (1, 1)}, "by visits (1, 1)"),
    ],
)
def test_each_broken_promise_of_a_gate_is_named(change: dict[str, Any], says: str) -> None:
    (sentence,) = broken(replace(GOOD, gates=(replace(FIRST, **change), SECOND)))
    assert sentence.startswith("t01-a: ")
    assert says in sentence


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"bounds": (0, 1, 1), "occ": (0, 1, 1)}, "inside at central (0, 1, 1)"),
        ({"bounds": (0, 0, 0), "occ": (0, 0, 0)}, "by the gates (0, 0, 1)"),
        ({"occ": (0, 1, 1)}, "the broker has (0, 1, 1)"),
        ({"doubles": 2}, "2 doubles"),
    ],
)
def test_each_broken_promise_of_the_venue_is_named(change: dict[str, Any], says: str) -> None:
    (sentence,) = broken(replace(GOOD, **change))
    assert says in sentence
