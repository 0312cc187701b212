"""What is told to whoever looks after the thermometer: once, also over a restart."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gate.events import RaiseAlarm
from gate.model import Alarm, Part, Utc, Verdict
from gate.settings import made_from
from gate.temperature.commissioning import Commissioned
from gate.temperature.population import LEARN_PEOPLE, Population
from gate.temperature.upkeep import Remembered, Upkeep
from tests.gate.configs import config_of

RECORD = Commissioned(
    on=date(2026, 11, 24),
    expires=date(2027, 5, 24),
    variant="DCC",
    cells=(0xFFFF, 0xB7D4, 0xBE5A, 0x0000, 0x4D4C, 0x5839, 0x3036, 0x3134),
)
END = Utc(datetime(2027, 5, 24, tzinfo=UTC).timestamp())
LEARNED = Remembered(
    Population("key", since=Utc(0), people=LEARN_PEOPLE, reference_c=36.2, learned=True)
)


class Lane:
    """A lane that is started anew with what its last start has left on disk."""

    def __init__(
        self, kept: Remembered | None = None, record: Commissioned | None = RECORD
    ) -> None:
        self.disk = kept
        self.alarms: list[RaiseAlarm] = []
        self.record = record
        self.start()

    def start(self, key: str = "key") -> None:
        self.upkeep = Upkeep(
            kept=self.disk,
            key=key,
            record=self.record,
            on_alarm=self.alarms.append,
            keep=self._keep,
        )

    def see(self, *numbers: float, at: float = 0.0) -> None:
        for celsius in numbers:
            self.upkeep.measured(Verdict.ADMIT, celsius, Utc(at))

    def told(self) -> list[Alarm]:
        return [alarm.alarm for alarm in self.alarms]

    def _keep(self, known: Remembered) -> None:
        self.disk = known


def test_drift_and_its_end_are_told_once_each_with_the_figure() -> None:
    lane = Lane(LEARNED)

    lane.see(*[36.6] * 60)
    assert lane.alarms == [
        RaiseAlarm(Alarm.DRIFT, Part.THERMOMETER, "people read 0.28 C above the reference")
    ]
    lane.see(*[36.2] * 60)
    assert lane.told() == [Alarm.DRIFT, Alarm.NO_DRIFT]


def test_after_a_restart_the_reference_is_the_same_and_the_drift_is_not_told_again() -> None:
    lane = Lane(LEARNED)
    lane.see(*[36.6] * 60)

    lane.start()
    lane.see(*[36.6] * 60)

    assert lane.told() == [Alarm.DRIFT]
    assert lane.upkeep.population.reference_c == 36.2


def test_a_site_that_is_switched_off_every_evening_learns_all_the_same() -> None:
    lane = Lane()
    for day in range(4):
        lane.start()
        lane.see(*[36.2] * 24, at=day * 86_400.0)

    assert lane.upkeep.population.learned
    assert lane.upkeep.population.people == LEARN_PEOPLE


@pytest.mark.parametrize(
    "changed",
    [
        replace(RECORD, on=date(2026, 12, 1)),
        None,
    ],
)
def test_what_is_made_anew_is_learned_anew(changed: Commissioned | None, tmp_path: Path) -> None:
    config = config_of(tmp_path, {})
    offset = config_of(tmp_path, {"screening": {"site_offset_c": 0.3}})
    keys = {made_from(config, RECORD), made_from(config, changed), made_from(offset, RECORD)}
    assert len(keys) == 3

    lane = Lane(LEARNED)
    lane.start(key="another")

    assert lane.upkeep.population == Population("another")


def test_the_end_of_a_calibration_is_told_once_and_measuring_goes_on() -> None:
    lane = Lane(LEARNED)

    lane.upkeep.look(Utc(END - 1))
    assert lane.alarms == []
    assert lane.upkeep.report()["calibration_ended"] is False

    lane.upkeep.look(END)
    lane.upkeep.look(Utc(END + 1))
    lane.start()
    lane.upkeep.look(Utc(END + 2))
    assert lane.told() == [Alarm.CALIBRATION]
    assert lane.upkeep.report()["calibration_ended"] is True

    lane.record = replace(RECORD, on=date(2027, 6, 1), expires=date(2027, 12, 1))
    lane.start()
    lane.upkeep.look(Utc(END + 8 * 86_400))
    assert lane.told() == [Alarm.CALIBRATION], "it was calibrated"
    assert lane.upkeep.report()["calibration_ended"] is False


def test_without_a_record_nothing_ends() -> None:
    lane = Lane(record=None)

    lane.upkeep.look(Utc(END + 1e9))

    assert lane.alarms == []
    assert lane.upkeep.report()["calibrated_until"] is None


def test_what_goes_to_disk_between_two_tens_is_the_last_ten_s() -> None:
    lane = Lane(LEARNED)
    lane.see(*[36.5] * 10)
    assert lane.disk is not None
    rested = lane.disk.population
    lane.see(36.9, 36.9, 36.9)

    lane.upkeep.look(END)

    assert lane.disk.told_expiry
    assert lane.disk.population == rested
