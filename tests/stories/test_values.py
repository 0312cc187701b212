"""What is kept of a temperature: nothing but the outcome, unless the site wants the number."""

import json
import re

import pytest

from drivers.simulated.visitors import Seen
from gate.commands.simulate.stage import Stage
from tests.stories.lanes import SETTLE_S, WELL_C, Staged, events

WARM_C = 38.9
A_TEMPERATURE = re.compile(rb"(?<![\d:.])3[4-9]\.\d(?!\d)")
"""No part of a moment, which has more decimals or a colon before it."""


def visited(stage: Stage) -> dict[str, bytes]:
    """A well and a warm visitor were measured; all that is left of it."""
    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN
    assert stage.visitors.present(stage.a_pass(), [WARM_C]) is Seen.RED
    assert stage.settle(SETTLE_S), stage.status()
    assert [event["r"] for event in events(stage, "granted")] == ["ok"]
    assert [event["r"] for event in events(stage, "refused")] == ["wait_and_return"]
    stage.stop_daemon()
    files = [stage.database, *stage.database.parent.glob(f"{stage.database.name}-*")]
    return {
        "disk": b"".join(file.read_bytes() for file in files),
        "mqtt": json.dumps([*stage.tally.events(), stage.tally.ctr]).encode(),
        "log": (stage.folder / "gate.log").read_bytes(),
    }


def test_without_the_site_s_wish_no_temperature_is_on_disk_on_mqtt_or_in_the_log(
    staged: Staged,
) -> None:
    left = visited(staged())

    assert {where: A_TEMPERATURE.findall(left[where]) for where in left} == {
        where: [] for where in left
    }


def test_where_the_site_wants_it_the_number_goes_with_what_was_decided(staged: Staged) -> None:
    stage = staged(("[simulation]", "[screening]\nrecord_values = true\n\n[simulation]"))

    left = visited(stage)

    (granted,), (refused,) = events(stage, "granted"), events(stage, "refused")
    for event, celsius in ((granted, WELL_C), (refused, WARM_C)):
        number, unit = str(event["x"]).split()
        assert unit == "C"
        assert float(number) == pytest.approx(celsius, abs=0.9)
        assert number.encode() in left["disk"]
