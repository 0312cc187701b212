"""Each part lost and back, told once each way, and the rest of the lane going on.

The sensors and the relay board are in `test_turnstiles`. What a lost thermometer means is the
site's choice (`[screening] on_fault`): there is a story for each.
"""

from drivers.simulated.visitors import Seen
from gate.commands.simulate.stage import Stage
from tests.stories.lanes import ATTENDANT, SETTLE_S, Staged, events, eventually, gate

FEVER_C = 38.7


def told_of(stage: Stage, part: str) -> list[str]:
    """What was heard of this part, in its order: lost or back."""
    kinds = {"alarm": "lost", "recovered": "back"}
    return [
        kinds[event["k"]]
        for event in stage.tally.events()
        if event["k"] in kinds and str(event["x"]).split(":")[0] == part
    ]


def entry_is_shut(stage: Stage) -> bool:
    wiring = stage.visitors.wiring
    return stage.world.level(wiring.relay) is not wiring.relay_active_high


def reasons(stage: Stage, kind: str) -> list[object]:
    return [event["r"] for event in events(stage, kind)]


def lose(stage: Stage, part: str, fault: str) -> None:
    stage.world.break_part(part, fault)
    assert eventually(stage, lambda: stage.is_lost(part)), fault


def mend(stage: Stage, part: str) -> None:
    stage.world.break_part(part, None)
    assert eventually(stage, lambda: not stage.is_lost(part))


def press_the_button(stage: Stage) -> Seen:
    stage.world.drive({ATTENDANT: False})
    seen = stage.visitors.await_lamp(Seen.GREEN)
    stage.world.drive({ATTENDANT: True})
    return seen


def with_policy(policy: str, mode: str = "hard") -> tuple[str, str]:
    section = f'[screening]\nmode = "{mode}"\non_fault = "{policy}"\n\n[turnstile]'
    return "[turnstile]", section


# --- the thermometer, and what the site does without it ---------------------------------------


def test_without_thermometer_and_broker_the_attendant_decides_about_each_person(
    staged: Staged,
) -> None:
    stage = staged(with_policy("attendant"), broken={"thermometer": "nack"}, broker_away=True)
    assert eventually(stage, lambda: stage.is_lost("thermometer") and stage.is_lost("broker"))

    assert stage.visitors.present(stage.a_pass()) is Seen.AMBER
    assert entry_is_shut(stage)
    assert press_the_button(stage) is Seen.GREEN
    stage.broker.start()
    assert stage.visitors.walk_in()

    mend(stage, "thermometer")
    stage.world.show(stage.a_pass())
    assert stage.visitors.await_lamp(Seen.AMBER) is Seen.AMBER
    lose(stage, "thermometer", "checksum")
    stage.world.show(None)
    assert stage.says("prompt", "ask_attendant"), "whoever stands there is not sent away"
    assert press_the_button(stage) is Seen.GREEN
    assert stage.visitors.walk_in()

    mend(stage, "thermometer")
    assert stage.visitors.present(stage.a_pass()) is Seen.AMBER
    assert stage.says("prompt", "measure")

    assert stage.settle(SETTLE_S), stage.status()
    assert told_of(stage, "thermometer") == ["lost", "back"] * 2
    assert told_of(stage, "broker") == ["lost", "back"]
    granted = [(event["r"], event["x"]) for event in events(stage, "granted")]
    assert granted == [("attendant", "no thermometer")] * 2
    assert stage.on_disk() == (2, 0)


def test_a_site_may_close_its_entry_without_a_thermometer_and_the_way_out_stays(
    staged: Staged,
) -> None:
    stage = staged(with_policy("closed"))
    stage.world.show(stage.a_pass())
    assert stage.visitors.await_lamp(Seen.AMBER) is Seen.AMBER

    lose(stage, "thermometer", "flag")
    assert stage.visitors.await_lamp(Seen.RED) is Seen.RED
    stage.world.show(None)
    assert eventually(stage, lambda: len(reasons(stage, "refused")) == 1)  # it has beeped, too
    assert stage.visitors.present(stage.a_pass()) is Seen.RED
    assert entry_is_shut(stage)
    stage.visitors.walk_out()

    mend(stage, "thermometer")
    assert stage.visitors.present(stage.a_pass()) is Seen.AMBER
    assert stage.says("prompt", "measure")

    assert stage.settle(SETTLE_S), stage.status()
    assert told_of(stage, "thermometer") == ["lost", "back"]
    assert reasons(stage, "refused") == ["out_of_service"] * 2
    assert stage.on_disk() == (0, 1)


