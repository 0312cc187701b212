"""What the process knows over its reloads, when all parts are closed and made anew."""

from dataclasses import dataclass, field

from gate.echo import Renewal
from gate.temperature.health import Health


@dataclass(slots=True)
class Lifetime:
    """Lives as long as the process does."""

    renewal: Renewal = field(default_factory=Renewal)
    thermometer: Health | None = None
    """As it was when it was closed last: a reload gives nobody warmth or power."""
