import json
from dataclasses import replace
from errno import ENOSPC
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from gate.doctor.finding import Level
from gate.issuing import new_key
from gate.releases import partition
from gate.releases.install import BusyError, ReleaseError, exclusive
from gate.releases.layout import Layout
from gate.releases.phases import Device
from gate.releases.state import Result, is_under_way, read_outcome
from gate.releases.troubles import examined
from tests.gate.releases.machine import CutDisk, PowerCutError
from tests.gate.releases.world import Program, World

OLD, NEW = Program(tables=8), Program(tables=9)


def world_of(folder: Path, new: Program = NEW, old: Program = OLD) -> World:
    world = World(folder, {"0.1.0": old, "0.2.0": new})
    world.put("0.1.0")
    return world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return world_of(tmp_path)


def test_a_good_release_is_brought_into_use(world: World) -> None:
    outcome = world.update(world.bundle("0.2.0"))
    assert outcome.result is Result.UPDATED
    assert world.layout.in_use() == world.layout.trusted() == "0.2.0"
    assert world.works()
    assert world.now >= 60  # two watchdog periods
    assert read_outcome(world.layout) == outcome
    assert not is_under_way(world.layout)
    assert not world.layout.incoming.exists()


def test_the_same_release_again_is_nothing_to_do(world: World) -> None:
    outcome = world.update(world.bundle("0.1.0"))
    assert (outcome.result, outcome.good) == (Result.NOTHING_TO_DO, True)
    assert world.lives == ["0.1.0"]


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (replace(NEW, takes_config=False), "does not take the configuration: no such key"),
        (replace(NEW, broken=("NO-ZBAR",)), "doctor of 0.2.0: it: NO-ZBAR"),
        (replace(NEW, has_way_back=False), "no way back for the database"),
    ],
)
def test_a_release_that_will_not_do_is_not_tried(tmp_path: Path, new: Program, why: str) -> None:
    world = world_of(tmp_path, new)
    outcome = world.update(world.bundle("0.2.0"))
    assert outcome.result is Result.REFUSED
    assert why in outcome.why
    assert world.lives == ["0.1.0"]
    assert world.layout.names() == ["0.1.0"]
    assert world.tables() == 8


def test_what_the_doctor_says_of_the_daemon_that_runs_stops_no_update(tmp_path: Path) -> None:
    world = world_of(tmp_path, replace(NEW, broken=("SERVICE-DOWN", "UPDATE-STUCK")))
    assert world.update(world.bundle("0.2.0")).result is Result.UPDATED


def test_what_is_wrong_already_stops_no_update(tmp_path: Path) -> None:
    ill = {"takes_config": False, "broken": ("NO-CAMERA",), "faults": ("thermometer",)}
    world = world_of(tmp_path, replace(NEW, **ill), replace(OLD, **ill))  # type: ignore[arg-type]  # as Program has them
    world.cable = False
    assert world.update(world.bundle("0.2.0")).result is Result.UPDATED


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (replace(NEW, starts=False), "ended during its start"),
        (replace(NEW, crashes_after_s=40.0), "started again"),
        (replace(NEW, frames=False), "no frames"),
        (replace(NEW, reaches_broker=False), "acknowledged nothing"),
        (replace(NEW, faults=("sensors",)), "lost: sensors"),
    ],
)
def test_a_release_that_does_not_work_goes_and_the_old_one_runs(
    tmp_path: Path, new: Program, why: str
) -> None:
    world = world_of(tmp_path, new)
    outcome = world.update(world.bundle("0.2.0"))
    assert outcome.result is Result.RETURNED
    assert why in outcome.why
    assert world.layout.in_use() == world.layout.trusted() == world.running == "0.1.0"
    assert world.works()
    assert world.tables() == 8
    assert world.layout.names() == ["0.1.0"]
    if new.starts:
        assert "0.2.0" in world.events()  # what it recorded is there
    assert why in world.places.update_log.read_text()


