"""A short flood of nonsense on every topic; `make soak` has more of it."""

from tests.soak.junk import flooded


def test_nothing_stops_and_nothing_is_believed() -> None:
    flooded(seed=1, messages=3000)
