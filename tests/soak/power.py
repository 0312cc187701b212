"""Power cuts at a database, one after the other: see `tests.power`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.power.lives import Life

CUTS = 4
TRANSACTIONS = 25


def life_with_power_cuts(seed: int) -> None:
    """One database through four power cuts; raises where something told was not there."""
    with TemporaryDirectory(prefix="gate-power-") as folder:
        life = Life(Path(folder), seed)
        for _ in range(CUTS):
            life.cut(life.live(TRANSACTIONS))
