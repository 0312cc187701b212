"""Two thousand messages that nobody should believe, and a good venue beside them."""

from pathlib import Path

import pytest

from tests.gate.central.nonsense import flooded

LIMIT_S = 0.05
"""Processor time of a turn with one message; the largest has a fifth of a megabyte."""


def test_nonsense_stops_nothing_and_touches_no_number_of_another_venue(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flood = flooded(tmp_path, seed=1, messages=2000)

    assert "is let go" not in caplog.text, "a bug, although it stopped nothing"
    assert flood.slowest_s < LIMIT_S, f"{flood.slowest_s * 1000:.0f} ms for one message"
