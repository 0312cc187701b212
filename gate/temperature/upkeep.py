"""What a technician has to look after: a thermometer whose calibration ends, people who drift.

Numbers come in on the thermometer's thread, the beat of the deciding thread looks at the date. Out
go alarms, each told once, and what is to be known after a restart. No word of this comes back to
the thermometer or to the machine.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from gate.events import RaiseAlarm
from gate.model import Alarm, Part, Utc, Verdict
from gate.temperature.commissioning import Commissioned
from gate.temperature.population import Population, away_in_words, described, population_step


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is known after a restart."""

    population: Population
    told_expiry: str = ""
    """The record whose end has been told, by the day it was made."""


class Upkeep:
    """`kept` is what was known before; `key` says what the numbers are made from now.

    `on_alarm` gets what staff have to know, `keep` what is to go to disk.
    """

    def __init__(
        self,
        *,
        kept: Remembered | None,
        key: str,
        record: Commissioned | None,
        on_alarm: Callable[[RaiseAlarm], None],
        keep: Callable[[Remembered], None],
    ) -> None:
        if kept is None:
            kept = Remembered(Population(key))
        elif kept.population.key != key:
            kept = replace(kept, population=Population(key))
        self._kept = kept
        self._at_rest = kept.population
        """The people as they are on disk: never as one of them has left them."""
        self._record = record
        self._made = str(record.on) if record else ""
        self._on_alarm = on_alarm
        self._keep = keep
        self._lock = threading.Lock()

    @property
    def population(self) -> Population:
        """The people as they are known now; safe to read from any thread."""
        return self._kept.population

    def measured(self, verdict: Verdict, celsius: float | None, now: Utc) -> None:
        """The thermometer gave an answer."""
        with self._lock:
            before = self._kept.population
            people, change = population_step(before, celsius, verdict, now)
            self._kept = replace(self._kept, population=people)
            if people.may_rest and people.at_rest != self._at_rest:
                self._at_rest = people.at_rest
                self._to_disk()
        if change == "drifted":
            self._tell(Alarm.DRIFT, away_in_words(people))
        elif change == "back":
            self._tell(Alarm.NO_DRIFT, away_in_words(people))

    def look(self, now: Utc) -> None:
        """Has the calibration ended? Ask only while the date is sure."""
        record = self._record
        if record is None or not record.has_expired(now):
            return
        with self._lock:
            if self._kept.told_expiry == self._made:
                return
            self._kept = replace(self._kept, told_expiry=self._made)
            self._to_disk()
        self._tell(Alarm.CALIBRATION, f"counted until {record.expires}: gate calibrate")

    def report(self) -> dict[str, object]:
        """For `gate status`."""
        people, record = self.population, self._record
        return {
            "population": described(people),
            "reference_people": people.people,
            "drifted": people.drifted,
            "calibrated_until": str(record.expires) if record else None,
            "calibration_ended": bool(record) and self._kept.told_expiry == self._made,
        }

    def _to_disk(self) -> None:
        self._keep(replace(self._kept, population=self._at_rest))

    def _tell(self, alarm: Alarm, detail: str) -> None:
        self._on_alarm(RaiseAlarm(alarm, Part.THERMOMETER, detail))
