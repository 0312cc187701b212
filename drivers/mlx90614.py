"""The MLX90614 infra-red thermometer, with every reading checked.

Adafruit's library does the talking and the arithmetic, unmodified. It takes two of the three
bytes of a reply and believes them; of single-bit errors more than half still look like skin. So
a small subclass reads the third byte too, at the one place through which both of the library's
properties go, and a word counts only when the chip's check sum fits and its error flag is clear.

Sections are those of the Melexis data sheet, rev 13. Nothing here writes to the chip: its
EEPROM is part of the factory calibration.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

import adafruit_mlx90614

from drivers.mlx90614_words import ADDRESS, ERROR_FLAG, IDENTITY, LOWEST_WORD, check_byte


class ThermometerError(Exception):
    """There is no temperature; the subclasses say why."""


class ThermometerAbsent(ThermometerError):  # noqa: N818 - a state of affairs, read as a sentence
    """Nothing answers: no such bus, no right to use it, or no chip at the address."""


class BusError(ThermometerError):
    """A transfer failed: no acknowledgement, time-out, arbitration lost."""


class ChecksumError(ThermometerError):
    """The reply was damaged on its way."""


class SensorFlagError(ThermometerError):
    """The chip flags its own result as wrong."""


class NotReadyError(ThermometerError):
    """The word is below the chip's range: it reads zero until 0.25 s after power-up."""


class Bus(Protocol):
    """What of `busio.I2C` is used; `end` arguments are exclusive, None means the whole buffer."""

    def try_lock(self) -> bool:
        """Take the bus if it is free."""

    def unlock(self) -> None:
        """Give the bus back."""

    def deinit(self) -> None:
        """Close the bus."""

    def writeto(
        self, address: int, buffer: bytes, *, start: int = 0, end: int | None = None
    ) -> None:
        """Write, then stop. Raises OSError without an acknowledgement."""

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        """Read, then stop. Raises OSError without an acknowledgement."""

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
        """Write, repeated start, read. Raises OSError without an acknowledgement."""


def open_bus(number: int) -> Bus:
    """The I2C bus `/dev/i2c-<number>`. Raises ThermometerAbsent where there is none to use."""
    # Only here: what it imports looks for a board, and a simulated gate has none.
    from adafruit_extended_bus import ExtendedI2C  # noqa: PLC0415 - see above

    try:
        return cast(Bus, ExtendedI2C(number, frequency=None))  # Linux sets the frequency itself
    except (ValueError, OSError, RuntimeError) as error:
        raise ThermometerAbsent(f"I2C bus {number}: {error}") from error


@dataclass(frozen=True, slots=True)
class Identity:
    """What the part says of itself."""

    cells: tuple[int, ...]
    """The words of the cells `drivers.mlx90614_words.IDENTITY`, in that order."""


class _CheckedMlx90614(adafruit_mlx90614.MLX90614):  # type: ignore[misc] # comes without types
    """The library's class with its one reading method made to check what it read."""

    words_checked = 0

    def word(self, register: int) -> int:
        """A word of RAM or EEPROM whose check sum fits; what its bits mean is for who asks."""
        reply = bytearray(3)
        try:
            with self._device as device:
                device.write_then_readinto(bytes((register,)), reply)
        except OSError as error:  # the number differs between adapters and kernels
            raise BusError(f"register 0x{register:02x}: {error}") from error
        low, high, check = reply
        word = high << 8 | low
        expected = check_byte(word, command=register, address=self._device.device_address)
        if check != expected:
            raise ChecksumError(f"register 0x{register:02x}: {reply.hex(' ')} wants {expected:02x}")
        return word

    def _read_16(self, register: int) -> int:
        word = self.word(register)
        if word & ERROR_FLAG:
            raise SensorFlagError(f"register 0x{register:02x}: error flag in 0x{word:04x}")
        if word < LOWEST_WORD:
            raise NotReadyError(f"register 0x{register:02x}: 0x{word:04x} is no temperature yet")
        self.words_checked += 1
        return word


class Mlx90614:
    """One thermometer on a bus of its own. Not thread-safe: one thread owns it.

    The bus becomes the thermometer's; it is closed with it, and when nothing answers on it.
    Raises ThermometerAbsent (also when a kernel driver holds the address).
    """

    def __init__(self, bus: Bus, address: int = ADDRESS) -> None:
        self._bus = bus
        try:
            self._chip = _CheckedMlx90614(bus, address)
        except (ValueError, OSError) as error:
            bus.deinit()
            raise ThermometerAbsent(f"address 0x{address:02x}: {error}") from error

    def object_c(self) -> float:
        """What the sensor looks at, in degrees Celsius. Raises ThermometerError."""
        return self._checked(lambda: self._chip.object_temperature)

    def ambient_c(self) -> float:
        """The sensor's own temperature, in degrees Celsius. Raises ThermometerError."""
        return self._checked(lambda: self._chip.ambient_temperature)

    def identity(self) -> Identity:
        """Which part this is, and how it is set. Raises ThermometerError."""
        return Identity(tuple(self._chip.word(cell) for cell in IDENTITY))

    def close(self) -> None:
        """Close the bus. Closing twice is fine."""
        self._bus.deinit()

    def _checked(self, read: Callable[[], float]) -> float:
        """The seam is private to the library: a temperature that went round it is a bug."""
        before = self._chip.words_checked
        celsius = read()
        if self._chip.words_checked == before:
            raise RuntimeError("adafruit_mlx90614 no longer reads through _read_16")
        return celsius
