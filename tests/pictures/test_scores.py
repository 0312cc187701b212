"""The judge of readers: it sees who is behind, and a text that is not there."""

from dataclasses import replace

import numpy as np
import pytest

from tests.pictures import readers
from tests.pictures.conditions import Conditions
from tests.pictures.drawing import Picture, draw
from tests.pictures.scores import Score, behind, missed, scores
from tests.vectors import a_pass

GOOD = draw(a_pass(1), Conditions(), seed="good")
INVERTED = draw(a_pass(1), Conditions(inverted=True), seed="inverted")
EMPTY = Picture(None, np.full((40, 40), 90, dtype=np.uint8))


def score(right: int) -> Score:
    return Score(pictures=9, right_in=frozenset(range(right)), any=right, wrong=0, cpu_s=1.0)


@pytest.mark.parametrize(("cascade", "is_behind"), [(4, True), (5, True), (6, False), (7, False)])
def test_who_reads_fewer_than_the_better_library_is_behind(
    cascade: int, *, is_behind: bool
) -> None:
    row = {"pyzbar": score(6), "zxing-cpp": score(5), "cascade": score(cascade)}

    assert behind(row, "cascade") is is_behind


def test_a_picture_that_another_library_reads_is_missed_whatever_is_read_besides() -> None:
    row = {"pyzbar": score(6), "zxing-cpp": score(5), "cascade": score(9)}
    assert missed(row, "cascade") == frozenset()

    row["cascade"] = replace(score(9), right_in=frozenset({0, 1, 2, 3, 4, 6, 7, 8}))
    assert not behind(row, "cascade")
    assert missed(row, "cascade") == {5}


def test_each_reader_is_asked_about_each_picture() -> None:
    found = scores([GOOD, INVERTED, EMPTY])

    assert found.keys() == readers.READERS.keys()
    assert {name: one.right for name, one in found.items()} == {
        "pyzbar": 1,
        "zxing-cpp": 2,
        "cascade": 2,
        "ladder": 2,
    }
    assert all((one.pictures, one.wrong) == (3, 0) for one in found.values())


def test_a_text_that_a_picture_does_not_hold_is_wrong() -> None:
    found = scores([Picture("another text", GOOD.grey), Picture(None, GOOD.grey)])

    assert all((one.right, one.any, one.wrong) == (0, 2, 2) for one in found.values())
