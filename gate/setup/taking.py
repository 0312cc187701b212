"""Takes what is held up in front of the camera, and says what became of it.

The order of a signed code: its signature, its time, its mistakes; then it counts as used; then it
is applied. So a mistake in the file costs nobody a code, and no code is applied twice.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, assert_never

from gate.durable import Disk
from gate.keys import KeySet
from gate.model import Utc
from gate.setup import used as used_codes
from gate.setup.code import (
    Code,
    Rejected,
    SetupCode,
    is_ours,
    read_code,
    read_part,
    untimely,
)
from gate.setup.parts import Heap, Missing, collect
from gate.setup.used import Used, UsedError
from gate.setup.wifi import Wifi, is_wifi, read_wifi
from gate.setup.wording import refused, wanting
from gate.timekeeping import ClockState


class Device(Protocol):
    """What set-up does to a device."""

    def apply(self, file: bytes, before: Callable[[], None]) -> Collection[str]:
        """Configure the device by a small file, or say all that is wrong with it.

        `before` is called once nothing is wrong, and before anything is changed; what it raises
        ends this with nothing changed. Raises OSError where the device could not do it.
        """

    def join(self, wifi: Wifi) -> None:
        """Store a network and join it. Raises OSError."""


class Clock(Protocol):
    """The device's time (`gate.clock.Timekeeper`)."""

    @property
    def state(self) -> ClockState:
        """Whether somebody vouches for it."""

    def now(self) -> Utc:
        """The time."""


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a text."""

    text: str
    taken: bool = True
    configured: bool = False
    """The device has a configuration now."""


def read_used(path: Path) -> Used:
    """The list of codes that were taken; empty where there is none. Raises `UsedError`."""
    try:
        return used_codes.read(path.read_bytes())
    except FileNotFoundError:
        return Used()
    except OSError as error:
        raise UsedError(f"{path}: {error.strerror}") from error


class Taking:
    """One device in front of which codes are held up.

    `keys` are those that set-up codes are signed with; None where it takes none. `names` are its
    serial number and its host name. `used` is the file of codes that were taken. `in_service`: it
    has a configuration, so nothing unsigned is taken, and nothing by a clock that may be wrong.
    """

    def __init__(
        self,
        *,
        device: Device,
        keys: KeySet | None,
        names: Collection[str],
        used: Path,
        disk: Disk,
        clock: Clock,
        in_service: bool = False,
    ) -> None:
        self._device = device
        self._keys = keys
        self._names = names
        self._used = used
        self._disk = disk
        self._clock = clock
        self._in_service = in_service
        self._heap = Heap()

    def take(self, text: bytes) -> Said:
        """Take what was held up, if it is to be taken. Nothing is raised for any text."""
        return _said(self._taken(text))

    def take_message(self, message: bytes) -> Said:
        """The same for a message that somebody else has put together (`gate.setup.handing`)."""
        return _said(self._configure(message))

    def _taken(self, text: bytes) -> Missing | Wifi | SetupCode | Rejected:
        if is_wifi(text):
            return self._join(text)
        if not is_ours(text):
            return Rejected(Code.FOREIGN)
        part = read_part(text)
        if isinstance(part, Rejected):
            return part
        self._heap, whole = collect(self._heap, part)
        return self._configure(whole) if isinstance(whole, bytes) else whole

    def _join(self, text: bytes) -> Wifi | Rejected:
        if self._in_service:
            return Rejected(Code.UNSIGNED)
        wifi = read_wifi(text)
        if isinstance(wifi, Rejected):
            return wifi
        try:
            self._device.join(wifi)
        except OSError as error:
            return Rejected(Code.FAILED, str(error))
        return wifi

    def _configure(self, message: bytes) -> SetupCode | Rejected:
        state, now = self._clock.state, self._clock.now()
        if self._in_service and state == "unsure":
            return Rejected(Code.CLOCK_UNSURE)
        try:
            used = read_used(self._used)
        except UsedError as error:
            return Rejected(Code.LIST_UNREADABLE, str(error))
        # Of a clock that somebody vouches for nothing is better known: not even by a code that was
        # made by a clock years ahead, which would let none be taken any more.
        vouched = state == "ntp"
        now = now if vouched else max(now, used.newest)
        code = read_code(message, keys=self._keys, now=now, vouched=vouched)
        if isinstance(code, Rejected):
            return code
        known = used.knows(code)
        if late := untimely(code, now=now, vouched=vouched, used=known, names=self._names):
            return late
        try:
            wrong = self._device.apply(code.file, before=lambda: self._note(used, code))
        except OSError as error:
            return Rejected(Code.FAILED, str(error))
        return Rejected(Code.BAD_FILE, "; ".join(wrong)) if wrong else code

    def _note(self, used: Used, code: SetupCode) -> None:
        """From now on, whatever happens, this code is a used one."""
        noted = used_codes.written(used_codes.after(used, code))
        self._disk.make_folder(self._used.parent)
        self._disk.write(self._used, noted, 0o600)


def _said(done: Missing | Wifi | SetupCode | Rejected) -> Said:
    match done:
        case Rejected():
            return Said(refused(done), taken=False)
        case Missing():
            return Said(wanting(done))
        case Wifi(ssid=ssid):
            return Said(f"Wi-Fi {ssid!r} stored; it is joined as soon as it is in reach")
        case SetupCode(by=by):
            return Said(f"configured by a set-up code of {by}", configured=True)
        case _:
            assert_never(done)
