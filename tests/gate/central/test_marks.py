"""`gate.central.marks`: people counted since a moment."""

from dataclasses import replace

from gate.central.epoch import Epoch
from gate.central.marks import Since, counted, is_open, mark, with_event
from gate.model import Direction, Utc
from tests.gate.central.benches import EPOCH, passage

CLOSING = Utc(10_000.0)


def life(entered: int, left: int, *, told_at: float, seq: int = 0) -> Epoch:
    return Epoch(
        "a",
        EPOCH,
        told_in=entered,
        told_out=left,
        seq=seq,
        reached=seq,
        told_at=Utc(told_at),
        heard_at=Utc(told_at),
    )


def test_only_what_comes_after_is_counted() -> None:
    count = mark(Since.COUNT, CLOSING, [life(10, 4, told_at=9_990)], value=0)

    assert counted(count, [life(13, 5, told_at=10_100)]) == (3, 1)


def test_a_gate_that_nobody_knew_counts_from_its_beginning() -> None:
    count = mark(Since.COUNT, CLOSING, [], value=7)

    assert counted(count, [life(3, 1, told_at=10_100)]) == (3, 1)


def test_a_gate_that_was_cut_off_tells_late_of_before_and_that_counts_for_before() -> None:
    before = life(10, 4, told_at=5_000, seq=14)
    count = mark(Since.COUNT, CLOSING, [before], value=0)
    after = before
    for seq, at in ((15, 9_000.0), (16, 9_999.0), (17, 10_001.0)):
        after = replace(after, told_in=after.told_in + 1, reached=seq, seq=seq)
        count = with_event(count, after, passage(seq, Direction.IN, at))

    assert counted(count, [after]) == (1, 0)


def test_an_event_that_was_in_the_number_already_moves_nothing() -> None:
    before = replace(life(10, 4, told_at=5_000, seq=14), reached=12)
    count = mark(Since.COUNT, CLOSING, [before], value=0)

    assert with_event(count, before, passage(14, Direction.IN, 4_000.0)) is count


def test_the_clock_of_a_gate_that_was_heard_of_is_not_asked() -> None:
    """It may be an hour behind: its people came after the mark, whatever it says."""
    before = life(10, 4, told_at=9_950, seq=14)
    count = mark(Since.COUNT, CLOSING, [before], value=0)
    after = replace(before, told_in=11, reached=15, seq=15)

    assert with_event(count, after, passage(15, Direction.IN, 6_400.0)) is count


def test_nobody_came_before_a_mark_after_somebody_who_came_after_it() -> None:
    """A clock that was set back since: the gate's events are in order all the same."""
    before = life(10, 4, told_at=5_000, seq=14)
    count = mark(Since.COUNT, CLOSING, [before], value=0)
    after = replace(before, told_in=11, reached=16, seq=16, reached_at=Utc(10_500.0))

    assert with_event(count, after, passage(16, Direction.IN, 6_400.0)) is count


def test_a_mark_is_open_for_a_late_gate_until_that_has_told_all_of_before() -> None:
    late = life(10, 4, told_at=5_000, seq=14)
    count = mark(Since.COUNT, CLOSING, [late], value=0)
    missing = replace(late, seq=17, told_at=Utc(11_000.0))

    assert is_open(count, late)
    assert is_open(count, missing)
    assert not is_open(count, replace(missing, reached=17))
