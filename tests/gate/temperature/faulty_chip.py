"""An MLX90614 with every fault that a part or its bus can have, and a sampler over it.

All above the bytes is the product: library, driver, retries, health, screening. The clock is the
test's, and there is no thread: a round is a call.
"""

import errno
import os
import random
from collections.abc import Callable

from drivers.mlx90614 import Mlx90614, ThermometerError
from drivers.mlx90614_words import AMBIENT, ERROR_FLAG, OBJECT, reply_of, word_of
from drivers.simulated.mlx90614 import SimulatedI2C, SimulatedMlx90614
from gate.events import Measure
from gate.failures import FAILURES
from gate.model import Monotonic, Ticket, Verdict
from gate.temperature.criteria import ScreeningSettings
from gate.temperature.learnt import Fault
from gate.temperature.sampler import Sampler

SETTLING_S = 0.14

FAULTS = (
    "away",  # nothing acknowledges
    "hangs",  # every transfer times out
    "loose",  # every other transfer fails
    "one bit",  # of each reply is another one
    "garbage",  # three bytes of anything
    "high",  # the lines stay high
    "low",
    "flag",  # the part calls its result wrong
    "no power yet",  # zeros, with a right check sum
    "stuck",
    "hot",  # the part says that it is at 70 C
    "jumps",  # its own temperature changes by 8 C with each reading
    "another part",
)

Decision = tuple[Verdict, float | None]


class FaultyChip(SimulatedMlx90614):
    """`ails` is one of `FAULTS`, or None."""

    def __init__(self, clock: Callable[[], float], seed: int) -> None:
        super().__init__(clock=clock, seed=seed)
        self.ails: str | None = None
        self.honest: set[float] = set()
        """What it has said of the object while nothing ailed it."""
        self._draw = random.Random(seed)  # noqa: S311 - noise, not a secret
        self._count = 0

    def acknowledge(self) -> None:
        if self.ails == "away":
            raise OSError(errno.EREMOTEIO, os.strerror(errno.EREMOTEIO))

    def read(self, command: int) -> bytes:
        self._count += 1
        held = self._last_word
        reply = super().read(command)
        word = int.from_bytes(reply[:2], "little")
        match self.ails:
            case "hangs":
                raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            case "loose" if self._count % 2:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            case "one bit":
                bit = self._draw.randrange(24)
                return bytes(byte ^ (bit // 8 == at) << bit % 8 for at, byte in enumerate(reply))
            case "garbage":
                return self._draw.randbytes(3)
            case "high":
                return b"\xff\xff\xff"
            case "low":
                return b"\x00\x00\x00"
        if command in {AMBIENT, OBJECT}:
            match self.ails:
                case "flag":
                    word |= ERROR_FLAG
                case "no power yet":
                    word = 0
                case "stuck" if command == OBJECT:
                    word = self._last_word = held
                case "hot" if command == AMBIENT:
                    word = word_of(70.0)
                case "jumps" if command == AMBIENT:
                    word += 400 * (self._count % 2)
        if command == OBJECT and self.ails in {None, "loose", "hot", "jumps", "another part"}:
            self.honest.add(round(word * 0.02 - 273.15, 2))
        return reply_of(word, command=command)


class Lane:
    """A person at a time in front of the chip, and the machine's part of the talk."""

    def __init__(self, seed: int = 0) -> None:
        self.now = 1e6
        self.chip = FaultyChip(lambda: self.now, seed)
        self.decisions: list[Decision] = []
        self.lost: list[Fault] = []
        self._works = True
        self._ticket = 0
        self._attempt = 0
        self.sampler = Sampler(
            open_thermometer=lambda: Mlx90614(SimulatedI2C(self.chip)),
            broken=ThermometerError,
            failures=FAILURES,
            record=None,
            variant="DCC",
            settings=ScreeningSettings(),
            sample_every_s=SETTLING_S,
            warm_up_s=0.0,
            try_again_after_s=0.0,
            clock=lambda: Monotonic(self.now),
            on_measured=self._measured,
            on_lost=self._lost,
            on_back=self._back,
            on_crash=_raise,
        )

    def ail(self, fault: str | None) -> None:
        """This fault, from now on."""
        if (fault == "another part") is not (self.chip.cells[0x3C] == 0xBEEF):
            self.chip.cells[0x3C] ^= 0xBEEF ^ 0x4D4C
        self.chip.ails = fault

    def works(self) -> bool:
        """Whether it is not lost."""
        return self._works

    def ask(self, attempt: int = 1) -> None:
        """As the machine does when a pass was taken; a lost thermometer is not asked."""
        if self._works:
            self._ticket, self._attempt = self._ticket + 1, attempt
            self.sampler.measure(Measure(Ticket(self._ticket), attempt, rested=False))

    def goes_round(self, skin_c: float | None) -> Decision | None:
        """One round with this forehead in front; the verdict, where there is one."""
        self.now += SETTLING_S
        if self.chip.skin_c != skin_c:
            self.chip.skin_c = skin_c
        before = len(self.decisions)
        self.sampler.go_round()
        said = self.sampler.latest_c
        assert said is None or self.is_true(said), f"{said} is not what the part has seen"
        if len(self.decisions) == before:
            return None
        assert self._works, "a verdict while it is lost"
        answer = self.decisions[-1]
        if answer[0] in {Verdict.RECHECK, Verdict.REPEAT} and self._attempt < 3:
            self.ask(self._attempt + 1)
        return answer

    def is_true(self, said: float) -> bool:
        """A part that is stuck says again what was true, and a check sum of eight bits lets one in
        256 pass that is nothing but noise.
        """
        return round(said, 2) in self.chip.honest or self.chip.ails in {"stuck", "garbage"}

    def _measured(self, ticket: Ticket, verdict: Verdict, celsius: float | None) -> None:
        assert ticket == self._ticket
        self.decisions.append((verdict, celsius))

    def _lost(self, detail: str) -> None:
        assert self._works, "told once"
        self._works = False
        self.lost.append(Fault(detail.split(":", 1)[0]))
        self.sampler.stop_measuring()

    def _back(self) -> None:
        assert not self._works, "told once"
        self._works = True


def _raise(error: BaseException) -> None:
    raise error
