"""What the lane's wires do, on both benches (tests/drivers/benches.py)."""

from dataclasses import replace
from itertools import count
from queue import SimpleQueue
from threading import Thread, current_thread

import pytest
from gpiozero import Device, OutputDevice
from gpiozero.pins.mock import MockFactory

from drivers.lines import InputLine, OutputLine, Pull, TurnstileError
from drivers.turnstile import Inputs, Turnstile, TurnstilePins
from tests.drivers.benches import (
    AMBER,
    ATTENDANT,
    BUZZER,
    GREEN,
    KEY,
    PINS,
    RED,
    RELAY,
    RELEASE,
    SENSOR_A,
    SENSOR_B,
    Bench,
    LgpioBench,
    MockBench,
    not_broken,
    not_called,
    turnstile,
)

WIDE = 27

# --- the relay ------------------------------------------------------------------------------


def relay_with_its_resistor(bench: Bench, *, active_high: bool) -> TurnstilePins:
    bench.drive(RELAY, high=not active_high)
    return replace(PINS, relay=OutputLine(RELAY, active_high=active_high))


@pytest.mark.parametrize("active_high", [True, False])
def test_the_relay_is_never_active_while_the_lane_opens_and_closes(
    bench: Bench, active_high: bool
) -> None:
    pins = relay_with_its_resistor(bench, active_high=active_high)
    turnstile(bench, pins).close()
    turnstile(bench, pins).close()
    assert active_high not in bench.history(RELAY)


@pytest.mark.parametrize("active_high", [True, False])
def test_the_relay_is_inactive_after_an_exception_while_the_entry_was_free(
    bench: Bench, active_high: bool
) -> None:
    pins = relay_with_its_resistor(bench, active_high=active_high)

    def free_the_entry_and_fail() -> None:
        with turnstile(bench, pins) as lane:
            lane.show(relay=True, lamp="green")
            raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        free_the_entry_and_fail()
    assert bench.history(RELAY) == [not active_high, active_high, not active_high]


@pytest.mark.parametrize("active_high", [True, False])
def test_the_relay_stays_inactive_when_another_wire_cannot_be_had(
    bench: Bench, active_high: bool
) -> None:
    pins = relay_with_its_resistor(bench, active_high=active_high)
    with pytest.raises(TurnstileError):
        turnstile(bench, replace(pins, buzzer=OutputLine(99)))
    turnstile(bench, pins).close()
    assert active_high not in bench.history(RELAY)


def test_an_output_made_in_two_steps_would_have_fired_an_active_low_relay(
    bench: Bench,
) -> None:
    """The tests above would see it: gpiozero's "leave the level as it is" makes the line low."""
    bench.drive(RELAY, high=True)
    OutputDevice(RELAY, active_high=False, initial_value=None, pin_factory=bench.factory).close()
    assert bench.history(RELAY) == [True, False, True]


def test_the_entry_is_freed_and_shut_and_showing_the_same_again_changes_nothing(
    bench: Bench,
) -> None:
    with turnstile(bench) as lane:
        for _ in range(3):
            lane.show(relay=True, lamp="green")
        for _ in range(3):
            lane.show(relay=False, lamp="red")
        assert bench.history(RELAY) == [False, True, False]


def test_the_relay_is_shut_first_when_the_lane_closes() -> None:
    news: SimpleQueue[tuple[int, bool | None]] = SimpleQueue()
    bench = MockBench()
    lane = turnstile(bench)
    lane.show(relay=True, lamp="amber")
    bench.wires.on_output = lambda pin, high: news.put((pin, high))
    lane.close()
    assert news.get_nowait() == (RELAY, False)


def test_a_wide_gate_has_a_relay_of_its_own_that_is_shut_with_the_lane(bench: Bench) -> None:
    with turnstile(bench, replace(PINS, wide=OutputLine(WIDE))) as lane:
        lane.show(relay=False, wide=True, lamp="green")
        assert (bench.history(RELAY)[-1], bench.history(WIDE)) == (False, [False, True])
        lane.show(relay=True, wide=False, lamp="green")
        assert (bench.history(RELAY)[-1], bench.history(WIDE)[-1]) == (True, False)
        lane.show(relay=False, wide=True, lamp="green")
    assert bench.history(WIDE)[-1] is False


# --- lamps and buzzer -----------------------------------------------------------------------


