"""Lanes of several kinds, and what staff do to them: the real daemon over fake wires."""

import signal
import time
from dataclasses import replace
from pathlib import Path

from drivers.simulated.visitors import Seen
from gate.issuing import new_key
from gate.model import Utc
from gate.setup.code import SetupCode, make_texts
from gate.setup.handing import NAME
from tests.stories.lanes import (
    ATTENDANT,
    KEY,
    PATIENCE_S,
    SETTLE_S,
    WELL_C,
    Staged,
    events,
    eventually,
    gate,
)

WIDE = 27


def test_a_pulsing_turnstile_gets_one_contact_for_each_of_a_family(staged: Staged) -> None:
    relay = 'relay = { pin = 17, active = "high"'
    stage = staged((relay, relay + ', type = "pulse", pulse_s = 0.1'))
    before = stage.world.rises(17)

    assert stage.visitors.present(stage.a_pass(3), [WELL_C] * 3) is Seen.GREEN

    assert stage.settle(SETTLE_S), stage.status()
    assert stage.world.rises(17) - before == 3
    assert stage.on_disk() == (3, 0)


def test_a_lane_with_one_sensor_counts_its_one_direction(staged: Staged) -> None:
    stage = staged(('sensor_b = { pin = 23, active = "high", pull = "up" }\n', ""))

    assert stage.visitors.present(stage.a_pass(2), [WELL_C] * 2) is Seen.GREEN

    assert stage.settle(SETTLE_S), stage.status()
    assert stage.on_disk() == (2, 0)
    assert [event["r"] for event in events(stage, "passage")] == ["ok", "ok"]


def test_a_relay_board_that_goes_away_is_lost_once_and_back_once_and_the_lane_goes_on(
    staged: Staged,
) -> None:
    stage = staged()
    stage.world.break_part("turnstile", "gone")
    assert eventually(stage, lambda: stage.is_lost("turnstile"))
    assert stage.world.level(17) is None

    stage.world.break_part("turnstile", None)
    assert eventually(stage, lambda: not stage.is_lost("turnstile"))
    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN

    assert stage.settle(SETTLE_S), stage.status()
    assert [event["r"] for event in events(stage, "alarm")] == ["fault"]
    assert len(events(stage, "recovered")) == 1
    assert stage.on_disk() == (1, 0)


def test_a_beam_that_stays_broken_loses_the_sensors_until_it_is_clear(staged: Staged) -> None:
    stage = staged(("[limit]", "[passage]\nheld_after_s = 1.0\nstuck_after_s = 5.0\n\n[limit]"))
    wiring = stage.visitors.wiring
    stage.world.drive(wiring.active(wiring.sensor_a))
    assert eventually(stage, lambda: stage.is_lost("sensors"))
    assert stage.visitors.present(stage.a_pass()) is Seen.RED

    stage.world.drive(wiring.inactive(wiring.sensor_a))
    assert eventually(stage, lambda: not stage.is_lost("sensors"))
    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN

    assert stage.settle(SETTLE_S), stage.status()
    assert [event["r"] for event in events(stage, "alarm")][:2] == ["held", "fault"]


