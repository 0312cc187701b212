"""Central and gates as their programs assemble them, over a real mosquitto."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.simulated.broker import Broker
from gate.events import Count
from gate.model import Direction, Reason
from tests.assembled import Gate
from tests.assembled_central import Central, plan


def walk(gate: Gate, entered: int, left: int) -> None:
    gate.record(*[Count(Direction.IN, Reason.ATTENDANT)] * entered)
    gate.record(*[Count(Direction.OUT, Reason.ATTENDANT)] * left)


@pytest.fixture
def gate(tmp_path: Path, broker: Broker) -> Iterator[Gate]:
    gate = Gate(tmp_path / "a.db", broker.port)
    yield gate
    gate.close()


def test_what_two_gates_count_is_one_number_and_is_acknowledged(
    tmp_path: Path, broker: Broker, gate: Gate
) -> None:
    other = Gate(tmp_path / "b.db", broker.port, name="t01-b")
    with Central(tmp_path, broker.port, [plan("t01-a", "t01-b")]) as central:
        walk(gate, 5, 1)
        walk(other, 0, 2)

        venue = central.sees(lambda it: it.entered == 5 and it.left == 3)

        assert (venue.inside, venue.lower, venue.upper) == (2, 2, 2)
        while gate.acknowledged.get(timeout=10) < 6:
            pass
    other.close()