def test_a_site_may_admit_unmeasured_with_that_on_record_and_a_soft_one_admits_the_warm(
    staged: Staged,
) -> None:
    stage = staged(with_policy("open_with_log", mode="soft"))
    assert stage.visitors.present(stage.a_pass(), [FEVER_C]) is Seen.GREEN

    lose(stage, "thermometer", "nack")
    stage.world.show(stage.a_pass())
    assert stage.visitors.await_lamp(Seen.GREEN) is Seen.GREEN
    stage.world.show(None)
    assert stage.visitors.walk_in()

    mend(stage, "thermometer")
    assert stage.visitors.present(stage.a_pass()) is Seen.AMBER
    assert stage.says("prompt", "measure")

    assert stage.settle(SETTLE_S), stage.status()
    assert told_of(stage, "thermometer") == ["lost", "back"]
    assert reasons(stage, "granted") == ["soft", "unmeasured"]
    assert reasons(stage, "passage") == ["soft", "unmeasured"]


def test_a_thermometer_that_comes_late_warms_up_and_the_attendant_decides_meanwhile(
    staged: Staged,
) -> None:
    stage = staged(("warm_up_s = 0", "warm_up_s = 90"), broken={"thermometer": "nack"})
    assert eventually(stage, lambda: stage.is_lost("thermometer"))

    stage.world.break_part("thermometer", None)
    told = "trouble  thermometer: warming: warming up, about 2 min left"
    assert eventually(stage, lambda: told in gate(stage, "status").stdout)
    assert gate(stage, "reload").returncode == 0, "and a reload makes it no warmer"
    assert eventually(stage, lambda: len(told_of(stage, "thermometer")) == 2)
    assert eventually(stage, lambda: told in gate(stage, "status").stdout)
    assert stage.visitors.present(stage.a_pass()) is Seen.AMBER
    assert stage.says("prompt", "ask_attendant")
    assert press_the_button(stage) is Seen.GREEN
    assert stage.visitors.walk_in()

    stage.world.let_fly(90.0)
    assert eventually(stage, lambda: not stage.is_lost("thermometer"))
    assert "none of " in gate(stage, "status").stdout
    assert stage.visitors.present(stage.a_pass()) is Seen.AMBER
    assert stage.says("prompt", "measure")

    assert stage.settle(SETTLE_S), stage.status()
    assert told_of(stage, "thermometer") == ["lost", "lost", "back"]
    absent, warming = (str(alarm["x"]) for alarm in events(stage, "alarm"))
    assert absent.startswith("thermometer: absent: address 0x5a: ")
    assert warming.startswith("thermometer: warming: ")


# --- the camera, and a thermometer that says the same for ever ---------------------------------


def test_a_camera_that_is_absent_gone_stalled_black_or_frozen_is_lost_and_staff_go_on(
    staged: Staged,
) -> None:
    quick = "[camera]\nstall_after_s = 0.5\nblind_after_s = 1.0"
    stage = staged(("[camera]", quick), broken={"camera": "absent", "thermometer": "stuck"})
    assert eventually(stage, lambda: stage.is_lost("camera"))
    assert stage.visitors.lamp() is Seen.RED
    mend(stage, "camera")

    for fault in ("absent", "stalled"):
        lose(stage, "camera", fault)
        mend(stage, "camera")
    stage.world.break_part("camera", "black")
    stage.visitors.walk_out()
    lose(stage, "camera", "black")
    mend(stage, "camera")
    stage.world.break_part("camera", "frozen")
    assert press_the_button(stage) is Seen.GREEN
    assert stage.visitors.walk_in()
    lose(stage, "camera", "frozen")
    assert eventually(stage, lambda: stage.is_lost("thermometer"))
    mend(stage, "thermometer")
    mend(stage, "camera")
    assert stage.visitors.present(stage.a_pass()) is Seen.AMBER

    assert stage.settle(SETTLE_S), stage.status()
    assert told_of(stage, "camera") == ["lost", "back"] * 5
    assert told_of(stage, "thermometer") == ["lost", "back"]
    why = [str(event["x"]).split(" for ")[0] for event in events(stage, "alarm")]
    stuck = next(text for text in why if text.startswith("thermometer: stuck: at "))
    assert [text for text in why if text != stuck] == [
        "camera: the simulated camera is unplugged",
        "camera: the simulated camera is unplugged",
        "camera: no frame within 0.5 s",
        "camera: black",
        "camera: frozen",
    ]
    assert stage.on_disk() == (1, 1)
