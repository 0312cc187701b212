"""The simulated chip, seen through the real library and the real driver."""

from itertools import pairwise
from statistics import fmean, stdev

import adafruit_mlx90614
import pytest

from drivers.mlx90614 import (
    BusError,
    ChecksumError,
    Mlx90614,
    NotReadyError,
    SensorFlagError,
    ThermometerAbsent,
    ThermometerError,
)
from drivers.mlx90614_words import pec
from drivers.simulated.mlx90614 import EEPROM, Fault, SimulatedI2C, SimulatedMlx90614


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def chip(clock: Clock) -> SimulatedMlx90614:
    return SimulatedMlx90614(clock=clock, ambient_c=27.0, seed=1)


def read_every(thermometer: Mlx90614, clock: Clock, interval_s: float, times: int) -> list[float]:
    readings = []
    for _ in range(times):
        clock.now_s += interval_s
        readings.append(thermometer.object_c())
    return readings


def test_the_noise_is_that_of_the_part_and_centred_on_what_is_seen(
    chip: SimulatedMlx90614, clock: Clock
) -> None:
    thermometer = Mlx90614(SimulatedI2C(chip))
    chip.show(36.5, emissivity=1.0)
    clock.now_s = 5.0

    readings = read_every(thermometer, clock, 0.14, 2000)

    assert fmean(readings) == pytest.approx(36.5, abs=0.02)
    assert stdev(readings) == pytest.approx(0.18, abs=0.02)


def test_readings_closer_together_than_a_settling_time_resemble_each_other(
    chip: SimulatedMlx90614, clock: Clock
) -> None:
    thermometer = Mlx90614(SimulatedI2C(chip))

    readings = read_every(thermometer, clock, 0.14 / 20, 2000)

    steps = [after - before for before, after in pairwise(readings)]
    assert stdev(steps) < stdev(readings) * 0.7  # independent ones: 1.41


def test_a_forehead_mirrors_the_room_and_reads_low(clock: Clock) -> None:
    chip = SimulatedMlx90614(clock=clock, ambient_c=27.0, sigma_c=0.0)
    chip.skin_c = 36.3
    clock.now_s = 5.0

    assert Mlx90614(SimulatedI2C(chip)).object_c() == pytest.approx(36.12, abs=0.02)


def test_white_noise_remembers_nothing(clock: Clock) -> None:
    chip = SimulatedMlx90614(clock=clock, noise_lasts_s=0.0, seed=1)

    readings = read_every(Mlx90614(SimulatedI2C(chip)), clock, 0.14 / 20, 2000)

    steps = [after - before for before, after in pairwise(readings)]
    assert stdev(readings) == pytest.approx(0.18, abs=0.02)
    assert stdev(steps) == pytest.approx(stdev(readings) * 1.41, rel=0.05)


def test_at_one_moment_there_is_one_reading(chip: SimulatedMlx90614) -> None:
    thermometer = Mlx90614(SimulatedI2C(chip))

    assert thermometer.object_c() == thermometer.object_c()


def test_a_settling_time_after_somebody_came_95_percent_of_the_way_are_done(clock: Clock) -> None:
    chip = SimulatedMlx90614(clock=clock, ambient_c=27.0, sigma_c=0.0)
    thermometer = Mlx90614(SimulatedI2C(chip))
    clock.now_s = 3.0

    chip.show(37.0, emissivity=1.0)
    arriving = read_every(thermometer, clock, 0.14, 4)
    chip.skin_c = None
    leaving = read_every(thermometer, clock, 0.14, 4)

    assert arriving[0] == pytest.approx(36.5, abs=0.02)
    assert arriving[-1] == pytest.approx(37.0, abs=0.02)
    assert leaving[0] == pytest.approx(27.5, abs=0.02)
    assert leaving[-1] == pytest.approx(27.0, abs=0.02)


