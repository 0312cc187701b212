"""An MLX90614 that answers bytes, and the bus it hangs on.

It sits below the real driver and the real library: what they get are the three bytes of a reply,
right or damaged. `SimulatedI2C` has the part of `busio.I2C` that the library uses.
"""

import errno
import math
import random
import threading
from collections.abc import Callable
from typing import Literal

from drivers.mlx90614_words import ADDRESS, AMBIENT, ERROR_FLAG, OBJECT, reply_of, word_of

Fault = Literal["nack", "checksum", "flag", "stuck", "power_up", "hang"]
"""No acknowledgement; a bit of the check sum turned; the chip flags its result; the same object
word again and again; words of zero, as before the first result after power-up; the clock line held
low, and a transfer that begins then ends when it is let go (the kernel of a Pi gives up before)."""

EEPROM = {
    0x24: 0xFFFF,  # emissivity 1.0
    0x25: 0xB7D4,  # filters and gain
    0x2E: 0xBE5A,  # address in the low byte
    0x2F: 0x0000,  # emissivity calibration
    0x3C: 0x4D4C,  # ID, four words
    0x3D: 0x5839,
    0x3E: 0x3036,
    0x3F: 0x3134,
}


SKIN_EMISSIVITY = 0.98


class SimulatedMlx90614:
    """The chip, with something in front of it. Thread-safe: set its attributes from anywhere.

    A new target is approached exponentially, 95 % of the way in one settling time, and noise
    passes through the same filter: readings closer together than a settling time resemble each
    other; `noise_lasts_s` is the time constant of the noise where it is to be another one (0:
    white). The default settling and noise are those of the xCC parts (DCC among them). Like the
    real one it takes all that it sees for black: skin, which mirrors some of the room, reads low.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        address: int = ADDRESS,
        ambient_c: float = 27.0,
        settling_s: float = 0.14,
        sigma_c: float = 0.18,
        noise_lasts_s: float | None = None,
        seed: int = 0,
    ) -> None:
        self.address = address
        self.cells = dict(EEPROM)
        """Its EEPROM, as the factory left it; another part has other words."""
        self.gain = 1.0
        self.offset_c = 0.0
        """How wrong it is where it is: it says gain x right + offset_c of what it looks at."""
        self._fault: Fault | None = None
        self._let_go = threading.Event()
        self._let_go.set()
        self._clock = clock
        self._time_constant_s = settling_s / 3
        self._noise_lasts_s = self._time_constant_s if noise_lasts_s is None else noise_lasts_s
        self._sigma_c = sigma_c
        self._random = random.Random(seed)  # noqa: S311 - noise, not a secret
        self._lock = threading.Lock()
        self._skin_c: float | None = None
        self._emissivity = 1.0
        self._ambient_c = ambient_c
        self._seen_c = ambient_c
        self._noise_c = self._random.gauss(0.0, sigma_c)
        self._at = clock()
        self._last_word = word_of(ambient_c)

    @property
    def fault(self) -> Fault | None:
        """What is wrong with the chip; None: nothing."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._fault = fault
        if fault == "hang":
            self._let_go.clear()
        else:
            self._let_go.set()

    @property
    def skin_c(self) -> float | None:
        """What is in front, degrees Celsius; None: nobody, the view shows the room."""
        return self._skin_c

    @skin_c.setter
    def skin_c(self, celsius: float | None) -> None:
        self.show(celsius)

    def show(self, celsius: float | None, *, emissivity: float = SKIN_EMISSIVITY) -> None:
        """Fill the view with something of this temperature: a forehead, or a black body (1.0)."""
        with self._lock:
            self._advance()
            self._skin_c, self._emissivity = celsius, emissivity

    @property
    def ambient_c(self) -> float:
        """The room and the chip itself, degrees Celsius."""
        return self._ambient_c

    @ambient_c.setter
    def ambient_c(self, celsius: float) -> None:
        with self._lock:
            self._advance()
            self._ambient_c = celsius

    def read(self, command: int) -> bytes:
        """The reply to a word read: low byte, high byte, PEC. Raises OSError when there is none."""
        self.acknowledge()
        with self._lock:
            reply = bytearray(
                reply_of(self._answer(command), command=command, address=self.address)
            )
            reply[2] ^= self.fault == "checksum"
            return bytes(reply)

    def acknowledge(self) -> None:
        """What the chip does when it is addressed. Raises OSError with the fault `nack`."""
        self._let_go.wait()
        if self.fault == "nack":
            raise OSError(errno.EREMOTEIO, "no acknowledgement (simulated)")

    def _answer(self, command: int) -> int:
        if command in self.cells:
            return self.cells[command]
        if command not in {AMBIENT, OBJECT}:
            raise OSError(errno.EREMOTEIO, f"command 0x{command:02x} is not simulated")
        if self.fault == "power_up":
            return 0
        if command == AMBIENT:
            word = word_of(self._ambient_c)
        elif self.fault == "stuck":
            word = self._last_word
        else:
            self._advance()
            word = self._last_word = word_of(
                self.gain * self._seen_c + self.offset_c + self._noise_c
            )
        return word | ERROR_FLAG if self.fault == "flag" else word

    def _advance(self) -> None:
        """Bring the filter up to now (an Ornstein-Uhlenbeck step, exact for any interval)."""
        now = self._clock()
        passed_s = now - self._at
        if passed_s <= 0:  # one moment has one reading
            return
        target = self._ambient_c
        if self._skin_c is not None:
            target = seen_c(self._skin_c, self._ambient_c, self._emissivity)
        self._seen_c = target + (self._seen_c - target) * math.exp(
            -passed_s / self._time_constant_s
        )
        kept = math.exp(-passed_s / self._noise_lasts_s) if self._noise_lasts_s else 0.0
        fresh = self._sigma_c * math.sqrt(1 - kept * kept)
        self._noise_c = self._noise_c * kept + self._random.gauss(0.0, fresh)
        self._at = now


