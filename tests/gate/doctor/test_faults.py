"""Each fault that is planted in a world is named by its code, and nothing else is."""

import re
from pathlib import Path

import pytest

from gate.doctor.examination import examine, troubles
from gate.doctor.finding import Finding, Level, worst
from gate.durable import Disk
from gate.releases.layout import Layout
from gate.releases.partition import mark_of
from gate.releases.state import note_seen
from gate.wiring.cautions import FUNCTION
from tests.gate.doctor.faults import FAULTS, Fault
from tests.gate.doctor.world import World

ELSEWHERE = {FUNCTION.code}
"""Raised by `gate pins`, which looks at the levels."""


def wrong(found: list[Finding]) -> list[Finding]:
    return [it for it in found if it.level > Level.GOOD]


def test_a_device_that_is_well_gives_silence(tmp_path: Path) -> None:
    found = examine(World(tmp_path).device)

    assert wrong(found) == []
    assert worst(found) == 0
    assert len(found) > 25


def test_a_running_lane_that_is_well_gives_silence(tmp_path: Path) -> None:
    """Its devices are its own: the chip would answer nobody, and is not asked."""
    world = World(tmp_path)
    world.runs()
    world.chip.fault = "nack"
    world.chips.claim(0, 17, "lg")
    world.process(700, "python3", "/dev/media0")

    assert wrong(examine(world.device)) == []


def test_a_small_file_that_is_in_force_gives_silence(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.small()

    assert wrong(examine(world.device)) == []


def test_an_update_that_was_dealt_with_and_still_lies_there_gives_silence(tmp_path: Path) -> None:
    """On a partition that takes no other name for it."""
    world = World(tmp_path)
    file = world.put("boot/firmware/gate-1.0.0.gateup", "")
    note_seen(Layout(world.root), mark_of(file), Disk())

    assert wrong(examine(world.device)) == []


def test_a_picamera2_that_does_without_pykms_gives_silence(tmp_path: Path) -> None:
    """Newer ones do, and then nobody misses it."""
    world = World(tmp_path)
    world.site["picamera2/__init__.py"] = "import libcamera, numpy\nclass Picamera2: ..."
    del world.site["pykms.py"]

    assert wrong(examine(world.device)) == []


def test_a_stand_in_for_an_old_library_gives_silence(tmp_path: Path) -> None:
    """rpi-lgpio has the name of RPi.GPIO and goes through the kernel; pigpio is on every image."""
    world = World(tmp_path)
    world.put("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
    world.put("usr/lib/python3/dist-packages/RPi/GPIO/__init__.py", "")
    world.put("usr/bin/pigpiod", "")

    assert wrong(examine(world.device)) == []


@pytest.mark.parametrize(
    ("code", "fault"), FAULTS, ids=[f"{code}: {fault.__name__}" for code, fault in FAULTS]
)
def test_a_planted_fault_is_named_and_nothing_else(code: str, fault: Fault, tmp_path: Path) -> None:
    world = World(tmp_path)
    fault(world)

    found = wrong(examine(world.device))

    assert [it.code for it in found] == [code], found
    assert found[0].mend
    assert "{" not in found[0].mend.replace("{print", ""), "a word was not filled in"


def test_every_trouble_is_planted_once_at_least() -> None:
    known = {trouble.code for _, area in troubles() for trouble in area}

    assert {code for code, _ in FAULTS} == known - ELSEWHERE


def test_codes_are_words_that_nobody_has_twice() -> None:
    codes = [trouble.code for _, area in troubles() for trouble in area]

    assert len({*codes}) == len(codes)
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)+", code) for code in codes)
