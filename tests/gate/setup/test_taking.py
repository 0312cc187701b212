"""What becomes of what is held up: in order, once, and nothing halfway."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gate.durable import Disk
from gate.keys import KeySet
from gate.model import Utc
from gate.setup.taking import Said, Taking
from gate.setup.wifi import Wifi
from gate.timekeeping import ClockState
from tests.gate.setup.codes import FILE, HOUR, KEY, NOON, a_code, keys, large, texts_of

WIFI = b"WIFI:T:WPA;S:Toko;P:rahasia123;;"


@dataclass
class Device:
    """A device that only notes what is done to it."""

    wrong: list[str] = field(default_factory=list)
    breaks: OSError | None = None
    done: list[bytes | Wifi] = field(default_factory=list)

    def apply(self, file: bytes, before: Callable[[], None]) -> list[str]:
        if not self.wrong:
            before()
            self._do(file)
        return self.wrong

    def join(self, wifi: Wifi) -> None:
        self._do(wifi)

    def _do(self, thing: bytes | Wifi) -> None:
        if self.breaks:
            raise self.breaks
        self.done.append(thing)


@dataclass
class Clock:
    """A clock that stands."""

    at: Utc = NOON
    state: ClockState = "ntp"

    def now(self) -> Utc:
        return self.at


@dataclass
class Bench:
    folder: Path
    device: Device = field(default_factory=Device)
    clock: Clock = field(default_factory=Clock)
    disk: Disk = field(default_factory=Disk)
    known: KeySet | None = field(default_factory=lambda: keys(KEY))
    in_service: bool = False

    @property
    def used(self) -> Path:
        return self.folder / "setup-used.json"

    def started(self) -> Taking:
        return Taking(
            device=self.device,
            keys=self.known,
            names={"gate-t01"},
            used=self.used,
            disk=self.disk,
            clock=self.clock,
            in_service=self.in_service,
        )

    def shown(self, *texts: bytes) -> Said:
        """What is said of the last of them."""
        taking = self.started()
        return [taking.take(text) for text in texts][-1]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_signed_code_configures_the_device(bench: Bench) -> None:
    said = bench.shown(*texts_of(a_code()))

    assert said == Said("configured by a set-up code of tech-1", configured=True)
    assert bench.device.done == [FILE]


def test_several_codes_are_taken_one_after_the_other(bench: Bench) -> None:
    first, second, third = texts_of(a_code(file=large(1_700)))

    assert bench.shown(third).text == "set-up code: 1 of 3 parts taken; still to be shown: 1, 2"
    assert bench.shown(third, first, WIFI, second).configured


def test_a_wifi_code_is_stored_and_its_password_told_to_nobody(bench: Bench) -> None:
    said = bench.shown(WIFI)

    assert bench.device.done == [Wifi("Toko", "rahasia123")]
    assert said.text == "Wi-Fi 'Toko' stored; it is joined as soon as it is in reach"
    assert not said.configured


def test_a_code_is_not_taken_twice_whatever_the_clock_says_meanwhile(bench: Bench) -> None:
    texts = texts_of(a_code())
    assert bench.shown(*texts).configured

    for at, state in ((NOON, "ntp"), (Utc(NOON - 10 * HOUR), "rtc"), (NOON, "unsure")):
        bench.clock = Clock(at, state)  # type: ignore[arg-type]  # the states, in a tuple
        said = bench.shown(*texts)
        assert said.text == "NOT TAKEN: the set-up code was used before: make a new one"
        assert bench.device.done == [FILE]


def test_no_clock_goes_back_behind_a_code_that_was_taken(bench: Bench) -> None:
    """Else a card without a clock would take every code it ever could, for ever."""
    older = texts_of(a_code(nonce=b"the older of two"))
    newer = texts_of(a_code(issued_at=Utc(NOON + 2 * HOUR), expires=Utc(NOON + 3 * HOUR)))
    bench.clock = Clock(Utc(NOON - HOUR), "rtc")
    assert bench.shown(*newer).configured

    assert "expired" in bench.shown(*older).text


def test_a_code_made_by_a_clock_years_ahead_does_not_end_all_others(bench: Bench) -> None:
    ahead = Utc(NOON + 9 * 365 * 24 * HOUR)
    bench.clock = Clock(Utc(NOON - HOUR), "unsure")
    wrong = a_code(nonce=b"of a wrong clock", issued_at=ahead, expires=Utc(ahead + HOUR))
    assert bench.shown(*texts_of(wrong)).configured
    assert "expired" in bench.shown(*texts_of(a_code())).text

    bench.clock = Clock(NOON, "ntp")

    assert bench.shown(*texts_of(a_code())).configured
    assert "used before" in bench.shown(*texts_of(wrong)).text


def test_a_code_with_mistakes_in_its_file_is_not_used_up(bench: Bench) -> None:
    bench.device.wrong = ["line 3: no venue", "line 4: no district"]
    said = bench.shown(*texts_of(a_code()))
    assert said.text.endswith("(line 3: no venue; line 4: no district)")
    assert not bench.used.exists()

    bench.device.wrong = []

    assert bench.shown(*texts_of(a_code())).configured


def test_it_counts_as_used_before_it_is_applied(bench: Bench) -> None:
    bench.device.breaks = OSError(28, "No space left on device")

    said = bench.shown(*texts_of(a_code()))

    assert said.text == (
        "NOT TAKEN: the device could not do it ([Errno 28] No space left on device)"
    )
    assert [*json.loads(bench.used.read_bytes())["nonces"]] == [bytes(range(16)).hex()]


def test_a_code_that_cannot_be_noted_as_used_is_not_applied(bench: Bench) -> None:
    class Full(Disk):
        def write(self, path: Path, *_: object, **__: object) -> None:
            raise OSError(28, "No space left on device", str(path))

    bench.disk = Full()

    assert not bench.shown(*texts_of(a_code())).taken
    assert bench.device.done == []


def test_a_list_of_used_codes_that_is_damaged_lets_none_be_taken(bench: Bench) -> None:
    bench.used.write_text("{")

    assert "the list of used codes cannot be read" in bench.shown(*texts_of(a_code())).text
    assert bench.device.done == []


def test_a_device_without_keys_takes_wifi_codes_alone(bench: Bench) -> None:
    bench.known = None

    assert "takes no signed codes" in bench.shown(*texts_of(a_code())).text
    assert bench.shown(WIFI).taken


def test_an_expired_code_says_so(bench: Bench) -> None:
    bench.clock = Clock(Utc(NOON + 2 * HOUR))

    said = bench.shown(*texts_of(a_code()))

    assert said.text == "NOT TAKEN: the set-up code has expired: make a new one (1 h ago)"


def test_what_is_no_code_of_ours_is_neither_taken_nor_quoted(bench: Bench) -> None:
    said = bench.shown(b"https://example.org/secret")

    assert not said.taken
    assert "secret" not in said.text


def test_a_gate_in_service_takes_nothing_unsigned_and_nothing_by_a_clock_that_may_be_wrong(
    bench: Bench,
) -> None:
    bench.in_service = True

    assert "takes signed codes only" in bench.shown(WIFI).text
    bench.clock = Clock(NOON, "unsure")
    assert "the clock is unsure" in bench.shown(*texts_of(a_code())).text
    assert bench.device.done == []
    bench.clock = Clock(NOON, "rtc")
    assert bench.shown(*texts_of(a_code())).configured
