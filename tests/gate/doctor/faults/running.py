"""Faults of the service and the release in use."""

from gate.durable import Disk
from gate.provision.held import STATUS
from gate.releases.layout import Layout
from gate.releases.state import Kind, Outcome, Result, write_outcome
from tests.gate.doctor.faults.registry import plant
from tests.gate.doctor.world import NOW, World


@plant("SERVICE-STOPPED")
def it_ended_for_a_bad_configuration_that_is_mended(world: World) -> None:
    world.runs()
    world.lane = None
    world.unit |= {"ActiveState": "failed", "ExecMainStatus": "78"}


@plant("SERVICE-DISABLED")
def it_runs_and_will_not_after_the_next_start(world: World) -> None:
    world.runs()
    world.unit["UnitFileState"] = "disabled"


@plant("LANE-SILENT")
def it_runs_and_does_not_answer(world: World) -> None:
    world.runs()
    world.lane = None


@plant("SERVICE-RESTARTS")
def it_falls_again_and_again(world: World) -> None:
    world.runs()
    world.unit["NRestarts"] = "17"


@plant("LANE-FAULT")
def the_running_lane_has_lost_its_camera(world: World) -> None:
    world.runs(faults=["camera"])


@plant("LANE-UNSURE")
def the_running_lane_wants_a_recount(world: World) -> None:
    world.runs(uncertain=True)


@plant("LANE-UNSURE")
def the_running_lanes_thermometer_drifts(world: World) -> None:
    world.runs(upkeep={"drifted": True}, thermometer={"warnings": ["of the last 50 failed: 3"]})


@plant("RELEASE-LINK")
def the_link_leads_nowhere(world: World) -> None:
    world.put("opt/gate/releases/2.0.0/bin/python", "")
    world.put("opt/gate/releases/2.0.0/pyvenv.cfg", "include-system-site-packages = true\n")
    world.places.current.unlink()
    world.places.current.symlink_to("releases/2.0.0")


@plant("UPDATE-TRIAL")
def an_update_is_on_trial(world: World) -> None:
    (world.root / "opt/gate/proven").symlink_to("releases/1.0.0")
    world.release("2.0.0")


@plant("UPDATE-WAITING")
def an_update_lies_on_the_partition(world: World) -> None:
    world.put("boot/firmware/gate-2.0.0.gateup", "")


@plant("UPDATE-TRIAL")
def an_update_was_cut_off_by_a_power_cut(world: World) -> None:
    world.put("opt/gate/update.json", "{}")


@plant("UPDATE-FAILED")
def the_last_update_did_not_work(world: World) -> None:
    _ended(world, Result.RETURNED)


@plant("UPDATE-FAILED")
def the_last_update_was_refused(world: World) -> None:
    _ended(world, Result.REFUSED)


@plant("UPDATE-STUCK")
def the_last_update_needs_a_person(world: World) -> None:
    _ended(world, Result.STUCK)


def _ended(world: World, result: Result) -> None:
    outcome = Outcome(Kind.UPDATE, result, NOW, "2.0.0", "1.0.0", "no frames", "gate-2.0.0.gateup")
    write_outcome(Layout(world.root), outcome, Disk())


@plant("PACKAGES-FREE")
def somebody_has_let_the_packages_go(world: World) -> None:
    world.put(STATUS, "Package: python3-picamera2\nStatus: install ok installed\n")
