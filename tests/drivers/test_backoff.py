"""How long to wait before the next attempt."""

import pytest

from drivers.backoff import retry_pause_s


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_the_pause_between_attempts_doubles_to_a_limit_and_stays_finite(chance: float) -> None:
    pauses = [
        retry_pause_s(attempt, first_s=2, longest_s=60, chance=chance) for attempt in range(5000)
    ]

    assert pauses[1] == pytest.approx(2 * pauses[0])
    assert max(pauses) <= 60
    assert pauses[-1] == pytest.approx(60 * (0.1 + 0.9 * chance))
