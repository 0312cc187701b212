"""The coil of the entry relay: held or pulsed, never on while the entry is shut."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gate.machine import entry_free
from gate.model import GrantId, Mode, Monotonic, Prompt, Reason, Say
from gate.relay import Coil, RelaySettings, coil_deadline, coil_step
from gate.state import Gate, Grant

PULSE = RelaySettings(type="pulse", pulse_s=0.5)
HOLD = RelaySettings()


def a_grant(number: int, *, shut: bool = False) -> Grant:
    until = Monotonic(1000.0)
    return Grant(GrantId(number), None, Reason.OK, Prompt(Say.WALK), until, until, shut)


def with_grants(*numbers: int) -> Gate:
    return Gate(grants=tuple(a_grant(number) for number in numbers))


def contacts(coil: Coil, gate: Gate, settings: RelaySettings, *, until: float) -> list[float]:
    """When the coil was switched, from 0 on, on and off in turn."""
    switched, now = list[float](), Monotonic(0.0)
    while True:
        after = coil_step(coil, gate, now, settings)
        if after.on != coil.on:
            switched.append(float(now))
        coil, due = after, coil_deadline(after)
        if due is None or due > until:
            return switched
        assert due > now, "a deadline that does not move makes the loop spin"
        now = due


def test_a_held_coil_is_on_while_the_entry_is_free() -> None:
    coil = coil_step(Coil(), with_grants(1), Monotonic(0), HOLD)
    assert coil.on
    assert coil_deadline(coil) is None
    assert not coil_step(coil, Gate(), Monotonic(5), HOLD).on


def test_each_grant_gets_one_contact_and_two_do_not_run_into_each_other() -> None:
    assert contacts(Coil(), with_grants(1, 2), PULSE, until=60) == [0.0, 0.5, 1.0, 1.5]


def test_a_grant_that_has_had_its_contact_gets_no_second() -> None:
    coil = Coil(pulsed=GrantId(1))
    assert contacts(coil, with_grants(1), PULSE, until=60) == []
    assert contacts(coil, with_grants(1, 2), PULSE, until=60) == [0.0, 0.5]


def test_a_grant_that_is_shut_gets_none() -> None:
    gate = Gate(grants=(a_grant(1, shut=True), a_grant(2)))
    assert contacts(Coil(), gate, PULSE, until=60) == [0.0, 0.5]


def test_a_shut_entry_cuts_a_contact_short_and_the_pause_after_it_is_kept() -> None:
    coil = coil_step(Coil(), with_grants(1), Monotonic(0), PULSE)
    coil = coil_step(coil, Gate(), Monotonic(0.1), PULSE)
    assert not coil.on
    coil = coil_step(coil, with_grants(2), Monotonic(0.2), PULSE)
    assert not coil.on
    assert coil_deadline(coil) == 0.6
    assert coil_step(coil, with_grants(2), Monotonic(0.6), PULSE).on


def test_a_lane_that_is_open_to_all_holds_even_a_pulsing_relay() -> None:
    for gate in (Gate(release=True), Gate(ordered=Mode.FREE)):
        coil = coil_step(Coil(), gate, Monotonic(0), PULSE)
        assert coil.on
        assert coil_deadline(coil) is None


def test_after_a_release_the_first_grant_gets_an_edge_of_its_own() -> None:
    coil = coil_step(Coil(), Gate(release=True), Monotonic(0), PULSE)
    coil = coil_step(coil, with_grants(1), Monotonic(1), PULSE)
    assert not coil.on
    assert coil_step(coil, with_grants(1), Monotonic(1.5), PULSE).on


GATES = st.builds(
    lambda release, mode, numbers: replace(
        with_grants(*sorted(numbers)), release=release, ordered=mode
    ),
    st.booleans(),
    st.sampled_from(Mode),
    st.sets(st.integers(1, 6), max_size=3),
)


@given(
    life=st.lists(st.tuples(st.floats(0, 2), GATES), max_size=30),
    settings=st.sampled_from([HOLD, PULSE]),
)
def test_the_coil_is_never_on_while_the_entry_is_shut_and_always_while_it_is_open_to_all(
    life: list[tuple[float, Gate]], settings: RelaySettings
) -> None:
    coil, now = Coil(), 0.0
    for later_s, gate in life:
        now += later_s
        coil = coil_step(coil, gate, Monotonic(now), settings)
        assert not coil.on or entry_free(gate)
        assert coil.on or not (gate.release or gate.mode is Mode.FREE)
        due = coil_deadline(coil)
        assert due is None or due > now
