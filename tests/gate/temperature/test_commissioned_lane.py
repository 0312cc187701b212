"""A lane's thermometer as it is put together: by its record, and by nothing that drifts."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from queue import Empty
from typing import NoReturn

import pytest

from drivers.simulated.mlx90614 import SimulatedI2C, SimulatedMlx90614
from gate.carriers import sampler_of
from gate.clock import Timekeeper
from gate.control import Inbox
from gate.events import Measure, Measured, PartLost
from gate.hardware import Hardware
from gate.model import Part, Ticket, Utc, Verdict
from gate.temperature.commissioning import FILE, Commissioned, write_record
from gate.temperature.population import LEARN_PEOPLE, Population
from gate.temperature.upkeep import Remembered, Upkeep
from tests.gate.configs import config_of

CELLS = (0xFFFF, 0xB7D4, 0xBE5A, 0x0000, 0x4D4C, 0x5839, 0x3036, 0x3134)
GAIN, OFFSET_C = 1.012, -0.2
CALIBRATED = Commissioned(
    on=date(2026, 1, 2),
    expires=date(2026, 7, 2),
    variant="DAA",
    cells=CELLS,
    gain=GAIN,
    offset_c=OFFSET_C,
    black_bodies_c=(35.0, 40.0),
    read_c=((35.0 - OFFSET_C) / GAIN, (40.0 - OFFSET_C) / GAIN),
)
LEARNED = Population("key", since=Utc(0), people=LEARN_PEOPLE, reference_c=36.2, learned=True)


class Lane:
    """A lane's thermometer, with a clock that goes on by one settling time a round."""

    def __init__(self, folder: Path, people: Population, *, at: float = 1.77e9) -> None:
        self.now = 0.0
        self.at = at
        self.chip = SimulatedMlx90614(clock=self.monotonic, settling_s=0.1, sigma_c=0.03, seed=3)
        config = config_of(
            folder,
            {
                "gate": {"data_dir": str(folder)},
                "thermometer": {"variant": "DAA", "warm_up_s": 0.0},
            },
        )
        self.inbox = Inbox()
        timekeeper = Timekeeper(self, released=Utc(0))
        self.upkeep = Upkeep(
            kept=Remembered(people),
            key=people.key,
            record=None,
            on_alarm=lambda _: None,
            keep=lambda _: None,
        )
        wires = Hardware(_unused, lambda: SimulatedI2C(self.chip), _unused, self)
        self.sampler = sampler_of(config, wires, self.inbox, timekeeper, self.upkeep, None)
        self.go(until=lambda: self.now > 3.0)

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.at + self.now

    def synchronised(self) -> bool:
        return True

    def go(self, until: Callable[[], bool]) -> None:
        for _ in range(200):
            self.now += 0.1
            self.sampler.go_round()
            if until():
                return
        raise AssertionError("it came to nothing in 20 seconds")

    def measured(self, skin_c: float) -> Measured:
        """The answer to the first question about somebody with this skin."""
        answers: list[Measured] = []

        def answered() -> bool:
            with suppress(Empty):
                while True:
                    fact = self.inbox.get_nowait()
                    answers.extend([fact] if isinstance(fact, Measured) else [])
            return bool(answers)

        self.sampler.measure(Measure(Ticket(1), 1, rested=False))
        self.chip.skin_c = skin_c
        self.go(until=answered)
        return answers[0]


def _unused() -> NoReturn:
    raise AssertionError("a thermometer needs nothing else")


def test_a_part_that_is_wrong_says_by_its_record_what_a_right_one_says(tmp_path: Path) -> None:
    """With the gain taken twice, or after the emissivity, it would not."""
    right = [Lane(tmp_path, LEARNED).measured(skin_c).celsius for skin_c in (35.5, 36.6, 38.8)]
    write_record(tmp_path, CALIBRATED)

    for skin_c, celsius in zip((35.5, 36.6, 38.8), right, strict=True):
        lane = Lane(tmp_path, LEARNED)
        lane.chip.gain, lane.chip.offset_c = 1 / GAIN, -OFFSET_C / GAIN
        assert lane.measured(skin_c).celsius == pytest.approx(celsius, abs=0.11)


def test_a_record_that_is_damaged_loses_the_thermometer_and_says_what_to_do(
    tmp_path: Path,
) -> None:
    (tmp_path / FILE).write_text("record = 1\ngain = 1.0\n")

    lane = Lane(tmp_path, LEARNED)

    lost = lane.inbox.get_nowait()
    assert isinstance(lost, PartLost)
    assert lost.part is Part.THERMOMETER
    assert "without commissioned, cut off" in lost.detail
    assert "gate calibrate --accept" in lost.detail


def test_a_calibration_that_has_ended_is_measured_with_all_the_same(tmp_path: Path) -> None:
    write_record(tmp_path, CALIBRATED)
    before = Lane(tmp_path, LEARNED, at=1.77e9).measured(36.6)
    after = Lane(tmp_path, LEARNED, at=1.79e9).measured(36.6)

    assert not CALIBRATED.has_expired(Utc(1.77e9))
    assert CALIBRATED.has_expired(Utc(1.79e9))
    assert after == before


@pytest.mark.parametrize("away_c", [0.5, -0.5])
def test_a_drift_moves_no_verdict_and_no_number(tmp_path: Path, away_c: float) -> None:
    drifted = replace(LEARNED, away_c=away_c, drifted=True)
    verdicts = set()

    for tenths in range(360, 386, 5):
        skin_c = tenths / 10
        undisturbed = Lane(tmp_path, LEARNED).measured(skin_c)
        assert Lane(tmp_path, drifted).measured(skin_c) == undisturbed
        verdicts.add(undisturbed.verdict)
    assert {Verdict.ADMIT, Verdict.RECHECK, Verdict.WAIT} <= verdicts


def test_who_is_measured_counts_among_the_people(tmp_path: Path) -> None:
    lane = Lane(tmp_path, LEARNED)

    lane.measured(38.5)

    assert lane.upkeep.population.away_c > 0
