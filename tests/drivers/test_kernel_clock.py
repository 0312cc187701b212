"""What the kernel says of its clock, with answers as adjtimex(2) gives them."""

import ctypes
import errno
import logging
import time

import pytest

from drivers.kernel_clock import KernelClock, Timex, adjtimex

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


def test_where_the_kernel_may_not_be_asked_nobody_vouches_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A unit with ProtectClock=yes."""

    def forbidden(_timex: Timex) -> int:
        ctypes.set_errno(errno.EPERM)
        return -1

    clock = KernelClock(forbidden)
    with caplog.at_level(logging.WARNING):
        assert not clock.synchronised()
        assert not clock.synchronised()
    (said,) = caplog.records
    assert "Operation not permitted" in said.getMessage()


def test_this_machines_kernel_answers() -> None:
    timex = Timex(modes=0)
    assert adjtimex(timex) in range(6)
    assert timex.maxerror >= 0
    assert KernelClock().synchronised() is (timex.maxerror < 16_000_000)


def test_the_wall_clock_is_the_machines() -> None:
    assert abs(KernelClock().wall() - time.time()) < 60
