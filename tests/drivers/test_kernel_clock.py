"""What the kernel says of its clock, with answers as adjtimex(2) gives them."""

import ctypes
import errno
import logging
import time
from pathlib import Path

import pytest

from drivers.kernel_clock import FRESH_S, Answer, KernelClock, Timex, adjtimex, write

TIME_OK, TIME_ERROR = 0, 5
STA_PLL, STA_UNSYNC = 0x0001, 0x0040


class Kernel:
    """Answers a question about its clock; `status` lies after the fields that the driver reads."""

    def __init__(self, *, maxerror_us: int, status: int, result: int) -> None:
        self._answer = (maxerror_us, status, result)

    def adjtimex(self, timex: Timex) -> int:
        assert timex.modes == 0, "whoever only asks changes nothing"
        timex.maxerror, status, result = self._answer
        ctypes.memmove(ctypes.addressof(timex) + 40, ctypes.byref(ctypes.c_int(status)), 4)
        return result


@pytest.mark.parametrize(
    ("kernel", "synchronised"),
    [
        pytest.param(Kernel(maxerror_us=0, status=STA_PLL, result=TIME_OK), True, id="just set"),
        pytest.param(Kernel(maxerror_us=15_999_999, status=0, result=TIME_OK), True, id="hours"),
        pytest.param(
            Kernel(maxerror_us=16_000_000, status=STA_UNSYNC, result=TIME_ERROR),
            False,
            id="set by hand, or left alone for nine hours",
        ),
        pytest.param(
            Kernel(maxerror_us=2_000, status=STA_UNSYNC, result=TIME_ERROR),
            True,
            id="kept by a service that leaves the RTC alone",
        ),
    ],
)
def test_the_clock_is_kept_while_its_error_has_a_bound(kernel: Kernel, synchronised: bool) -> None:
    assert KernelClock(kernel.adjtimex).synchronised() is synchronised


def forbidden(_timex: Timex) -> int:
    """A unit with ProtectClock=yes."""
    ctypes.set_errno(errno.EPERM)
    return -1


def now(*, kept: bool = True, ago_s: float = 0.0, set_s: float = 0.0) -> Answer:
    """An answer of `ago_s` seconds ago, after which the clock was set by `set_s`."""
    moment = time.monotonic()
    return Answer(moment - ago_s, time.time() - moment - set_s, kept)


def test_in_the_sandbox_the_answer_of_the_timer_counts_while_it_is_fresh_and_of_this_clock(
    tmp_path: Path,
) -> None:
    file = tmp_path / "answer"
    clock = KernelClock(forbidden, file)

    for answer, synchronised in (
        (now(), True),
        (now(ago_s=120.0), True),
        (now(kept=False), False),
        (now(ago_s=FRESH_S + 1.0), False),
        (now(ago_s=-60.0), False),
        (now(set_s=3600.0), False),
        (now(set_s=-3.0), False),
        (now(), True),
    ):
        write(answer, file)
        assert clock.synchronised() is synchronised, answer


@pytest.mark.parametrize("said", ["", "[]", "{}", '{"asked": "x", "zero": 0}', '{"asked": []}'])
def test_an_answer_that_is_none_vouches_for_nothing(tmp_path: Path, said: str) -> None:
    file = tmp_path / "answer"
    file.write_text(said, encoding="ascii")

    assert not KernelClock(forbidden, file).synchronised()


def test_where_nobody_may_be_asked_nobody_vouches_and_that_is_said_once_until_somebody_may(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "answer"
    clock = KernelClock(forbidden, file)
    with caplog.at_level(logging.WARNING):
        assert not clock.synchronised()
        assert not clock.synchronised()
        write(now(), file)
        assert clock.synchronised()
        write(now(ago_s=FRESH_S + 1.0), file)
        assert not clock.synchronised()
    absent, old = (record.getMessage() for record in caplog.records)
    assert "Operation not permitted" in absent
    assert "gate-clock.timer" in old


def test_a_clock_that_is_set_while_the_kernel_is_asked_is_kept_by_nobody() -> None:
    class Set(KernelClock):
        wall_s, jump_s = 1_000.0, 0.0

        def wall(self) -> float:
            return self.wall_s + self.monotonic()

    def sets(timex: Timex) -> int:
        clock.wall_s += clock.jump_s
        timex.maxerror = 2_000
        return TIME_OK

    clock = Set(sets)
    for jump_s, kept in ((0.0, True), (60.0, False), (-60.0, False)):
        clock.jump_s = jump_s
        assert clock.ask().kept is kept


def test_the_timer_writes_what_the_daemon_reads(tmp_path: Path) -> None:
    file = tmp_path / "answer"

    write(KernelClock(Kernel(maxerror_us=5, status=0, result=TIME_OK).adjtimex).ask(), file)

    assert KernelClock(forbidden, file).synchronised()
    assert [it.name for it in tmp_path.iterdir()] == ["answer"]
    assert not KernelClock(forbidden, file).ask().kept, "no answer becomes new by being repeated"


def test_this_machines_kernel_answers() -> None:
    timex = Timex(modes=0)
    assert adjtimex(timex) in range(6)
    assert timex.maxerror >= 0
    assert KernelClock().synchronised() is (timex.maxerror < 16_000_000)


def test_the_wall_clock_is_the_machines() -> None:
    assert abs(KernelClock().wall() - time.time()) < 60