def test_a_bundle_of_a_stranger_changes_nothing(world: World) -> None:
    outcome = world.update(world.bundle("0.2.0", key=new_key("releases-1")))
    assert outcome.result is Result.REFUSED
    assert "signature is wrong" in outcome.why
    assert world.lives == ["0.1.0"]


def test_a_bundle_that_is_damaged_at_its_end_changes_nothing(world: World) -> None:
    path = world.bundle("0.2.0")
    path.write_bytes(path.read_bytes()[:-1])
    outcome = world.update(path)
    assert outcome.result is Result.REFUSED
    assert "cut short" in outcome.why
    assert world.layout.names() == ["0.1.0"]


def test_a_downgrade_is_refused_unless_it_is_asked_for(tmp_path: Path) -> None:
    world = World(tmp_path, {"0.1.0": OLD, "0.2.0": NEW})
    world.put("0.2.0")
    bundle = world.bundle("0.1.0")
    refused = world.update(bundle)
    assert refused.result is Result.REFUSED
    assert "--allow-downgrade" in refused.why
    assert world.update(bundle, allow_downgrade=True).result is Result.UPDATED
    assert world.tables() == 8
    assert world.works()


def test_a_lane_that_was_stopped_stays_stopped(world: World) -> None:
    world.state = "inactive"
    outcome = world.update(world.bundle("0.2.0"))
    assert outcome.result is Result.UPDATED
    assert "not tried" in outcome.why
    assert world.lives == ["0.1.0"]


def test_without_systemd_the_release_is_brought_into_use_and_not_tried(world: World) -> None:
    world.has_systemd = False
    assert "not tried" in world.update(world.bundle("0.2.0")).why
    assert world.layout.in_use() == "0.2.0"


def test_back_to_what_was_before_with_all_that_was_recorded(world: World) -> None:
    world.update(world.bundle("0.2.0"))
    outcome = world.roll_back()
    assert outcome.result is Result.ROLLED_BACK
    assert world.layout.in_use() == world.layout.trusted() == "0.1.0"
    assert world.works()
    assert world.events() == world.recorded == ["0.1.0", "0.2.0", "0.1.0"]
    with pytest.raises(ReleaseError, match="no release to go back to"):
        world.roll_back()


def test_a_roll_back_to_what_does_not_work_any_more_returns(world: World) -> None:
    world.update(world.bundle("0.2.0"))
    world.programs["0.1.0"] = replace(OLD, starts=False)
    outcome = world.roll_back()
    assert outcome.result is Result.RETURNED
    assert world.layout.in_use() == "0.2.0"
    assert world.works()
    assert world.layout.names() == ["0.1.0", "0.2.0"]


def test_a_roll_back_that_would_lose_something_is_refused(world: World) -> None:
    world.update(world.bundle("0.2.0"))
    world.programs["0.2.0"] = replace(NEW, has_way_back=False)
    outcome = world.roll_back()
    assert outcome.result is Result.REFUSED
    assert "no way back" in outcome.why
    assert world.works()


def test_a_release_that_takes_the_machine_down_is_tried_twice(tmp_path: Path) -> None:
    world = world_of(tmp_path, replace(NEW, takes_the_machine_down=True))
    with pytest.raises(PowerCutError):
        world.update(world.bundle("0.2.0"))
    with pytest.raises(PowerCutError):
        world.boot()
    outcome = world.boot()
    assert outcome is not None
    assert outcome.result is Result.RETURNED
    assert "in 2 trials" in outcome.why
    assert world.lives == ["0.1.0", "0.2.0", "0.2.0", "0.1.0"]
    assert world.works()


