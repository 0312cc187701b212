"""Fixtures that more than one directory of tests uses."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from drivers.simulated.broker import Broker

# How fast a machine is, and who else works on it, is not what these tests are about.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

LONG = (
    "tests/killing/",
    "tests/stories/",
    "tests/gate/test_machine_walk.py",
    "tests/gate/central/web/",
    "tests/capacity/",
    "tests/chaos/",
)
"""Where a file takes longest: it begins first, so that in the end nobody waits for the last one."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first; `--no-loadscope-reorder` keeps it so among workers."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end: nobody need look through it for
    garbage, which tests that collect it would do each time. And what tests make is looked through
    more rarely: a walk of the machine makes a million objects, and none of them is garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A running mosquitto; without the program the test fails, it is not skipped."""
    mosquitto = Broker(tmp_path)
    mosquitto.start()
    try:
        yield mosquitto
    finally:
        mosquitto.kill()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests have measured, for who reads the log; also where workers ran them."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{name}: {value}")
