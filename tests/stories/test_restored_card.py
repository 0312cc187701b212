"""The real daemon on a card that somebody restored from an image of last week."""

import shutil
from pathlib import Path

from drivers.simulated.visitors import Seen
from gate.audit import audit
from gate.commands.simulate.stage import Stage
from tests.stories.lanes import SETTLE_S, WELL_C, Staged, events, eventually, gate


def passages_heard(stage: Stage) -> tuple[int, int]:
    return stage.tally.passages("in"), stage.tally.passages("out")


def walked(stage: Stage) -> tuple[int, int]:
    return stage.visitors.walked["in"], stage.visitors.walked["out"]


def epoch(stage: Stage) -> str:
    status = stage.status()
    return str(status["epoch"]) if status else ""


def test_a_restored_card_loses_nobody_and_counts_nobody_twice(
    staged: Staged, tmp_path: Path
) -> None:
    stage = staged()
    image = tmp_path / "image.db"
    stage.visitors.walk_out()
    assert stage.settle(SETTLE_S)
    stage.stop_daemon()
    shutil.copy(stage.database, image)
    stage.start_daemon()
    stage.visitors.walk_out()
    assert stage.settle(SETTLE_S)
    before, told = epoch(stage), stage.tally.ctr["sim-a"]
    stage.stop_daemon()

    shutil.copy(image, stage.database)
    stage.start_daemon()

    assert eventually(stage, lambda: epoch(stage) not in {"", before})
    assert eventually(stage, lambda: bool(events(stage, "alarm")))
    assert [alarm["r"] for alarm in events(stage, "alarm")] == ["behind"]
    assert stage.says("uncertain", value=True)
    gate(stage, "recount")
    assert eventually(stage, lambda: stage.says("uncertain", value=False))
    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN

    assert eventually(stage, lambda: passages_heard(stage) == walked(stage) == (1, 2))
    assert eventually(stage, lambda: stage.tally.totals() == (1, 0))
    assert (told["in"], told["out"]) == (0, 2)
    now = stage.tally.ctr["sim-a"]
    assert now["epoch"] == epoch(stage) != told["epoch"] == before
    assert stage.tally.contradictions == []
    stage.stop_daemon()
    assert audit(stage.database).broken is None
    (kept,) = stage.database.parent.glob("gate.db-behind-*")
    assert audit(kept).epoch == before
