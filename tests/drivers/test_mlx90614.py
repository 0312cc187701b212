"""The driver over the real library; what answers is a bus of bytes written here."""

import errno
import inspect

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
from drivers.mlx90614_words import pec

AMBIENT, OBJECT = 0x06, 0x07
SKIN = bytes((0x67, 0x3C))  # 0x3c67, low byte first: 36.11 C


class WordBus:
    """Answers every word read with the same three bytes, or with the error it is given."""

    def __init__(self, reply: bytes = b"", error: OSError | None = None) -> None:
        self.reply = reply
        self.error = error
        self.written: list[bytes] = []
        self.locked = False
        self.closed = 0

    def try_lock(self) -> bool:
        free, self.locked = not self.locked, True
        return free

    def unlock(self) -> None:
        self.locked = False

    def deinit(self) -> None:
        self.closed += 1

    def writeto(
        self, address: int, buffer: bytes, *, start: int = 0, end: int | None = None
    ) -> None:
        self._talk(address, buffer[start:end])

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        self._talk(address, b"")
        buffer[start:end] = bytes(len(buffer[start:end]))

    def writeto_then_readfrom(
        self,
        address: int,
        buffer_out: bytes,
        buffer_in: bytearray,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
        stop: bool = False,
    ) -> None:
        assert not stop, "a word read is one transfer with a repeated start"
        self._talk(address, buffer_out[out_start:out_end])
        buffer_in[in_start:in_end] = self.reply[: len(buffer_in[in_start:in_end])]

    def _talk(self, address: int, written: bytes) -> None:
        assert self.locked, "a transfer without the lock"
        assert address == 0x5A
        if self.error is not None:
            raise self.error
        if written:
            self.written.append(written)


def reply(word: bytes, register: int = OBJECT) -> bytes:
    """The word with the check sum that the chip would give it."""
    return word + bytes((pec(bytes((0xB4, register, 0xB5)) + word),))


def test_the_check_sum_of_the_data_sheets_example_is_right() -> None:
    assert pec(bytes.fromhex("B4 07 B5 D2 3A")) == 0x30


def test_the_data_sheets_example_is_a_temperature() -> None:
    thermometer = Mlx90614(WordBus(bytes.fromhex("D2 3A 30")))

    assert thermometer.object_c() == pytest.approx(0x3AD2 * 0.02 - 273.15)


def test_object_and_ambient_are_read_from_their_registers_in_one_transfer_each() -> None:
    bus = WordBus(reply(SKIN))
    thermometer = Mlx90614(bus)

    thermometer.object_c()
    bus.reply = reply(SKIN, AMBIENT)
    thermometer.ambient_c()

    assert bus.written == [bytes((OBJECT,)), bytes((AMBIENT,))]


def test_a_right_word_of_the_other_register_is_damage() -> None:
    thermometer = Mlx90614(WordBus(reply(SKIN, AMBIENT)))

    with pytest.raises(ChecksumError):
        thermometer.object_c()


@pytest.mark.parametrize("bit", range(24))
def test_each_single_bit_error_is_an_error_and_never_a_temperature(bit: int) -> None:
    damaged = bytearray(reply(SKIN))
    damaged[bit // 8] ^= 1 << bit % 8
    thermometer = Mlx90614(WordBus(bytes(damaged)))

    with pytest.raises(ChecksumError):
        thermometer.object_c()


def test_a_flagged_word_with_a_right_check_sum_is_a_flag_error() -> None:
    thermometer = Mlx90614(WordBus(reply(bytes((SKIN[0], SKIN[1] | 0x80)))))

    with pytest.raises(SensorFlagError):
        thermometer.object_c()


def test_lines_that_stay_high_are_damage() -> None:
    thermometer = Mlx90614(WordBus(b"\xff\xff\xff"))

    with pytest.raises(ChecksumError):
        thermometer.object_c()


def test_lines_that_stay_low_are_damage() -> None:
    thermometer = Mlx90614(WordBus(b"\x00\x00\x00"))

    with pytest.raises(ChecksumError):
        thermometer.object_c()


@pytest.mark.parametrize("register", [AMBIENT, OBJECT])
def test_the_zero_before_the_first_result_is_not_absolute_zero(register: int) -> None:
    thermometer = Mlx90614(WordBus(reply(b"\x00\x00", register)))

    with pytest.raises(NotReadyError):
        thermometer.ambient_c() if register == AMBIENT else thermometer.object_c()


def test_the_range_begins_where_the_data_sheet_says() -> None:
    assert Mlx90614(WordBus(reply(b"\xad\x27"))).object_c() == pytest.approx(-70.01)
    with pytest.raises(NotReadyError):
        Mlx90614(WordBus(reply(b"\xac\x27"))).object_c()


@pytest.mark.parametrize("number", [errno.EREMOTEIO, errno.ENXIO, errno.EIO, errno.ETIMEDOUT])
def test_a_failed_transfer_is_a_bus_error_whatever_its_number(number: int) -> None:
    bus = WordBus(reply(SKIN))
    thermometer = Mlx90614(bus)
    bus.error = OSError(number, "nack")

    with pytest.raises(BusError):
        thermometer.object_c()

    assert not bus.locked
    bus.error = None
    assert thermometer.object_c() == pytest.approx(36.11, abs=0.01)


def test_nothing_at_the_address_is_an_absent_thermometer_and_a_closed_bus() -> None:
    bus = WordBus(error=OSError(errno.EREMOTEIO, "nack"))

    with pytest.raises(ThermometerAbsent, match="0x5a"):
        Mlx90614(bus)

    assert bus.closed == 1


def test_a_bus_that_is_not_there_is_an_absent_thermometer() -> None:
    with pytest.raises(ThermometerAbsent, match="250"):
        open_bus(250)


def test_closing_closes_the_bus_and_may_be_done_twice() -> None:
    bus = WordBus(reply(SKIN))
    thermometer = Mlx90614(bus)

    thermometer.close()
    thermometer.close()

    assert bus.closed == 2


def test_one_exception_class_covers_all_failures() -> None:
    failures = (ThermometerAbsent, BusError, ChecksumError, SensorFlagError, NotReadyError)
    assert all(issubclass(failure, ThermometerError) for failure in failures)


# --- the private seam of the library --------------------------------------------------------


def test_the_library_reads_both_temperatures_through_the_method_that_is_overridden() -> None:
    class Recording(adafruit_mlx90614.MLX90614):  # type: ignore[misc] # comes without types
        registers: list[int]

        def _read_16(self, register: int) -> int:
            self.registers.append(register)
            return 0x3C67

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
    thermometer = Mlx90614(WordBus(reply(SKIN)))

    with pytest.raises(RuntimeError, match="_read_16"):
        thermometer._checked(lambda: 36.6)