class SimulatedI2C:
    """A bus with that chip on it; no other address answers. One opening: closed, it stays closed.

    Thread-safe as far as the real one is: whoever holds the lock has the bus.
    """

    def __init__(self, chip: SimulatedMlx90614) -> None:
        self._chip = chip
        self._lock = threading.Lock()
        self._open = True

    def try_lock(self) -> bool:
        """Take the bus if it is free."""
        return self._lock.acquire(blocking=False)

    def unlock(self) -> None:
        """Give the bus back."""
        self._lock.release()

    def deinit(self) -> None:
        """Close; a transfer after this is a bug of the caller."""
        self._open = False

    def writeto(
        self, address: int, buffer: bytes, *, start: int = 0, end: int | None = None
    ) -> None:
        """A probe or a lone command. More would be a write to the EEPROM, which nobody does."""
        self._address(address)
        if len(buffer[start:end]) > 1:
            raise AssertionError("the calibration of the chip is never written")

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        """The chip has no read without a command: the lines stay high."""
        self._address(address)
        end = len(buffer) if end is None else end
        buffer[start:end] = b"\xff" * (end - start)

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
        stop: bool = False,  # noqa: ARG002 - busio has it; a word read is one transfer here
    ) -> None:
        """A word read; bytes after the third read as high lines."""
        self._address(address)
        (command,) = buffer_out[out_start:out_end]
        in_end = len(buffer_in) if in_end is None else in_end
        wanted = in_end - in_start
        buffer_in[in_start:in_end] = self._chip.read(command).ljust(wanted, b"\xff")[:wanted]

    def _address(self, address: int) -> None:
        if not self._open:
            raise AssertionError("the bus has been closed")
        if address != self._chip.address:
            raise OSError(errno.ENXIO, f"nothing at 0x{address:02x} (simulated)")
        self._chip.acknowledge()


def seen_c(own_c: float, room_c: float, emissivity: float = SKIN_EMISSIVITY) -> float:
    """What something looks like to a part that takes it for black: it mirrors the room, too."""
    own, mirrored = (own_c + 273.15) ** 4, (room_c + 273.15) ** 4
    return float((emissivity * own + (1 - emissivity) * mirrored) ** 0.25) - 273.15
