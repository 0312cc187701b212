"""The rules of two beams, walked exhaustively; tests/gate/test_passage.py tells the stories."""

from itertools import product
from typing import Literal

import pytest

from gate.events import Passed, TurnedBack
from gate.model import Direction, Monotonic
from gate.walker import (
    Between,
    Both,
    Far,
    Followed,
    Gait,
    Near,
    Nobody,
    Walker,
    give_up,
    give_up_at,
    walk,
)

GAIT = Gait()
Levels = tuple[bool, bool]
LEVELS: list[Levels] = [(a, b) for a in (False, True) for b in (False, True)]
Told = list[Passed | TurnedBack]


def walked(sequence: tuple[Levels, ...], step_s: float) -> tuple[Walker, Told]:
    """Each pair of levels `step_s` after the one before; then both clear, and time."""
    walker: Walker = Nobody()
    told: Told = []
    now = 0.0
    for a, b in (*sequence, (False, False)):
        now += step_s
        walker, more = give_up(walker, now=Monotonic(now), gait=GAIT)
        told += more
        walker, more = walk(walker, a=a, b=b, now=Monotonic(now), gait=GAIT)
        told += more
    if (due := give_up_at(walker, GAIT)) is not None:
        walker, more = give_up(walker, now=due, gait=GAIT)
        told += more
    return walker, told


@pytest.mark.parametrize("step_s", [0.05, 0.3, 2.0])
def test_the_lane_is_empty_after_every_sequence_that_ends_clear(step_s: float) -> None:
    for sequence in product(LEVELS, repeat=5):
        assert walked(sequence, step_s)[0] == Nobody(), sequence


@pytest.mark.parametrize("step_s", [0.05, 0.3, 2.0])
def test_every_sequence_counts_the_same_the_other_way_round(step_s: float) -> None:
    mirrored = {Direction.IN: Direction.OUT, Direction.OUT: Direction.IN}
    for sequence in product(LEVELS, repeat=5):
        told = walked(sequence, step_s)[1]
        swapped = walked(tuple((b, a) for a, b in sequence), step_s)[1]
        assert swapped == [type(event)(mirrored[event.direction]) for event in told], sequence


def test_nobody_is_counted_who_has_not_been_at_both_beams() -> None:
    for sequence in product(LEVELS, repeat=5):
        if not all(any(levels[beam] for levels in sequence) for beam in (0, 1)):
            told = walked(sequence, 0.3)[1]
            assert not any(isinstance(event, Passed) for event in told), sequence


@pytest.mark.parametrize(
    "walker",
    [
        Near(Direction.IN, Monotonic(0.0)),
        Both(Direction.IN, Monotonic(0.0)),
        Far(Direction.IN, Monotonic(0.0)),
        Followed(Direction.IN, Monotonic(0.0), Monotonic(0.1)),
    ],
)
def test_the_same_levels_again_change_nothing(walker: Walker) -> None:
    beams: dict[type, Levels] = {Near: (True, False), Far: (False, True)}
    a, b = beams.get(type(walker), (True, True))
    assert walk(walker, a=a, b=b, now=Monotonic(5.0), gait=GAIT) == (walker, ())


@pytest.mark.parametrize(
    ("cleared_far_at", "told"),
    [(1.0, "passed"), (1.1, "came back")],
)
def test_a_leader_at_a_walking_pace_has_passed_and_a_slower_one_came_back(
    cleared_far_at: float, told: Literal["passed", "came back"]
) -> None:
    followed = Followed(Direction.IN, Monotonic(0.0), Monotonic(0.5))
    walker, events = walk(followed, a=True, b=False, now=Monotonic(cleared_far_at), gait=GAIT)
    assert events == ((Passed(Direction.IN),) if told == "passed" else ())
    assert walker == Near(Direction.IN, Monotonic(0.5), came_back=told == "came back")


T0, T1, NOW = Monotonic(0.0), Monotonic(0.5), Monotonic(0.9)
IN = Direction.IN


@pytest.mark.parametrize(
    ("walker", "levels", "then", "told"),
    [
        pytest.param(
            Far(IN, T0), (True, False), Near(IN, NOW), (Passed(IN),), id="the next is close behind"
        ),
        pytest.param(
            Followed(IN, T0, T1),
            (False, False),
            Nobody(),
            (Passed(IN), TurnedBack(IN)),
            id="the leader leaves while the follower goes back",
        ),
        pytest.param(
            Followed(IN, T0, Monotonic(0.85)),
            (False, False),
            Nobody(),
            (Passed(IN),),
            id="the leader leaves and takes the bag along",
        ),
        pytest.param(
            Followed(IN, T0, Monotonic(0.85)),
            (False, True),
            Far(IN, T0),
            (),
            id="after a bag the leader is still the one who cleared the near beam then",
        ),
        pytest.param(
            Between(IN, T0, T1), (True, True), Both(IN, T0), (), id="back in the near beam and on"
        ),
    ],
)
def test_two_changes_at_once_are_followed(
    walker: Walker, levels: Levels, then: Walker, told: tuple[Passed | TurnedBack, ...]
) -> None:
    a, b = levels
    assert walk(walker, a=a, b=b, now=NOW, gait=GAIT) == (then, told)
