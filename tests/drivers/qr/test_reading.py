"""The gate reads whatever pyzbar alone or zxing-cpp alone reads, in every row of drawn pictures.

A few rows here, those at which the libraries differ; `make bench ARGS=codes` has all of them.
"""

import pytest

from tests.pictures.conditions import BINNED, VGA
from tests.pictures.scores import behind, scores
from tests.pictures.sweeps import ROWS, Row, pictures

_A_ROW = 3
_ROWS = {
    VGA: (
        "module px 1.5",  # pyzbar: never
        "near, tilt deg 50",  # pyzbar: seldom
        "noise 40",
        "contrast 0.06",
        "glare 0.4",
        "moire period 4",  # zxing-cpp: never
        "shade 0.95",  # neither zxing-cpp nor a threshold of so many grey steps
        "inverted, module px 2",  # pyzbar: never
        "near, cut 0.015",  # zxing-cpp: never
        "hard mix",
    ),
    BINNED: ("moire 0.6",),
}


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.name in _ROWS[row.size]],
    ids=lambda row: f"{row.name} at {row.size[0]}",
)
def test_the_gate_reads_no_fewer_than_the_better_library_and_nothing_wrong(row: Row) -> None:
    found = scores(pictures(row, _A_ROW))

    for ours in ("cascade", "ladder"):
        assert not behind(found, ours), found
        assert found[ours].wrong == 0, found


def test_every_row_that_is_looked_at_is_drawn() -> None:
    drawn = {(row.size, row.name) for row in ROWS}

    assert {(size, name) for size, names in _ROWS.items() for name in names} <= drawn
