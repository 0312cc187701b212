"""What the driver promises, over a fake bus and over the system calls of the real stack.

On both wires all above them is the product's: the driver and the real library, and on the
kernel's also Blinka and PureIO (`mlx90614_wires`).
"""

import errno
import inspect
from collections.abc import Callable, Iterator

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
    open_bus,
)
from drivers.mlx90614_words import (
    AMBIENT,
    ERROR_FLAG,
    IDENTITY,
    LOWEST_WORD,
    OBJECT,
    pec,
    reply_of,
    word_of,
)
from drivers.simulated.mlx90614 import EEPROM
from gate.failures import FAILURES
from gate.model import Monotonic
from gate.temperature.commissioning import CELLS
from gate.temperature.criteria import ScreeningSettings
from gate.temperature.learnt import Fault
from gate.temperature.sampler import Sampler
from tests.drivers.mlx90614_wires import FakeWire, KernelWire, Thermometer, Wire, WordBus

SKIN = 0x3C67
"""36.11 C."""

READS: dict[int, Callable[[Thermometer], float]] = {
    AMBIENT: lambda thermometer: thermometer.ambient_c(),
    OBJECT: lambda thermometer: thermometer.object_c(),
}

NACKS = [errno.EREMOTEIO, errno.ENXIO, errno.ETIMEDOUT, errno.EIO]
"""What kernels and adapters call a transfer that nobody answers, or that never ends."""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelWire]:
    with KernelWire(tmp_path_factory.mktemp("umockdev")) as wire:
        yield wire


@pytest.fixture
def fake() -> FakeWire:
    return FakeWire()


@pytest.fixture(params=["fake", "kernel"])
def wire(request: pytest.FixtureRequest) -> Wire:
    wire: Wire = request.getfixturevalue(request.param)
    wire.fails(0)
    wire.replies(reply_of(SKIN, command=OBJECT))
    wire.commands()
    return wire


def test_the_check_sum_of_the_data_sheets_example_is_right() -> None:
    assert pec(bytes.fromhex("B4 07 B5 D2 3A")) == 0x30


def test_the_data_sheets_example_is_a_temperature(wire: Wire) -> None:
    wire.replies(bytes.fromhex("D2 3A 30"))

    assert wire.open().object_c() == pytest.approx(0x3AD2 * 0.02 - 273.15)


def test_object_and_ambient_are_read_from_their_registers(wire: Wire) -> None:
    thermometer = wire.open()

    thermometer.object_c()
    wire.replies(reply_of(SKIN, command=AMBIENT))
    thermometer.ambient_c()

    assert wire.commands() == [OBJECT, AMBIENT]


def test_a_right_word_of_the_other_register_is_damage(wire: Wire) -> None:
    wire.replies(reply_of(SKIN, command=AMBIENT))

    with pytest.raises(ChecksumError):
        wire.open().object_c()