def test_a_supply_that_is_too_weak_for_an_update_ends_with_the_old_release(world: World) -> None:
    """pip alone takes the machine down, at every start."""
    world.power.left = 8
    with pytest.raises(PowerCutError):
        world.update(world.bundle("0.2.0"))
    for _ in range(2):
        with pytest.raises(PowerCutError):
            world.boot(left=4)
    outcome = world.boot()
    assert outcome is not None
    assert outcome.result is Result.REFUSED
    assert "given up" in outcome.why
    assert world.works()


def test_a_lost_state_ends_with_the_proven_release(tmp_path: Path) -> None:
    world = world_of(tmp_path, replace(NEW, takes_the_machine_down=True))
    with pytest.raises(PowerCutError):
        world.update(world.bundle("0.2.0"))
    (world.layout.home / "update.json").write_text("{")
    outcome = world.boot()
    assert outcome is not None
    assert outcome.result is Result.RETURNED
    assert world.works()
    assert world.layout.in_use() == "0.1.0"


def test_a_state_that_nobody_can_read_keeps_no_update_back(world: World) -> None:
    """Of a release that knew another form of it, or of a disk that is worn out."""
    world.layout.under_way.write_text('{"phase": "dancing"}')
    assert world.boot() is None
    assert not is_under_way(world.layout)
    assert world.works()


def test_a_disk_that_the_bundle_fills_ends_with_the_old_release(tmp_path: Path) -> None:
    incoming = Layout(tmp_path / "device").incoming

    class Full(CutDisk):
        """Takes nothing more once a file of the bundle is on it."""

        def write(self, path: Path, data: bytes, *more: Any, **named: Any) -> None:
            if any(incoming.glob("*")):
                raise OSError(ENOSPC, "No space left on device")
            super().write(path, data, *more, **named)

    class Small(World):
        def device(self) -> Device:
            return replace(super().device(), disk=Full(self.power))

    world = Small(tmp_path, {"0.1.0": OLD, "0.2.0": NEW})
    world.put("0.1.0")
    outcome = world.update(world.bundle("0.2.0"))
    assert outcome.result is Result.REFUSED
    assert "No space left" in outcome.why
    assert not is_under_way(world.layout)
    assert not incoming.exists()
    assert world.works()


def test_a_link_that_leads_nowhere_leads_to_the_proven_release_again(world: World) -> None:
    """Whatever took the release away: the lane runs again after a start."""
    world.layout.current.unlink()
    world.layout.current.symlink_to("releases/0.9.0")
    outcome = world.boot()
    assert outcome is not None
    assert outcome.result is Result.RETURNED
    assert world.works()


def test_two_updates_at_once_are_one(world: World) -> None:
    with exclusive(world.layout), pytest.raises(BusyError):
        world.update(world.bundle("0.2.0"))


def steps_before_the_trial(folder: Path) -> int:
    world = world_of(folder)
    before = world.power.made
    world.update(world.bundle("0.2.0"))
    (begins,) = [at for at, text in zip(world.told_at, world.told, strict=True) if "try 1" in text]
    return begins - before


@pytest.mark.parametrize("what", ["good", "broken", "back", "back to broken"])
def test_a_power_cut_at_any_step_leaves_a_gate_that_works(tmp_path: Path, what: str) -> None:
    """Each step in turn is the last before the power ends; then the gate boots. Up to the trial
    one that does not work is like a good one."""
    ran = set()
    begin = steps_before_the_trial(tmp_path / "uncut") if what == "broken" else 0
    for steps in count(begin):
        world = world_of(
            tmp_path / str(steps), replace(NEW, frames=False) if what == "broken" else NEW
        )
        bundle = world.bundle("0.2.0")
        if what.startswith("back"):
            world.update(bundle)
            if what == "back to broken":
                world.programs["0.1.0"] = replace(OLD, starts=False)
        before = world.layout.in_use()
        world.power.left = steps
        try:
            world.roll_back() if what.startswith("back") else world.update(bundle)
        except PowerCutError:
            assert world.layout.in_use() is not None
        else:
            break
        outcome = world.boot() or read_outcome(world.layout)
        told = (world.layout.home / "last-update.json").exists()
        assert told or steps == 0
        assert world.works(), (steps, world.state)
        assert world.layout.in_use() == world.layout.trusted()
        assert world.layout.half_made() == []
        assert not is_under_way(world.layout)
        assert world.events() == world.recorded
        assert not world.layout.incoming.exists()
        if outcome is not None and steps:
            in_use = world.layout.in_use()
            assert in_use == outcome.in_use
            assert (in_use == before) is (not outcome.good), outcome
            ran.add(outcome.result)
    assert steps - begin > 14
    expected = {
        "good": {Result.UPDATED},
        "broken": {Result.RETURNED},
        "back": {Result.ROLLED_BACK},
        "back to broken": {Result.RETURNED},
    }
    assert expected[what] <= ran