def test_one_lamp_is_lit_at_a_time_and_none_when_the_lane_is_closed(bench: Bench) -> None:
    def lit() -> set[str]:
        levels = {"red": RED, "amber": AMBER, "green": GREEN}
        return {n for n, pin in levels.items() if bench.history(pin)[-1] != (n == "green")}

    bench.drive(GREEN, high=True)
    with turnstile(bench) as lane:
        assert lit() == set()
        lane.show(relay=False, lamp="red")
        assert lit() == {"red"}
        lane.show(relay=True, lamp="green")
        assert lit() == {"green"}
        lane.show(relay=False, lamp="off")
        assert lit() == set()
        lane.show(relay=False, lamp="amber")
    assert lit() == set()


def test_a_lane_without_lamps_and_buzzer_works() -> None:
    bench = MockBench()
    bare = TurnstilePins(PINS.relay, PINS.sensor_a, PINS.release)
    with turnstile(bench, bare) as lane:
        lane.show(relay=True, lamp="green")
        lane.chime([(0.1, 0.1)])
        assert bench.history(RELAY)[-1] is True


# --- inputs ---------------------------------------------------------------------------------


def test_every_edge_brings_all_levels_and_the_time_of_the_look(bench: Bench) -> None:
    seen: list[Inputs] = []
    ticks = count(1)
    with turnstile(bench, on_inputs=seen.append, clock=lambda: float(next(ticks))):
        bench.drive(SENSOR_A, high=False)
        bench.drive(SENSOR_B, high=False)
        bench.drive(SENSOR_A, high=True)
        bench.drive(RELEASE, high=True)
        bench.drive(ATTENDANT, high=False)
    assert seen == [
        Inputs(sensor_a=True, sensor_b=False, release=False, attendant=False, key=False, at=1.0),
        Inputs(sensor_a=True, sensor_b=True, release=False, attendant=False, key=False, at=2.0),
        Inputs(sensor_a=False, sensor_b=True, release=False, attendant=False, key=False, at=3.0),
        Inputs(sensor_a=False, sensor_b=True, release=True, attendant=False, key=False, at=4.0),
        Inputs(sensor_a=False, sensor_b=True, release=True, attendant=True, key=False, at=5.0),
    ]


@pytest.mark.parametrize("pull", ["up", "down", "none"])
@pytest.mark.parametrize("active_high", [True, False])
def test_either_level_can_mean_active_whatever_the_pull(
    bench: Bench, pull: Pull, active_high: bool
) -> None:
    line = InputLine(SENSOR_A, active_high=active_high, pull=pull)
    with turnstile(bench, replace(PINS, sensor_a=line)) as lane:
        bench.drive(SENSOR_A, high=True)
        assert lane.read().sensor_a is active_high
        bench.drive(SENSOR_A, high=False)
        assert lane.read().sensor_a is not active_high


def test_a_cut_wire_reads_as_broken_where_the_contact_is_closed_at_rest() -> None:
    bench = MockBench()  # no hand on any line: only the pull speaks
    fail_safe = InputLine(SENSOR_A, active_high=True, pull="up")
    with turnstile(bench, replace(PINS, sensor_a=fail_safe)) as lane:
        assert lane.read().sensor_a is True


def test_the_levels_at_opening_are_there_to_read(bench: Bench) -> None:
    bench.drive(SENSOR_A, high=False)
    with turnstile(bench, clock=lambda: 7.0) as lane:
        assert lane.read() == Inputs(
            sensor_a=True, sensor_b=False, release=False, attendant=False, key=False, at=7.0
        )


def test_a_key_switch_is_a_level_like_the_others(bench: Bench) -> None:
    bench.drive(KEY, high=True)
    with turnstile(bench, replace(PINS, key=InputLine(KEY))) as lane:
        assert lane.read().key is False
        bench.drive(KEY, high=False)
        assert lane.read().key is True


def test_a_proximity_sensor_is_read_where_there_is_one(bench: Bench) -> None:
    bench.drive(KEY, high=True)
    with turnstile(bench) as lane:
        assert lane.read().proximity is None
    with turnstile(bench, replace(PINS, proximity=InputLine(KEY))) as lane:
        assert lane.read().proximity is False
        bench.drive(KEY, high=False)
        assert lane.read().proximity is True


