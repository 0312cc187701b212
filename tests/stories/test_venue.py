"""A lane among others of its venue: what they tell counts, and what it does while it is cut off."""

from drivers.simulated.visitors import Seen
from gate.commands.simulate.stage import Stage
from gate.model import Direction, Utc, VisitId
from gate.passes import Contents, read_unverified, visit_id
from gate.payloads import Ans, CentralState, Cfg, Evt, EvtItem, KnownVisit, Places, Policy, Upto
from tests.stories.central import Central
from tests.stories.lanes import SETTLE_S, WELL_C, Staged, events, eventually

OTHER, EPOCH = "sim-b", "7f3c2a91"


def visit_of(text: str) -> VisitId:
    told = read_unverified(text.encode())
    assert isinstance(told, Contents)
    return VisitId(visit_id(told.venue, told.cti))


def came_in(central: Central, stage: Stage, seq: int, visit: VisitId, party: int) -> None:
    """Somebody goes in through the other gate."""
    now = Utc(stage.world.now())
    item = EvtItem(seq=seq, at=now, kind="passage", direction=Direction.IN, visit=visit, n=party)
    evt = Evt(gate=OTHER, epoch=EPOCH, events=(item,))
    central.say(central.topics.evt.replace("sim-a", OTHER), evt.encode())


def greet(central: Central, version: int, policy: Policy) -> str:
    """Central is there, and the lane asks what it has missed; returns the question's id."""
    cfg = Cfg(version=version, gates=("sim-a", OTHER), capacity=500, policy=policy)
    central.say(central.topics.venue.cfg, cfg.encode(), retain=True)
    central.say(central.topics.central, CentralState(state="online").encode(), retain=True)
    return str(central.heard(version)["id"])


def test_a_lane_goes_by_what_happens_at_the_others_and_by_the_policy_while_it_is_cut_off(
    staged: Staged,
) -> None:
    stage = staged()
    people = stage.visitors
    used, using, fresh, half = (stage.a_pass(party) for party in (1, 1, 1, 2))
    now = Utc(stage.world.now())
    upto = (Upto(gate=OTHER, epoch=EPOCH, seq=4),)

    with Central(stage, hears="ask") as central:
        id_ = greet(central, 1, Policy(cut_off="soft"))
        assert eventually(stage, lambda: stage.says("cut_off", value=True))
        by = (Places(gate=OTHER, entered=1, left=1, at=now),)
        known = (KnownVisit(visit=visit_of(used), party=1, by=by),)
        ans = Ans(id=id_, mark=7, upto=upto, visits=known)
        central.say(central.topics.ans, ans.encode())
        assert eventually(stage, lambda: stage.says("cut_off", value=False))
        came_in(central, stage, 5, visit_of(using), 1)
        came_in(central, stage, 6, visit_of(half), 2)
        assert eventually(stage, lambda: stage.says("visits", 3))
        assert people.present(used) is Seen.RED
        assert people.present(using) is Seen.RED
        assert people.present(fresh, [WELL_C]) is Seen.GREEN

        gone = CentralState(state="offline").encode()
        central.say(central.topics.central, gone, retain=True)
        assert eventually(stage, lambda: stage.says("cut_off", value=True))
        assert people.present(stage.a_pass(), [WELL_C]) is Seen.GREEN

        id_ = greet(central, 2, Policy(cut_off="deny"))
        central.say(central.topics.ans, Ans(id=id_, mark=7, upto=upto).encode())
        assert eventually(stage, lambda: stage.says("cut_off", value=False))
    stage.broker.kill()
    assert eventually(stage, lambda: stage.says("cut_off", value=True))
    assert people.present(stage.a_pass()) is Seen.RED
    assert people.present(half, [WELL_C]) is Seen.GREEN
    stage.broker.start()

    assert stage.settle(SETTLE_S), stage.status()
    reasons = [event["r"] for event in events(stage, "granted")]
    assert reasons == ["ok", "cut_off", "cut_off"]
    refused = [event["r"] for event in events(stage, "refused")]
    assert refused == ["used", "party_complete", "see_staff"]
