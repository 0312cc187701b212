"""What the broker of a site gets."""

from gate.fleet.broker import CONFIGURATION
from tests.gate.configs import ROOT


def test_the_shipped_configuration_is_the_one_that_a_site_gets() -> None:
    shipped = (ROOT / "config" / "mosquitto" / "gate.conf").read_text(encoding="utf-8")
    assert shipped == CONFIGURATION, "python -m gate.fleet.broker > config/mosquitto/gate.conf"