def test_the_room_changes_both_temperatures_while_nobody_is_there(clock: Clock) -> None:
    chip = SimulatedMlx90614(clock=clock, sigma_c=0.0)
    thermometer = Mlx90614(SimulatedI2C(chip))

    chip.ambient_c = 31.0
    clock.now_s = 3.0

    assert thermometer.ambient_c() == pytest.approx(31.0, abs=0.02)
    assert thermometer.object_c() == pytest.approx(31.0, abs=0.02)


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        ("nack", BusError),
        ("checksum", ChecksumError),
        ("flag", SensorFlagError),
        ("power_up", NotReadyError),
    ],
)
def test_a_fault_is_an_error_of_the_driver_until_it_is_cleared(
    chip: SimulatedMlx90614, fault: Fault, failure: type[ThermometerError]
) -> None:
    thermometer = Mlx90614(SimulatedI2C(chip))

    chip.fault = fault
    for read in (thermometer.object_c, thermometer.ambient_c):
        with pytest.raises(failure):
            read()

    chip.fault = None
    assert thermometer.object_c() == pytest.approx(27.0, abs=1.0)


def test_a_stuck_chip_gives_the_same_object_for_ever(chip: SimulatedMlx90614, clock: Clock) -> None:
    thermometer = Mlx90614(SimulatedI2C(chip))
    (before,) = read_every(thermometer, clock, 0.14, 1)
    chip.fault = "stuck"
    chip.skin_c = 36.5

    assert read_every(thermometer, clock, 0.14, 50) == [before] * 50


def test_a_chip_that_does_not_acknowledge_is_absent(chip: SimulatedMlx90614) -> None:
    chip.fault = "nack"

    with pytest.raises(ThermometerAbsent):
        Mlx90614(SimulatedI2C(chip))


def test_the_chip_answers_at_its_address_and_at_no_other(clock: Clock) -> None:
    chip = SimulatedMlx90614(clock=clock, address=0x5B)

    assert Mlx90614(SimulatedI2C(chip), address=0x5B).object_c() == pytest.approx(27.0, abs=1.0)
    with pytest.raises(ThermometerAbsent):
        Mlx90614(SimulatedI2C(chip))


@pytest.mark.parametrize("command", EEPROM)
def test_the_cells_that_identify_the_sensor_can_be_read(
    chip: SimulatedMlx90614, command: int
) -> None:
    reply = chip.read(command)

    assert int.from_bytes(reply[:2], "little") == EEPROM[command]
    assert pec(bytes((0xB4, command, 0xB5)) + reply) == 0  # a CRC over itself


def test_an_unknown_command_is_not_answered(chip: SimulatedMlx90614) -> None:
    with pytest.raises(OSError, match="0x42"):
        chip.read(0x42)


def test_a_write_to_the_calibration_is_a_bug(chip: SimulatedMlx90614) -> None:
    with pytest.raises(AssertionError):
        SimulatedI2C(chip).writeto(0x5A, bytes((0x24, 0xFF, 0xFF, 0x00)))


def test_a_closed_bus_stays_closed_and_the_chip_can_be_opened_again(
    chip: SimulatedMlx90614,
) -> None:
    thermometer = Mlx90614(SimulatedI2C(chip))
    thermometer.close()

    with pytest.raises(AssertionError):
        thermometer.object_c()

    assert Mlx90614(SimulatedI2C(chip)).object_c() == pytest.approx(27.0, abs=1.0)


def test_the_bus_has_one_holder_at_a_time(chip: SimulatedMlx90614) -> None:
    bus = SimulatedI2C(chip)

    assert bus.try_lock()
    assert not bus.try_lock()
    bus.unlock()
    assert bus.try_lock()


def test_the_unmodified_library_believes_a_flagged_word(chip: SimulatedMlx90614) -> None:
    """Why the driver has a subclass: the library by itself."""
    library = adafruit_mlx90614.MLX90614(SimulatedI2C(chip))

    chip.fault = "flag"

    assert library.object_temperature > 600
