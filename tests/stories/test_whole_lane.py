"""The whole lane: the real daemon as a process, real mosquitto, real disk; fake wires."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from drivers.simulated.visitors import Seen
from gate.audit import Published, audit
from gate.commands.doctor.machine import machine
from gate.commands.simulate.stage import Stage
from gate.doctor.examination import examine
from gate.doctor.finding import Finding, Level

SIMULATED = Path(__file__).parent.parent.parent / "config" / "simulated.toml"
SETTLE_S = 20.0
WELL_C = 36.2


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(SIMULATED, tmp_path) as opened:
        yield opened


@pytest.fixture
def exit_stage(tmp_path: Path) -> Iterator[Stage]:
    text = SIMULATED.read_text(encoding="utf-8")
    assert 'id = "sim-a"' in text
    text = text.replace('id = "sim-a"', 'id = "sim-b"\nscan = "exit"')
    base = tmp_path / "exit.toml"
    base.write_text(text + '\n[screening]\nmode = "off"\n', encoding="utf-8")
    with Stage(base, tmp_path) as opened:
        yield opened


def sums_agree(stage: Stage) -> bool:
    assert stage.settle(SETTLE_S), stage.status()
    walked = (stage.visitors.walked["in"], stage.visitors.walked["out"])
    heard = (stage.tally.passages("in"), stage.tally.passages("out"))
    return walked == stage.on_disk() == heard


def wrong(stage: Stage) -> list[Finding]:
    """What the doctor has to say of the running lane."""
    return [it for it in examine(machine(stage.file)) if it.level > Level.GOOD]


def events(stage: Stage, kind: str) -> list[dict[str, object]]:
    return [event for event in stage.tally.events() if event["k"] == kind]


def test_a_family_walks_in_through_one_pass_and_is_counted_on_disk_and_on_mqtt(
    stage: Stage,
) -> None:
    assert stage.visitors.present(stage.a_pass(3), [WELL_C] * 3) is Seen.GREEN

    assert sums_agree(stage)
    assert stage.visitors.walked["in"] == 3
    granted, passed = events(stage, "granted"), events(stage, "passage")
    assert [event["n"] for event in passed] == [3, 3, 3]
    assert len({event["v"] for event in (*granted, *passed)}) == 1
    assert stage.tally.ctr["sim-a"]["in"] == 3
    assert stage.tally.ctr["sim-a"]["pending"] == 0
    assert wrong(stage) == []


def test_what_the_lane_has_published_shows_whether_its_database_was_altered(stage: Stage) -> None:
    stage.visitors.walk_out()
    assert stage.settle(SETTLE_S), stage.status()
    told = stage.tally.ctr["sim-a"]
    published = Published(told["seq"], bytes.fromhex(told["head"]))
    assert audit(stage.database, published).broken is None  # the lane runs, and goes on

    stage.stop_daemon()
    with closing(sqlite3.connect(stage.database)) as db, db:
        db.execute("UPDATE totals SET departed = 0")

    broken = audit(stage.database, published).broken
    assert broken is not None
    assert "totals" in broken.what


def test_refused_visitors_stay_outside_and_the_reason_is_on_record(stage: Stage) -> None:
    shown = {
        "expired": stage.a_pass(hours=-20),
        "bad_signature": stage.a_pass(forged=True),
        "wrong_venue": stage.a_pass(venue="mall-elsewhere"),
        "not_a_pass": "https://example.org/menu",
        "unsupported_version": "AB2:QED",
        "unreadable": "AB1:QED8WEX0",
    }
    for text in shown.values():
        assert stage.visitors.present(text) is Seen.RED
        assert not stage.visitors.walk_in()
    warm = stage.a_pass()
    assert stage.visitors.present(warm, [38.7]) is Seen.RED

    assert sums_agree(stage)
    refused = [event["r"] for event in events(stage, "refused")]
    assert refused == [*shown, "wait_and_return"]
    assert stage.visitors.walked["in"] == 0


def test_a_fire_frees_the_lane_and_a_recount_is_needed_before_entries_resume(stage: Stage) -> None:
    people = stage.visitors
    people.alarm(active=True)
    assert people.await_lamp(Seen.GREEN) is Seen.GREEN
    people.walk_out()
    assert people.walk_in()
    people.alarm(active=False)
    assert people.await_lamp(Seen.RED) is Seen.RED
    assert people.present(stage.a_pass()) is Seen.RED
    stage.recount()
    assert people.await_lamp(Seen.DARK) is Seen.DARK
    assert people.present(stage.a_pass(), [WELL_C]) is Seen.GREEN

    assert sums_agree(stage)
    during = [event["r"] for event in events(stage, "passage")]
    assert during == ["release", "release", "ok"]
    assert len(events(stage, "recount")) == 1


def test_people_are_counted_while_the_broker_is_away_and_reported_when_it_is_back(
    stage: Stage,
) -> None:
    people = stage.visitors
    stage.broker.kill()
    assert people.present(stage.a_pass(), [WELL_C]) is Seen.GREEN
    people.walk_out()
    stage.broker.start()
    assert people.present(stage.a_pass(), [WELL_C]) is Seen.GREEN
    people.follow_in()

    assert sums_agree(stage)
    assert [event["r"] for event in events(stage, "alarm")] == ["fault", "tailgate"]


def test_a_killed_daemon_leaves_the_relay_off_and_goes_on_counting_when_it_is_back(
    stage: Stage,
) -> None:
    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN

    stage.kill_daemon()
    assert stage.world.wait_for(lambda: not stage.world.attached(), 5.0)
    assert stage.world.level(stage.visitors.wiring.relay) is None
    stage.start_daemon()
    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN

    assert sums_agree(stage)
    assert stage.visitors.walked["in"] == 2


def test_on_the_way_out_nobody_is_refused_and_a_shown_pass_checks_its_party_out(
    exit_stage: Stage,
) -> None:
    people = exit_stage.visitors
    people.walk_out()  # without showing anything
    assert people.present(exit_stage.a_pass(2)) is Seen.GREEN
    for _ in range(3):
        people.walk_out()

    assert sums_agree(exit_stage)
    bound = [event.get("v") is not None for event in events(exit_stage, "passage")]
    assert bound == [False, True, True, False]
    assert events(exit_stage, "refused") == []


def test_the_daemon_ends_cleanly_and_says_so(stage: Stage) -> None:
    assert stage.stop_daemon() == 0
    assert stage.status() is None