def test_a_bundle_on_the_partition_is_taken_once(world: World) -> None:
    path = world.bundle("0.2.0", at=world.places.boot / "aman-gate-0.2.0-arm64.gateup")
    (world.places.boot / "._aman-gate-0.2.0-arm64.gateup").write_bytes(b"of macOS")
    assert partition.lying_there(world.places.boot, world.layout) == (path, partition.mark_of(path))
    world.update(path, mark=partition.mark_of(path))
    assert partition.lying_there(world.places.boot, world.layout) is None
    assert path.with_name(f"{path.name}.done").exists()
    log = world.places.update_log.read_bytes()
    assert log.endswith(b"update to 0.2.0: done; 0.2.0 is in use\r\n")
    assert log.count(b"\r\n") == log.count(b"\n") == 1


def test_a_bundle_that_cannot_be_renamed_is_remembered(world: World) -> None:
    path = world.places.boot / "broken.gateup"
    path.write_bytes(b"cut short")
    (world.places.boot / "broken.gateup.refused").mkdir()  # so no rename
    world.update(path, mark=partition.mark_of(path))
    assert path.exists()
    assert partition.lying_there(world.places.boot, world.layout) is None
    path.write_bytes(b"another")
    assert partition.lying_there(world.places.boot, world.layout) is not None


def test_what_another_version_wrote_of_an_update_is_read(world: World) -> None:
    """Members that it does not know are left out; what is no outcome says nothing."""
    world.update(world.bundle("0.2.0"))
    path = world.layout.home / "last-update.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "of_the_future": 1}))
    assert (read := read_outcome(world.layout)) is not None
    assert read.version == "0.2.0"
    path.write_text('{"result": "unheard of"}')
    assert read_outcome(world.layout) is None


def test_an_examination_says_how_the_last_one_ended(tmp_path: Path) -> None:
    world = world_of(tmp_path, replace(NEW, frames=False))
    assert examined(world.layout).level is Level.GOOD
    world.update(world.bundle("0.2.0"))
    finding = examined(world.layout)
    assert (finding.level, finding.code) == (Level.WARNING, "UPDATE-FAILED")
    assert "no frames" in finding.found
    world.update(world.bundle("0.1.0"))
    assert examined(world.layout).level is Level.GOOD


def test_a_way_back_that_fails_is_told_and_tried_again(tmp_path: Path) -> None:
    """The rehearsal went well, and the release does something else with the real database."""
    world = world_of(tmp_path, replace(NEW, frames=False))
    world.fails_to_hand_back = True
    outcome = world.update(world.bundle("0.2.0"))
    assert outcome.result is Result.STUCK
    assert "could not be handed to 0.1.0" in outcome.why
    assert examined(world.layout).code == "UPDATE-STUCK"
    assert (world.layout.in_use(), world.running) == ("0.2.0", "0.2.0")  # it records all the same
    world.fails_to_hand_back = False
    again = world.boot()
    assert again is not None
    assert again.result is Result.RETURNED
    assert world.layout.in_use() == "0.1.0"
    assert world.works()
    assert world.events() == world.recorded
