"""When a business day of a venue begins. Pure."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gate.model import Utc


def day_began(now: Utc, *, at: time, zone: ZoneInfo) -> Utc:
    """The last moment that was `at` on the venue's wall clock, up to `now`."""
    local = datetime.fromtimestamp(now, zone)
    start = datetime.combine(local.date(), at, zone)
    if start.astimezone(UTC) > local.astimezone(UTC):
        start = datetime.combine(local.date() - timedelta(days=1), at, zone)
    return Utc(start.timestamp())
