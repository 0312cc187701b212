"""`gate.central.epoch`: totals and events of one life of a gate's database."""

from itertools import permutations
from typing import Any

import pytest

from gate.central.epoch import Epoch, begun_at, seen, told
from gate.model import Direction, Utc
from gate.payloads import Ctr
from tests.gate.central.benches import EPOCH, event, passage


def ctr(seq: int, entered: int, left: int, *, ts: float = 100.0, **more: Any) -> Ctr:
    return Ctr(
        gate="a",
        epoch=EPOCH,
        entered=entered,
        left=left,
        seq=seq,
        ts=Utc(ts),
        clk="ntp",
        **{"pending": 0, **more},
    )


def test_totals_are_the_same_in_whatever_order_and_however_often_ctr_comes() -> None:
    words = [ctr(1, 1, 0, ts=1), ctr(4, 2, 1, ts=2, pending=2), ctr(9, 5, 3, ts=3, pending=1)]
    ends = set()
    for order in permutations([*words, words[1]]):
        epoch = Epoch("a", EPOCH)
        for word in order:
            epoch = told(epoch, word)
        ends.add((epoch.entered, epoch.left, epoch.pending, epoch.seq, epoch.told_at))

    assert ends == {(5, 3, 1, 9, 3.0)}


def test_a_version_of_a_quota_once_shown_stays_shown() -> None:
    epoch = told(told(Epoch("a", EPOCH), ctr(5, 1, 0, qv=8)), ctr(4, 1, 0, qv=7))

    assert epoch.qv == 8


def test_events_are_ahead_of_ctr_and_ctr_of_events() -> None:
    epoch = seen(seen(Epoch("a", EPOCH), passage(1, Direction.IN)), passage(2, Direction.OUT))
    assert (epoch.entered, epoch.left, epoch.missing) == (1, 1, 0)

    epoch = told(epoch, ctr(5, 4, 1))
    assert (epoch.entered, epoch.left, epoch.missing) == (4, 1, 3)


def test_only_a_passage_counts() -> None:
    epoch = seen(seen(Epoch("a", EPOCH), event(1, "granted")), event(2, "alarm"))

    assert (epoch.net, epoch.reached) == (0, 2)


def test_where_events_never_come_ctr_stands_for_them_and_later_events_count_at_once() -> None:
    epoch = told(begun_at(Epoch("a", EPOCH), 40), ctr(40, 20, 15))
    assert epoch.net == 5

    assert seen(epoch, passage(41, Direction.IN)).net == 6


def test_a_gap_that_ends_behind_the_newest_ctr_is_caught_up_with() -> None:
    epoch = told(begun_at(Epoch("a", EPOCH), 40), ctr(42, 22, 15))
    for seq in (41, 42, 43):
        epoch = seen(epoch, passage(seq, Direction.IN))

    assert (epoch.entered, epoch.left) == (23, 15)


@pytest.mark.parametrize(("seq", "until"), [(2, 500.0), (3, 20.0)])
def test_a_gate_is_complete_up_to_its_ctr_only_where_no_event_is_missing(
    seq: int, until: float
) -> None:
    epoch = seen(seen(Epoch("a", EPOCH), event(1, "mode", 10.0)), event(2, "mode", 20.0))

    assert told(epoch, ctr(seq, 0, 0, ts=500.0)).complete_until == until
