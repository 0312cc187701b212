"""Keys that roll over and visits that are revoked, under a running lane."""

import json
from collections.abc import Mapping
from pathlib import Path

from drivers.simulated.visitors import Seen
from gate.commands.simulate.stage import Stage
from gate.issuing import issue, new_key, public_jwks
from gate.model import Utc
from gate.passes import Contents, read_unverified, visit_id
from tests.stories.lanes import SETTLE_S, WELL_C, Staged, events, eventually, gate

NEXT = new_key("next")
WITHIN_S = 2.0
"""From the file to the lane; docs/pass.md promises it."""


def visit_of(text: str) -> str:
    contents = read_unverified(text.encode())
    assert isinstance(contents, Contents)
    return visit_id(contents.venue, contents.cti)


def pass_of(stage: Stage, key: Mapping[str, str]) -> str:
    now = Utc(int(stage.world.now()))
    return issue(
        key=key,
        venue=stage.config.gate.venue,
        issued_at=now,
        valid_from=now,
        expires=Utc(now + 3600),
    )


def test_a_key_rolls_over_a_bad_file_changes_nothing_and_a_revoked_visit_stays_out(
    staged: Staged, tmp_path: Path
) -> None:
    (tmp_path / "revoked.txt").write_text("")
    stage = staged(("[passes]\n", '[passes]\nrevoked = "revoked.txt"\n'))
    keys, people = stage.config.passes.keys, stage.visitors
    revoked = stage.config.passes.revoked
    assert revoked
    old = json.loads(keys.read_text(encoding="utf-8"))["keys"]

    assert people.present(pass_of(stage, NEXT)) is Seen.RED
    both = {"keys": [*old, *public_jwks(NEXT)["keys"]], "version": 2}
    keys.write_text(json.dumps(both), encoding="utf-8")
    assert eventually(stage, lambda: "keys=2" in stage.last_words(20))
    assert people.present(stage.a_pass(), [WELL_C]) is Seen.GREEN
    assert people.present(pass_of(stage, NEXT), [WELL_C]) is Seen.GREEN

    keys.write_text("{", encoding="utf-8")
    assert eventually(stage, lambda: str(stage.status()).count("refused: ") == 1)
    assert people.present(pass_of(stage, NEXT), [WELL_C]) is Seen.GREEN

    keys.write_text(json.dumps(both), encoding="utf-8")
    lost = stage.a_pass()
    revoked.write_text(f"# version 1\n{visit_of(lost)}  # lost telephone\n", encoding="utf-8")
    assert stage.wait_until(lambda: "revoked=1" in stage.last_words(20), WITHIN_S)
    assert people.present(lost) is Seen.RED

    assert stage.settle(SETTLE_S), stage.status()
    refused = [event["r"] for event in events(stage, "refused")]
    assert refused == ["unknown_key", "revoked"]


def test_the_lane_goes_on_with_keys_that_were_replaced_by_older_ones_and_takes_no_reload(
    staged: Staged,
) -> None:
    stage = staged()
    keys = stage.config.passes.keys
    newest = json.loads(keys.read_text(encoding="utf-8"))
    keys.write_text(json.dumps({**newest, "version": 5}), encoding="utf-8")
    assert eventually(stage, lambda: "keys=5" in stage.last_words(20))
    keys.write_text(json.dumps({**public_jwks(NEXT), "version": 4}), encoding="utf-8")
    assert eventually(stage, lambda: "is older than 5" in str(stage.status()))

    good = stage.file.read_text(encoding="utf-8")
    stage.file.write_text(good.replace("notice_s = 1.5", "notice_s = 1.25"), encoding="utf-8")
    refused = gate(stage, "reload")
    assert (refused.returncode, "is older than 5" in refused.stderr) == (78, True)
    assert "is older than 5" in gate(stage, "status").stdout
    assert stage.visitors.present(stage.a_pass(), [WELL_C]) is Seen.GREEN

    assert stage.settle(SETTLE_S), stage.status()
    assert stage.stop_daemon() == 0
    stage.launch_daemon()
    assert stage.daemon_ends(SETTLE_S) == 78
    assert "is older than 5" in stage.last_words()
