"""A card that is restored from a copy: what central adds up is what really happened.

The gate counts people under two epochs then, and central has both: the totals of each, and the
events of each by (gate, epoch, number).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from drivers.simulated.broker import Broker
from gate.audit import audit
from tests.assembled import SOON_S, Gate
from tests.contract.test_mqtt_contract import ENTERED, LEFT, Central

NOBODY_LISTENS = 1
"""A port of the loopback without a broker."""


class Restored:
    """A gate that told central of 15 in and 3 out, and then got its card of 10 in back."""

    def __init__(self, broker: Broker, path: Path, stack: ExitStack) -> None:
        self.path = path
        self.central = Central(broker.port)
        stack.callback(self.central.close)
        self._port = broker.port
        self._stack = stack
        gate = self.gate()
        gate.record(*[ENTERED] * 10)
        self._heard(gate, 10)
        copy = path.with_name("copy.db")
        with closing(sqlite3.connect(path)) as db:
            db.execute("VACUUM INTO ?", (str(copy),))
        gate = self.gate()
        gate.record(*[ENTERED] * 5, *[LEFT] * 3)
        self._heard(gate, 18)
        self.epoch = gate.loaded.epoch
        self.told = self.central.last["ctr"]
        copy.replace(path)

    def gate(self, *, cut_off: bool = False) -> Gate:
        """It starts."""
        gate = Gate(self.path, NOBODY_LISTENS if cut_off else self._port)
        self._stack.callback(gate.close)
        return gate

    def events(self, epoch: str) -> int:
        return sum(known == epoch for known, _ in self.central.events)

    def sums(self) -> tuple[int, int]:
        """In and out over both epochs, by the totals."""
        now = self.central.last["ctr"]
        assert now["epoch"] != self.epoch
        return self.told["in"] + now["in"], self.told["out"] + now["out"]

    def _heard(self, gate: Gate, seq: int) -> None:
        self.central.wait_for(lambda: self.central.last.get("ctr", {}).get("seq") == seq)
        self.central.wait_for(lambda: len(self.central.events) == seq)
        gate.close()


@pytest.fixture
def restored(broker: Broker, tmp_path: Path) -> Iterator[Restored]:
    with ExitStack() as stack:
        yield Restored(broker, tmp_path / "gate.db", stack)


def test_a_restored_card_says_nothing_under_its_old_epoch_and_all_under_a_new_one(
    restored: Restored,
) -> None:
    gate, central = restored.gate(), restored.central
    assert gate.behind.get(timeout=SOON_S) == "event 18 of ours is known, and 10 is the newest here"
    gate.record(ENTERED, LEFT)  # who is in the lane while the gate begins anew
    gate.close()
    assert central.last["ctr"] == restored.told, "not one word"

    gate = restored.gate()
    gate.record(*[ENTERED] * 4, LEFT)

    central.wait_for(lambda: central.last["ctr"]["epoch"] == gate.loaded.epoch)
    central.wait_for(lambda: central.last["ctr"]["seq"] == restored.events(gate.loaded.epoch) == 8)
    assert restored.sums() == (15 + 1 + 4, 3 + 1 + 1)
    assert (central.counted("in"), central.counted("out")) == restored.sums()
    assert restored.events(restored.epoch) == 18
    assert central.last["ctr"]["uncertain"] is True
    gate.close()

    again = restored.gate()
    again.record(ENTERED)

    central.wait_for(lambda: central.last["ctr"]["seq"] == 9)
    assert again.loaded.epoch == gate.loaded.epoch, "it has heard itself, and nothing is wrong"
    assert gate.behind.empty()
    assert again.behind.empty()


@pytest.mark.parametrize("offline", [4, 30])
def test_what_a_restored_card_counted_while_it_was_cut_off_is_counted_once(
    restored: Restored, offline: int
) -> None:
    """With fewer events than were told the number shows it, with more the head."""
    for people in (offline // 2, offline - offline // 2):
        gate = restored.gate(cut_off=True)
        gate.record(*[ENTERED] * people)
        gate.close()
    gate, central = restored.gate(), restored.central
    assert "event 18 of ours" in gate.behind.get(timeout=SOON_S)
    gate.close()

    gate = restored.gate()
    gate.record(LEFT)

    epoch = gate.loaded.epoch
    central.wait_for(lambda: central.last["ctr"]["epoch"] == epoch)
    central.wait_for(lambda: central.last["ctr"]["seq"] == restored.events(epoch) == offline + 2)
    assert restored.sums() == (15 + offline, 3 + 1)
    assert (central.counted("in"), central.counted("out")) == restored.sums()
    gate.close()
    assert audit(restored.path).broken is None
