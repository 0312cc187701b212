"""Fixtures that more than one directory of tests uses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.simulated.broker import Broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A running mosquitto; without the program the test fails, it is not skipped."""
    mosquitto = Broker(tmp_path)
    mosquitto.start()
    try:
        yield mosquitto
    finally:
        mosquitto.kill()