def test_staff_turn_the_key_press_the_button_and_set_the_mode(
    staged: Staged, tmp_path: Path
) -> None:
    stage = staged(environ={"RUNTIME_DIRECTORY": str(tmp_path)})
    now, technician = Utc(time.time()), new_key("tech-1")
    code = SetupCode(nonce=bytes(16), issued_at=now, expires=Utc(now + 60), file=b"[gate]")
    (first,), (second,) = (
        make_texts(replace(code, nonce=nonce), technician) for nonce in (bytes(16), b"n" * 16)
    )
    assert stage.visitors.present(first) is Seen.RED  # as any code that is no pass
    assert not (tmp_path / NAME).exists()

    stage.world.drive({KEY: False})
    assert eventually(stage, lambda: stage.says("mode", "locked"))
    stage.world.show(second)
    assert eventually(stage, (tmp_path / NAME).exists)
    assert stage.visitors.present(stage.a_pass()) is Seen.RED
    stage.world.drive({KEY: True})
    assert eventually(stage, lambda: stage.says("mode", "normal"))

    stage.world.drive({ATTENDANT: False})
    assert stage.visitors.await_lamp(Seen.GREEN) is Seen.GREEN
    stage.world.drive({ATTENDANT: True})
    assert stage.visitors.walk_in()

    assert gate(stage, "mode", "free").returncode == 0
    assert eventually(stage, lambda: stage.says("prompt", "free"))
    assert stage.visitors.walk_in()
    assert gate(stage, "mode", "count_only").returncode == 0
    assert eventually(stage, lambda: stage.says("mode", "count_only"))
    stage.visitors.walk_in(force=True)
    assert gate(stage, "mode", "out_of_service").returncode == 0
    assert eventually(stage, lambda: stage.says("prompt", "out_of_service"))
    stage.visitors.walk_out()

    assert stage.settle(SETTLE_S), stage.status()
    assert stage.on_disk() == (3, 1)
    reasons = [event["r"] for event in events(stage, "passage")]
    assert reasons == ["attendant", "free", "count_only", "ok"]
    (granted,) = events(stage, "granted")
    assert (granted["r"], granted["x"]) == ("attendant", "without a pass")
    modes = [(event["r"], event.get("x")) for event in events(stage, "mode")]
    assert modes[:2] == [("locked", "key"), ("normal", "key")]
    assert [mode for mode, _ in modes[2:]] == ["free", "count_only", "out_of_service"]


def test_a_stop_lets_the_visitor_walk_through_who_has_a_grant(staged: Staged) -> None:
    stage = staged()
    stage.world.show(stage.a_pass())
    assert stage.visitors.await_lamp(Seen.AMBER) is Seen.AMBER
    stage.world.skin(WELL_C)
    assert stage.visitors.await_lamp(Seen.GREEN) is Seen.GREEN

    stage.signal_daemon(signal.SIGTERM)
    assert stage.visitors.walk_in()

    assert stage.daemon_ends(PATIENCE_S) == 0
    assert stage.on_disk() == (1, 0)
    assert stage.world.level(17) is None


def test_a_configuration_is_taken_over_by_a_signal_only_when_it_is_good(staged: Staged) -> None:
    stage = staged()
    good = stage.file.read_text(encoding="utf-8")
    stage.file.write_text(good + "nonsense = 1\n", encoding="utf-8")
    refused = gate(stage, "reload")
    assert (refused.returncode, "nonsense" in refused.stderr) == (78, True)
    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN

    stage.file.write_text(good.replace("notice_s = 1.5", "notice_s = 1.25"), encoding="utf-8")
    assert eventually(stage, lambda: stage.says("config", "changed"))
    stage.signal_daemon(signal.SIGHUP)
    assert eventually(stage, lambda: stage.says("config", "in force"))
    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN

    assert stage.settle(SETTLE_S), stage.status()
    assert stage.on_disk() == (2, 0)


def test_a_pass_that_needs_more_time_frees_the_wide_gate_and_not_the_turnstile(
    staged: Staged,
) -> None:
    stage = staged(("relay = {", f'wide_relay = {{ pin = {WIDE}, active = "high" }}\nrelay = {{'))
    turnstile, people = stage.visitors.wiring, stage.visitors
    rises = stage.world.rises(turnstile.relay)

    people.wiring = replace(turnstile, relay=WIDE)  # they push the gate that opens
    assert people.present(stage.a_pass(assisted=True), [WELL_C]) is Seen.GREEN
    assert (stage.world.rises(WIDE), stage.world.rises(turnstile.relay)) == (1, rises)

    people.wiring = turnstile
    assert people.present(stage.a_pass(), [WELL_C]) is Seen.GREEN
    assert (stage.world.rises(WIDE), stage.world.rises(turnstile.relay)) == (1, rises + 1)
    assert stage.settle(SETTLE_S), stage.status()
    people.alarm(active=True)
    assert eventually(stage, lambda: stage.world.level(WIDE) is True)
    assert stage.world.level(turnstile.relay) is True
