"""The plan of the wiring: what an electrician should look at twice (`gate.wiring.cautions`)."""

from collections.abc import Iterator

from gate.doctor.device import Device
from gate.doctor.finding import Finding, good
from gate.wiring.cautions import TROUBLES, cautions
from gate.wiring.plan import plan_of

__all__ = ["CHECKS", "TROUBLES"]


def plan(device: Device) -> Iterator[Finding]:
    """What stands in `[turnstile]`."""
    if device.config is None:
        return
    found = [*cautions(plan_of(device.config))]
    yield from found or [good("the plan of the wiring", "nothing to look at twice")]


CHECKS = (plan,)