@pytest.mark.parametrize("command", READS)
@pytest.mark.parametrize("word", [SKIN, word_of(37.5), word_of(27.0), LOWEST_WORD, 0x7FFF])
def test_each_single_bit_error_is_an_error_and_never_a_temperature(
    wire: Wire, word: int, command: int
) -> None:
    right = reply_of(word, command=command)
    thermometer = wire.open()

    for bit in range(24):
        damaged = bytearray(right)
        damaged[bit // 8] ^= 1 << bit % 8
        wire.replies(damaged)
        with pytest.raises(ChecksumError):
            READS[command](thermometer)

    wire.replies(right)
    assert READS[command](thermometer) == pytest.approx(word * 0.02 - 273.15)


@pytest.mark.parametrize("command", READS)
def test_a_flagged_word_with_a_right_check_sum_is_a_flag_error(wire: Wire, command: int) -> None:
    wire.replies(reply_of(SKIN | ERROR_FLAG, command=command))

    with pytest.raises(SensorFlagError):
        READS[command](wire.open())


@pytest.mark.parametrize("stuck", [b"\xff\xff\xff", b"\x00\x00\x00"])
def test_lines_that_stay_high_or_low_are_damage_whatever_is_read(wire: Wire, stuck: bytes) -> None:
    thermometer = wire.open()
    wire.replies(stuck)

    for read in READS.values():
        with pytest.raises(ChecksumError):
            read(thermometer)
    with pytest.raises(ChecksumError):
        thermometer.identity()
    for cell in IDENTITY:
        word = int.from_bytes(stuck[:2], "little")
        assert reply_of(word, command=cell) != stuck, "a cell cannot look like this by chance"


@pytest.mark.parametrize("command", READS)
def test_the_zero_before_the_first_result_is_not_absolute_zero(wire: Wire, command: int) -> None:
    wire.replies(reply_of(0, command=command))

    with pytest.raises(NotReadyError):
        READS[command](wire.open())


def test_the_range_begins_where_the_data_sheet_says(wire: Wire) -> None:
    wire.replies(reply_of(LOWEST_WORD, command=OBJECT))
    assert wire.open().object_c() == pytest.approx(-70.01)

    wire.replies(reply_of(LOWEST_WORD - 1, command=OBJECT))
    with pytest.raises(NotReadyError):
        wire.open().object_c()


@pytest.mark.parametrize("number", NACKS)
def test_a_failed_transfer_is_a_bus_error_whatever_its_number(wire: Wire, number: int) -> None:
    thermometer = wire.open()
    wire.fails(number)

    for read in (thermometer.object_c, thermometer.ambient_c, thermometer.identity):
        with pytest.raises(BusError, match=f"Errno {number}"):
            read()

    wire.fails(0)
    assert thermometer.object_c() == pytest.approx(36.11, abs=0.01)


@pytest.mark.parametrize("number", [*NACKS, errno.EBUSY])
def test_nothing_at_the_address_or_a_kernel_driver_there_is_an_absent_thermometer(
    wire: Wire, number: int
) -> None:
    wire.fails(number)

    with pytest.raises(ThermometerAbsent, match="0x5a"):
        wire.open()


@pytest.mark.parametrize("word", [0xFFFF, 0x0000, 0x8001])
def test_a_cell_is_a_word_like_any_other_and_bit_15_is_no_flag(wire: Wire, word: int) -> None:
    wire.replies(reply_of(word, command=IDENTITY[0]))

    # The next cell's check sum is another one: each is read, and each is checked.
    with pytest.raises(ChecksumError, match="0x25"):
        wire.open().identity()

    assert wire.commands() == [*IDENTITY[:2]]


def test_closing_closes_the_bus_and_may_be_done_twice(wire: Wire) -> None:
    thermometer = wire.open()

    thermometer.close()
    thermometer.close()

    assert wire.open().object_c() == pytest.approx(36.11, abs=0.01)


# --- the fake bus alone -----------------------------------------------------------------------


def test_the_lock_of_the_bus_is_given_back_whatever_happens(fake: FakeWire) -> None:
    thermometer = fake.open()
    fake.fails(errno.EIO)

    with pytest.raises(BusError):
        thermometer.object_c()

    assert not fake.bus.locked


def test_an_absent_thermometer_leaves_a_closed_bus(fake: FakeWire) -> None:
    fake.fails(errno.ENXIO)

    with pytest.raises(ThermometerAbsent):
        fake.open()

    assert fake.bus.closed == 1


def test_a_bus_that_is_not_there_is_an_absent_thermometer() -> None:
    with pytest.raises(ThermometerAbsent, match="250"):
        open_bus(250)


def test_one_exception_class_covers_all_failures() -> None:
    failures = (ThermometerAbsent, BusError, ChecksumError, SensorFlagError, NotReadyError)
    assert all(issubclass(failure, ThermometerError) for failure in failures)


# --- the real stack, down to its system calls -------------------------------------------------


def test_a_word_read_is_one_i2c_rdwr_of_two_messages_and_three_bytes(kernel: KernelWire) -> None:
    kernel.fails(0)
    kernel.replies(reply_of(SKIN, command=OBJECT))
    thermometer = kernel.open()
    kernel.transfers()

    thermometer.object_c()

    write, read = (0x5A, 0, "07"), (0x5A, 1, "3 bytes")
    assert kernel.transfers() == [[write, read]]


def test_opening_writes_no_byte_to_the_part(kernel: KernelWire) -> None:
    kernel.fails(0)
    kernel.transfers()

    kernel.open()

    assert kernel.transfers() == [[(0x5A, 0, "")]]


def test_the_simulated_chip_is_the_same_part_there(kernel: KernelWire) -> None:
    kernel.fails(0)
    kernel.is_simulated(ambient_c=31.0)
    thermometer = kernel.open()

    assert thermometer.ambient_c() == pytest.approx(31.0, abs=0.02)
    assert thermometer.identity().cells == tuple(EEPROM[cell] for cell in IDENTITY)
    assert IDENTITY == CELLS, "the driver reads what the record of a commissioning has"
    for fault, error in (("checksum", ChecksumError), ("flag", SensorFlagError)):
        kernel.is_simulated(fault=fault)
        with pytest.raises(error):
            thermometer.object_c()
    kernel.is_simulated(fault=None)


def test_an_adapter_that_vanishes_is_lost_and_one_that_returns_is_back(kernel: KernelWire) -> None:
    kernel.fails(0)
    kernel.is_simulated(ambient_c=27.0)
    now, told = [1e6], []
    sampler = Sampler(
        open_thermometer=kernel.open,
        broken=ThermometerError,
        failures=FAILURES,
        record=None,
        variant="DCC",
        settings=ScreeningSettings(),
        sample_every_s=0.14,
        warm_up_s=0.0,
        clock=lambda: Monotonic(now[0]),
        on_measured=lambda *_: told.append("measured"),
        on_lost=told.append,
        on_back=lambda: told.append("back"),
        on_crash=lambda error: told.append(repr(error)),
    )

    def rounds(times: int) -> None:
        for _ in range(times):
            now[0] += 0.14
            sampler.go_round()

    rounds(20)
    assert told == []
    assert sampler.latest_c is not None
    assert 26 < sampler.latest_c < 32, "it comes down from the room of the test before"

    kernel.plug(plugged=False)
    rounds(30)
    (lost,) = told
    assert lost.startswith("bus: of the last")
    assert "[Errno 19]" in lost
    trouble = sampler.condition.trouble
    assert trouble
    assert str(trouble) == "absent: I2C bus 1: No device found for /dev/i2c-1"
    assert trouble.fault is Fault.ABSENT

    kernel.plug(plugged=True)
    rounds(60)
    assert told == [lost, "back"]


# --- the private seam of the library --------------------------------------------------------


def test_the_library_reads_both_temperatures_through_the_method_that_is_overridden() -> None:
    class Recording(adafruit_mlx90614.MLX90614):  # type: ignore[misc] # comes without types
        registers: list[int]

        def _read_16(self, register: int) -> int:
            self.registers.append(register)
            return SKIN

    chip = Recording(WordBus())
    chip.registers = []

    temperatures = [chip.ambient_temperature, chip.object_temperature]

    assert chip.registers == [AMBIENT, OBJECT]
    assert temperatures == pytest.approx([36.11, 36.11], abs=0.01)


def test_the_librarys_own_method_and_device_are_as_the_override_expects() -> None:
    method = adafruit_mlx90614.MLX90614._read_16
    chip = adafruit_mlx90614.MLX90614(WordBus())

    assert list(inspect.signature(method).parameters) == ["self", "register"]
    assert chip._device.device_address == 0x5A


def test_a_temperature_that_went_round_the_check_is_a_bug() -> None:
    thermometer = Mlx90614(WordBus(reply_of(SKIN, command=OBJECT)))

    with pytest.raises(RuntimeError, match="_read_16"):
        thermometer._checked(lambda: 36.6)
