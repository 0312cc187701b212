"""A lane under a central server: quota, policy and keys, and what of them outlives a restart."""

import json
from functools import partial
from pathlib import Path

import pytest

from drivers.simulated.visitors import Seen
from gate.commands.simulate.stage import Stage
from gate.issuing import issue, new_key, public_jwks
from gate.model import Utc, VisitId
from gate.passes import Contents, read_unverified, visit_id
from gate.payloads import Cfg, Quota, Revoked
from gate.venue import sign_keys
from tests.stories.central import Central
from tests.stories.lanes import SETTLE_S, WELL_C, Staged, events, eventually, gate

ROOT, STRANGER, NEXT = new_key("root"), new_key("root"), new_key("next")
CENTRAL = (
    ("standalone_capacity = 500\n", ""),
    ("[passes]\n", '[passes]\nroot = "root.json"\n'),
)


@pytest.fixture
def stage(staged: Staged, tmp_path: Path) -> Stage:
    """A lane that has no share of its own."""
    (tmp_path / "root.json").write_text(json.dumps(public_jwks(ROOT)))
    return staged(*CENTRAL)


def quota(
    stage: Stage, version: int, ceiling: int, *, seen: int = 0, for_s: float = 3600.0
) -> bytes:
    status = stage.status()
    assert status is not None
    until = Utc(stage.world.now() + for_s)
    return Quota(
        epoch=status["epoch"], version=version, ceiling=ceiling, seen=seen, until=until
    ).encode()


def right(stage: Stage) -> object:
    status = stage.status()
    return status and status["right"]


def adopted(stage: Stage) -> object:
    return stage.tally.ctr.get(stage.config.gate.id, {}).get("qv")


def test_without_a_quota_the_lane_is_closed_and_with_one_it_admits_so_many(stage: Stage) -> None:
    people = stage.visitors
    assert people.present(stage.a_pass()) is Seen.RED
    assert "none: no quota from central yet" in gate(stage, "status").stdout
    with Central(stage) as central:
        central.say(central.topics.quota, quota(stage, 1, 1), retain=True)
        assert eventually(stage, lambda: adopted(stage) == 1)
        assert people.present(stage.a_pass(), [WELL_C]) is Seen.GREEN
        assert people.present(stage.a_pass()) is Seen.RED
        beeps = stage.world.rises(people.wiring.buzzer)
        people.walk_out()
        assert people.await_lamp(Seen.AMBER) is Seen.AMBER, "there is room again"
        assert eventually(stage, partial(beeped, stage, beeps + 3))
        assert people.present(stage.a_pass(), [WELL_C]) is Seen.GREEN

        central.say(central.topics.quota, quota(stage, 2, 9), retain=True)
        assert eventually(stage, lambda: right(stage) == 8)
        central.say(central.topics.quota, quota(stage, 1, 500), retain=True)
        assert stage.settle(SETTLE_S), stage.status()
        assert stage.stop_daemon() == 0
        stage.broker.kill()
        stage.start_daemon()  # alone: what it has on disk counts
        assert right(stage) == 8
        stage.broker.start()

        people.alarm(active=True)
        assert eventually(stage, lambda: right(stage) == 0)
        people.alarm(active=False)
        assert eventually(stage, lambda: stage.says("release", value=False))
        stage.recount()
        assert eventually(stage, lambda: stage.says("uncertain", value=False))
        assert right(stage) == 0
    with Central(stage) as central:
        central.say(central.topics.quota, quota(stage, 3, 9, seen=1), retain=True)
        assert eventually(stage, lambda: right(stage) == 7)
        central.say(central.topics.quota, quota(stage, 4, 9, seen=1, for_s=1.0), retain=True)
        assert eventually(stage, lambda: right(stage) == 0)
    assert people.present(stage.a_pass()) is Seen.RED
    assert stage.settle(SETTLE_S), stage.status()
    assert [(it["r"], it.get("x")) for it in events(stage, "refused")] == [
        ("closed", "no quota from central yet"),
        ("full", None),
        ("closed", "the quota has ended, and no other came"),
    ]


def beeped(stage: Stage, times: int) -> bool:
    return stage.world.rises(stage.visitors.wiring.buzzer) == times


def test_a_full_lane_tells_those_who_wait_when_somebody_leaves_and_admits_one_for_one(
    stage: Stage,
) -> None:
    people = stage.visitors
    with Central(stage) as central:
        central.say(central.topics.quota, quota(stage, 1, 1), retain=True)
        assert people.await_lamp(Seen.DARK) is Seen.DARK
        for _ in range(2):
            assert people.present(stage.a_pass(), [WELL_C]) is Seen.GREEN
            assert people.await_lamp(Seen.RED) is Seen.RED
            assert people.present(stage.a_pass()) is Seen.RED
            beeps = stage.world.rises(people.wiring.buzzer)
            people.walk_out()
            assert people.await_lamp(Seen.AMBER) is Seen.AMBER
            assert eventually(stage, partial(beeped, stage, beeps + 3))
    assert stage.settle(SETTLE_S), stage.status()
    assert [it["r"] for it in events(stage, "refused")] == ["full", "full"]
    assert stage.visitors.walked == {"in": 2, "out": 2}


def theirs(stage: Stage) -> str:
    """A pass that the next key has signed."""
    now, venue = Utc(int(stage.world.now())), stage.config.gate.venue
    return issue(key=NEXT, venue=venue, issued_at=now, valid_from=now, expires=Utc(now + 3600))


def test_central_revokes_a_visit_and_rolls_the_keys_over_with_the_root_key_s_word(
    stage: Stage,
) -> None:
    people, venue = stage.visitors, stage.config.gate.venue
    lost = stage.a_pass()
    told = read_unverified(lost.encode())
    assert isinstance(told, Contents)
    visit = VisitId(visit_id(told.venue, told.cti))
    with Central(stage) as central:
        central.say(central.topics.quota, quota(stage, 1, 9), retain=True)
        policy = Cfg(version=1, gates=("sim-a",), capacity=9, revoked=(Revoked(visit=visit),))
        central.say(central.topics.venue.cfg, policy.encode(), retain=True)
        forged = sign_keys(public_jwks(NEXT), version=8, venue=venue, root_key=STRANGER)
        central.say(central.topics.venue.keys, forged, retain=True)
        assert eventually(stage, lambda: "is ignored: not signed" in stage.last_words(50))
        assert people.present(lost) is Seen.RED
        assert people.present(theirs(stage)) is Seen.RED

        signed = sign_keys(public_jwks(NEXT), version=9, venue=venue, root_key=ROOT)
        central.say(central.topics.venue.keys, signed, retain=True)
        # Quota and keys are heard in their order, so that the quota shows when the keys are there.
        central.say(central.topics.quota, quota(stage, 2, 8), retain=True)
        assert eventually(stage, lambda: right(stage) == 8)
    assert people.present(theirs(stage), [WELL_C]) is Seen.GREEN
    assert people.present(stage.a_pass()) is Seen.RED
    assert stage.settle(SETTLE_S), stage.status()
    assert stage.stop_daemon() == 0
    stage.broker.kill()
    stage.start_daemon()
    assert people.present(lost) is Seen.RED
    stage.broker.start()
    assert stage.settle(SETTLE_S), stage.status()
    assert [it["r"] for it in events(stage, "refused")] == [
        *("revoked", "unknown_key", "unknown_key", "unknown_key")
    ]
