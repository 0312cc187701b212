"""Each promise of a lane that is killed, broken on purpose: the verdict has to see it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.simulated.visitors import Walk
from drivers.simulated.world import Turned
from tests.killing.facts import Disk, Facts, Life, Moment
from tests.killing.verdict import problems

EVENTS = {
    1: {"seq": 1, "k": "granted", "d": "in"},
    2: {"seq": 2, "k": "passage", "d": "in"},
    3: {"seq": 3, "k": "granted", "d": "in"},
    4: {"seq": 4, "k": "recovered", "n": 1},
}


def disk(**more: object) -> Disk:
    """After one who walked in, and one who had a grant when the lane died."""
    first = Disk(
        epoch="e",
        entered=1,
        left=0,
        open=1,
        unknown=0,
        newest=3,
        events={number: EVENTS[number] for number in (1, 2, 3)},
        grants={1: (10.0, 11.0), 2: (20.0, None)},
    )
    return replace(first, **more)  # type: ignore[arg-type] # fields by name


END = disk(open=0, unknown=1, newest=4, events=EVENTS, grants={1: (10.0, 11.0), 2: (20.0, 31.0)})
KILLED = Life(0.0, 1.0, 22.0, 22.1, -9, Moment.ANY, disk())
LAST = Life(30.0, 31.0, None, 60.0, None, None, END)
GOOD = Facts(
    lives=(KILLED, LAST),
    walks=(Walk("in", 10.1, 10.9),),
    relay=(
        Turned(10.0, level=True),
        Turned(11.0, level=False),
        Turned(20.0, level=True),
        Turned(22.1, level=None),
    ),
    relay_active_high=True,
    locked_out=0,
    settled=True,
    heard={("g", "e", number): event for number, event in EVENTS.items()},
    ctr={"in": 1, "out": 0, "pending": 1},
    status="online",
    contradictions=(),
    duplicates=0,
    tracebacks=0,
)


def with_disk(**more: object) -> Facts:
    return replace(GOOD, lives=(KILLED, replace(LAST, disk=replace(END, **more))))  # type: ignore[arg-type]


def test_a_morning_that_kept_every_promise_has_no_problems() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        (lambda: replace(GOOD, walks=()), "only 0 walked in"),
        (lambda: replace(GOOD, walks=GOOD.walks * 3), "and 3 walked in"),
        (lambda: with_disk(unknown=0), "grants were open when the lane died"),
        (lambda: replace(GOOD, ctr={**GOOD.ctr, "in": 2}), "by ctr"),
        (lambda: with_disk(left=2), "counted 2 out"),
        (lambda: replace(GOOD, contradictions=("two events",)), "two events"),
        (lambda: with_disk(epoch="f"), "more than one epoch"),
        (lambda: with_disk(newest=5), "were heard"),
        (lambda: with_disk(newest=2), "fell from 3 to 2"),
        (lambda: with_disk(events={**EVENTS, 2: EVENTS[1]}), "was heard as"),
        (lambda: replace(GOOD, relay=(Turned(5.0, level=True), *GOOD.relay)), "no grant on disk"),
        (lambda: replace(GOOD, relay=GOOD.relay[:-1]), "the relay is on at the end"),
        (lambda: replace(GOOD, relay=GOOD.relay[:-1]), "somebody drives the relay"),
        (lambda: replace(GOOD, locked_out=1), "could not enter"),
        (lambda: replace(GOOD, settled=False), "still on their way"),
        (lambda: replace(GOOD, tracebacks=1), "tracebacks"),
        (lambda: replace(GOOD, status="lost"), "its status says lost"),
        (lambda: replace(GOOD, lives=(replace(KILLED, code=1), LAST)), "ended by itself"),
        (lambda: replace(GOOD, lives=(replace(KILLED, disk=None), LAST)), "no database"),
    ],
)
def test_a_promise_that_is_broken_is_seen(broken: Callable[[], Facts], what: str) -> None:
    assert what in "; ".join(problems(broken()))
