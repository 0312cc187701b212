"""`gate.central.day`: when a business day begins."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from gate.central.day import day_began
from gate.model import Utc


def utc(text: str) -> Utc:
    return Utc(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("now", "began"),
    [
        ("2026-03-01T19:59:59", "2026-02-28T20:00:00"),  # a second before 03:00 in Jakarta
        ("2026-03-01T20:00:00", "2026-03-01T20:00:00"),
        ("2026-03-02T12:00:00", "2026-03-01T20:00:00"),
    ],
)
def test_a_day_begins_at_the_venues_wall_clock(now: str, began: str) -> None:
    assert day_began(utc(now), at=time(3), zone=ZoneInfo("Asia/Jakarta")) == utc(began)


@pytest.mark.parametrize(
    ("now", "began"),
    [
        ("2026-03-29T00:59:00", "2026-03-28T01:30:00"),  # Berlin's clocks skip 02:30 on this day
        ("2026-03-29T12:00:00", "2026-03-29T01:30:00"),
        ("2026-10-25T12:00:00", "2026-10-25T00:30:00"),  # and have it twice on that one
    ],
)
def test_a_wall_clock_that_jumps_has_one_beginning_a_day(now: str, began: str) -> None:
    assert day_began(utc(now), at=time(2, 30), zone=ZoneInfo("Europe/Berlin")) == utc(began)
