"""Days at lanes with few visitors and many: a thermometer that is right is never said to drift."""

from random import Random

from tests.gate.temperature.drift import Site, error_at_alarm, live, right

DAYS = 20


def weeks_of_visitors(seed: int) -> None:
    """Undisturbed days tell nothing, a day's drift is told before it is half a degree."""
    chance = Random(seed)  # noqa: S311 - visitors, not secrets
    visitors = chance.choice((20, 50, 200, 1000))
    offset_c = chance.choice((0.0, 0.3, 0.6))
    told = live(Site(visitors, offset_c), DAYS, right, seed)
    assert told.changes == (), f"{visitors} visitors, {told.nearest:.0%} of an alarm"
    up = chance.random() < 0.5
    error_c = error_at_alarm(Site(1000, offset_c), hours=6, up=up, seed=seed)
    assert error_c < 0.5, f"{error_c:.2f} C off at the alarm"
