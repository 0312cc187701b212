"""Each rule of `health`, with the clock in hand; samples come every 0.14 s, as of a DCC."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import cycle

import pytest

from gate.model import Monotonic
from gate.temperature.health import (
    BOOT,
    Health,
    fit,
    health_step,
    lets_go,
    opened_again,
    trouble_now,
)
from gate.temperature.learnt import (
    AmbientRead,
    Failed,
    Fault,
    Learnt,
    NotOpened,
    ObjectRead,
    Opened,
    Trouble,
)
from gate.temperature.transfers import Failure

SETTLING_S = 0.14
CELLS = (0xFFFF,) * 8
BUS = Failed(Failure.BUS, "[Errno 121]")
FLAG = Failed(Failure.FLAG, "error flag in 0xbc67")
NOT_READY = Failed(Failure.NOT_READY, "0x0000 is no temperature yet")
HOURS_LATER = 7200.0


@dataclass
class Patient:
    """A thermometer, and the rounds that it goes through."""

    now: float = HOURS_LATER
    warm_up_s: float = 1800.0
    health: Health = field(default_factory=lambda: Health(since=BOOT))
    troubles: list[Trouble | None] = field(default_factory=lambda: [None])
    """Each that was told, and None for each end."""

    def learn(self, learnt: Learnt) -> None:
        moment = Monotonic(self.now)
        self.health = health_step(self.health, learnt, moment, self.warm_up_s)
        trouble = trouble_now(self.health, moment, self.warm_up_s)
        last = self.troubles[-1]
        if (trouble and trouble.fault) is not (last and last.fault):
            self.troubles.append(trouble)

    def open(self) -> None:
        self.learn(Opened(CELLS))

    def rounds(self, readings: Iterable[Learnt], each_s: float = SETTLING_S) -> None:
        for learnt in readings:
            self.now += each_s
            self.learn(learnt)

    def is_well_for(self, samples: int) -> None:
        self.rounds(noisy(samples))

    def waits(self, seconds: float, ambient_c: float = 27.0) -> None:
        """As it is in a quiet room; no more samples than are needed."""
        until = self.now + seconds
        while self.now < until:
            self.rounds([AmbientRead(ambient_c), next(GOOD)], each_s=0.7)

    def fault(self) -> Fault | None:
        trouble = self.troubles[-1]
        return trouble.fault if trouble else None

    def is_warned(self) -> bool:
        return self.health.transfers.warned


GOOD = cycle([ObjectRead(36.31), ObjectRead(36.33), ObjectRead(36.27)])
"""No two running are the same."""


def noisy(samples: int) -> list[Learnt]:
    return [next(GOOD) for _ in range(samples)]


@pytest.fixture
def patient() -> Patient:
    it = Patient()
    it.open()
    it.is_well_for(60)
    assert it.fault() is None
    return it


# --- rule 2 -----------------------------------------------------------------------------------


def test_more_than_a_fifth_of_the_last_50_transfers_is_a_fault_of_the_bus(
    patient: Patient,
) -> None:
    for _ in range(10):
        patient.rounds([BUS, *noisy(3)])
    assert patient.fault() is None
    patient.rounds([BUS])

    assert patient.fault() is Fault.BUS
    assert str(patient.troubles[-1]) == (
        "bus: of the last 50 transfers failed: 11 bus; [Errno 121]"
    )


def test_checksums_count_as_the_others_do_and_are_told_apart(patient: Patient) -> None:
    damaged = Failed(Failure.CHECKSUM, "wants 30")
    for _ in range(6):
        patient.rounds([BUS, damaged, *noisy(2)])

    assert patient.fault() is Fault.BUS
    assert "6 bus, 6 checksum; wants 30" in str(patient.troubles[-1]) or (
        "6 bus, 5 checksum" in str(patient.troubles[-1])
    )
    assert patient.health.transfers.failures == {Failure.BUS: 6, Failure.CHECKSUM: 6}


def test_one_failure_in_50_is_nothing_and_two_are_a_warning_that_stays_for_a_while(
    patient: Patient,
) -> None:
    patient.rounds([BUS])
    assert not patient.is_warned()

    patient.rounds([BUS])
    assert patient.is_warned()
    assert patient.fault() is None

    patient.is_well_for(499)
    assert patient.is_warned()
    patient.is_well_for(1)
    assert not patient.is_warned()


def test_a_bus_that_gets_better_is_believed_when_a_tenth_fails(patient: Patient) -> None:
    patient.rounds([BUS] * 11, each_s=0.01)
    assert patient.fault() is Fault.BUS

    for _ in range(44):
        patient.is_well_for(1)
        assert patient.fault() is Fault.BUS
    patient.is_well_for(1)

    assert patient.fault() is None
    assert patient.health.transfers.failed == 5


# --- rule 3 -----------------------------------------------------------------------------------


def test_three_flags_running_are_a_fault_of_the_sensor_and_two_are_not(patient: Patient) -> None:
    patient.rounds([FLAG, FLAG, *noisy(1), FLAG, FLAG])
    assert patient.fault() is None

    patient.rounds([FLAG])

    assert str(patient.troubles[-1]) == "sensor: error flag in 0xbc67"


def test_flags_now_and_then_and_too_many_of_them_are_one_of_the_sensor(patient: Patient) -> None:
    for _ in range(11):
        patient.rounds([FLAG, *noisy(2)])

    assert patient.fault() is Fault.SENSOR


def test_a_slow_part_that_flags_is_broken_and_not_silent(patient: Patient) -> None:
    patient.rounds([FLAG, FLAG], each_s=0.65)

    assert patient.fault() is Fault.SENSOR


# --- rule 4 -----------------------------------------------------------------------------------


def test_a_second_without_a_good_sample_is_stale_and_lets_the_bus_go(patient: Patient) -> None:
    patient.rounds([BUS], each_s=0.99)
    assert patient.fault() is None
    assert not lets_go(patient.health, Monotonic(patient.now))

    patient.rounds([BUS], each_s=0.01)

    assert str(patient.troubles[-1]) == "stale: no good reading for 1 s: [Errno 121]"
    assert lets_go(patient.health, Monotonic(patient.now))


# --- rule 5 -----------------------------------------------------------------------------------


def test_the_same_word_thirty_times_running_is_stuck(patient: Patient) -> None:
    patient.rounds([ObjectRead(36.5)] * 29)
    assert patient.fault() is None

    patient.rounds([ObjectRead(36.5)])

    assert str(patient.troubles[-1]) == "stuck: at 36.50 C, 30 times running"


def test_nobody_is_judged_by_a_word_that_comes_a_third_time(patient: Patient) -> None:
    judged = []
    for learnt in [*[ObjectRead(36.5)] * 4, ObjectRead(36.6)]:
        patient.rounds([learnt])
        judged.append(fit(patient.health, Monotonic(patient.now), patient.warm_up_s))

    assert judged == [True, True, False, False, True]


def test_a_stuck_part_that_moves_once_is_still_stuck(patient: Patient) -> None:
    patient.rounds([ObjectRead(36.5)] * 30)

    for _ in range(20):
        patient.rounds([*[ObjectRead(36.5)] * 3, *noisy(2)])

    assert [told and told.fault for told in patient.troubles] == [None, Fault.STUCK]
    patient.is_well_for(5)
    assert patient.fault() is None


# --- rule 6 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("just", "beyond"), [(-10.0, -10.02), (60.0, 60.02)])
def test_an_ambient_temperature_that_no_sensor_works_at_is_a_fault(
    just: float, beyond: float
) -> None:
    patient = Patient()
    patient.open()
    patient.rounds([AmbientRead(just)])
    assert patient.fault() is None

    patient.rounds([AmbientRead(beyond)])
    assert patient.fault() is Fault.AMBIENT

    for _ in range(5):
        patient.rounds([AmbientRead(just), *noisy(10)])
    assert patient.fault() is Fault.AMBIENT, "two degrees inside, not on the edge"
    inside = just - 2 if just > 0 else just + 2
    patient.is_well_for(10)  # not so fast that it would be a jump
    patient.rounds([AmbientRead(inside), *noisy(10)])
    patient.rounds([AmbientRead(inside), *noisy(10)])
    assert patient.fault() is Fault.AMBIENT, "three readings running"
    patient.rounds([AmbientRead(inside)])
    assert patient.fault() is None


def test_an_ambient_temperature_that_jumps_is_a_fault_and_one_that_climbs_is_none(
    patient: Patient,
) -> None:
    for tenths in range(20):
        patient.rounds([AmbientRead(27 + tenths), *noisy(10)], each_s=0.1)
    assert patient.fault() is None

    patient.rounds([AmbientRead(48.0)])

    assert str(patient.troubles[-1]) == (
        "ambient: the sensor itself went from 46.00 to 48.00 C in 1.1 s"
    )


# --- rules 7 and 8 ----------------------------------------------------------------------------


def test_what_turns_out_to_be_absent_is_called_so_and_what_comes_after_is_called_that(
    patient: Patient,
) -> None:
    patient.rounds([BUS] * 2, each_s=0.5)
    patient.learn(NotOpened(Fault.ABSENT, "address 0x5a"))
    patient.learn(NotOpened(Fault.IDENTITY, "another sensor"))
    patient.open()
    patient.rounds([FLAG] * 3)
    patient.is_well_for(60)

    told = [trouble and trouble.fault for trouble in patient.troubles]
    assert told == [None, Fault.STALE, Fault.ABSENT, Fault.IDENTITY, Fault.SENSOR, None]


def test_a_loose_plug_does_not_flap(patient: Patient) -> None:
    """Two seconds away, two seconds there, for ten minutes."""
    until = patient.now + 600
    while patient.now < until:
        patient.rounds([BUS] * 20, each_s=0.1)
        patient.open()
        patient.is_well_for(14)

    ends = patient.troubles[1:].count(None)
    assert ends == 2, "after five good samples, after ten, and not after twenty"
    patient.is_well_for(20)
    assert patient.fault() is None


def test_who_has_been_well_for_a_minute_is_believed_as_fast_as_at_first(patient: Patient) -> None:
    for _ in range(3):
        patient.rounds([BUS] * 2, each_s=0.5)
        patient.open()
        patient.is_well_for(5)
        assert patient.fault() is None
        patient.is_well_for(500)


# --- rule 9 -----------------------------------------------------------------------------------


def restarted(after_s: float, warm_up_s: float = 1800.0) -> Patient:
    """The daemon starts when the Pi has run for so long."""
    patient = Patient(now=after_s, warm_up_s=warm_up_s)
    patient.open()
    return patient


def test_it_warms_up_for_thirty_minutes_from_the_boot() -> None:
    patient = restarted(after_s=60.0)
    assert str(patient.troubles[-1]) == "warming: warming up, about 29 min left"

    warming_c = 20.0
    while patient.now < 1799:
        patient.waits(10, ambient_c=warming_c)
        warming_c += 0.05

    assert patient.fault() is None
    assert patient.now == pytest.approx(1800, abs=11)


def test_a_daemon_that_starts_hours_later_has_nothing_to_wait_for() -> None:
    assert restarted(after_s=1800.0).fault() is None
    assert restarted(after_s=1.0, warm_up_s=0.0).fault() is None


def test_five_minutes_of_a_steady_ambient_temperature_are_enough() -> None:
    patient = restarted(after_s=10.0)

    patient.waits(298)
    assert patient.fault() is Fault.WARMING
    patient.waits(5)

    assert patient.fault() is None


@pytest.mark.parametrize("learnt", [NotOpened(Fault.ABSENT, "no device"), NOT_READY])
def test_a_part_that_was_without_power_begins_anew(patient: Patient, learnt: Learnt) -> None:
    patient.learn(learnt)
    patient.now += 10.0
    patient.open()
    patient.is_well_for(60)

    assert patient.fault() is Fault.WARMING
    patient.waits(303)
    assert patient.fault() is None


def test_a_part_that_is_plugged_in_after_the_start_begins_anew() -> None:
    patient = Patient()
    patient.learn(NotOpened(Fault.ABSENT, "no device"))
    patient.now += 1.0
    patient.open()
    patient.is_well_for(60)

    assert patient.fault() is Fault.WARMING


def test_another_part_begins_anew(patient: Patient) -> None:
    patient.learn(Opened((0xF852, *CELLS[1:])))

    assert patient.fault() is Fault.WARMING


def test_a_part_that_is_closed_and_opened_by_a_reload_goes_on_as_it_was(patient: Patient) -> None:
    patient.learn(NotOpened(Fault.ABSENT, "no device"))
    patient.now += 10.0
    patient.open()
    patient.is_well_for(60)

    patient.health = opened_again(patient.health, Monotonic(patient.now))
    patient.open()
    patient.is_well_for(60)
    assert patient.fault() is Fault.WARMING
    patient.waits(303)
    assert patient.fault() is None

    patient.health = opened_again(patient.health, Monotonic(patient.now))
    patient.open()
    patient.is_well_for(1)
    assert patient.fault() is None, "it is warm for good"


def test_a_part_that_is_swapped_in_a_reload_begins_anew(patient: Patient) -> None:
    patient.health = opened_again(patient.health, Monotonic(patient.now))
    patient.learn(Opened((0xF852, *CELLS[1:])))

    assert patient.fault() is Fault.WARMING


def test_a_bus_that_fails_says_nothing_of_the_power(patient: Patient) -> None:
    patient.rounds([BUS] * 20)
    patient.learn(NotOpened(Fault.ABSENT, "no device"))
    patient.now += 5.0
    patient.open()
    patient.is_well_for(60)

    assert patient.fault() is None


def test_steady_minutes_that_nobody_saw_do_not_count() -> None:
    patient = restarted(after_s=10.0)
    patient.waits(100)
    patient.rounds([BUS] * 20, each_s=10.0)
    patient.open()
    patient.waits(200)

    assert patient.fault() is Fault.WARMING


# --- rule 1 -----------------------------------------------------------------------------------


def test_the_first_quarter_second_after_power_up_is_no_failure_of_the_bus() -> None:
    patient = restarted(after_s=1.0, warm_up_s=0.0)

    patient.rounds([NOT_READY] * 2)
    patient.is_well_for(1)

    assert patient.troubles == [None]
    assert patient.health.transfers.failed == 0
    assert patient.health.transfers.failures == {Failure.NOT_READY: 2}
