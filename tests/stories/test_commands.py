"""Commands from afar to a running lane, and its answers."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from gate.commands.simulate.stage import Stage
from gate.issuing import new_key, public_jwks
from gate.model import Mode, Utc
from gate.orders import NONCE_BYTES, SKEW_S, Verb, give_order
from tests.stories.central import Central
from tests.stories.lanes import SETTLE_S, Staged, events, eventually, gate

OPERATOR, STRANGER = new_key("ops-1"), new_key("ops-1")


@pytest.fixture
def stage(staged: Staged, tmp_path: Path) -> Stage:
    """A lane that obeys one operator."""
    (tmp_path / "operators.json").write_text(json.dumps(public_jwks(OPERATOR)))
    (tmp_path / "ops.jwk").write_text(json.dumps(OPERATOR))
    (tmp_path / "stranger.jwk").write_text(json.dumps(STRANGER))
    stage = staged(("[mqtt]\n", '[mqtt]\noperators = "operators.json"\n'))
    # What may be from before the start, by a clock that is ahead, is not obeyed.
    obeys_from = time.time() + SKEW_S + 1
    assert eventually(stage, lambda: time.time() > obeys_from)
    return stage


def command(stage: Stage, *words: str, key: str = "ops.jwk") -> tuple[int, str]:
    """`gate command` on another machine; its exit code, and what it said."""
    line = [sys.executable, "-m", "gate", "command", stage.config.gate.id, *words]
    line += ["--key", str(stage.folder / key), "--config", str(stage.file)]
    ended = subprocess.run(line, capture_output=True, text=True, timeout=30, check=False)
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stdout + ended.stderr


def order(stage: Stage, verb: Verb, *, to: str = "", key: Mapping[str, str] = OPERATOR) -> bytes:
    return give_order(
        verb,
        gate=to or stage.config.gate.id,
        key=key,
        nonce=secrets.token_bytes(NONCE_BYTES),
        issued_at=Utc(stage.world.now()),
    )


def test_an_operator_lets_somebody_in_locks_the_lane_and_has_it_look_at_itself(
    stage: Stage,
) -> None:
    assert command(stage, "open_once") == (0, "sim-a: done\n")
    assert stage.visitors.walk_in()

    watched = gate(stage, "watch", "--once")
    assert (watched.returncode, "sim-a" in watched.stdout) == (0, True)

    assert command(stage, "mode", "locked") == (0, "sim-a: done\n")
    assert stage.says("mode", Mode.LOCKED)
    assert command(stage, "open_once") == (1, "sim-a: closed\n")
    assert command(stage, "mode", "normal")[0] == 0
    code, told = command(stage, "selftest")
    assert (code, "all parts are there" in told) == (0, True)
    assert command(stage, "open_once", key="stranger.jwk")[0] == 2  # who that is, nobody can tell

    assert stage.settle(SETTLE_S), stage.status()
    assert [(it["r"], it["x"]) for it in events(stage, "command")] == [
        ("done", "open_once by ops-1"),
        ("done", "mode locked by ops-1"),
        ("closed", "open_once by ops-1"),
        ("done", "mode normal by ops-1"),
        ("bad_signature", "1 keys tried"),
    ]
    assert [it["r"] for it in events(stage, "selftest")] == ["done"]


def test_a_command_counts_once_soon_and_not_over_a_restart(stage: Stage) -> None:
    with Central(stage) as central:
        cmd = central.topics.cmd
        once = order(stage, Verb.OPEN_ONCE)
        assert central.asked(cmd, once)["code"] == "done"
        assert central.asked(cmd, once)["code"] == "replayed"
        assert central.asked(cmd, order(stage, Verb.RECOUNT, to="sim-b"))["code"] == "wrong_gate"
        assert central.asked(cmd, b"open!")["code"] == "malformed"

        late = order(stage, Verb.OPEN_ONCE)
        stage.world.let_fly(36)
        assert eventually(stage, lambda: stage.status() is not None)
        assert central.asked(cmd, late)["code"] == "expired"

        early = order(stage, Verb.OPEN_ONCE)
        assert stage.stop_daemon() == 0
        central.say(cmd, early)  # the broker keeps it until the gate is back
        stage.start_daemon()
        assert central.heard(6)["code"] == "before_start"

        stage.world.let_fly(SKEW_S + 1)
        assert stage.visitors.walked["in"] == 0
        assert not stage.visitors.walk_in()
        reload = order(stage, Verb.RELOAD)
        assert central.asked(cmd, reload)["code"] == "done"
    assert stage.settle(SETTLE_S), stage.status()
    assert events(stage, "command")[-1]["x"] == "reload by ops-1"