def test_a_lane_with_one_sensor_has_no_second_and_no_button_is_never_pressed() -> None:
    with turnstile(MockBench(), replace(PINS, sensor_b=None, attendant=None)) as lane:
        inputs = lane.read()
    assert inputs.sensor_b is None
    assert inputs.attendant is False


def test_edges_toggled_one_missed_edge_inverts_the_door_for_ever_but_not_this_one(
    lgpio: LgpioBench,
) -> None:
    seen: list[Inputs] = []
    with turnstile(lgpio, on_inputs=seen.append) as lane:
        lgpio.chip.drive(SENSOR_A, high=False, edge_is_seen=False)
        lgpio.chip.drive(SENSOR_A, high=True)
        assert lane.read().sensor_a is False
        lgpio.chip.drive(SENSOR_A, high=False)
    assert [inputs.sensor_a for inputs in seen] == [False, True]


def test_a_look_finds_the_level_whose_edge_was_missed(lgpio: LgpioBench) -> None:
    seen: list[Inputs] = []
    with turnstile(lgpio, on_inputs=seen.append) as lane:
        lgpio.chip.drive(RELEASE, high=True, edge_is_seen=False)
        assert seen == []
        lane.look()
    assert [inputs.release for inputs in seen] == [True]


def test_nothing_is_reported_after_closing_and_closing_twice_is_fine(bench: Bench) -> None:
    seen: list[Inputs] = []
    lane = turnstile(bench, on_inputs=seen.append)
    lane.close()
    lane.close()
    bench.drive(SENSOR_A, high=False)
    assert seen == []
    with pytest.raises(TurnstileError, match="closed"):
        lane.read()


def test_nothing_is_reported_of_what_happens_while_the_lane_closes(mock: MockBench) -> None:
    seen: list[Inputs] = []
    lane = turnstile(mock, on_inputs=seen.append)
    lane.show(relay=True, lamp="off")
    mock.wires.on_output = lambda _pin, _high: mock.drive(SENSOR_A, high=False)
    lane.close()
    assert seen == []


def test_nobody_listens_to_the_chip_after_closing(lgpio: LgpioBench) -> None:
    turnstile(lgpio).close()
    assert [line.alert for line in lgpio.chip.lines] == [None] * 54


def test_a_lane_can_be_opened_again_and_sees_its_inputs(bench: Bench) -> None:
    seen: list[Inputs] = []
    turnstile(bench).close()
    with turnstile(bench, on_inputs=seen.append):
        bench.drive(SENSOR_B, high=False)
    assert [inputs.sensor_b for inputs in seen] == [True]


def test_inputs_arrive_in_the_thread_that_saw_the_edge(mock: MockBench) -> None:
    name: SimpleQueue[str] = SimpleQueue()
    with turnstile(mock, on_inputs=lambda _: name.put(current_thread().name)):
        Thread(target=lambda: mock.drive(SENSOR_A, high=False), name="gpio").start()
        assert name.get(timeout=5.0) == "gpio"


def test_an_exception_in_the_callback_goes_to_the_control_loop(bench: Bench) -> None:
    crashes: list[Exception] = []
    error = RuntimeError("a bug")

    def fail(_: Inputs) -> None:
        raise error

    with turnstile(bench, on_inputs=fail, on_crash=crashes.append):
        bench.drive(SENSOR_A, high=False)
    assert crashes == [error]


def test_the_driver_uses_the_factory_that_it_is_given_and_no_default() -> None:
    turnstile(MockBench()).close()
    assert Device.pin_factory is None
    plain = MockFactory(revision="a02082")
    Turnstile(
        PINS,
        open_factory=lambda: plain,
        on_inputs=lambda _: None,
        on_broken=not_broken,
        on_crash=not_called,
        clock=lambda: 0.0,
    ).close()
    assert plain.pins == {}


def test_every_wired_line_tells_whether_it_is_high(bench: Bench) -> None:
    with turnstile(bench) as lane:
        lane.show(relay=True, lamp="off")
        bench.drive(SENSOR_A, high=False)

        lines = lane.lines()

        assert {*lines} == {
            RELAY,
            SENSOR_A,
            SENSOR_B,
            RELEASE,
            ATTENDANT,
            RED,
            AMBER,
            GREEN,
            BUZZER,
        }
        assert (lines[RELAY], lines[SENSOR_A], lines[SENSOR_B]) == (True, False, True)
        assert lines[GREEN]  # off, and active low
    assert lane.lines() == {}
