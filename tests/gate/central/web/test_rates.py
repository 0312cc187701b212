"""How often somebody may ask."""

from hypothesis import given
from hypothesis import strategies as st

from gate.central.web.rates import MOST_KNOWN, Rate, neighbourhood
from gate.model import Monotonic


def test_a_burst_and_then_one_every_so_often() -> None:
    rate = Rate(burst=3, every_s=10.0)

    assert [rate.wait_s("a", Monotonic(100.0)) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert rate.wait_s("a", Monotonic(100.0)) == 10.0
    assert rate.wait_s("a", Monotonic(109.0)) == 1.0
    assert rate.wait_s("a", Monotonic(110.0)) == 0.0
    assert rate.wait_s("a", Monotonic(110.0)) == 10.0


def test_one_does_not_use_up_what_another_may() -> None:
    rate = Rate(burst=1, every_s=10.0)
    assert rate.wait_s("a", Monotonic(0.0)) == 0.0
    assert rate.wait_s("a", Monotonic(0.0)) > 0.0
    assert rate.wait_s("b", Monotonic(0.0)) == 0.0


@given(st.lists(st.floats(0.0, 5.0), max_size=200))
def test_never_more_than_the_burst_and_what_has_grown_since(pauses: list[float]) -> None:
    rate, now, taken = Rate(burst=5, every_s=1.0), 0.0, 0
    for pause in pauses:
        now += pause
        taken += rate.wait_s("a", Monotonic(now)) == 0.0
        assert taken <= 5 + now + 1e-6


def test_a_crowd_of_names_takes_no_memory_and_sets_nobody_free() -> None:
    rate = Rate(burst=1, every_s=1000.0)
    rate.wait_s("patient", Monotonic(0.0))
    for number in range(2 * MOST_KNOWN):
        rate.wait_s(f"name {number}", Monotonic(1.0 + number / 1e6))

    assert len(rate._empty_at) <= MOST_KNOWN
    assert rate.wait_s(f"name {2 * MOST_KNOWN - 1}", Monotonic(2.0)) > 0.0


def test_one_customer_of_ipv6_is_one_address() -> None:
    assert neighbourhood("2001:db8:1:2::1") == neighbourhood("2001:db8:1:2:ffff::9")
    assert neighbourhood("2001:db8:1:2::1") != neighbourhood("2001:db8:1:3::1")
    assert neighbourhood("192.0.2.1") != neighbourhood("192.0.2.2")
    assert neighbourhood("testclient") == "testclient"
