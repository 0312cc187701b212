"""What is kept of a temperature: nothing but the outcome, unless the site wants the number."""

import json
import re
from datetime import date
from pathlib import Path

from drivers.simulated.mlx90614 import EEPROM
from drivers.simulated.visitors import Seen
from gate.commands.simulate.stage import Stage
from gate.temperature.commissioning import Commissioned, write_record
from tests.stories.lanes import SETTLE_S, WELL_C, Staged, events

WARM_C = 38.9
ENDED = Commissioned(
    on=date(2024, 1, 2),
    expires=date(2024, 7, 2),
    variant="DCC",
    cells=tuple(EEPROM.values()),
)
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
    staged: Staged, tmp_path: Path
) -> None:
    """Also where the calibration has ended, which is told once."""
    (tmp_path / "data").mkdir()
    write_record(tmp_path / "data", ENDED)
    stage = staged()
    left = visited(stage)

    assert {where: A_TEMPERATURE.findall(left[where]) for where in left} == {
        where: [] for where in left
    }
    (alarm,) = events(stage, "alarm")
    assert alarm["r"] == "calibration"
    assert alarm["x"] == "thermometer: counted until 2024-07-02: gate calibrate"
