"""Benches for the wires of a lane; a test that takes `bench` runs on each of them."""

import gc
import sys
from collections.abc import Iterator

import pytest

from tests.drivers.benches import Bench, LgpioBench, MockBench, put_at_rest
from tests.drivers.lgpio_standin import LgpioStandIn


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> Iterator[LgpioStandIn]:
    """A chip below gpiozero's own lgpio pins, which are imported anew for it."""
    gc.collect()  # gpiozero counts the lines of devices that failed in an earlier test as used
    chip = LgpioStandIn()
    monkeypatch.setitem(sys.modules, "lgpio", chip)
    sys.modules.pop("gpiozero.pins.lgpio", None)
    yield chip
    sys.modules.pop("gpiozero.pins.lgpio", None)


@pytest.fixture
def lgpio(chip: LgpioStandIn) -> Iterator[LgpioBench]:
    bench = LgpioBench(chip)
    put_at_rest(bench)
    yield bench
    bench.factory.close()


@pytest.fixture
def mock() -> MockBench:
    gc.collect()
    bench = MockBench()
    put_at_rest(bench)
    return bench


@pytest.fixture(params=["mock", "lgpio"])
def bench(request: pytest.FixtureRequest) -> Bench:
    bench: Bench = request.getfixturevalue(request.param)
    return bench
